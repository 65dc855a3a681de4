//! Activations with their arguments: results and gradients.

use super::{Case, Comparison, gradients};
use wgrad_model::Activation;
use wgrad_tensor::Device;

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let activation = Activation::from_config(&case.class_name, &case.arguments()).map_err(|e| e.to_string())?;
    let x = case.tensor("input.0")?;
    let y = activation.apply(&x);
    let gradient = gradients(&[&y], &[&case.tensor("upstream.0")?], &[&x]).remove(0);
    case.compare(device, &[("output.0", y), ("grad_input.0", gradient)])
}
