//! Initializers: exact values, or the moments and the support of the distribution, or orthogonality.

use super::{
    Case, Comparison,
    case::{number, shape, text},
};
use serde_json::Value as Json;
use wgrad_model::Initializer;
use wgrad_tensor::Device;

pub(super) fn run(case: &Case, _: &Device) -> Result<Comparison, String> {
    let form = serde_json::json!({"class_name": case.class_name, "config": case.arguments()});
    let initializer: Initializer = serde_json::from_value(form).map_err(|e| e.to_string())?;
    let shape = shape(&case.json, "shape")?;
    let values: Vec<f64> = initializer.values(&shape, 1, 2).map_err(|e| e.to_string())?.into_iter().map(f64::from).collect();
    let mut found = Comparison::default();
    if case.json["value"].is_string() {
        found.values(case, text(&case.json, "value")?, &shape, &values)?;
    } else if case.json["statistics"].is_object() {
        statistics(&case.json["statistics"], &values, &mut found)?;
    } else {
        return Err("orthogonal initializers are not supported yet".into());
    }
    Ok(found)
}

fn statistics(expected: &Json, values: &[f64], found: &mut Comparison) -> Result<(), String> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let std = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    found.number("mean", mean, number(expected, "mean")?, number(expected, "mean_tolerance")?);
    found.number("std", std, number(expected, "std")?, number(expected, "std_tolerance")?);
    // Where the distribution has bounds, no value lies beyond them by more than rounding.
    for (key, farthest) in
        [("min", values.iter().copied().fold(f64::INFINITY, f64::min)), ("max", values.iter().copied().fold(-f64::INFINITY, f64::max))]
    {
        if let Some(bound) = expected[key].as_f64() {
            let beyond = if key == "min" { bound - farthest } else { farthest - bound };
            found.number(&format!("beyond {key}"), beyond.max(0.0), 0.0, 1e-6 * bound.abs());
        }
    }
    Ok(())
}
