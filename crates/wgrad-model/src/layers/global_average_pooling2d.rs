//! The mean over a whole image.

use crate::{Layer, Scope};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// The mean over height and width, `[batch, height, width, channels] -> [batch, channels]` (Keras `GlobalAveragePooling2D`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalAveragePooling2D {
    /// Whether height and width stay, with length 1; they do not by default.
    #[serde(default)]
    pub keepdims: bool,
    #[serde(default)]
    data_format: super::window::ChannelsLast,
}

impl GlobalAveragePooling2D {
    /// A layer that drops height and width.
    pub fn new() -> GlobalAveragePooling2D {
        GlobalAveragePooling2D::default()
    }

    /// Whether height and width stay, with length 1.
    pub fn keepdims(mut self, keepdims: bool) -> GlobalAveragePooling2D {
        self.keepdims = keepdims;
        self
    }
}

impl Layer for GlobalAveragePooling2D {
    fn class_name(&self) -> &'static str {
        "GlobalAveragePooling2D"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        if let Err(invalid) = super::check_rank("GlobalAveragePooling2D", x, &["batch", "height", "width", "channels"]) {
            return invalid;
        }
        if self.keepdims { x.mean_keep([1, 2]) } else { x.mean([1, 2]) }
    }
}
