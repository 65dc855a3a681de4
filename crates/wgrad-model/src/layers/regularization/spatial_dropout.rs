//! Dropout of whole channels.

use super::dropout::drop;
use crate::{
    Layer, Scope,
    layers::{DataFormat, arguments::arguments},
};
use wgrad_tensor::{Shape, Tensor};

/// Declares dropout of channels over one to three axes.
macro_rules! spatial_dropout {
    ($($(#[$doc:meta])* $name:ident: $axes:literal, |$this:ident| $format:expr, { $($argument:tt)* })*) => {$(
        arguments! {
            $(#[$doc])*
            pub struct $name(
                /// The share that is dropped, in `[0, 1]`.
                rate: f64,
            ) {
                /// Keras' own seed of the layer. The numbers here follow from the seed of `fit`, so it does not matter.
                may_take seed: i64;
                $($argument)*
            }
        }

        impl Layer for $name {
            fn class_name(&self) -> &'static str {
                stringify!($name)
            }

            fn supports_masking(&self) -> bool {
                true
            }

            fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
                let $this = self;
                let spatial = match $format.spatial(stringify!($name), x, $axes) {
                    Ok(spatial) => spatial,
                    Err(invalid) => return invalid,
                };
                let shape: Shape = x.shape().iter().enumerate().map(|(axis, &n)| if spatial.contains(&axis) { 1 } else { n }).collect();
                drop(scope, stringify!($name), x, self.rate, shape)
            }
        }
    )*};
}

spatial_dropout! {
    /// `Dropout` of whole channels of a sequence, `[batch, steps, channels]` (Keras `SpatialDropout1D`; Tompson et al. 2015).
    SpatialDropout1D: 1, |_layer| DataFormat::ChannelsLast, {}
    /// `Dropout` of whole channels of an image, `[batch, height, width, channels]` (Keras `SpatialDropout2D`; Tompson et al. 2015).
    SpatialDropout2D: 2, |layer| layer.data_format, {
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
    /// `Dropout` of whole channels of a volume, `[batch, depth, height, width, channels]` (Keras `SpatialDropout3D`; Tompson et al. 2015).
    SpatialDropout3D: 3, |layer| layer.data_format, {
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}
