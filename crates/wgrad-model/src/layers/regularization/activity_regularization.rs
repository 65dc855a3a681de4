//! Penalties of results.

use crate::{Layer, Regularizer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// `y = x`; adds `(l1 sum |x| + l2 sum x^2) / batch` to the loss (Keras `ActivityRegularization`).
    pub struct ActivityRegularization() {
        /// The factor of the absolute values; 0 by default.
        takes l1: f64 = 0.0;
        /// The factor of the squares; 0 by default.
        takes l2: f64 = 0.0;
    }
}

impl Layer for ActivityRegularization {
    fn class_name(&self) -> &'static str {
        "ActivityRegularization"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let Some(&batch) = x.shape().first() else {
            return Tensor::invalid("ActivityRegularization", "the input must have a batch axis, got a scalar", &[x]);
        };
        let penalty = Regularizer::L1L2 { l1: self.l1, l2: self.l2 }.penalty(x) / batch.max(1) as f64;
        if penalty.error().is_some() {
            return penalty;
        }
        scope.add_loss(&penalty);
        x.clone()
    }
}
