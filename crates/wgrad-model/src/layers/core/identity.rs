//! The layer that does nothing.

use crate::{Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// `y = x` (Keras `Identity`).
    pub struct Identity() {}
}

impl Layer for Identity {
    fn class_name(&self) -> &'static str {
        "Identity"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        x.clone()
    }

    fn call_all(&self, _scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        inputs.to_vec()
    }
}
