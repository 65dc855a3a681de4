//! Adam without a schedule.

use super::{
    Arena, Initial, LearningRate, Optimizer, Options, Slot, Updated, bias_correction, check_positive, check_share, complement, named,
    setters,
};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Adam that averages in place of a schedule (Keras `ScheduleFreeAdamW`; Defazio et al. 2024). Beside the parameters `p` stands `z`, which starts as they do:
///
/// `v += (g^2 - v) (1 - b2)`, `z -= rate g / (sqrt(v / (1 - b2^t)) + epsilon)`; the mean `x = (p - (1 - b1) z) / b1` becomes
/// `x = (1 - 1/t) x + z / t`, and `p = (1 - b1) z + b1 x`. During the warmup the rate grows in a line.
///
/// The first `x` is made with the `z` of this step, not of the one before as in the paper: so it is in Keras where TensorFlow computes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScheduleFreeAdamW {
    /// The share of the mean in the parameters; 0.9 by default, not 0.
    pub beta_1: f64,
    /// Decay of the second moment; 0.999 by default.
    pub beta_2: f64,
    /// Keeps the quotient finite; 1e-8 by default.
    pub epsilon: f64,
    /// Steps until the full rate; 0 by default.
    pub warmup_steps: u64,
    /// What all optimizers share; the learning rate is 0.0025 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for ScheduleFreeAdamW {
    fn default() -> Self {
        ScheduleFreeAdamW::new(0.0025)
    }
}

impl ScheduleFreeAdamW {
    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> ScheduleFreeAdamW {
        ScheduleFreeAdamW { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, warmup_steps: 0, options: Options::new(learning_rate) }
    }
}

setters! { ScheduleFreeAdamW { beta_1: f64, beta_2: f64, epsilon: f64, warmup_steps: u64 } }

impl Optimizer for ScheduleFreeAdamW {
    named!("ScheduleFreeAdamW", "schedule_free_adam_w");

    fn check(&self) -> Result<(), String> {
        check_positive("beta_1", self.beta_1)?;
        check_share("beta_1", self.beta_1)?;
        check_share("beta_2", self.beta_2)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        let z = Slot { initial: Initial::Parameters, ..Slot::new("momentum", arena) };
        vec![z, Slot::new("velocity", arena).interleaved()]
    }

    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64> {
        let t = step as f64;
        let warmth = if self.warmup_steps > 0 { (t / self.warmup_steps as f64).min(1.0) } else { 1.0 };
        vec![learning_rate * warmth, bias_correction(self.beta_2, step), 1.0 / t]
    }

    fn update(&self, _: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([z, v], [rate, correction, share]) = (slots, scalars) else {
            return Updated::wrong_number("schedule_free_adamw", p, slots);
        };
        let rest = complement(self.beta_1);
        let v = v + (g * g - v) * complement(self.beta_2);
        let z = z - g * rate / ((&v / correction).sqrt() + self.epsilon);
        let mean = (p - &z * rest) / self.beta_1;
        let mean = mean * (1.0 - share) + &z * share;
        Updated { parameters: &z * rest + mean * self.beta_1, slots: vec![z, v] }
    }
}
