//! Rules that weights are brought back to after each step.

use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// A projection of a variable after each step of the optimizer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "class_name", content = "config")]
pub enum Constraint {
    /// `max(w, 0)`
    NonNeg,
}

impl Constraint {
    /// The nearest value that satisfies the rule.
    #[track_caller]
    pub fn project(&self, weight: &Tensor) -> Tensor {
        match self {
            Constraint::NonNeg => weight.relu(),
        }
    }
}
