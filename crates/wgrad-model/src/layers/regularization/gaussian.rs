//! Normal noise.

use super::dropout::check_rate;
use crate::{Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// In training `y = x + stddev z` with a standard normal `z` for each element; else the identity (Keras `GaussianNoise`). The noise follows
    /// from the seed of the training and the step.
    pub struct GaussianNoise(
        /// The standard deviation, in `[0, 1]`.
        stddev: f64,
    ) {
        /// Keras' own seed of the layer. The numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
    }
}

arguments! {
    /// In training `y = x (1 + sqrt(rate / (1 - rate)) z)` with a standard normal `z` for each element; else the identity (Keras `GaussianDropout`;
    /// Srivastava et al. 2014). The noise follows from the seed of the training and the step.
    pub struct GaussianDropout(
        /// The share that `Dropout` with the same deviation would drop, in `[0, 1)`.
        rate: f64,
    ) {
        /// Keras' own seed of the layer. The numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
    }
}

impl Layer for GaussianNoise {
    fn class_name(&self) -> &'static str {
        "GaussianNoise"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        if !(0.0..=1.0).contains(&self.stddev) {
            return Tensor::invalid("GaussianNoise", format!("stddev must be in [0, 1], got {}", self.stddev), &[x]);
        }
        if scope.training() && self.stddev > 0.0 { x + noise(scope, x, 0.0, self.stddev) } else { x.clone() }
    }
}

impl Layer for GaussianDropout {
    fn class_name(&self) -> &'static str {
        "GaussianDropout"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        if let Err(invalid) = check_rate("GaussianDropout", x, self.rate) {
            return invalid;
        }
        if self.rate == 1.0 {
            return Tensor::invalid("GaussianDropout", "the rate must be less than 1: its deviation would be infinite", &[x]);
        }
        let deviation = (self.rate / (1.0 - self.rate)).sqrt();
        if scope.training() && self.rate > 0.0 { x * noise(scope, x, 1.0, deviation) } else { x.clone() }
    }
}

/// Normal numbers of the shape and dtype of `x`.
#[track_caller]
fn noise(scope: &mut Scope, x: &Tensor, mean: f64, deviation: f64) -> Tensor {
    let (key, stream) = scope.random_key();
    Tensor::normal_with(&key, stream, x.shape(), mean as f32, deviation as f32).cast(x.dtype())
}
