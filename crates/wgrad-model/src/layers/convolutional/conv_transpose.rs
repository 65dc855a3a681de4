//! Transposed convolutions: the shapes of a convolution, the other way round.

use super::{channels, common, positive};
use crate::{
    Activation, Constraint, Initializer, Layer, Regularizer, Scope,
    layers::{DataFormat, Padding, Sizes, arguments::arguments, window::Windows},
};
use wgrad_tensor::{Conv, Tensor};

/// Declares the transposed convolutions over one to three axes.
macro_rules! transposed_convolutions {
    ($($(#[$about:meta])* $layer:ident: $axes:literal;)*) => {$(
        arguments! {
            $(#[$about])*
            pub struct $layer(
                /// Channels of the result.
                filters: usize,
                /// Lengths of the kernel.
                kernel_size: Sizes<$axes> [into],
            ) {
                /// How many positions of the result lie between neighbours of the input; 1 by default.
                converts strides: Sizes<$axes> = 1.into();
                /// `"valid"` (the default) or `"same"`, which gives `n * stride` positions.
                converts padding: Padding = "valid".into();
                /// Positions of the result beyond those that the input and the kernel need, less than the stride. By default as many as
                /// give `max(n * stride, span)`, or `n * stride` with padding `"same"`.
                may_convert output_padding: Sizes<$axes>;
                /// Where the channels are; `"channels_last"` by default.
                converts data_format: DataFormat = "channels_last".into();
                /// Distance of neighbouring kernel elements in the result; 1 by default.
                converts dilation_rate: Sizes<$axes> = 1.into();
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
                    positive("filters", self.filters)?;
                    let extra = self.output_padding.as_ref().map(|sizes| &sizes.0[..]);
                    let conv = transposed(&common.windows, extra, &x.shape()[1..$axes + 1])?;
                    let weight = (&self.kernel_initializer, &self.kernel_regularizer, &self.kernel_constraint);
                    let kernel = scope.param("kernel", common.kernel_shape(self.filters, channels(x)), weight);
                    // The same sums read from the result: what a position gets from the input, through the kernel turned around.
                    Ok(x.conv(&kernel.flip((0..$axes).collect::<Vec<i64>>()).swap_axes($axes, $axes + 1), conv))
                })
            }
        }
    )*};
}

transposed_convolutions! {
    /// The transposed convolution of sequences (Keras `Conv1DTranspose`): `[batch, steps, channels] -> [batch, steps', filters]`; the kernel is
    /// `[size, filters, channels]`. Else as [`Conv2DTranspose`].
    Conv1DTranspose: 1;
    /// The gradient of a convolution as a layer (Keras `Conv2DTranspose`; Zeiler et al. 2010): every position of the input adds its multiple of the
    /// kernel to the result, `stride` positions further for each. `[batch, height, width, channels] -> [batch, height', width', filters]`; the kernel is
    /// `[height, width, filters, channels]`.
    ///
    /// With `span = (kernel_size - 1) * dilation + 1`, an axis of length `n` becomes `(n - 1) * stride + max(span, stride)` long with padding `"valid"`,
    /// `n * stride` with `"same"`; with `output_padding`, `(n - 1) * stride + span + output_padding` and
    /// `(n - 1) * stride + span % 2 + output_padding`.
    ///
    /// Errors: `output_padding` not below the strides, numbers that are 0, an input without positions.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::Conv2DTranspose};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([Conv2DTranspose::new(1, (1, 3)).strides((1, 2)).kernel_initializer("ones").into()]).input_shape([1, 2, 1]).build()?;
    /// let y = model.predict(&Tensor::from([[[[1f32], [10.0]]]]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [1.0, 1.0, 11.0, 10.0, 10.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    Conv2DTranspose: 2;
    /// The transposed convolution of volumes (Keras `Conv3DTranspose`): `[batch, depth, height, width, channels] -> [batch, depth', height', width',
    /// filters]`; the kernel is `[depth, height, width, filters, channels]`. Else as [`Conv2DTranspose`].
    Conv3DTranspose: 3;
}

/// The convolution of an input with these lengths, `strides - 1` zeros between its positions, that gives the result.
fn transposed(windows: &Windows<'_>, extra: Option<&[usize]>, lengths: &[usize]) -> Result<Conv, String> {
    windows.check()?;
    let same = match windows.padding {
        Padding::Valid => false,
        Padding::Same => true,
        other => return Err(other.wrong()),
    };
    let padding = lengths.iter().enumerate().map(|(axis, &n)| {
        if n == 0 {
            return Err(format!("the input has no positions along spatial axis {axis} of {lengths:?}"));
        }
        let (span, stride) = (windows.span(axis) as i128, windows.strides[axis] as i128);
        let extra = extra.map(|extra| extra[axis] as i128);
        if let Some(extra) = extra.filter(|extra| *extra >= stride) {
            return Err(format!("output_padding must be less than the strides, got {extra} and {stride} for spatial axis {axis}"));
        }
        let reach = (n as i128 - 1) * stride; // from the first to the last position
        let result = reach
            + match (same, extra) {
                (false, None) => span.max(stride),
                (false, Some(extra)) => span + extra,
                (true, None) => stride,
                (true, Some(extra)) => span % 2 + extra,
            };
        // What the convolution from the result to the input would pad before.
        let before = if same { (reach + span - result).max(0) / 2 } else { 0 };
        let low = span - 1 - before;
        let high = result + span - 1 - (reach + 1) - low;
        let side = |n: i128| isize::try_from(n).map_err(|_| format!("the result has too many positions along spatial axis {axis}"));
        Ok((side(low)?, side(high)?))
    });
    Ok(Conv {
        strides: vec![1; lengths.len()],
        padding: padding.collect::<Result<_, String>>()?,
        lhs_dilation: windows.strides.to_vec(),
        rhs_dilation: windows.dilation.to_vec(),
        feature_groups: 1,
        batch_groups: 1,
    })
}
