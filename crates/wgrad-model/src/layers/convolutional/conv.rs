//! Convolutions.

use super::{channels, common, positive};
use crate::{
    Activation, Constraint, Initializer, Layer, Regularizer, Scope,
    layers::{DataFormat, Padding, Sizes, arguments::arguments},
};
use wgrad_tensor::Tensor;

/// Declares the convolutions over one to three axes.
macro_rules! convolutions {
    ($($(#[$about:meta])* $layer:ident: $axes:literal;)*) => {$(
        arguments! {
            $(#[$about])*
            pub struct $layer(
                /// Channels of the result.
                filters: usize,
                /// Lengths of the kernel.
                kernel_size: Sizes<$axes> [into],
            ) {
                /// Distance of neighbouring windows; 1 by default.
                converts strides: Sizes<$axes> = 1.into();
                /// `"valid"` (the default), `"same"`, or for sequences `"causal"`.
                converts padding: Padding = "valid".into();
                /// Where the channels are; `"channels_last"` by default.
                converts data_format: DataFormat = "channels_last".into();
                /// Distance of neighbouring kernel elements in the input; 1 by default.
                converts dilation_rate: Sizes<$axes> = 1.into();
                /// Each of the groups of filters sees its own group of channels; 1 by default.
                takes groups: usize = 1;
                /// Applied to the sums, by value or name; linear by default.
                converts activation: Activation = "linear".into();
                /// Whether there is a bias; there is by default.
                takes use_bias: bool = true;
                /// First values of the kernel; Glorot uniform by default.
                converts kernel_initializer: Initializer = "glorot_uniform".into();
                /// First values of the bias `[filters]`; zeros by default.
                converts bias_initializer: Initializer = "zeros".into();
                /// Penalty of the kernel; none by default.
                may_convert kernel_regularizer: Regularizer;
                /// Penalty of the bias; none by default.
                may_convert bias_regularizer: Regularizer;
                /// What the kernel is projected to after each step; nothing by default.
                may_convert kernel_constraint: Constraint;
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
                    let inputs = grouped(channels(x), self.filters, self.groups)?;
                    let conv = common.conv(x, self.groups)?;
                    let weight = (&self.kernel_initializer, &self.kernel_regularizer, &self.kernel_constraint);
                    Ok(x.conv(&scope.param("kernel", common.kernel_shape(inputs, self.filters), weight), conv))
                })
            }
        }
    )*};
}

convolutions! {
    /// `y[n, i, f] = activation(sum over k, c of x[n, i s + k d, c] kernel[k, c, f] + bias[f])` (Keras `Conv1D`) with strides `s` and dilation `d`:
    /// `[batch, steps, channels] -> [batch, steps', filters]`; the kernel is `[size, channels / groups, filters]`.
    ///
    /// Errors: a window that does not fit the input, numbers that are 0, channels or filters that are no multiples of `groups`.
    Conv1D: 1;
    /// `y[n, i, j, f] = activation(sum over h, w, c of x[n, i s + h d, j s + w d, c] kernel[h, w, c, f] + bias[f])` (Keras `Conv2D`),
    /// `[batch, height, width, channels] -> [batch, height', width', filters]`; the kernel is `[height, width, channels / groups, filters]`.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::Conv2D};
    /// use wgrad_tensor::Tensor;
    /// let edges = Conv2D::new(1, (1, 2)).strides((1, 2)).kernel_initializer("ones").activation("relu");
    /// let mut model = Sequential::new([edges.into()]).input_shape([1, 4, 1]).build()?;
    /// let y = model.predict(&Tensor::from([[[[1f32], [2.0], [3.0], [-9.0]]]]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [3.0, 0.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    Conv2D: 2;
    /// The convolution of volumes (Keras `Conv3D`): `[batch, depth, height, width, channels] -> [batch, depth', height', width', filters]`; the
    /// kernel is `[depth, height, width, channels / groups, filters]`. Else as [`Conv2D`].
    Conv3D: 3;
}

/// The channels that a filter sees.
fn grouped(channels: usize, filters: usize, groups: usize) -> Result<usize, String> {
    positive("filters", filters)?;
    if groups == 0 || !channels.is_multiple_of(groups) || !filters.is_multiple_of(groups) {
        return Err(format!("the channels of the input ({channels}) and the filters ({filters}) must be multiples of groups ({groups})"));
    }
    Ok(channels / groups)
}
