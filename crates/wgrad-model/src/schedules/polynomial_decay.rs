//! Polynomial decay.

use super::{Schedule, check_steps, named, setters};
use serde::{Deserialize, Serialize};

/// `(initial_learning_rate - end_learning_rate) (1 - step / decay_steps)^power + end_learning_rate`, constant after `decay_steps`; with `cycle`
/// the decay starts anew instead, each time over the first multiple of `decay_steps` that is not less than the step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolynomialDecay {
    /// The rate of the first step.
    pub initial_learning_rate: f64,
    /// How long the rate falls.
    pub decay_steps: f64,
    /// The last rate; 0.0001 by default.
    #[serde(default = "end")]
    pub end_learning_rate: f64,
    /// 1 by default: a line.
    #[serde(default = "one")]
    pub power: f64,
    /// Whether the decay starts anew; `false` by default.
    #[serde(default)]
    pub cycle: bool,
}

fn end() -> f64 {
    0.0001
}

fn one() -> f64 {
    1.0
}

impl PolynomialDecay {
    /// A line down to 0.0001.
    pub fn new(initial_learning_rate: f64, decay_steps: u64) -> PolynomialDecay {
        let decay_steps = decay_steps as f64;
        PolynomialDecay { initial_learning_rate, decay_steps, end_learning_rate: end(), power: one(), cycle: false }
    }
}

setters! { PolynomialDecay { end_learning_rate: f64, power: f64, cycle: bool } }

impl Schedule for PolynomialDecay {
    named!("PolynomialDecay");

    fn at(&self, step: u64) -> f64 {
        let step = step as f64;
        let cycles = if self.cycle { (step / self.decay_steps).ceil().max(1.0) } else { 1.0 };
        let done = (step / (self.decay_steps * cycles)).min(1.0);
        (self.initial_learning_rate - self.end_learning_rate) * (1.0 - done).powf(self.power) + self.end_learning_rate
    }

    fn check(&self) -> Result<(), String> {
        check_steps("decay_steps", self.decay_steps)
    }
}
