//! Decay with the inverse of time.

use super::{Schedule, check_steps, named, periods, setters};
use serde::{Deserialize, Serialize};

/// `initial_learning_rate / (1 + decay_rate step / decay_steps)`; with `staircase` the quotient of the steps is rounded down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InverseTimeDecay {
    /// The rate of the first step.
    pub initial_learning_rate: f64,
    /// The unit of time.
    pub decay_steps: f64,
    /// How fast the rate falls.
    pub decay_rate: f64,
    /// Whether the rate falls in stairs; `false` by default.
    #[serde(default)]
    pub staircase: bool,
}

impl InverseTimeDecay {
    /// A smooth decay.
    pub fn new(initial_learning_rate: f64, decay_steps: u64, decay_rate: f64) -> InverseTimeDecay {
        InverseTimeDecay { initial_learning_rate, decay_steps: decay_steps as f64, decay_rate, staircase: false }
    }
}

setters! { InverseTimeDecay { staircase: bool } }

impl Schedule for InverseTimeDecay {
    named!("InverseTimeDecay");

    fn at(&self, step: u64) -> f64 {
        self.initial_learning_rate / (1.0 + self.decay_rate * periods(step, self.decay_steps, self.staircase))
    }

    fn check(&self) -> Result<(), String> {
        check_steps("decay_steps", self.decay_steps)
    }
}
