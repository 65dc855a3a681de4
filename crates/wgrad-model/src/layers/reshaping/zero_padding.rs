//! Zeros around sequences, images and volumes.

use crate::{
    Layer, Scope,
    layers::{DataFormat, Sides, arguments::arguments},
};
use wgrad_tensor::Tensor;

/// Declares the padding layers over one to three axes.
macro_rules! zero_paddings {
    ($($(#[$about:meta])* $layer:ident: $axes:literal;)*) => {$(
        arguments! {
            $(#[$about])*
            pub struct $layer() {
                /// How many zeros there are before and after each axis; 1 by default.
                converts padding: Sides<$axes> = 1.into();
                /// Where the channels are; `"channels_last"` by default.
                converts data_format: DataFormat = DataFormat::ChannelsLast;
            }
        }

        impl Layer for $layer {
            fn class_name(&self) -> &'static str {
                stringify!($layer)
            }

            fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
                match self.data_format.spatial(stringify!($layer), x, $axes) {
                    Ok(axes) => {
                        let mut padding = vec![(0, 0); x.rank()];
                        padding[axes].copy_from_slice(&self.padding.0);
                        x.pad(&padding, 0.0)
                    }
                    Err(invalid) => invalid,
                }
            }
        }
    )*};
}

zero_paddings! {
    /// Zeros before and after the steps (Keras `ZeroPadding1D`): `[batch, steps, channels] -> [batch, before + steps + after, channels]`.
    /// `padding` is one number, or `(before, after)`.
    ZeroPadding1D: 1;
    /// Zeros around an image (Keras `ZeroPadding2D`): `[batch, height, width, channels] -> [batch, top + height + bottom, left + width + right,
    /// channels]`. `padding` is one number, `(height, width)`, or `((top, bottom), (left, right))`.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::ZeroPadding2D};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([ZeroPadding2D::new().padding(((0, 0), (1, 2))).into()]).input_shape([1, 1, 1]).build()?;
    /// let y = model.predict(&Tensor::from([[[[7f32]]]]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [0.0, 7.0, 0.0, 0.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    ZeroPadding2D: 2;
    /// Zeros around a volume (Keras `ZeroPadding3D`): `[batch, depth, height, width, channels]`, each axis between batch and channels longer by its
    /// two numbers. `padding` is one number, one for each axis, or a pair for each axis.
    ZeroPadding3D: 3;
}
