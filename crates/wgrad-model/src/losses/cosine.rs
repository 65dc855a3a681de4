//! The angle between vectors.

use super::{EPSILON, Loss, align::compared};
use crate::{Logits, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// `-sum(y_true y_pred) / (|y_true| |y_pred|)` over an axis: -1 for the same direction, 1 for opposite ones, 0 where a vector is zero (Keras
    /// `CosineSimilarity`).
    pub struct CosineSimilarity() {
        /// The axis of the vectors; the last by default.
        takes axis: i64 = -1;
    }
}

impl Loss for CosineSimilarity {
    fn name(&self) -> &'static str {
        "cosine_similarity"
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        let (y, p) = compared(y_true, y_pred);
        // The length is at least 1e-7; bounded before the root, whose slope at 0 is infinite.
        let unit = |x: &Tensor| x * x.square().sum_keep(self.axis).maximum(EPSILON * EPSILON).rsqrt();
        -(unit(&y) * unit(&p)).sum(self.axis)
    }
}
