//! Adam.

use super::{Arena, LearningRate, Optimizer, Options, Slot, Updated, bias_correction, check_share, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Adaptive moments (Keras `Adam`; Kingma and Ba 2014), with `alpha = rate sqrt(1 - b2^t) / (1 - b1^t)`:
///
/// `m += (g - m) (1 - b1)`, `v += (g^2 - v) (1 - b2)`, `p -= alpha m / (sqrt(v) + epsilon)`;
/// with `amsgrad` the largest `v` so far stands in its place (Reddi et al. 2018).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Adam {
    /// Decay of the first moment; 0.9 by default.
    pub beta_1: f64,
    /// Decay of the second moment; 0.999 by default.
    pub beta_2: f64,
    /// Keeps the quotient finite; 1e-7 by default.
    pub epsilon: f64,
    /// Whether the second moment never falls; `false` by default.
    pub amsgrad: bool,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for Adam {
    fn default() -> Self {
        Adam::new(0.001)
    }
}

impl Adam {
    /// Adam with Keras' defaults.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adam {
        Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, amsgrad: false, options: Options::new(learning_rate) }
    }
}

setters! { Adam { beta_1: f64, beta_2: f64, epsilon: f64, amsgrad: bool } }

impl Optimizer for Adam {
    named!("Adam", "adam");

    fn check(&self) -> Result<(), String> {
        check_share("beta_1", self.beta_1)?;
        check_share("beta_2", self.beta_2)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        let moments = [Slot::new("momentum", arena), Slot::new("velocity", arena).interleaved()];
        moments.into_iter().chain(self.amsgrad.then(|| Slot::new("velocity_hat", arena))).collect()
    }

    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64> {
        vec![learning_rate * bias_correction(self.beta_2, step).sqrt() / bias_correction(self.beta_1, step)]
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([m, v, largest @ ..], [alpha]) = (slots, scalars) else {
            return Updated::wrong_number("adam", p, slots);
        };
        let m = m + (g - m) * (1.0 - self.beta_1);
        let v = v + (arena.square(g) - v) * (1.0 - self.beta_2);
        let largest = largest.first().map(|largest| largest.maximum(&v));
        let parameters = p - &m * alpha / (largest.as_ref().unwrap_or(&v).sqrt() + self.epsilon);
        Updated { parameters, slots: [m, v].into_iter().chain(largest).collect() }
    }
}
