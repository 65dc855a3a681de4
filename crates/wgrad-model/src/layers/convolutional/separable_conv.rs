//! Separable convolutions: first along the axes, then across the channels.

use super::{channels, common, positive};
use crate::{
    Activation, Constraint, Initializer, Layer, Regularizer, Scope,
    layers::{DataFormat, Padding, Sizes, arguments::arguments},
};
use wgrad_tensor::Tensor;

/// Declares the separable convolutions over one and two axes.
macro_rules! separable_convolutions {
    ($($(#[$about:meta])* $layer:ident: $axes:literal;)*) => {$(
        arguments! {
            $(#[$about])*
            pub struct $layer(
                /// Channels of the result.
                filters: usize,
                /// Lengths of the depthwise kernels.
                kernel_size: Sizes<$axes> [into],
            ) {
                /// Distance of neighbouring windows; 1 by default.
                converts strides: Sizes<$axes> = 1.into();
                /// `"valid"` (the default) or `"same"`.
                converts padding: Padding = "valid".into();
                /// Where the channels are; `"channels_last"` by default.
                converts data_format: DataFormat = "channels_last".into();
                /// Distance of neighbouring kernel elements in the input; 1 by default.
                converts dilation_rate: Sizes<$axes> = 1.into();
                /// Depthwise kernels for each channel; 1 by default.
                takes depth_multiplier: usize = 1;
                /// Applied to the sums, by value or name; linear by default.
                converts activation: Activation = "linear".into();
                /// Whether there is a bias; there is by default.
                takes use_bias: bool = true;
                /// First values of the depthwise kernel; Glorot uniform by default.
                converts depthwise_initializer: Initializer = "glorot_uniform".into();
                /// First values of the pointwise kernel; Glorot uniform by default.
                converts pointwise_initializer: Initializer = "glorot_uniform".into();
                /// First values of the bias `[filters]`; zeros by default.
                converts bias_initializer: Initializer = "zeros".into();
                /// Penalty of the depthwise kernel; none by default.
                may_convert depthwise_regularizer: Regularizer;
                /// Penalty of the pointwise kernel; none by default.
                may_convert pointwise_regularizer: Regularizer;
                /// Penalty of the bias; none by default.
                may_convert bias_regularizer: Regularizer;
                /// What the depthwise kernel is projected to after each step; nothing by default.
                may_convert depthwise_constraint: Constraint;
                /// What the pointwise kernel is projected to after each step; nothing by default.
                may_convert pointwise_constraint: Constraint;
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
                    positive("filters", self.filters)?;
                    let depthwise = (&self.depthwise_initializer, &self.depthwise_regularizer, &self.depthwise_constraint);
                    let y = common.depthwise(scope, x, "depthwise_kernel", depthwise.into(), self.depth_multiplier)?;
                    let pointwise = (&self.pointwise_initializer, &self.pointwise_regularizer, &self.pointwise_constraint);
                    let shape = [&[1; $axes][..], &[channels(&y), self.filters]].concat();
                    let kernel = scope.param("pointwise_kernel", shape, pointwise);
                    Ok(y.matmul(&kernel.squeeze((0..$axes).collect::<Vec<i64>>())))
                })
            }
        }
    )*};
}

separable_convolutions! {
    /// The separable convolution of sequences (Keras `SeparableConv1D`): `[batch, steps, channels] -> [batch, steps', filters]`; the kernels are
    /// `[size, channels, depth_multiplier]` and `[1, channels * depth_multiplier, filters]`. Else as [`SeparableConv2D`].
    SeparableConv1D: 1;
    /// A [`super::DepthwiseConv2D`] followed by a convolution with a kernel of one position (Keras `SeparableConv2D`; Chollet 2017):
    /// `[batch, height, width, channels] -> [batch, height', width', filters]`; `depthwise_kernel` is `[height, width, channels, depth_multiplier]`,
    /// `pointwise_kernel` `[1, 1, channels * depth_multiplier, filters]`.
    ///
    /// Errors: a window that does not fit the input, numbers that are 0.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::SeparableConv2D};
    /// use wgrad_tensor::Tensor;
    /// let layer = SeparableConv2D::new(1, (1, 2)).depthwise_initializer("ones").pointwise_initializer("ones");
    /// let mut model = Sequential::new([layer.into()]).input_shape([1, 2, 2]).build()?;
    /// let y = model.predict(&Tensor::from([[[[1f32, 10.0], [2.0, 20.0]]]]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [33.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    SeparableConv2D: 2;
}
