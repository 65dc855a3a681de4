//! How good predictions are.

use crate::data::{device, invalid, read};
use wgrad_model::Result;
use wgrad_tensor::Tensor;

/// The share of predictions that are the label.
///
/// # Errors
/// None, or other numbers of labels and predictions; those of the device.
pub fn accuracy_score(y_true: &Tensor, y_pred: &Tensor) -> Result<f64> {
    let device = device(None)?;
    let (y_true, y_pred) = (read(y_true, &device)?, read(y_pred, &device)?);
    if y_true.len() != y_pred.len() || y_true.is_empty() {
        let rule = format!("it takes as many predictions as labels, and some, got {} and {}", y_pred.len(), y_true.len());
        return Err(invalid("accuracy_score", rule));
    }
    Ok(y_true.iter().zip(&y_pred).filter(|(a, b)| a == b).count() as f64 / y_true.len() as f64)
}
