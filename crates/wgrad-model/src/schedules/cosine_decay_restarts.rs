//! Cosines one after the other.

use super::{Schedule, check_steps, named, setters};
use serde::{Deserialize, Serialize};
use std::f32::consts::PI;

/// Cosines as of [`super::CosineDecay`], each `t_mul` times as long as the one before and starting at `m_mul` times its rate (SGDR; Loshchilov and Hutter 2016).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CosineDecayRestarts {
    /// The rate of the first step.
    pub initial_learning_rate: f64,
    /// How long the first cosine is.
    pub first_decay_steps: f64,
    /// 2 by default.
    #[serde(default = "two")]
    pub t_mul: f64,
    /// 1 by default.
    #[serde(default = "one")]
    pub m_mul: f64,
    /// The lowest rate as a share of the first; 0 by default.
    #[serde(default)]
    pub alpha: f64,
}

fn two() -> f64 {
    2.0
}

fn one() -> f64 {
    1.0
}

impl CosineDecayRestarts {
    /// Cosines down to 0, each twice as long as the one before.
    pub fn new(initial_learning_rate: f64, first_decay_steps: u64) -> CosineDecayRestarts {
        let first_decay_steps = first_decay_steps as f64;
        CosineDecayRestarts { initial_learning_rate, first_decay_steps, t_mul: two(), m_mul: one(), alpha: 0.0 }
    }
}

setters! { CosineDecayRestarts { t_mul: f64, m_mul: f64, alpha: f64 } }

impl Schedule for CosineDecayRestarts {
    named!("CosineDecayRestarts");

    /// In f32, as Keras: so that a restart which rounding decides about happens at the same step.
    fn at(&self, step: u64) -> f64 {
        let (t_mul, m_mul, alpha) = (self.t_mul as f32, self.m_mul as f32, self.alpha as f32);
        let done = step as f32 / self.first_decay_steps as f32;
        let (restarts, done) = if t_mul == 1.0 {
            (done.floor(), done - done.floor())
        } else {
            let restarts = ((1.0 - done * (1.0 - t_mul)).ln() / t_mul.ln()).floor();
            let before = (1.0 - t_mul.powf(restarts)) / (1.0 - t_mul);
            (restarts, (done - before) / t_mul.powf(restarts))
        };
        let cosine = 0.5 * m_mul.powf(restarts) * (1.0 + (PI * done).cos());
        f64::from(self.initial_learning_rate as f32 * ((1.0 - alpha) * cosine + alpha))
    }

    fn check(&self) -> Result<(), String> {
        check_steps("first_decay_steps", self.first_decay_steps)?;
        check_steps("t_mul", self.t_mul)
    }
}
