//! Gradient descent.

use super::{Arena, LearningRate, Optimizer, Options, Slot, Updated, check_share, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Gradient descent with momentum (Keras `SGD`):
///
/// `p -= rate g`, or with momentum `v = momentum v - rate g` and `p += v` (Nesterov: `p += momentum v - rate g`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SGD {
    /// 0 by default.
    pub momentum: f64,
    /// Whether the gradient is that of the point ahead; `false` by default.
    pub nesterov: bool,
    /// What all optimizers share; the learning rate is 0.01 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for SGD {
    fn default() -> Self {
        SGD::new(0.01)
    }
}

impl SGD {
    /// Plain gradient descent.
    pub fn new(learning_rate: impl Into<LearningRate>) -> SGD {
        SGD { momentum: 0.0, nesterov: false, options: Options::new(learning_rate) }
    }
}

setters! { SGD { momentum: f64, nesterov: bool } }

impl Optimizer for SGD {
    named!("SGD", "sgd");

    fn check(&self) -> Result<(), String> {
        check_share("momentum", self.momentum)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        if self.momentum == 0.0 { Vec::new() } else { vec![Slot::new("momentum", arena)] }
    }

    fn scalars(&self, learning_rate: f64, _step: u64) -> Vec<f64> {
        vec![learning_rate]
    }

    fn update(&self, _: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let [rate] = scalars else {
            return Updated::wrong_number("sgd", p, slots);
        };
        let step = g * rate;
        let [velocity] = slots else {
            return Updated { parameters: p - step, slots: Vec::new() };
        };
        let velocity = velocity * self.momentum - &step;
        let parameters = if self.nesterov { p + (&velocity * self.momentum - step) } else { p + &velocity };
        Updated { parameters, slots: vec![velocity] }
    }
}
