//! Dropout.

use crate::{Layer, Scope};
use serde::{Deserialize, Serialize};
use wgrad_tensor::{Shape, Tensor};

/// In training, each element becomes 0 with probability `rate`, the others are scaled by `1 / (1 - rate)`; else the identity
/// (Keras `Dropout`; Srivastava et al. 2014). The mask follows from the seed of the training and the step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// The share that is dropped, in `[0, 1]`.
    pub rate: f64,
    /// Where present, axes of length 1 share one draw: `[batch, 1, features]` drops whole features. The first axis is the batch and is not checked.
    #[serde(default)]
    pub noise_shape: Option<Vec<Option<usize>>>,
    /// Keras' own seed of the layer. The masks here follow from the seed of `fit`, so it does not matter.
    #[serde(default)]
    seed: Option<i64>,
}

impl Dropout {
    /// A layer that drops the share `rate`.
    pub fn new(rate: f64) -> Dropout {
        Dropout { rate, noise_shape: None, seed: None }
    }

    /// Axes of length 1 share one draw; `None` stands for the length of the input.
    pub fn noise_shape(mut self, shape: impl Into<Vec<Option<usize>>>) -> Dropout {
        self.noise_shape = Some(shape.into());
        self
    }

    /// The shape of the mask, or the rule that it breaks.
    fn mask_shape(&self, x: &Shape) -> Result<Shape, String> {
        let Some(noise) = &self.noise_shape else { return Ok(x.clone()) };
        let shape: Shape = noise.iter().zip(x.iter()).map(|(n, &d)| n.unwrap_or(d)).collect();
        let fits = noise.len() == x.rank() && shape.iter().zip(x.iter()).all(|(&n, &d)| n == d || n == 1);
        if fits { Ok(shape) } else { Err(format!("noise_shape {noise:?} does not broadcast to the input {x}")) }
    }
}

impl Layer for Dropout {
    fn class_name(&self) -> &'static str {
        "Dropout"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        if !(0.0..=1.0).contains(&self.rate) {
            return Tensor::invalid("Dropout", format!("the rate must be in [0, 1], got {}", self.rate), &[x]);
        }
        let mask = match self.mask_shape(x.shape()) {
            Ok(shape) => shape,
            Err(rule) => return Tensor::invalid("Dropout", rule, &[x]),
        };
        if !scope.training() || self.rate == 0.0 {
            return x.clone();
        }
        if self.rate == 1.0 {
            return x.zeros_like();
        }
        let (key, stream) = scope.random_key();
        let keep = Tensor::uniform_with(&key, stream, mask, 0.0, 1.0).ge(self.rate);
        // `x * 0` would keep the NaN of a dropped infinity.
        keep.expand(x.shape()).where_(x * (1.0 / (1.0 - self.rate)), x.zeros_like())
    }
}
