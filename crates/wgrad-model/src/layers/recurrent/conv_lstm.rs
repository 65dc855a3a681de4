//! Long short-term memory whose products are convolutions.

use super::{
    Cell,
    cell::dropout,
    class::gated,
    lstm::first_bias,
};
use crate::{
    Activation, Scope,
    layers::{DataFormat, Padding, Sizes, window::Windows},
    variable::Weight,
};
use wgrad_tensor::{Conv, DType, Shape, Spec, Tensor};

/// Declares a layer over one to three axes and its cell.
macro_rules! conv_lstm {
    ($(#[$about:meta])* $layer:ident, $cell:ident, $axes:literal, $last:expr, $first:expr) => {
        gated! {
            #[doc = concat!("One step of [`", stringify!($layer), "`]; the states are `h` and `c`, which have the shape of the result.")]
            cell $cell(
                /// Channels of the states.
                filters: usize,
                /// Lengths of the kernels.
                kernel_size: Sizes<$axes> [into],
            ), named "conv_lstm_cell";
            $(#[$about])*
            layer $layer;
            /// Distance of neighbouring windows over the input; 1 by default.
            converts strides: Sizes<$axes> = 1.into();
            /// `"valid"` (the default) or `"same"`, for the input.
            converts padding: Padding = "valid".into();
            /// Where the channels are; `"channels_last"` by default.
            converts data_format: DataFormat = "channels_last".into();
            /// Distance of neighbouring kernel elements in the input; 1 by default.
            converts dilation_rate: Sizes<$axes> = 1.into();
            /// Applied to the candidate and to the memory; tanh by default.
            converts activation: Activation = Activation::Tanh;
            /// Applied to the gates; sigmoid by default.
            converts recurrent_activation: Activation = Activation::Sigmoid;
            /// Whether the forget gate's bias starts at 1.
            takes unit_forget_bias: bool = true;
        }

        impl Cell for $cell {
            fn axes(&self) -> &[&'static str] {
                if self.data_format == DataFormat::ChannelsFirst { &$first } else { &$last }
            }

            fn states(&self, x: &Shape) -> Vec<Shape> {
                let x = Tensor::placeholder("", Spec::new(DType::F32, x));
                let channels = x.shape().get(self.format().channels(x.rank())).copied().unwrap_or(0);
                let kernel = Tensor::placeholder("", Spec::new(DType::F32, [&self.kernel_size.0[..], &[channels, self.filters]].concat()));
                vec![self.format().sums(&x, &kernel, &self.windows(), &[]).shape().clone(); 2]
            }

            fn project(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
                let format = self.format();
                let Some(&channels) = x.shape().get(format.channels(x.rank())) else {
                    return Tensor::invalid(stringify!($cell), format!("the input has too few axes: {}", x.shape()), &[x]);
                };
                let columns = self.filters.saturating_mul(GATES);
                let kernel = [&self.kernel_size.0[..], &[channels, columns]].concat();
                let kernel = scope.param("kernel", kernel, (&self.kernel_initializer, &self.kernel_regularizer, &self.kernel_constraint));
                self.recurrent_kernel(scope);
                let step = &x.shape()[x.rank().saturating_sub($axes + 2)..];
                let masks = dropout(scope, self.dropout, GATES, step, x.dtype());
                let sums = format.sums(x, &kernel, &self.windows(), &masks);
                if !self.use_bias {
                    return sums;
                }
                let initializer = first_bias(&self.bias_initializer, self.unit_forget_bias);
                let bias = scope.param("bias", [columns], Weight::from((&initializer, &self.bias_regularizer, &self.bias_constraint)));
                sums + format.along_channels(&bias)
            }

            fn step(&self, scope: &mut Scope, x: &Tensor, states: &[Tensor]) -> (Tensor, Vec<Tensor>) {
                let (h, c) = (&states[0], &states[1]);
                let masks = dropout(scope, self.recurrent_dropout, GATES, h.shape(), h.dtype());
                let ones = Sizes([1; $axes]);
                let windows = Windows::new(&self.kernel_size, &ones, &ones, &Padding::Same);
                let gates = x + self.format().sums(h, &self.recurrent_kernel(scope), &windows, &masks);
                let [i, f, g, o] = &gates.split(GATES, self.format().channels(gates.rank()) as i64)[..] else {
                    return (gates, states.to_vec());
                };
                let gate = |x: &Tensor| self.recurrent_activation.apply(x);
                let c = gate(f) * c + gate(i) * self.activation.apply(g);
                let h = gate(o) * self.activation.apply(&c);
                (h.clone(), vec![h, c])
            }
        }

        impl $cell {
            fn format(&self) -> Format<'_> {
                Format { class: stringify!($cell), axes: $axes, order: &self.data_format }
            }

            fn windows(&self) -> Windows<'_> {
                Windows::new(&self.kernel_size, &self.strides, &self.dilation_rate, &self.padding)
            }

            fn recurrent_kernel(&self, scope: &mut Scope) -> Tensor {
                let shape = [&self.kernel_size.0[..], &[self.filters, self.filters.saturating_mul(GATES)]].concat();
                scope.param("recurrent_kernel", shape, (&self.recurrent_initializer, &self.recurrent_regularizer, &self.recurrent_constraint))
            }
        }
    };
}

const GATES: usize = 4;

conv_lstm! {
    /// [`LSTM`](super::LSTM) over sequences of sequences, with convolutions for products (Keras `ConvLSTM1D`):
    /// `[batch, time, steps, channels] -> [batch, steps', filters]`.
    ConvLSTM1D, ConvLSTM1DCell, 1, ["steps", "channels"], ["channels", "steps"]
}
conv_lstm! {
    /// [`LSTM`](super::LSTM) over sequences of images, with convolutions for products (Keras `ConvLSTM2D`; Shi et al. 2015):
    /// `[batch, time, height, width, channels] -> [batch, height', width', filters]`. The kernels are `[height, width, channels, 4 filters]` and
    /// `[height, width, filters, 4 filters]`.
    ConvLSTM2D, ConvLSTM2DCell, 2, ["height", "width", "channels"], ["channels", "height", "width"]
}
conv_lstm! {
    /// [`LSTM`](super::LSTM) over sequences of volumes, with convolutions for products (Keras `ConvLSTM3D`):
    /// `[batch, time, depth, height, width, channels] -> [batch, depth', height', width', filters]`.
    ConvLSTM3D, ConvLSTM3DCell, 3, ["depth", "height", "width", "channels"], ["channels", "depth", "height", "width"]
}

/// The order of the axes of a step.
#[derive(Clone, Copy)]
struct Format<'a> {
    class: &'static str,
    axes: usize,
    order: &'a DataFormat,
}

impl Format<'_> {
    /// The axis of the channels of a tensor of this rank, which may have more axes in front.
    fn channels(&self, rank: usize) -> usize {
        rank.saturating_sub(if *self.order == DataFormat::ChannelsFirst { self.axes + 1 } else { 1 })
    }

    /// A number for each channel, for every position.
    fn along_channels(&self, numbers: &Tensor) -> Tensor {
        if *self.order == DataFormat::ChannelsFirst { (0..self.axes).fold(numbers.clone(), |x, _| x.unsqueeze(-1)) } else { numbers.clone() }
    }

    /// The convolution of `x`, a step or all of them, where each of the masks holds for an equal part of the kernel's columns.
    #[track_caller]
    fn sums(&self, x: &Tensor, kernel: &Tensor, windows: &Windows<'_>, masks: &[Tensor]) -> Tensor {
        if masks.is_empty() {
            return self.conv(x, kernel, windows);
        }
        let parts = kernel.split(masks.len(), -1);
        let parts: Vec<Tensor> = parts.iter().zip(masks).map(|(kernel, mask)| self.conv(&(x * mask), kernel, windows)).collect();
        let axis = parts.first().map_or(0, |part| self.channels(part.rank()));
        Tensor::concat(&parts, axis as i64)
    }

    #[track_caller]
    fn conv(&self, x: &Tensor, kernel: &Tensor, windows: &Windows<'_>) -> Tensor {
        // Steps are further samples of one batch.
        let (before, rest) = x.shape().split_at(x.rank().saturating_sub(self.axes + 1));
        let samples = x.reshape([&[before.iter().product()], rest].concat());
        let y = self.order.channels_last(self.class, &samples, self.axes, |x| {
            if windows.strides.iter().any(|n| *n > 1) && windows.dilation.iter().any(|n| *n > 1) {
                return Err("strides and dilation_rate cannot both be larger than 1".into());
            }
            let amounts = windows.amounts(&x.shape()[1..self.axes + 1])?;
            let conv = Conv {
                strides: windows.strides.to_vec(),
                padding: amounts.into_iter().map(|(before, after)| (before as isize, after as isize)).collect(),
                lhs_dilation: vec![1; self.axes],
                rhs_dilation: windows.dilation.to_vec(),
                feature_groups: 1,
                batch_groups: 1,
            };
            Ok(x.conv(kernel, conv))
        });
        y.reshape([before, y.shape().get(1..).unwrap_or_default()].concat())
    }
}
