//! Constraints: projected weights.

use super::{Case, Comparison, case::text};
use wgrad_model::Constraint;
use wgrad_tensor::Device;

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let constraint = Constraint::from_config(&case.class_name, &case.arguments()).map_err(|e| e.to_string())?;
    let projected = constraint.project(&case.named(&case.json, "weight")?);
    case.compare(device, &[(text(&case.json, "output")?, projected)])
}
