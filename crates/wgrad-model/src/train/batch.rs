//! Batches of data that come one by one.

use crate::Arrays;
use wgrad_tensor::Tensor;

/// Some samples: inputs, labels and, where there are, weights.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Inputs.
    pub x: Arrays,
    /// Labels.
    pub y: Arrays,
    /// Weights of the samples in the loss.
    pub sample_weight: Arrays,
}

impl Batch {
    /// Inputs and labels without weights.
    pub fn new(x: impl Into<Arrays>, y: impl Into<Arrays>) -> Batch {
        Batch { x: x.into(), y: y.into(), sample_weight: Arrays::default() }
    }

    /// With a weight for each sample (or position).
    #[must_use]
    pub fn sample_weight(self, weight: impl Into<Arrays>) -> Batch {
        Batch { sample_weight: weight.into(), ..self }
    }
}

impl From<(Tensor, Tensor)> for Batch {
    fn from((x, y): (Tensor, Tensor)) -> Self {
        Batch::new(x, y)
    }
}

impl From<(Tensor, Tensor, Tensor)> for Batch {
    fn from((x, y, weight): (Tensor, Tensor, Tensor)) -> Self {
        Batch::new(x, y).sample_weight(weight)
    }
}
