//! A squared error that is linear for large errors.

use super::{Loss, align::compared};
use crate::{Logits, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// `mean(e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2)` of `e = y_pred - y_true` over the last axis (Keras `Huber`).
    pub struct Huber() {
        /// Where the loss goes from quadratic to linear; 1 by default.
        takes delta: f64 = 1.0;
    }
}

impl Loss for Huber {
    fn name(&self) -> &'static str {
        "huber"
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        let (y, p) = compared(y_true, y_pred);
        let error = (p - y).abs();
        let linear = &error * self.delta - self.delta * self.delta * 0.5;
        error.le(self.delta).where_(error.square() * 0.5, linear).mean(-1)
    }
}
