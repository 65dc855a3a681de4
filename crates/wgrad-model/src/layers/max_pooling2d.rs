//! Max pooling.

use super::window::{ChannelsLast, Padding, Sizes};
use crate::{Layer, Scope};
use serde::{Deserialize, Serialize};
use wgrad_tensor::{Tensor, Window};

/// The maximum of each window, `[batch, height, width, channels] -> [batch, height', width', channels]` (Keras `MaxPooling2D`).
/// The gradient goes to the first maximum of a window.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPooling2D {
    /// Height and width of a window; 2 by default.
    #[serde(default = "two")]
    pub pool_size: Sizes<2>,
    /// Distance of neighbouring windows; `pool_size` by default.
    #[serde(default)]
    pub strides: Option<Sizes<2>>,
    /// `valid` (the default) or `same`.
    #[serde(default)]
    pub padding: Padding,
    #[serde(default)]
    data_format: ChannelsLast,
}

fn two() -> Sizes<2> {
    2.into()
}

impl Default for MaxPooling2D {
    fn default() -> Self {
        MaxPooling2D::new(2)
    }
}

impl MaxPooling2D {
    /// Windows of `pool_size` (one number, or height and width) side by side.
    pub fn new(pool_size: impl Into<Sizes<2>>) -> MaxPooling2D {
        MaxPooling2D {
            pool_size: pool_size.into(),
            strides: None,
            padding: Padding::Valid,
            data_format: ChannelsLast::ChannelsLast,
        }
    }

    /// Distance of neighbouring windows.
    pub fn strides(mut self, strides: impl Into<Sizes<2>>) -> MaxPooling2D {
        self.strides = Some(strides.into());
        self
    }

    /// `"valid"` or `"same"`.
    pub fn padding(mut self, padding: impl Into<Padding>) -> MaxPooling2D {
        self.padding = padding.into();
        self
    }

    /// The windows over `[batch, height, width, channels]`, or the broken rule.
    fn window(&self, x: &[usize]) -> Result<Window, String> {
        let (size, strides) = (self.pool_size.0, self.strides.unwrap_or(self.pool_size).0);
        let height = self.padding.amounts(x[1], size[0], strides[0], 1)?;
        let width = self.padding.amounts(x[2], size[1], strides[1], 1)?;
        if size[0] > x[1] + height.0 + height.1 || size[1] > x[2] + width.0 + width.1 {
            return Err(format!("a window of {} x {} does not fit the input {x:?}", size[0], size[1]));
        }
        Ok(Window {
            size: vec![1, size[0], size[1], 1],
            strides: vec![1, strides[0], strides[1], 1],
            dilation: vec![1; 4],
            padding: vec![(0, 0), height, width, (0, 0)],
        })
    }
}

impl Layer for MaxPooling2D {
    fn class_name(&self) -> &'static str {
        "MaxPooling2D"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        if let Err(invalid) = super::check_rank("MaxPooling2D", x, &["batch", "height", "width", "channels"]) {
            return invalid;
        }
        match self.window(x.shape()) {
            Ok(window) => x.window_max(window),
            Err(rule) => Tensor::invalid("MaxPooling2D", rule, &[x]),
        }
    }
}
