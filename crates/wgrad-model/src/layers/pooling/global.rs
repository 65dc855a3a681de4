//! Pooling of all positions.

use crate::{
    Layer, Scope,
    layers::{DataFormat, arguments::arguments},
};
use wgrad_tensor::Tensor;

/// Declares the global pooling layers over one to three axes.
macro_rules! global_pools {
    ($($(#[$about:meta])* $layer:ident: $axes:literal, $pool:ident;)*) => {$(
        arguments! {
            $(#[$about])*
            pub struct $layer() {
                /// Whether the axes between batch and channels stay, with length 1; they do not by default.
                takes keepdims: bool = false;
                /// Where the channels are; `"channels_last"` by default.
                converts data_format: DataFormat = DataFormat::ChannelsLast;
            }
        }

        impl Layer for $layer {
            fn class_name(&self) -> &'static str {
                stringify!($layer)
            }

            fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
                let axes: Vec<i64> = match self.data_format.spatial(stringify!($layer), x, $axes) {
                    Ok(axes) => axes.map(|axis| axis as i64).collect(),
                    Err(invalid) => return invalid,
                };
                let y = $pool(scope, x, &axes);
                if self.keepdims { y } else { y.squeeze(axes) }
            }
        }
    )*};
}

global_pools! {
    /// The maximum of each feature over all steps (Keras `GlobalMaxPooling1D`): `[batch, steps, channels] -> [batch, channels]`.
    GlobalMaxPooling1D: 1, maximum;
    /// The maximum of each channel (Keras `GlobalMaxPooling2D`): `[batch, height, width, channels] -> [batch, channels]`. Equal maxima share the gradient.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::GlobalMaxPooling2D};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([GlobalMaxPooling2D::new().into()]).input_shape([1, 2, 2]).build()?;
    /// let y = model.predict(&Tensor::from([[[[1f32, 20.0], [2.0, 10.0]]]]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [2.0, 20.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    GlobalMaxPooling2D: 2, maximum;
    /// The maximum of each channel of a volume (Keras `GlobalMaxPooling3D`): `[batch, depth, height, width, channels] -> [batch, channels]`.
    GlobalMaxPooling3D: 3, maximum;
    /// The mean of each feature over all steps, those that a mask leaves out not counted (Keras `GlobalAveragePooling1D`):
    /// `[batch, steps, channels] -> [batch, channels]`. A sequence of which nothing counts gives NaN.
    GlobalAveragePooling1D: 1, masked_mean;
    /// The mean of each channel (Keras `GlobalAveragePooling2D`): `[batch, height, width, channels] -> [batch, channels]`.
    GlobalAveragePooling2D: 2, mean;
    /// The mean of each channel of a volume (Keras `GlobalAveragePooling3D`): `[batch, depth, height, width, channels] -> [batch, channels]`.
    GlobalAveragePooling3D: 3, mean;
}

fn maximum(_: &Scope, x: &Tensor, axes: &[i64]) -> Tensor {
    x.max_keep(axes.to_vec())
}

fn mean(_: &Scope, x: &Tensor, axes: &[i64]) -> Tensor {
    x.mean_keep(axes.to_vec())
}

/// The mean over the steps (the only axis), where there is a mask over those that count.
fn masked_mean(scope: &Scope, x: &Tensor, axes: &[i64]) -> Tensor {
    let Some(mask) = scope.mask(x) else { return mean(scope, x, axes) };
    let channels = if axes == [1] { 2 } else { 1 };
    let counts = mask.unsqueeze(channels);
    let kept = counts.expand(x.shape()).where_(x, x.zeros_like());
    kept.sum_keep(axes.to_vec()) / counts.cast(x.dtype()).sum_keep(axes.to_vec())
}
