//! Images with more or less contrast or brightness at random in training.

use super::{
    factor::{Factor, draw},
    float,
};
use crate::{
    Layer, Scope,
    layers::{DataFormat, arguments::arguments},
};
use wgrad_tensor::Tensor;

arguments! {
    /// Moves the pixels of each image away from, or towards, the mean of their channel by a random factor in training; else the identity (Keras
    /// `RandomContrast`): `(x - mean) * f + mean` with `f` between `1 - lower` and `1 + upper`, cut to `value_range`.
    ///
    /// The factors follow from the seed of the training and the step. Errors: `factor` outside 0 and 1; a value range that does not ascend.
    pub struct RandomContrast(
        /// `upper`, where `lower` is 0, or both, the lesser one first, as in Keras.
        factor: Factor [into],
    ) {
        /// The least and the greatest value; `(0, 255)` by default.
        takes value_range: (f64, f64) = (0.0, 255.0);
        /// Keras' own seed of the layer; the numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

arguments! {
    /// Adds a random part of the value range to each image in training; else the identity (Keras `RandomBrightness`):
    /// `x + f * (high - low)` with `f` in `factor`, cut to `value_range`.
    ///
    /// The parts follow from the seed of the training and the step. Errors: `factor` outside -1 and 1.
    pub struct RandomBrightness(
        /// The part: up to so much both ways, or between two numbers.
        factor: Factor [into],
    ) {
        /// The least and the greatest value, in any order; `(0, 255)` by default.
        takes value_range: (f64, f64) = (0.0, 255.0);
        /// Keras' own seed of the layer; the numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

impl Layer for RandomContrast {
    fn class_name(&self) -> &'static str {
        "RandomContrast"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        self.data_format.channels_last("RandomContrast", &float(x), 2, |x| {
            let ((lower, upper), (low, high)) = (self.factor.range("factor", 0.0)?, self.value_range);
            if low.is_nan() || high.is_nan() || low > high {
                return Err(format!("the value_range must ascend, got {low} and {high}"));
            }
            if !scope.training() {
                return Ok(x.clone());
            }
            let factor = draw(scope, x.shape()[0], (1.0 - lower, 1.0 + upper)).cast(x.dtype());
            let mean = x.mean_keep([1, 2]);
            Ok(((x - &mean) * factor + &mean).clip(low, high))
        })
    }
}

impl Layer for RandomBrightness {
    fn class_name(&self) -> &'static str {
        "RandomBrightness"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        self.data_format.channels_last("RandomBrightness", &float(x), 2, |x| {
            let (range, (a, b)) = (self.factor.range("factor", -1.0)?, self.value_range);
            if !scope.training() {
                return Ok(x.clone());
            }
            let (low, high) = (a.min(b), a.max(b));
            let shift = draw(scope, x.shape()[0], range).cast(x.dtype()) * (high - low);
            Ok((x + shift).clip(low, high))
        })
    }
}
