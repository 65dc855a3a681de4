//! Adam with weight decay.

use super::{Adam, Arena, LearningRate, Optimizer, Slot, Updated, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// [`Adam`] that shrinks the parameters, `p -= p weight_decay rate`, before each step (Keras `AdamW`; Loshchilov and Hutter 2017); the decay is 0.004 by default.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AdamW {
    /// The rule.
    #[serde(flatten)]
    pub adam: Adam,
}

impl Default for AdamW {
    fn default() -> Self {
        AdamW::new(0.001)
    }
}

impl AdamW {
    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> AdamW {
        AdamW { adam: Adam::new(learning_rate).weight_decay(0.004) }
    }
}

setters! { AdamW, adam { beta_1: f64, beta_2: f64, epsilon: f64, amsgrad: bool } }

impl Optimizer for AdamW {
    named!("AdamW", "adam_w", adam);

    fn check(&self) -> Result<(), String> {
        if self.adam.options.weight_decay.is_none() {
            return Err("weight_decay must be a number, got none".into());
        }
        self.adam.check()
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        self.adam.slots(arena)
    }

    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64> {
        self.adam.scalars(learning_rate, step)
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        self.adam.update(arena, p, g, slots, scalars)
    }
}
