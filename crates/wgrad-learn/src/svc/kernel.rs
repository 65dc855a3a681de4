//! What takes the place of the inner product.

use crate::data::invalid;
use wgrad_model::Result;
use wgrad_tensor::Tensor;

/// What takes the place of the inner product of two samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernel {
    /// The inner product itself: classes are parted by planes.
    Linear,
    /// `exp(-gamma |a - b|^2)`: what lies near belongs together.
    #[default]
    Rbf,
}

/// How narrow the RBF kernel is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Gamma {
    /// `1 / (features * variance of all elements)`.
    #[default]
    Scale,
    /// `1 / features`.
    Auto,
    /// This number.
    Value(f64),
}

impl From<f64> for Gamma {
    fn from(value: f64) -> Gamma {
        Gamma::Value(value)
    }
}

impl Gamma {
    pub(super) fn value(self, features: usize, variance: f64) -> Result<f64> {
        match self {
            Gamma::Scale if variance > 0.0 => Ok(1.0 / (features as f64 * variance)),
            // Of samples that are all the same it does not matter.
            Gamma::Scale => Ok(1.0),
            Gamma::Auto => Ok(1.0 / features as f64),
            Gamma::Value(value) if value > 0.0 && value.is_finite() => Ok(value),
            Gamma::Value(value) => Err(invalid("SVC", format!("gamma must be more than 0 and finite, got {value}"))),
        }
    }
}

impl Kernel {
    /// The kernel of each of `a`, `[n, features]`, with each of `b`, `[m, features]`: `[n, m]`.
    pub(super) fn matrix(self, a: &Tensor, b: &Tensor, gamma: f64) -> Tensor {
        let products = a.matmul(&b.transpose());
        match self {
            Kernel::Linear => products,
            Kernel::Rbf => {
                let squares = (products * -2.0 + a.square().sum_keep(-1) + b.square().sum(-1)).relu();
                (squares * -gamma).exp()
            }
        }
    }
}
