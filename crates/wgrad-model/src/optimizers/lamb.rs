//! Lamb.

use super::{Arena, LearningRate, Optimizer, Options, Slot, Updated, bias_correction, check_share, named, setters, step::norm};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Adam whose step is as long as the variable, for large batches (Keras `Lamb`; You et al. 2019). With the moments `m` and `v` of [`super::Adam`]:
///
/// `u = m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon)`, `p -= rate u |p| / |u|` for each variable; the quotient is 1 where a norm is 0.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lamb {
    /// Decay of the first moment; 0.9 by default.
    pub beta_1: f64,
    /// Decay of the second moment; 0.999 by default.
    pub beta_2: f64,
    /// Keeps the quotient finite; 1e-7 by default.
    pub epsilon: f64,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for Lamb {
    fn default() -> Self {
        Lamb::new(0.001)
    }
}

impl Lamb {
    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Lamb {
        Lamb { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, options: Options::new(learning_rate) }
    }
}

setters! { Lamb { beta_1: f64, beta_2: f64, epsilon: f64 } }

impl Optimizer for Lamb {
    named!("Lamb", "lamb");

    fn check(&self) -> Result<(), String> {
        check_share("beta_1", self.beta_1)?;
        check_share("beta_2", self.beta_2)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        vec![Slot::new("momentum", arena), Slot::new("velocity", arena).interleaved()]
    }

    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64> {
        vec![learning_rate, bias_correction(self.beta_1, step), bias_correction(self.beta_2, step)]
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([m, v], [rate, correction_1, correction_2]) = (slots, scalars) else {
            return Updated::wrong_number("lamb", p, slots);
        };
        let m = m + (g - m) * (1.0 - self.beta_1);
        let v = v + (arena.square(g) - v) * (1.0 - self.beta_2);
        let update = &m / correction_1 / ((&v / correction_2).sqrt() + self.epsilon);
        let moved: Vec<Tensor> = arena
            .split(p)
            .iter()
            .zip(arena.split(&update))
            .map(|(p, u)| {
                let (length, step) = (norm(p), norm(&u));
                let ratio = length.gt(0.0).logical_and(step.gt(0.0)).where_(length / step, 1.0);
                p - ratio * rate * u
            })
            .collect();
        Updated { parameters: arena.join(&moved), slots: vec![m, v] }
    }
}
