//! Losses and their gradients, with every reduction.

use super::{Case, Comparison, gradients};
use wgrad_model::losses::from_config;
use wgrad_tensor::Device;

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let loss = from_config(&case.class_name, &case.arguments()).map_err(|e| e.to_string())?;
    let (y_true, y_pred) = (case.named(&case.json, "y_true")?, case.named(&case.json, "y_pred")?);
    let labels = loss.label_shape(y_true.shape(), y_pred.shape())?;
    let weight = case.given(&case.json, "sample_weight")?;
    let value = loss.value(&y_true.reshape(labels), &y_pred, None, weight.as_ref(), None);
    let upstream = case.given(&case.json, "upstream")?.unwrap_or_else(|| value.ones_like());
    let gradient = gradients(&[&value], &[&upstream], &[&y_pred]).remove(0);
    case.compare(device, &[("loss", value), ("grad_y_pred", gradient)])
}
