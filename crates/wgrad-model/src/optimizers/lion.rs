//! Lion.

use super::{Arena, LearningRate, Optimizer, Options, Slot, Updated, check_share, complement, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Steps of one length in every direction (Keras `Lion`; Chen et al. 2023):
///
/// `p -= rate sign(b1 m + (1 - b1) g)`, `m = b2 m + (1 - b2) g`. The rate should be 3 to 10 times less than Adam's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lion {
    /// The share of the momentum in a step; 0.9 by default, not 0.
    pub beta_1: f64,
    /// Decay of the momentum; 0.99 by default.
    pub beta_2: f64,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for Lion {
    fn default() -> Self {
        Lion::new(0.001)
    }
}

impl Lion {
    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Lion {
        Lion { beta_1: 0.9, beta_2: 0.99, options: Options::new(learning_rate) }
    }
}

setters! { Lion { beta_1: f64, beta_2: f64 } }

impl Optimizer for Lion {
    named!("Lion", "lion");

    fn check(&self) -> Result<(), String> {
        if self.beta_1 == 0.0 {
            return Err("beta_1 must be in (0, 1], got 0, which leaves nothing but the sign of the gradient".into());
        }
        check_share("beta_1", self.beta_1)?;
        check_share("beta_2", self.beta_2)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        vec![Slot::new("momentum", arena)]
    }

    fn scalars(&self, learning_rate: f64, _step: u64) -> Vec<f64> {
        vec![learning_rate]
    }

    fn update(&self, _: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([m], [rate]) = (slots, scalars) else {
            return Updated::wrong_number("lion", p, slots);
        };
        let direction = (m * self.beta_1 + g * complement(self.beta_1)).sign();
        let m = m * self.beta_2 + g * complement(self.beta_2);
        Updated { parameters: p - direction * rate, slots: vec![m] }
    }
}
