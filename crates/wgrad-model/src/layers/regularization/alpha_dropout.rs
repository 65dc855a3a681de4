//! Dropout for self-normalizing networks.

use super::dropout::{check_rate, kept, noise_shape};
use crate::{Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// In training, each element becomes the limit of `selu` below with probability `rate`, and all are scaled and shifted so that mean 0 and
    /// variance 1 stay; else the identity (Keras `AlphaDropout`; Klambauer et al. 2017). What is dropped follows from the seed of the training and
    /// the step.
    pub struct AlphaDropout(
        /// The share that is dropped, in `[0, 1)`.
        rate: f64,
    ) {
        /// Where present, axes of length 1 share one draw, and `None` stands for the length of the input.
        may_convert noise_shape: Vec<Option<usize>>;
        /// Keras' own seed of the layer. The numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
    }
}

/// `selu(-infinity)`
const LIMIT: f64 = -1.673_263_242_354_377_2 * 1.050_700_987_355_480_5;

impl Layer for AlphaDropout {
    fn class_name(&self) -> &'static str {
        "AlphaDropout"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let rate = self.rate;
        if let Err(invalid) = check_rate("AlphaDropout", x, rate) {
            return invalid;
        }
        if rate == 1.0 {
            return Tensor::invalid("AlphaDropout", "the rate must be less than 1: nothing would be left to scale", &[x]);
        }
        let shape = match noise_shape(x.shape(), self.noise_shape.as_deref()) {
            Ok(shape) => shape,
            Err(rule) => return Tensor::invalid("AlphaDropout", rule, &[x]),
        };
        if !scope.training() || rate == 0.0 {
            return x.clone();
        }
        let scale = ((1.0 - rate) * (1.0 + rate * LIMIT * LIMIT)).sqrt().recip();
        kept(scope, x, rate, shape).where_(x, LIMIT) * scale - scale * LIMIT * rate
    }
}
