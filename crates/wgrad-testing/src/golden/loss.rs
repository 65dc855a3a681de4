//! Losses and their gradients, with every reduction.

use super::{Case, Comparison, case::text, optimizer::unset};
use wgrad_model::losses::{BinaryCrossentropy, CategoricalCrossentropy, Loss, MeanSquaredError, SparseCategoricalCrossentropy};
use wgrad_tensor::{Device, Tensor, vjp};

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let config = case.arguments();
    unset(&config, &["ignore_class"])?;
    let from_logits = config["from_logits"].as_bool().unwrap_or(false);
    let smoothing = config["label_smoothing"].as_f64().unwrap_or(0.0);
    let loss: Box<dyn Loss> = match case.class_name.as_str() {
        "MeanSquaredError" => Box::new(MeanSquaredError::new()),
        "BinaryCrossentropy" => Box::new(BinaryCrossentropy::new().from_logits(from_logits).label_smoothing(smoothing)),
        "CategoricalCrossentropy" => Box::new(CategoricalCrossentropy::new().from_logits(from_logits).label_smoothing(smoothing)),
        "SparseCategoricalCrossentropy" => Box::new(SparseCategoricalCrossentropy::new().from_logits(from_logits)),
        other => return Err(format!("no loss {other}")),
    };
    let (y_true, y_pred) = (case.named(&case.json, "y_true")?, case.named(&case.json, "y_pred")?);
    let labels = loss.label_shape(y_true.shape(), y_pred.shape())?;
    let each = loss.call(&y_true.reshape(labels), &y_pred, None);
    let weights = case.given(&case.json, "sample_weight")?.unwrap_or_else(|| Tensor::ones([1]));
    // One weight for each sample, or one for each number.
    let weights = (weights.rank()..each.rank()).fold(weights, |weights, _| weights.unsqueeze(-1)).expand(each.shape());
    let each = each * &weights;
    let value = match text(&config, "reduction")? {
        "none" => each,
        "sum" => each.sum(..),
        "sum_over_batch_size" | "mean" => each.mean(..),
        "mean_with_sample_weight" => each.sum(..) / weights.sum(..),
        other => return Err(format!("no reduction {other}")),
    };
    let upstream = case.given(&case.json, "upstream")?.unwrap_or_else(|| Tensor::ones(value.shape()));
    let gradient = vjp(&[&value], &[&upstream], &[&y_pred]).remove(0).unwrap_or_else(|| y_pred.zeros_like());
    case.compare(device, &[("loss", value), ("grad_y_pred", gradient)])
}
