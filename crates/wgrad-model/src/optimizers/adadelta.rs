//! Adadelta.

use super::{Arena, LearningRate, Optimizer, Options, Slot, Updated, check_share, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Steps in the units of earlier steps (Keras `Adadelta`; Zeiler 2012):
///
/// `a = rho a + (1 - rho) g^2`, `d = g sqrt(u + epsilon) / sqrt(a + epsilon)`, `u = rho u + (1 - rho) d^2`, `p -= rate d`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Adadelta {
    /// Decay of both averages; 0.95 by default.
    pub rho: f64,
    /// What is under the roots at first; 1e-7 by default.
    pub epsilon: f64,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for Adadelta {
    fn default() -> Self {
        Adadelta::new(0.001)
    }
}

impl Adadelta {
    /// Keras' defaults for the rest. The rate of the paper is 1.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adadelta {
        Adadelta { rho: 0.95, epsilon: 1e-7, options: Options::new(learning_rate) }
    }
}

setters! { Adadelta { rho: f64, epsilon: f64 } }

impl Optimizer for Adadelta {
    named!("Adadelta", "adadelta");

    fn check(&self) -> Result<(), String> {
        check_share("rho", self.rho)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        vec![Slot::new("accumulated_grad", arena), Slot::new("accumulated_delta_var", arena).interleaved()]
    }

    fn scalars(&self, learning_rate: f64, _step: u64) -> Vec<f64> {
        vec![learning_rate]
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([gradients, deltas], [rate]) = (slots, scalars) else {
            return Updated::wrong_number("adadelta", p, slots);
        };
        let average = |old: &Tensor, square: &Tensor| old * self.rho + square * (1.0 - self.rho);
        let root = |x: &Tensor| (x + self.epsilon).sqrt();
        let gradients = average(gradients, &arena.square(g));
        let delta = root(deltas) * g / root(&gradients);
        let deltas = average(deltas, &delta.square());
        Updated { parameters: p - delta * rate, slots: vec![gradients, deltas] }
    }
}
