//! An activation function as a layer.

use crate::{Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// `y = activation(x)`, of the same shape (Keras `Activation`).
    pub struct Activation(
        /// The function, by value or name.
        activation: crate::Activation [into],
    ) {}
}

impl Layer for Activation {
    fn class_name(&self) -> &'static str {
        "Activation"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        scope.activate(&self.activation, x)
    }
}
