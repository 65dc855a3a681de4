//! Activation functions by their Keras names.

use crate::error::UnknownName;
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// An activation function, element-wise unless said otherwise.
///
/// A name that stands for nothing is kept; the layer that applies it gives the error, with its path and the near names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<String>", into = "String")]
pub enum Activation {
    /// `x`
    #[default]
    Linear,
    /// `max(x, 0)`
    Relu,
    /// `min(max(x, 0), 6)`
    Relu6,
    /// `x` if positive, else `0.2 x`
    LeakyRelu,
    /// `x` if positive, else `exp(x) - 1`
    Elu,
    /// `1.05070098 x` if positive, else `1.05070098 * 1.67326324 (exp(x) - 1)`
    Selu,
    /// `x Phi(x)` with the normal distribution's `Phi`, exact by `erf`
    Gelu,
    /// `x sigmoid(x)`, also called swish
    Silu,
    /// `x tanh(softplus(x))`
    Mish,
    /// `1 / (1 + exp(-x))`; a loss after it computes from its argument
    Sigmoid,
    /// `min(max(x / 6 + 1 / 2, 0), 1)`
    HardSigmoid,
    /// `log(1 / (1 + exp(-x)))`
    LogSigmoid,
    /// `tanh(x)`
    Tanh,
    /// `min(max(x, -1), 1)`
    HardTanh,
    /// `exp(x)`
    Exponential,
    /// `log(exp(x) + 1)`
    Softplus,
    /// `x / (|x| + 1)`
    Softsign,
    /// `exp(x_i) / sum_j exp(x_j)` over the last axis; a loss after it computes from its argument
    Softmax,
    /// `log(softmax(x))` over the last axis
    LogSoftmax,
    /// A name that stands for nothing.
    Unknown(String),
}

use Activation::*;

/// Every name and what it stands for; the first name of each is the one it prints as.
const NAMES: [(&str, Activation); 20] = [
    ("linear", Linear),
    ("relu", Relu),
    ("relu6", Relu6),
    ("leaky_relu", LeakyRelu),
    ("elu", Elu),
    ("selu", Selu),
    ("gelu", Gelu),
    ("silu", Silu),
    ("swish", Silu),
    ("mish", Mish),
    ("sigmoid", Sigmoid),
    ("hard_sigmoid", HardSigmoid),
    ("log_sigmoid", LogSigmoid),
    ("tanh", Tanh),
    ("hard_tanh", HardTanh),
    ("exponential", Exponential),
    ("softplus", Softplus),
    ("softsign", Softsign),
    ("softmax", Softmax),
    ("log_softmax", LogSoftmax),
];

impl Activation {
    /// The names that there are.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The Keras name.
    pub fn name(&self) -> &str {
        match self {
            Unknown(name) => name,
            known => NAMES.iter().find(|(_, activation)| activation == known).map_or("linear", |(name, _)| name),
        }
    }

    /// The function of `x`, of the same shape.
    #[track_caller]
    pub fn apply(&self, x: &Tensor) -> Tensor {
        match self {
            Linear => x.clone(),
            Relu => x.relu(),
            Relu6 => x.relu().minimum(6.0),
            LeakyRelu => x.maximum(x * 0.2),
            Elu => x.gt(0.0).where_(x, x.minimum(0.0).expm1()),
            Selu => x.gt(0.0).where_(x, x.minimum(0.0).expm1() * 1.673_263_242_354_377_2) * 1.050_700_987_355_480_5,
            Gelu => x * 0.5 * ((x * std::f64::consts::FRAC_1_SQRT_2).erf() + 1.0),
            Silu => x * x.sigmoid(),
            Mish => x * x.softplus().tanh(),
            Sigmoid => x.sigmoid(),
            HardSigmoid => (x / 6.0 + 0.5).clip(0.0, 1.0),
            LogSigmoid => x.log_sigmoid(),
            Tanh => x.tanh(),
            HardTanh => x.clip(-1.0, 1.0),
            Exponential => x.exp(),
            Softplus => x.softplus(),
            Softsign => x / (x.abs() + 1.0),
            Softmax => x.softmax(-1),
            LogSoftmax => x.log_softmax(-1),
            Unknown(name) => Tensor::invalid("activation", UnknownName::new("activation", name, Activation::names()).to_string(), &[x]),
        }
    }
}

impl From<&str> for Activation {
    fn from(name: &str) -> Self {
        NAMES.iter().find(|(known, _)| *known == name).map_or_else(|| Unknown(name.into()), |(_, activation)| activation.clone())
    }
}

/// Keras writes no activation as `null`.
impl From<Option<String>> for Activation {
    fn from(name: Option<String>) -> Self {
        name.map_or(Linear, |name| name.as_str().into())
    }
}

impl From<Activation> for String {
    fn from(activation: Activation) -> String {
        activation.name().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_there_and_back() {
        for name in Activation::names().filter(|name| *name != "swish") {
            assert_eq!(Activation::from(name).name(), name);
        }
        assert_eq!(Activation::from("swish").name(), "silu");
        assert_eq!(Activation::from(None::<String>), Activation::Linear);
    }
}
