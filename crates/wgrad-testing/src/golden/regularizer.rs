//! Regularizers: penalties and their gradients.

use super::{Case, Comparison, case::text, gradients};
use wgrad_model::Regularizer;
use wgrad_tensor::Device;

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let regularizer = Regularizer::from_config(&case.class_name, &case.arguments()).map_err(|e| e.to_string())?;
    let weight = case.named(&case.json, "weight")?;
    let loss = regularizer.penalty(&weight);
    let gradient = gradients(&[&loss], &[&loss.ones_like()], &[&weight]).remove(0);
    case.compare(device, &[(text(&case.json, "loss")?, loss), (text(&case.json, "grad")?, gradient)])
}
