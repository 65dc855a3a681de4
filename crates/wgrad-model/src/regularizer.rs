//! Penalties of large weights.

use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// A penalty that is added to the loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "class_name", content = "config")]
#[allow(missing_docs)]
pub enum Regularizer {
    /// `l1 sum |w|`
    L1 { l1: f64 },
    /// `l2 sum w^2`
    L2 { l2: f64 },
}

impl Regularizer {
    /// The penalty of `weight`, a scalar.
    #[track_caller]
    pub fn penalty(&self, weight: &Tensor) -> Tensor {
        match self {
            Regularizer::L1 { l1 } => weight.abs().sum(..) * *l1,
            Regularizer::L2 { l2 } => weight.square().sum(..) * *l2,
        }
    }
}
