//! An activation function as a layer.

use crate::{Layer, Scope};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// `y = activation(x)`, of the same shape (Keras `Activation`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    /// The function.
    pub activation: crate::Activation,
}

impl Activation {
    /// The function, by value or name.
    pub fn new(activation: impl Into<crate::Activation>) -> Activation {
        Activation { activation: activation.into() }
    }
}

impl Layer for Activation {
    fn class_name(&self) -> &'static str {
        "Activation"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        scope.activate(&self.activation, x)
    }
}
