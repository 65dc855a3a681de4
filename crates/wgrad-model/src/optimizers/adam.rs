//! Adam.

use super::{Optimizer, Updated, check_rate, check_share};
use wgrad_tensor::Tensor;

/// Adaptive moments (Keras `Adam`; Kingma and Ba 2014), with `alpha = rate sqrt(1 - b2^t) / (1 - b1^t)`:
///
/// `m += (g - m) (1 - b1)`, `v += (g^2 - v) (1 - b2)`, `p -= alpha m / (sqrt(v) + epsilon)`.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// 0.001 by default.
    pub learning_rate: f64,
    /// Decay of the first moment; 0.9 by default.
    pub beta_1: f64,
    /// Decay of the second moment; 0.999 by default.
    pub beta_2: f64,
    /// Keeps the quotient finite; 1e-7 by default.
    pub epsilon: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Adam::new(0.001)
    }
}

impl Adam {
    /// Adam with Keras' defaults.
    pub fn new(learning_rate: f64) -> Adam {
        Adam { learning_rate, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }
    }

    /// Decay of the first moment.
    pub fn beta_1(self, beta_1: f64) -> Adam {
        Adam { beta_1, ..self }
    }

    /// Decay of the second moment.
    pub fn beta_2(self, beta_2: f64) -> Adam {
        Adam { beta_2, ..self }
    }

    /// What keeps the quotient finite.
    pub fn epsilon(self, epsilon: f64) -> Adam {
        Adam { epsilon, ..self }
    }
}

impl Optimizer for Adam {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<(), String> {
        check_rate(self.learning_rate)?;
        check_share("beta_1", self.beta_1)?;
        check_share("beta_2", self.beta_2)
    }

    fn slots(&self) -> &'static [&'static str] {
        &["momentum", "velocity"]
    }

    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64> {
        let t = step as f64;
        vec![learning_rate * (1.0 - self.beta_2.powf(t)).sqrt() / (1.0 - self.beta_1.powf(t))]
    }

    fn update(&self, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([m, v], [alpha]) = (slots, scalars) else {
            return Updated::wrong_number("adam", p, slots);
        };
        let m = m + (g - m) * (1.0 - self.beta_1);
        let v = v + (g * g - v) * (1.0 - self.beta_2);
        let parameters = p - &m * alpha / (v.sqrt() + self.epsilon);
        Updated { parameters, slots: vec![m, v] }
    }
}
