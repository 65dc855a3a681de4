//! Metrics over several updates.

use super::{
    Case, Comparison,
    case::{list, text},
};
use wgrad_model::metrics::{MetricState, from_config};
use wgrad_tensor::{Device, Shape};

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let metric = from_config(&case.class_name, &case.arguments()).map_err(|e| e.to_string())?;
    let mut state = MetricState::new(metric).device(device);
    let mut found = Comparison::default();
    for update in list(&case.json, "updates")? {
        if update["reset_before"] == true {
            state.reset();
        }
        let y_true = case.named(update, "y_true")?;
        let y_pred = case.given(update, "y_pred")?.unwrap_or_else(|| y_true.clone());
        let weight = case.given(update, "sample_weight")?;
        state.update(&y_true, &y_pred, weight.as_ref()).map_err(|e| e.to_string())?;
        let (name, results) = (text(update, "result")?, state.results().map_err(|e| e.to_string())?);
        let is_number = results.len() == 1 && case.host(name)?.shape().rank() == 0;
        found.values(case, name, &if is_number { Shape::default() } else { [results.len()].into() }, &results)?;
    }
    Ok(found)
}
