//! The fully connected layer.

use crate::{Activation, Initializer, Layer, Scope};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// `y = activation(x . kernel + bias)`, `[..., in] -> [..., units]` (Keras `Dense`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Length of the last axis of the result.
    pub units: usize,
    /// Applied to the sums; linear by default.
    #[serde(default)]
    pub activation: Activation,
    /// Whether there is a `bias`.
    #[serde(default = "yes")]
    pub use_bias: bool,
    /// Of the kernel `[in, units]`; Glorot uniform by default.
    #[serde(default)]
    pub kernel_initializer: Initializer,
    /// Of the bias `[units]`; zeros by default.
    #[serde(default = "zeros")]
    pub bias_initializer: Initializer,
}

fn yes() -> bool {
    true
}

fn zeros() -> Initializer {
    Initializer::Zeros
}

impl Dense {
    /// A linear layer with Keras' defaults.
    pub fn new(units: usize) -> Dense {
        Dense {
            units,
            activation: Activation::Linear,
            use_bias: true,
            kernel_initializer: Initializer::default(),
            bias_initializer: Initializer::Zeros,
        }
    }

    /// The function applied to the sums, by value or name.
    pub fn activation(mut self, activation: impl Into<Activation>) -> Dense {
        self.activation = activation.into();
        self
    }

    /// Whether there is a bias.
    pub fn use_bias(mut self, use_bias: bool) -> Dense {
        self.use_bias = use_bias;
        self
    }

    /// First values of the kernel, by value or name.
    pub fn kernel_initializer(mut self, initializer: impl Into<Initializer>) -> Dense {
        self.kernel_initializer = initializer.into();
        self
    }

    /// First values of the bias, by value or name.
    pub fn bias_initializer(mut self, initializer: impl Into<Initializer>) -> Dense {
        self.bias_initializer = initializer.into();
        self
    }
}

impl Layer for Dense {
    fn class_name(&self) -> &'static str {
        "Dense"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let Some((&inputs, [_, ..])) = x.shape().split_last() else {
            return Tensor::invalid("Dense", format!("the input must be [batch, ..., features], got {}", x.shape()), &[x]);
        };
        let kernel = scope.param("kernel", [inputs, self.units], &self.kernel_initializer);
        let y = x.matmul(&kernel); // [..., units]
        let y = if self.use_bias { y + scope.param("bias", [self.units], &self.bias_initializer) } else { y };
        scope.activate(&self.activation, &y)
    }
}
