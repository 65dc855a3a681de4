//! The range that a random number is drawn from.

use crate::Scope;
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// A number, which stands for both signs of it where there are negative ones, or the two ends of a range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Factor {
    UpTo(f64),
    Between(f64, f64),
}

impl From<f64> for Factor {
    fn from(factor: f64) -> Self {
        Factor::UpTo(factor)
    }
}

impl From<(f64, f64)> for Factor {
    fn from((low, high): (f64, f64)) -> Self {
        Factor::Between(low, high)
    }
}

impl Factor {
    /// The range. A number lies in `least..=1`; a range may go beyond, but not lie outside, as in Keras.
    pub(crate) fn range(self, name: &str, least: f64) -> Result<(f64, f64), String> {
        match self {
            Factor::UpTo(factor) if factor >= least && factor <= 1.0 => Ok(((-factor.abs()).max(least), factor.abs())),
            Factor::Between(a, b) if a <= 1.0 && b >= least => Ok((a.min(b), a.max(b))),
            _ => Err(format!("{name} must be in [{least}, 1], got {self:?}")),
        }
    }
}

/// A random number in the range for each image, in a shape that broadcasts to `[batch, height, width, channels]`.
#[track_caller]
pub(crate) fn draw(scope: &mut Scope, batch: usize, (low, high): (f64, f64)) -> Tensor {
    let (key, stream) = scope.random_key();
    Tensor::uniform_with(&key, stream, [batch, 1, 1, 1], low as f32, high as f32)
}
