//! Labels beside predictions.

use crate::losses::{self, show_batch};
use wgrad_tensor::{DType, Shape, Tensor};

/// The rule that labels have the shape of the predictions, but for an axis of length 1 at the end of one of them.
pub(super) fn same_shape(labels: &Shape, predictions: &Shape) -> Result<(), String> {
    losses::same_shape(labels, predictions).map(drop).map_err(|rule| format!("{rule}, got {}", show_batch(labels)))
}

/// The rule that labels are class numbers, one for each row of the predictions.
pub(super) fn one_for_each_row(labels: &Shape, predictions: &Shape) -> Result<(), String> {
    let rows = predictions.split_last().map(|(_, rows)| Shape::from(rows)).filter(|rows| rows.rank() > 0);
    if rows.is_some_and(|rows| losses::same_shape(labels, &rows).is_ok()) {
        return Ok(());
    }
    let rule = "the labels must be class numbers, one for each row of the predictions";
    Err(format!("{rule} {}, got {}", show_batch(predictions), show_batch(labels)))
}

/// The rule that labels and predictions are both `[batch, outputs]`.
pub(super) fn two_axes(labels: &Shape, predictions: &Shape) -> Result<(), String> {
    same_shape(labels, predictions)?;
    if predictions.rank() == 2 {
        return Ok(());
    }
    Err(format!("the predictions must be [batch, outputs], got {}", show_batch(predictions)))
}

/// Labels and predictions as f32 of the predictions' shape.
#[track_caller]
pub(super) fn aligned(metric: &str, y_true: &Tensor, y_pred: &Tensor) -> (Tensor, Tensor) {
    match same_shape(y_true.shape(), y_pred.shape()) {
        Ok(()) => (y_true.cast(DType::F32).reshape(y_pred.shape()), y_pred.cast(DType::F32)),
        Err(rule) => {
            let invalid = Tensor::invalid(metric, rule, &[y_true, y_pred]);
            (invalid.clone(), invalid)
        }
    }
}
