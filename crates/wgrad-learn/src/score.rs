//! How good predictions are.

use crate::data::{device, invalid, read};
use wgrad_model::Result;
use wgrad_tensor::Tensor;

/// The share of predictions that are the label.
///
/// # Errors
/// None, or other numbers of labels and predictions; those of the device.
pub fn accuracy_score(y_true: &Tensor, y_pred: &Tensor) -> Result<f64> {
    let (y_true, y_pred) = both("accuracy_score", y_true, y_pred)?;
    Ok(y_true.iter().zip(&y_pred).filter(|(a, b)| a == b).count() as f64 / y_true.len() as f64)
}

/// The coefficient of determination, `1 - sum((y - p)^2) / sum((y - mean(y))^2)`, over all elements.
///
/// # Errors
/// As [`accuracy_score`].
pub fn r2_score(y_true: &Tensor, y_pred: &Tensor) -> Result<f64> {
    let (y_true, y_pred) = both("r2_score", y_true, y_pred)?;
    let mean = y_true.iter().sum::<f64>() / y_true.len() as f64;
    let residual: f64 = y_true.iter().zip(&y_pred).map(|(y, p)| (y - p).powi(2)).sum();
    let total: f64 = y_true.iter().map(|y| (y - mean).powi(2)).sum();
    // As scikit-learn: constant labels are fitted wholly or not at all.
    Ok(if total > 0.0 { 1.0 - residual / total } else { f64::from(u8::from(residual == 0.0)) })
}

fn both(place: &str, y_true: &Tensor, y_pred: &Tensor) -> Result<(Vec<f64>, Vec<f64>)> {
    let device = device(None)?;
    let (y_true, y_pred) = (read(y_true, &device)?, read(y_pred, &device)?);
    if y_true.len() != y_pred.len() || y_true.is_empty() {
        return Err(invalid(place, format!("it takes as many predictions as labels, and some, got {} and {}", y_pred.len(), y_true.len())));
    }
    Ok((y_true, y_pred))
}
