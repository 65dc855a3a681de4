//! What a search looks for.

use crate::invalid;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use wgrad_model::{History, Logs, Model, Result, callbacks::Mode};

/// The number that tells which trial is best, by its name in the history: `"val_accuracy".into()`, or `Objective::max("my_metric")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objective {
    name: String,
    mode: Mode,
}

/// Which way it gets better is known as callbacks know it: losses by their name, metrics by themselves.
impl From<&str> for Objective {
    fn from(name: &str) -> Objective {
        Objective { name: name.into(), mode: Mode::Auto }
    }
}

impl Objective {
    /// More is better.
    pub fn max(name: &str) -> Objective {
        Objective { name: name.into(), mode: Mode::Max }
    }

    /// Less is better.
    pub fn min(name: &str) -> Objective {
        Objective { name: name.into(), mode: Mode::Min }
    }

    /// Its name in the history.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What must be the same for an interrupted search to go on: trials that were ranked the other way are none of it.
    pub(crate) fn description(&self) -> Json {
        let mode = match self.mode.upwards(&self.name, None) {
            Some(true) => "max",
            Some(false) => "min",
            None => "auto",
        };
        json!({"name": self.name, "mode": mode})
    }

    /// Whether more is better.
    pub(crate) fn upwards(&self, model: Option<&Model>) -> Result<bool> {
        let unknown = || {
            let Objective { name, .. } = self;
            invalid("objective", format!("it cannot know which way \"{name}\" gets better; say it with Objective::max or Objective::min"))
        };
        self.mode.upwards(&self.name, model).ok_or_else(unknown)
    }

    /// Fails where the history does not have it, with the names that it has.
    pub(crate) fn check(&self, history: &History) -> Result<()> {
        if history.get(&self.name).is_empty() && !history.epochs().is_empty() {
            let rule = format!("the history has no \"{}\"; it has {}", self.name, history.names().join(", "));
            return Err(invalid("objective", rule));
        }
        Ok(())
    }

    /// The best epoch of a history, its number and its logs; `None` where the objective is a number in none.
    pub(crate) fn best_epoch<'h>(&self, history: &'h History, upwards: bool) -> Option<(usize, f64, &'h Logs)> {
        let mut best: Option<(usize, f64, &Logs)> = None;
        for (epoch, logs) in history.epochs().iter().enumerate() {
            let Some(value) = logs.get(&self.name).filter(|value| value.is_finite()) else { continue };
            if best.is_none_or(|(_, best, _)| is_better(value, best, upwards)) {
                best = Some((epoch, value, logs));
            }
        }
        best
    }
}

/// Whether `value` is better than `than`.
pub(crate) fn is_better(value: f64, than: f64, upwards: bool) -> bool {
    if upwards { value > than } else { value < than }
}

/// A score, and which way it gets better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Score {
    pub(crate) value: f64,
    pub(crate) upwards: bool,
}

impl Score {
    /// Smaller for better scores: what to sort by.
    pub(crate) fn rank(&self) -> f64 {
        if self.upwards { -self.value } else { self.value }
    }
}
