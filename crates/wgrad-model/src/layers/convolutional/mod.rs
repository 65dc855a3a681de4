//! Convolutions over sequences, images and volumes. Each family is one function for any number of axes.

use super::{DataFormat, window::Windows};
use crate::{Activation, Scope, variable::Weight};
use wgrad_tensor::{Conv, Tensor};

layer_family! {
    conv::{Conv1D, Conv2D, Conv3D}
    conv_transpose::{Conv1DTranspose, Conv2DTranspose, Conv3DTranspose}
    depthwise_conv::{DepthwiseConv1D, DepthwiseConv2D}
    separable_conv::{SeparableConv1D, SeparableConv2D}
}

/// What all convolution layers have.
pub(super) struct Common<'a> {
    class: &'static str,
    windows: Windows<'a>,
    data_format: &'a DataFormat,
    activation: &'a Activation,
    bias: Option<Weight<'a>>,
}

/// The [`Common`] of a layer, whose fields are all named alike.
macro_rules! common {
    ($layer:ident) => {
        $crate::layers::convolutional::Common {
            class: $crate::Layer::class_name($layer),
            windows: $crate::layers::window::Windows::new(&$layer.kernel_size, &$layer.strides, &$layer.dilation_rate, &$layer.padding),
            data_format: &$layer.data_format,
            activation: &$layer.activation,
            bias: $layer.use_bias.then(|| (&$layer.bias_initializer, &$layer.bias_regularizer, &$layer.bias_constraint).into()),
        }
    };
}
use common;

impl Common<'_> {
    /// `activation(sums(x) + bias)`; `sums` sees the channels last.
    #[track_caller]
    fn call(&self, scope: &mut Scope, x: &Tensor, sums: impl FnOnce(&mut Scope, &Tensor) -> Result<Tensor, String>) -> Tensor {
        let y = self.data_format.channels_last(self.class, x, self.windows.size.len(), |x| {
            let y = sums(scope, x)?;
            Ok(match (self.bias, y.shape().last()) {
                (Some(bias), Some(&filters)) => &y + scope.param("bias", [filters], bias),
                _ => y,
            })
        });
        scope.activate(self.activation, &y)
    }

    /// The convolution of `x`, channels last, with a kernel of this shape.
    fn conv(&self, x: &Tensor, groups: usize) -> Result<Conv, String> {
        let axes = self.windows.size.len();
        let amounts = self.windows.amounts(&x.shape()[1..axes + 1])?;
        Ok(Conv {
            strides: self.windows.strides.to_vec(),
            padding: amounts.into_iter().map(|(before, after)| (before as isize, after as isize)).collect(),
            lhs_dilation: vec![1; axes],
            rhs_dilation: self.windows.dilation.to_vec(),
            feature_groups: groups,
            batch_groups: 1,
        })
    }

    /// The shape of a kernel with these channels.
    fn kernel_shape(&self, first: usize, last: usize) -> Vec<usize> {
        [self.windows.size, &[first, last]].concat()
    }

    /// The depthwise convolution of `x`, channels last: each channel with `multiplier` kernels of its own, the kernels of shape `[size..., channels, multiplier]`.
    #[track_caller]
    fn depthwise(&self, scope: &mut Scope, x: &Tensor, name: &str, weight: Weight<'_>, multiplier: usize) -> Result<Tensor, String> {
        let channels = channels(x);
        positive("depth_multiplier", multiplier)?;
        let conv = self.conv(x, channels)?;
        let kernel = scope.param(name, self.kernel_shape(channels, multiplier), weight);
        let results = channels.checked_mul(multiplier).ok_or("the result has too many channels")?;
        if kernel.error().is_some() {
            return Ok(kernel);
        }
        Ok(x.conv(&kernel.reshape(self.kernel_shape(1, results)), conv))
    }
}

/// Length of the last axis of a tensor that has one.
fn channels(x: &Tensor) -> usize {
    x.shape().last().copied().unwrap_or_default()
}

fn positive(name: &str, value: usize) -> Result<(), String> {
    if value > 0 { Ok(()) } else { Err(format!("{name} must be at least 1, got 0")) }
}
