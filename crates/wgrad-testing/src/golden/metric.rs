//! Metrics over several updates.

use super::{
    Case, Comparison,
    case::{list, number, text},
};
use std::sync::Arc;
use wgrad_model::{
    Metric,
    losses::MeanSquaredError,
    metrics::{Addend, BinaryAccuracy, CategoricalAccuracy, MeanLoss, SparseCategoricalAccuracy},
};
use wgrad_tensor::Device;

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let metric: Box<dyn Metric> = match case.class_name.as_str() {
        "BinaryAccuracy" => Box::new(BinaryAccuracy { threshold: number(&case.json["config"], "threshold")? }),
        "CategoricalAccuracy" => Box::new(CategoricalAccuracy {}),
        "SparseCategoricalAccuracy" => Box::new(SparseCategoricalAccuracy {}),
        "MeanSquaredError" => Box::new(MeanLoss(Arc::new(MeanSquaredError::new()))),
        other => return Err(format!("no metric {other}")),
    };
    let mut found = Comparison::default();
    let mut sums = Vec::new();
    for update in list(&case.json, "updates")? {
        let (y_true, y_pred) = (case.named(update, "y_true")?, case.named(update, "y_pred")?);
        if sums.is_empty() || update["reset_before"] == true {
            sums = vec![0.0; metric.sums(y_true.shape(), y_pred.shape())];
        }
        let weight = case.given(update, "sample_weight")?;
        let mut added = Vec::new();
        for addend in metric.update(&y_true, &y_pred, weight.as_ref()) {
            match addend {
                Addend::Number(number) => added.push(number),
                Addend::Elements(part) => {
                    added.extend(part.to_host_on(device).map_err(|e| e.to_string())?.to_vec::<f32>().ok_or("sums must be f32")?);
                }
            }
        }
        sums.iter_mut().zip(added).for_each(|(sum, a)| *sum += a);
        found.values(case, text(update, "result")?, &().into(), &[metric.result(&sums)])?;
    }
    Ok(found)
}
