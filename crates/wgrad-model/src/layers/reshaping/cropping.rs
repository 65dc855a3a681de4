//! The middle of sequences, images and volumes.

use crate::{
    Layer, Scope,
    layers::{DataFormat, Sides, arguments::arguments},
};
use wgrad_tensor::Tensor;

/// Declares the arguments of a cropping layer. That of sequences has no `data_format` in Keras.
macro_rules! croppings {
    ($($(#[$about:meta])* $layer:ident: $axes:literal = $default:literal $(, $data_format:ident)?;)*) => {$(
        arguments! {
            $(#[$about])*
            pub struct $layer() {
                #[doc = concat!("How much is cut off before and after each axis; ", $default, " by default.")]
                converts cropping: Sides<$axes> = $default.into();
                $(
                    /// Where the channels are; `"channels_last"` by default.
                    converts $data_format: DataFormat = DataFormat::ChannelsLast;
                )?
            }
        }

        impl Layer for $layer {
            fn class_name(&self) -> &'static str {
                stringify!($layer)
            }

            fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
                crop(stringify!($layer), x, croppings!(@format self $($data_format)?), &self.cropping.0)
            }
        }
    )*};
    (@format $this:ident) => { &DataFormat::ChannelsLast };
    (@format $this:ident $data_format:ident) => { &$this.$data_format };
}

croppings! {
    /// A sequence without its first and last steps (Keras `Cropping1D`): `[batch, steps, channels] -> [batch, steps - before - after, channels]`.
    /// `cropping` is one number, or `(before, after)`. Errors: nothing is left.
    Cropping1D: 1 = 1;
    /// The middle of an image (Keras `Cropping2D`): `[batch, height, width, channels] -> [batch, height - top - bottom, width - left - right, channels]`.
    /// `cropping` is one number, `(height, width)`, or `((top, bottom), (left, right))`. Errors: nothing is left.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::Cropping2D};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([Cropping2D::new().cropping(((0, 0), (1, 2))).into()]).input_shape([1, 4, 1]).build()?;
    /// let y = model.predict(&Tensor::from([[[[1f32], [2.0], [3.0], [4.0]]]]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [2.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    Cropping2D: 2 = 0, data_format;
    /// The middle of a volume (Keras `Cropping3D`): `[batch, depth, height, width, channels]`, each axis between batch and channels shorter by its two
    /// numbers. `cropping` is one number, one for each axis, or a pair for each axis. Errors: nothing is left.
    Cropping3D: 3 = 1, data_format;
}

#[track_caller]
fn crop(layer: &str, x: &Tensor, format: &DataFormat, cropping: &[(usize, usize)]) -> Tensor {
    let axes = match format.spatial(layer, x, cropping.len()) {
        Ok(axes) => axes,
        Err(invalid) => return invalid,
    };
    axes.zip(cropping).fold(x.clone(), |y, (axis, &(before, after))| {
        let n = x.shape()[axis];
        match before.checked_add(after).and_then(|cut| n.checked_sub(cut)).filter(|left| *left > 0) {
            Some(left) => y.narrow(axis as i64, before, left),
            None => Tensor::invalid(layer, format!("cropping {cropping:?} leaves nothing of the input {}", x.shape()), &[&y]),
        }
    })
}
