//! Images that are turned, enlarged and moved at random in training.

use super::{
    affine::{FillMode, Matrix, PixelInterpolation, Reading, affine},
    factor::{Factor, draw},
    float,
};
use crate::{
    Layer, Scope,
    layers::{DataFormat, arguments::arguments},
};
use std::f64::consts::TAU;
use wgrad_tensor::Tensor;

arguments! {
    /// Turns each image about its middle by a random angle in training; else the identity (Keras `RandomRotation`).
    ///
    /// The angles follow from the seed of the training and the step. Errors: `factor` outside -1 and 1; names that stand for nothing.
    pub struct RandomRotation(
        /// The part of a full turn, counterclockwise where it is positive: up to so much both ways, or between two numbers.
        factor: Factor [into],
    ) {
        /// What lies outside the image: `"reflect"` (the default), `"wrap"`, `"constant"` or `"nearest"`.
        converts fill_mode: FillMode = FillMode::Reflect;
        /// What lies between pixels: `"bilinear"` (the default) or `"nearest"`.
        converts interpolation: PixelInterpolation = PixelInterpolation::Bilinear;
        /// Keras' own seed of the layer; the numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
        /// The value outside the image in the mode `"constant"`; 0 by default.
        takes fill_value: f64 = 0.0;
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

arguments! {
    /// Makes each image larger or smaller about its middle in training, by a random factor (Keras `RandomZoom`); else the identity. A factor of -0.3
    /// shows the middle 70 % of the axis, one of 0.3 puts the image on 1 / 1.3 of it.
    ///
    /// The factors follow from the seed of the training and the step. Errors: factors outside -1 and 1; names that stand for nothing.
    pub struct RandomZoom(
        /// Of the height, up to so much both ways, or between two numbers.
        height_factor: Factor [into],
    ) {
        /// Of the width; where it is absent, both axes have the same factor.
        may_convert width_factor: Factor;
        /// What lies outside the image: `"reflect"` (the default), `"wrap"`, `"constant"` or `"nearest"`.
        converts fill_mode: FillMode = FillMode::Reflect;
        /// What lies between pixels: `"bilinear"` (the default) or `"nearest"`.
        converts interpolation: PixelInterpolation = PixelInterpolation::Bilinear;
        /// Keras' own seed of the layer; the numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
        /// The value outside the image in the mode `"constant"`; 0 by default.
        takes fill_value: f64 = 0.0;
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

arguments! {
    /// Moves each image by a random part of its height and width in training; else the identity (Keras `RandomTranslation`).
    ///
    /// The distances follow from the seed of the training and the step. Errors: factors outside -1 and 1; names that stand for nothing.
    pub struct RandomTranslation(
        /// The part of the height, down where it is positive: up to so much both ways, or between two numbers.
        height_factor: Factor [into],
        /// The part of the width, to the right where it is positive.
        width_factor: Factor [into],
    ) {
        /// What lies outside the image: `"reflect"` (the default), `"wrap"`, `"constant"` or `"nearest"`.
        converts fill_mode: FillMode = FillMode::Reflect;
        /// What lies between pixels: `"bilinear"` (the default) or `"nearest"`.
        converts interpolation: PixelInterpolation = PixelInterpolation::Bilinear;
        /// Keras' own seed of the layer; the numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
        /// The value outside the image in the mode `"constant"`; 0 by default.
        takes fill_value: f64 = 0.0;
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

/// Batch size, and column and row of the middle.
fn sizes(x: &Tensor) -> (usize, f64, f64) {
    let length = |axis: usize| x.shape().get(axis).copied().unwrap_or(1);
    (length(0), (length(2) as f64 - 1.0) / 2.0, (length(1) as f64 - 1.0) / 2.0)
}

impl RandomRotation {
    #[track_caller]
    fn matrix(&self, scope: &mut Scope, x: &Tensor) -> Result<Matrix, String> {
        let (batch, middle_column, middle_row) = sizes(x);
        let (low, high) = self.factor.range("factor", -1.0)?;
        let angle = draw(scope, batch, (low * TAU, high * TAU));
        let (cos, sin) = (angle.cos(), angle.sin());
        let columns = middle_column - &cos * middle_column + &sin * middle_row;
        let rows = middle_row - &sin * middle_column - &cos * middle_row;
        Ok([[cos.clone(), -&sin, columns], [sin, cos, rows]])
    }
}

impl RandomZoom {
    #[track_caller]
    fn matrix(&self, scope: &mut Scope, x: &Tensor) -> Result<Matrix, String> {
        let (batch, middle_column, middle_row) = sizes(x);
        let about_one = |(low, high): (f64, f64)| (1.0 + low, 1.0 + high);
        let height = draw(scope, batch, about_one(self.height_factor.range("height_factor", -1.0)?));
        let width = match self.width_factor {
            Some(factor) => draw(scope, batch, about_one(factor.range("width_factor", -1.0)?)),
            None => height.clone(),
        };
        let (columns, rows) = ((1.0 - &width) * middle_column, (1.0 - &height) * middle_row);
        Ok([[width.clone(), width.zeros_like(), columns], [height.zeros_like(), height, rows]])
    }
}

impl RandomTranslation {
    #[track_caller]
    fn matrix(&self, scope: &mut Scope, x: &Tensor) -> Result<Matrix, String> {
        let (batch, middle_column, middle_row) = sizes(x);
        let height = draw(scope, batch, self.height_factor.range("height_factor", -1.0)?) * (2.0 * middle_row + 1.0);
        let width = draw(scope, batch, self.width_factor.range("width_factor", -1.0)?) * (2.0 * middle_column + 1.0);
        let (one, zero) = (height.ones_like(), height.zeros_like());
        Ok([[one.clone(), zero.clone(), -width], [zero, one, -height]])
    }
}

/// Layers with these arguments: what is checked also where nothing moves.
macro_rules! moving {
    ($($layer:ident)*) => {$(
        impl Layer for $layer {
            fn class_name(&self) -> &'static str {
                stringify!($layer)
            }

            fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
                let reading = Reading { fill_mode: &self.fill_mode, interpolation: &self.interpolation, fill_value: self.fill_value };
                self.data_format.channels_last(stringify!($layer), &float(x), 2, |x| {
                    reading.check()?;
                    self.check()?;
                    if !scope.training() {
                        return Ok(x.clone());
                    }
                    let matrix = self.matrix(scope, x)?;
                    affine(x, &matrix, &reading)
                })
            }
        }
    )*};
}
moving!(RandomRotation RandomZoom RandomTranslation);

impl RandomRotation {
    fn check(&self) -> Result<(), String> {
        self.factor.range("factor", -1.0).map(drop)
    }
}

impl RandomZoom {
    fn check(&self) -> Result<(), String> {
        self.height_factor.range("height_factor", -1.0)?;
        self.width_factor.map_or(Ok(()), |factor| factor.range("width_factor", -1.0).map(drop))
    }
}

impl RandomTranslation {
    fn check(&self) -> Result<(), String> {
        self.height_factor.range("height_factor", -1.0)?;
        self.width_factor.range("width_factor", -1.0).map(drop)
    }
}
