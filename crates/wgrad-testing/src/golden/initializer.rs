//! Initializers: exact values, or the moments and the support of the distribution, or orthogonality.

use super::{
    Case, Comparison,
    case::{number, shape, text},
};
use serde_json::Value as Json;
use wgrad_model::Initializer;
use wgrad_tensor::Device;

/// Elements of the largest variable that is drawn: what a case asks for must not exhaust memory.
const LARGEST: usize = 1 << 26;

pub(super) fn run(case: &Case, _: &Device) -> Result<Comparison, String> {
    let initializer = Initializer::from_config(&case.class_name, &case.arguments()).map_err(|e| e.to_string())?;
    let shape = shape(&case.json, "shape")?;
    if shape.checked_numel().is_none_or(|n| n > LARGEST) {
        return Err(format!("a variable of shape {shape} is too large for a case"));
    }
    let values: Vec<f64> = initializer.values(&shape, 1, 2).map_err(|e| e.to_string())?.into_iter().map(f64::from).collect();
    let mut found = Comparison::default();
    if case.json["value"].is_string() {
        found.values(case, text(&case.json, "value")?, &shape, &values)?;
    } else if case.json["statistics"].is_object() {
        statistics(&case.json["statistics"], &values, &mut found)?;
    } else {
        orthogonal(&case.json["orthogonal"], &values, &mut found)?;
    }
    Ok(found)
}

/// The products of all pairs of columns (or rows) of the values as a matrix.
fn orthogonal(expected: &Json, values: &[f64], found: &mut Comparison) -> Result<(), String> {
    let [rows, columns] = shape(expected, "matrix_shape")?[..] else { return Err("the matrix_shape must have two axes".into()) };
    if rows.checked_mul(columns) != Some(values.len()) {
        return Err(format!("the matrix_shape is [{rows}, {columns}], but there are {} values", values.len()));
    }
    let (square, tolerance) = (number(expected, "gain")?.powi(2), number(expected, "tolerance")?);
    // Vector `a` has its element `i` at `a * across + i * along`.
    let (n, length, across, along) = match text(expected, "gram")? {
        "columns" => (columns, rows, 1, columns),
        "rows" => (rows, columns, columns, 1),
        other => return Err(format!("the gram must be that of columns or rows, not of \"{other}\"")),
    };
    for (a, b) in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))) {
        let product = (0..length).map(|i| values[a * across + i * along] * values[b * across + i * along]).sum();
        found.number(&format!("product of {a} and {b}"), product, if a == b { square } else { 0.0 }, tolerance);
    }
    Ok(())
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
