//! From any shape to rows.

use crate::{Layer, Scope};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// `[batch, ...] -> [batch, product of the others]` (Keras `Flatten`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flatten {
    #[serde(default)]
    data_format: super::window::ChannelsLast,
}

impl Flatten {
    /// A flattening layer.
    pub fn new() -> Flatten {
        Flatten::default()
    }
}

impl Layer for Flatten {
    fn class_name(&self) -> &'static str {
        "Flatten"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        let Some((&batch, rest)) = x.shape().split_first() else {
            return Tensor::invalid("Flatten", "the input must have a batch axis, got a scalar", &[x]);
        };
        // Not -1, which a batch of size 0 would leave open.
        let features: usize = rest.iter().product();
        x.reshape([batch as i64, features as i64])
    }
}
