//! The mean squared error.

use super::{Loss, same_shape};
use crate::Logits;
use wgrad_tensor::{Shape, Tensor};

/// `mean((y_true - y_pred)^2)` over the last axis (Keras `MeanSquaredError`).
#[derive(Clone, Copy, Debug, Default)]
pub struct MeanSquaredError {}

impl MeanSquaredError {
    /// The loss.
    pub fn new() -> MeanSquaredError {
        MeanSquaredError {}
    }
}

impl Loss for MeanSquaredError {
    fn name(&self) -> &'static str {
        "mean_squared_error"
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        same_shape(labels, predictions)
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        (y_pred - y_true.cast(y_pred.dtype())).square().mean(-1)
    }
}
