//! More positions: repeated ones, or interpolated ones.

use crate::{
    Layer, Scope,
    layers::{DataFormat, Sizes, arguments::arguments, resize::Interpolation},
};
use std::ops::Range;
use wgrad_tensor::Tensor;

arguments! {
    /// Each step `size` times (Keras `UpSampling1D`): `[batch, steps, channels] -> [batch, steps * size, channels]`.
    ///
    /// Errors: `size` that is 0.
    pub struct UpSampling1D() {
        /// How often; 2 by default.
        takes size: usize = 2;
    }
}

arguments! {
    /// An image `size` times as large (Keras `UpSampling2D`): `[batch, height, width, channels] -> [batch, height * size, width * size, channels]`.
    /// The interpolations other than `"nearest"` are those of TensorFlow's `image.resize` with pixels' centres at halves, without antialiasing.
    ///
    /// Errors: `size` that is 0; an interpolation that does not exist.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::UpSampling2D};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([UpSampling2D::new().size((1, 2)).interpolation("bilinear").into()]).input_shape([1, 2, 1]).build()?;
    /// let y = model.predict(&Tensor::from([[[[0f32], [4.0]]]]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [0.0, 1.0, 3.0, 4.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct UpSampling2D() {
        /// The factors of height and width; 2 by default.
        converts size: Sizes<2> = 2.into();
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
        /// `"nearest"` (the default, which repeats), `"bilinear"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        converts interpolation: Interpolation = Interpolation::Nearest;
    }
}

arguments! {
    /// Each position of a volume `size` times along each axis (Keras `UpSampling3D`): `[batch, depth, height, width, channels]`, each axis between
    /// batch and channels longer by its factor.
    ///
    /// Errors: `size` that is 0.
    pub struct UpSampling3D() {
        /// The factors of depth, height and width; 2 by default.
        converts size: Sizes<3> = 2.into();
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

impl Layer for UpSampling1D {
    fn class_name(&self) -> &'static str {
        "UpSampling1D"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        up_sample(self.class_name(), x, DataFormat::ChannelsLast.spatial(self.class_name(), x, 1), &[self.size], &Interpolation::Nearest)
    }
}

impl Layer for UpSampling2D {
    fn class_name(&self) -> &'static str {
        "UpSampling2D"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        up_sample(self.class_name(), x, self.data_format.spatial(self.class_name(), x, 2), &self.size.0, &self.interpolation)
    }
}

impl Layer for UpSampling3D {
    fn class_name(&self) -> &'static str {
        "UpSampling3D"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        up_sample(self.class_name(), x, self.data_format.spatial(self.class_name(), x, 3), &self.size.0, &Interpolation::Nearest)
    }
}

/// `x` with each of `axes` longer by its factor.
#[track_caller]
fn up_sample(layer: &str, x: &Tensor, axes: Result<Range<usize>, Tensor>, size: &[usize], interpolation: &Interpolation) -> Tensor {
    let axes = match axes {
        Ok(axes) => axes,
        Err(invalid) => return invalid,
    };
    if size.contains(&0) {
        return Tensor::invalid(layer, format!("the factors must be at least 1, got {size:?}"), &[x]);
    }
    let longer = axes.zip(size).try_fold(x.clone(), |y, (axis, &factor)| match interpolation {
        Interpolation::Nearest => Ok(y.repeat(factor, axis as i64)),
        _ => interpolation.resize(&y, axis, y.shape()[axis].saturating_mul(factor), false),
    });
    longer.unwrap_or_else(|rule| Tensor::invalid(layer, rule, &[x]))
}
