//! Two-dimensional convolution.

use super::window::{ChannelsLast, Padding, Sizes};
use crate::{Activation, Initializer, Layer, Scope};
use serde::{Deserialize, Serialize};
use wgrad_tensor::{Conv, Tensor};

/// `y[n, i, j, f] = activation(sum over h, w, c of x[n, i s + h d, j s + w d, c] kernel[h, w, c, f] + bias[f])` (Keras `Conv2D`),
/// `[batch, height, width, channels] -> [batch, height', width', filters]`; the kernel is `[height, width, channels / groups, filters]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2D {
    /// Channels of the result.
    pub filters: usize,
    /// Height and width of the kernel.
    pub kernel_size: Sizes<2>,
    /// Distance of neighbouring windows; 1 by default.
    #[serde(default = "one")]
    pub strides: Sizes<2>,
    /// `valid` (the default) or `same`.
    #[serde(default)]
    pub padding: Padding,
    #[serde(default)]
    data_format: ChannelsLast,
    /// Distance of neighbouring kernel elements in the input; 1 by default.
    #[serde(default = "one")]
    pub dilation_rate: Sizes<2>,
    /// Each of the groups of filters sees its own group of channels; 1 by default.
    #[serde(default = "one_group")]
    pub groups: usize,
    /// Applied to the sums; linear by default.
    #[serde(default)]
    pub activation: Activation,
    /// Whether there is a `bias`.
    #[serde(default = "yes")]
    pub use_bias: bool,
    /// Of the kernel; Glorot uniform by default.
    #[serde(default)]
    pub kernel_initializer: Initializer,
    /// Of the bias `[filters]`; zeros by default.
    #[serde(default = "zeros")]
    pub bias_initializer: Initializer,
}

fn one() -> Sizes<2> {
    1.into()
}

fn one_group() -> usize {
    1
}

fn yes() -> bool {
    true
}

fn zeros() -> Initializer {
    Initializer::Zeros
}

impl Conv2D {
    /// A convolution with Keras' defaults; `kernel_size` is one number, or height and width.
    pub fn new(filters: usize, kernel_size: impl Into<Sizes<2>>) -> Conv2D {
        Conv2D {
            filters,
            kernel_size: kernel_size.into(),
            strides: 1.into(),
            padding: Padding::Valid,
            data_format: ChannelsLast::ChannelsLast,
            dilation_rate: 1.into(),
            groups: 1,
            activation: Activation::Linear,
            use_bias: true,
            kernel_initializer: Initializer::default(),
            bias_initializer: Initializer::Zeros,
        }
    }

    /// Distance of neighbouring windows.
    pub fn strides(mut self, strides: impl Into<Sizes<2>>) -> Conv2D {
        self.strides = strides.into();
        self
    }

    /// `"valid"` or `"same"`.
    pub fn padding(mut self, padding: impl Into<Padding>) -> Conv2D {
        self.padding = padding.into();
        self
    }

    /// Distance of neighbouring kernel elements in the input.
    pub fn dilation_rate(mut self, rate: impl Into<Sizes<2>>) -> Conv2D {
        self.dilation_rate = rate.into();
        self
    }

    /// Number of groups of channels and filters.
    pub fn groups(mut self, groups: usize) -> Conv2D {
        self.groups = groups;
        self
    }

    /// The function applied to the sums, by value or name.
    pub fn activation(mut self, activation: impl Into<Activation>) -> Conv2D {
        self.activation = activation.into();
        self
    }

    /// Whether there is a bias.
    pub fn use_bias(mut self, use_bias: bool) -> Conv2D {
        self.use_bias = use_bias;
        self
    }

    /// First values of the kernel, by value or name.
    pub fn kernel_initializer(mut self, initializer: impl Into<Initializer>) -> Conv2D {
        self.kernel_initializer = initializer.into();
        self
    }

    /// First values of the bias, by value or name.
    pub fn bias_initializer(mut self, initializer: impl Into<Initializer>) -> Conv2D {
        self.bias_initializer = initializer.into();
        self
    }

    /// The primitive for an input of `[batch, height, width, channels]`, or the broken rule.
    fn lowered(&self, x: &[usize]) -> Result<Conv, String> {
        let (channels, groups, filters) = (x[3], self.groups, self.filters);
        if groups == 0 || channels % groups != 0 || filters % groups != 0 {
            return Err(format!("the channels of the input ({channels}) and the filters ({filters}) must be multiples of groups ({groups})"));
        }
        let mut padding = Vec::new();
        for (axis, &n) in x[1..3].iter().enumerate() {
            let (size, stride, dilation) = (self.kernel_size.0[axis], self.strides.0[axis], self.dilation_rate.0[axis]);
            let (before, after) = self.padding.amounts(n, size, stride, dilation)?;
            let span = (size - 1).saturating_mul(dilation).saturating_add(1);
            if span > n + before + after {
                return Err(format!("the kernel spans {span} positions, but the input {x:?} has {n} along axis {}", axis + 1));
            }
            padding.push((before as isize, after as isize));
        }
        Ok(Conv {
            strides: self.strides.0.to_vec(),
            padding,
            lhs_dilation: vec![1, 1],
            rhs_dilation: self.dilation_rate.0.to_vec(),
            feature_groups: groups,
            batch_groups: 1,
        })
    }
}

impl Layer for Conv2D {
    fn class_name(&self) -> &'static str {
        "Conv2D"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        if let Err(invalid) = super::check_rank("Conv2D", x, &["batch", "height", "width", "channels"]) {
            return invalid;
        }
        let conv = match self.lowered(x.shape()) {
            Ok(conv) => conv,
            Err(rule) => return Tensor::invalid("Conv2D", rule, &[x]),
        };
        let [height, width] = self.kernel_size.0;
        let kernel_shape = [height, width, x.shape()[3] / self.groups, self.filters];
        let kernel = scope.param("kernel", kernel_shape, &self.kernel_initializer);
        let y = x.conv(&kernel, conv); // [batch, height', width', filters]
        let y = if self.use_bias { y + scope.param("bias", [self.filters], &self.bias_initializer) } else { y };
        scope.activate(&self.activation, &y)
    }
}
