//! Dropout.

use crate::{Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::{Shape, Tensor};

arguments! {
    /// In training, each element becomes 0 with probability `rate`, the others are scaled by `1 / (1 - rate)`; else the identity
    /// (Keras `Dropout`; Srivastava et al. 2014). What is dropped follows from the seed of the training and the step.
    pub struct Dropout(
        /// The share that is dropped, in `[0, 1]`.
        rate: f64,
    ) {
        /// Where present, axes of length 1 share one draw, and `None` stands for the length of the input: `[None, 1, None]` drops whole features.
        may_convert noise_shape: Vec<Option<usize>>;
        /// Keras' own seed of the layer. The numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
    }
}

impl Layer for Dropout {
    fn class_name(&self) -> &'static str {
        "Dropout"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        match noise_shape(x.shape(), self.noise_shape.as_deref()) {
            Ok(shape) => drop(scope, "Dropout", x, self.rate, shape),
            Err(rule) => Tensor::invalid("Dropout", rule, &[x]),
        }
    }
}

/// The shape of the draws, or the rule that it breaks.
pub(super) fn noise_shape(x: &Shape, noise: Option<&[Option<usize>]>) -> Result<Shape, String> {
    let Some(noise) = noise else { return Ok(x.clone()) };
    let shape: Shape = noise.iter().zip(x.iter()).map(|(n, &d)| n.unwrap_or(d)).collect();
    let fits = noise.len() == x.rank() && shape.iter().zip(x.iter()).all(|(&n, &d)| n == d || n == 1);
    if fits { Ok(shape) } else { Err(format!("noise_shape {noise:?} does not broadcast to the input {x}")) }
}

/// An error-carrying tensor where `rate` is no probability.
#[track_caller]
pub(super) fn check_rate(layer: &str, x: &Tensor, rate: f64) -> Result<(), Tensor> {
    if (0.0..=1.0).contains(&rate) { Ok(()) } else { Err(Tensor::invalid(layer, format!("the rate must be in [0, 1], got {rate}"), &[x])) }
}

/// Draws of `shape`, of the shape of `x`: true with the probability `1 - rate`.
#[track_caller]
pub(super) fn kept(scope: &mut Scope, x: &Tensor, rate: f64, shape: Shape) -> Tensor {
    let (key, stream) = scope.random_key();
    Tensor::uniform_with(&key, stream, shape, 0.0, 1.0).ge(rate).expand(x.shape())
}

/// `x` in training without the share `rate` of its elements, scaled; `shape` is that of the draws.
#[track_caller]
pub(super) fn drop(scope: &mut Scope, layer: &str, x: &Tensor, rate: f64, shape: Shape) -> Tensor {
    if let Err(invalid) = check_rate(layer, x, rate) {
        return invalid;
    }
    if !scope.training() || rate == 0.0 {
        return x.clone();
    }
    if rate == 1.0 {
        return x.zeros_like();
    }
    // `x * 0` would keep the NaN of a dropped infinity.
    kept(scope, x, rate, shape).where_(x * (1.0 / (1.0 - rate)), 0.0)
}
