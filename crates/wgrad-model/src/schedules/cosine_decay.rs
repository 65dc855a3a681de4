//! Half a cosine, after a warmup.

use super::{Schedule, check_steps, named, setters};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// `start ((1 - alpha) (1 + cos(pi step / decay_steps)) / 2 + alpha)`, constant after `decay_steps` (Loshchilov and Hutter 2016).
///
/// `start` is `initial_learning_rate`; with a `warmup_target` the rate first goes from there to the target in a line, over `warmup_steps`, and the
/// cosine starts at the target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CosineDecay {
    /// The rate of the first step.
    pub initial_learning_rate: f64,
    /// How long the cosine is.
    pub decay_steps: f64,
    /// The last rate as a share of the highest; 0 by default.
    #[serde(default)]
    pub alpha: f64,
    /// Where the warmup leads, if there is one.
    #[serde(default)]
    pub warmup_target: Option<f64>,
    /// How long the warmup is; 0 by default.
    #[serde(default)]
    pub warmup_steps: f64,
}

impl CosineDecay {
    /// Down to 0, without a warmup.
    pub fn new(initial_learning_rate: f64, decay_steps: u64) -> CosineDecay {
        CosineDecay { initial_learning_rate, decay_steps: decay_steps as f64, alpha: 0.0, warmup_target: None, warmup_steps: 0.0 }
    }

    /// A warmup before: from the first rate to `target` in `steps` steps.
    #[must_use]
    pub fn warmup(self, target: f64, steps: u64) -> CosineDecay {
        CosineDecay { warmup_target: Some(target), warmup_steps: steps as f64, ..self }
    }
}

setters! { CosineDecay { alpha: f64 } }

impl Schedule for CosineDecay {
    named!("CosineDecay");

    fn at(&self, step: u64) -> f64 {
        let step = step as f64;
        let (start, step) = match self.warmup_target {
            Some(target) if step < self.warmup_steps => {
                return self.initial_learning_rate + (target - self.initial_learning_rate) * step / self.warmup_steps;
            }
            Some(target) => (target, step - self.warmup_steps),
            None => (self.initial_learning_rate, step),
        };
        let cosine = 0.5 * (1.0 + (PI * (step / self.decay_steps).min(1.0)).cos());
        start * ((1.0 - self.alpha) * cosine + self.alpha)
    }

    fn check(&self) -> Result<(), String> {
        check_steps("decay_steps", self.decay_steps)
    }
}
