//! Follow the regularized leader.

use super::{Arena, LearningRate, Optimizer, Options, Slot, Updated, check_not_negative, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Follow the regularized leader (Keras `Ftrl`; McMahan et al. 2013), for shallow models of many sparse features. With `k` the negative
/// `learning_rate_power`, `n` the sum of squares before the step and `n'` after it:
///
/// `z += g + 2 shrinkage p - (n'^k - n^k) / rate p`, `p = (clip(z, -l1, l1) - z) / (n'^k / rate + 2 (l2 + beta / (2 rate)))`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ftrl {
    /// How the rate falls with the gradients; not positive, -0.5 by default, 0 for a rate that stays.
    pub learning_rate_power: f64,
    /// The first value of the sums of squares; 0.1 by default.
    pub initial_accumulator_value: f64,
    /// 0 by default.
    pub l1_regularization_strength: f64,
    /// 0 by default.
    pub l2_regularization_strength: f64,
    /// A penalty of the size of parameters, where `l2_regularization_strength` is one of their steps; 0 by default.
    pub l2_shrinkage_regularization_strength: f64,
    /// `beta` of the paper; 0 by default.
    pub beta: f64,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for Ftrl {
    fn default() -> Self {
        Ftrl::new(0.001)
    }
}

impl Ftrl {
    /// Keras' defaults for the rest: no regularization.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Ftrl {
        Ftrl {
            learning_rate_power: -0.5,
            initial_accumulator_value: 0.1,
            l1_regularization_strength: 0.0,
            l2_regularization_strength: 0.0,
            l2_shrinkage_regularization_strength: 0.0,
            beta: 0.0,
            options: Options::new(learning_rate),
        }
    }

    /// `x^k`; the usual root without a logarithm.
    fn power(&self, x: &Tensor) -> Tensor {
        if self.learning_rate_power == -0.5 { x.sqrt() } else { x.powf(-self.learning_rate_power) }
    }
}

setters! { Ftrl {
    learning_rate_power: f64,
    initial_accumulator_value: f64,
    l1_regularization_strength: f64,
    l2_regularization_strength: f64,
    l2_shrinkage_regularization_strength: f64,
    beta: f64,
} }

impl Optimizer for Ftrl {
    named!("Ftrl", "ftrl");

    fn check(&self) -> Result<(), String> {
        check_not_negative("minus learning_rate_power", -self.learning_rate_power)?;
        check_not_negative("initial_accumulator_value", self.initial_accumulator_value)?;
        check_not_negative("l1_regularization_strength", self.l1_regularization_strength)?;
        check_not_negative("l2_regularization_strength", self.l2_regularization_strength)?;
        check_not_negative("l2_shrinkage_regularization_strength", self.l2_shrinkage_regularization_strength)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        vec![Slot::new("accumulator", arena).initial(self.initial_accumulator_value), Slot::new("linear", arena).interleaved()]
    }

    fn scalars(&self, learning_rate: f64, _step: u64) -> Vec<f64> {
        vec![learning_rate, 2.0 * self.l2_regularization_strength + self.beta / learning_rate]
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([sum, linear], [rate, l2]) = (slots, scalars) else {
            return Updated::wrong_number("ftrl", p, slots);
        };
        let after = sum + arena.square(g);
        let pull = g + p * (2.0 * self.l2_shrinkage_regularization_strength);
        let linear = linear + (pull - (self.power(&after) - self.power(sum)) / rate * p);
        let quadratic = self.power(&after) / rate + l2;
        let clipped = linear.clip(-self.l1_regularization_strength, self.l1_regularization_strength);
        Updated { parameters: (clipped - &linear) / quadratic, slots: vec![after, linear] }
    }
}
