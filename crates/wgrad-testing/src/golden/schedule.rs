//! Learning-rate schedules at 50 steps.

use super::{Case, Comparison, case::text};
use wgrad_model::schedules::from_config;
use wgrad_tensor::Device;

pub(super) fn run(case: &Case, _: &Device) -> Result<Comparison, String> {
    let schedule = from_config(&case.class_name, &case.arguments()).map_err(|e| e.to_string())?;
    let steps = case.host(text(&case.json, "steps")?)?;
    let values: Vec<f64> = steps.data().to_f64().into_iter().map(|step| schedule.at(step as u64)).collect();
    let mut found = Comparison::default();
    found.values(case, text(&case.json, "values")?, steps.shape(), &values)?;
    Ok(found)
}
