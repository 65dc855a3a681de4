//! Depthwise convolutions: each channel has kernels of its own.

use super::common;
use crate::{
    Activation, Constraint, Initializer, Layer, Regularizer, Scope,
    layers::{DataFormat, Padding, Sizes, arguments::arguments},
};
use wgrad_tensor::Tensor;

/// Declares the depthwise convolutions over one and two axes.
macro_rules! depthwise_convolutions {
    ($($(#[$about:meta])* $layer:ident: $axes:literal;)*) => {$(
        arguments! {
            $(#[$about])*
            pub struct $layer(
                /// Lengths of the kernels.
                kernel_size: Sizes<$axes> [into],
            ) {
                /// Distance of neighbouring windows; 1 by default.
                converts strides: Sizes<$axes> = 1.into();
                /// `"valid"` (the default) or `"same"`.
                converts padding: Padding = "valid".into();
                /// Kernels for each channel; 1 by default.
                takes depth_multiplier: usize = 1;
                /// Where the channels are; `"channels_last"` by default.
                converts data_format: DataFormat = "channels_last".into();
                /// Distance of neighbouring kernel elements in the input; 1 by default.
                converts dilation_rate: Sizes<$axes> = 1.into();
                /// Applied to the sums, by value or name; linear by default.
                converts activation: Activation = "linear".into();
                /// Whether there is a bias; there is by default.
                takes use_bias: bool = true;
                /// First values of the kernel; Glorot uniform by default.
                converts depthwise_initializer: Initializer = "glorot_uniform".into();
                /// First values of the bias `[channels * depth_multiplier]`; zeros by default.
                converts bias_initializer: Initializer = "zeros".into();
                /// Penalty of the kernel; none by default.
                may_convert depthwise_regularizer: Regularizer;
                /// Penalty of the bias; none by default.
                may_convert bias_regularizer: Regularizer;
                /// What the kernel is projected to after each step; nothing by default.
                may_convert depthwise_constraint: Constraint;
                /// What the bias is projected to after each step; nothing by default.
                may_convert bias_constraint: Constraint;
            }
        }

        impl Layer for $layer {
            fn class_name(&self) -> &'static str {
                stringify!($layer)
            }

            fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
                let common = common!(self);
                common.call(scope, x, |scope, x| {
                    let weight = (&self.depthwise_initializer, &self.depthwise_regularizer, &self.depthwise_constraint);
                    common.depthwise(scope, x, "kernel", weight.into(), self.depth_multiplier)
                })
            }
        }
    )*};
}

depthwise_convolutions! {
    /// The depthwise convolution of sequences (Keras `DepthwiseConv1D`): `[batch, steps, channels] -> [batch, steps', channels * depth_multiplier]`;
    /// the kernel is `[size, channels, depth_multiplier]`. Else as [`DepthwiseConv2D`].
    DepthwiseConv1D: 1;
    /// `y[n, i, j, c M + m] = activation(sum over h, w of x[n, i s + h d, j s + w d, c] kernel[h, w, c, m] + bias[c M + m])` with `M = depth_multiplier`
    /// (Keras `DepthwiseConv2D`): `[batch, height, width, channels] -> [batch, height', width', channels * depth_multiplier]`; the kernel is
    /// `[height, width, channels, depth_multiplier]`.
    ///
    /// Errors: a window that does not fit the input, numbers that are 0.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::DepthwiseConv2D};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([DepthwiseConv2D::new((1, 2)).depthwise_initializer("ones").into()]).input_shape([1, 2, 2]).build()?;
    /// let y = model.predict(&Tensor::from([[[[1f32, 10.0], [2.0, 20.0]]]]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [3.0, 30.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    DepthwiseConv2D: 2;
}
