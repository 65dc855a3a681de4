//! Adagrad.

use super::{Arena, LearningRate, Optimizer, Options, Slot, Updated, check_not_negative, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Smaller steps for what has moved much (Keras `Adagrad`; Duchi et al. 2011): `a += g^2`, `p -= rate g / sqrt(a + epsilon)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Adagrad {
    /// The first value of the sums of squares; 0.1 by default.
    pub initial_accumulator_value: f64,
    /// Keeps the quotient finite; 1e-7 by default.
    pub epsilon: f64,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for Adagrad {
    fn default() -> Self {
        Adagrad::new(0.001)
    }
}

impl Adagrad {
    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adagrad {
        Adagrad { initial_accumulator_value: 0.1, epsilon: 1e-7, options: Options::new(learning_rate) }
    }
}

setters! { Adagrad { initial_accumulator_value: f64, epsilon: f64 } }

impl Optimizer for Adagrad {
    named!("Adagrad", "adagrad");

    fn check(&self) -> Result<(), String> {
        check_not_negative("initial_accumulator_value", self.initial_accumulator_value)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        vec![Slot::new("accumulator", arena).initial(self.initial_accumulator_value)]
    }

    fn scalars(&self, learning_rate: f64, _step: u64) -> Vec<f64> {
        vec![learning_rate]
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([sum], [rate]) = (slots, scalars) else {
            return Updated::wrong_number("adagrad", p, slots);
        };
        let sum = sum + arena.square(g);
        Updated { parameters: p - g * rate / (&sum + self.epsilon).sqrt(), slots: vec![sum] }
    }
}
