//! Masks from values.

use crate::{Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// The input, with zeros and a mask where all features are `mask_value`: later layers leave these positions out,
    /// `[batch, ..., features] -> [batch, ..., features]` (Keras `Masking`).
    pub struct Masking() {
        /// What marks a position; 0 by default.
        takes mask_value: f64 = 0.0;
    }
}

impl Layer for Masking {
    fn class_name(&self) -> &'static str {
        "Masking"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        if x.rank() < 2 {
            return Tensor::invalid("Masking", format!("the input must be [batch, ..., features], got {}", x.shape()), &[x]);
        }
        let counts = x.ne(self.mask_value).any_keep(-1); // [batch, ..., 1]
        let y = counts.expand(x.shape()).where_(x, x.zeros_like());
        scope.set_mask(&y, &counts.squeeze(-1));
        y
    }
}
