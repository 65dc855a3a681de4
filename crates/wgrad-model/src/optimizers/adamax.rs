//! Adamax.

use super::{Arena, LearningRate, Optimizer, Options, Slot, Updated, bias_correction, check_share, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Adam with the largest gradient in place of the second moment (Keras `Adamax`; Kingma and Ba 2014, section 7.1):
///
/// `m += (g - m) (1 - b1)`, `u = max(b2 u, |g|)`, `p -= rate / (1 - b1^t) m / (u + epsilon)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Adamax {
    /// Decay of the first moment; 0.9 by default.
    pub beta_1: f64,
    /// Decay of the largest gradient; 0.999 by default.
    pub beta_2: f64,
    /// Keeps the quotient finite; 1e-7 by default.
    pub epsilon: f64,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for Adamax {
    fn default() -> Self {
        Adamax::new(0.001)
    }
}

impl Adamax {
    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adamax {
        Adamax { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, options: Options::new(learning_rate) }
    }
}

setters! { Adamax { beta_1: f64, beta_2: f64, epsilon: f64 } }

impl Optimizer for Adamax {
    named!("Adamax", "adamax");

    fn check(&self) -> Result<(), String> {
        check_share("beta_1", self.beta_1)?;
        check_share("beta_2", self.beta_2)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        vec![Slot::new("momentum", arena), Slot::new("norm", arena).interleaved()]
    }

    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64> {
        vec![learning_rate / bias_correction(self.beta_1, step)]
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([m, u], [alpha]) = (slots, scalars) else {
            return Updated::wrong_number("adamax", p, slots);
        };
        let m = m + (g - m) * (1.0 - self.beta_1);
        let u = (u * self.beta_2).maximum(arena.magnitude(g));
        Updated { parameters: p - &m * alpha / (&u + self.epsilon), slots: vec![m, u] }
    }
}
