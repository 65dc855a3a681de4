//! Exponential decay.

use super::{Schedule, check_steps, named, periods, setters};
use serde::{Deserialize, Serialize};

/// `initial_learning_rate decay_rate^(step / decay_steps)`; with `staircase` the exponent is rounded down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExponentialDecay {
    /// The rate of the first step.
    pub initial_learning_rate: f64,
    /// After so many steps the rate has been multiplied by `decay_rate` once.
    pub decay_steps: f64,
    /// The factor.
    pub decay_rate: f64,
    /// Whether the rate falls in stairs; `false` by default.
    #[serde(default)]
    pub staircase: bool,
}

impl ExponentialDecay {
    /// A smooth decay.
    pub fn new(initial_learning_rate: f64, decay_steps: u64, decay_rate: f64) -> ExponentialDecay {
        ExponentialDecay { initial_learning_rate, decay_steps: decay_steps as f64, decay_rate, staircase: false }
    }
}

setters! { ExponentialDecay { staircase: bool } }

impl Schedule for ExponentialDecay {
    named!("ExponentialDecay");

    fn at(&self, step: u64) -> f64 {
        self.initial_learning_rate * self.decay_rate.powf(periods(step, self.decay_steps, self.staircase))
    }

    fn check(&self) -> Result<(), String> {
        check_steps("decay_steps", self.decay_steps)
    }
}
