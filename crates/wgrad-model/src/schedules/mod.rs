//! Learning rates that follow the number of steps, one file each.

use crate::{Result, by_name::canonical, error::UnknownName};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use std::sync::Arc;

mod exponential_decay;

pub use exponential_decay::ExponentialDecay;

/// A learning rate as a function of the number of steps done (Keras `LearningRateSchedule`). Functions of a `u64` are schedules too.
pub trait Schedule: Send + Sync {
    /// The rate after `step` steps.
    fn at(&self, step: u64) -> f64;

    /// Keras' class.
    fn class_name(&self) -> &'static str {
        "Function"
    }

    /// Keras' `get_config()`; none for a function.
    fn config(&self) -> Option<Json> {
        None
    }

    /// What must hold for the settings.
    ///
    /// # Errors
    /// The broken rule.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

impl<F: Fn(u64) -> f64 + Send + Sync> Schedule for F {
    fn at(&self, step: u64) -> f64 {
        self(step)
    }
}

type FromConfig = fn(&Json) -> Result<Arc<dyn Schedule>>;

/// Every class, and how one is made of Keras' `get_config()`.
const CLASSES: &[(&str, FromConfig)] = &[("ExponentialDecay", parse::<ExponentialDecay>)];

/// The schedule of Keras' class `class_name` with these arguments: all of `get_config()`, or some; the others have their defaults.
///
/// # Errors
/// A name that does not exist, with the near ones; an argument that there is not, or of a wrong type.
pub fn from_config(class_name: &str, config: &Json) -> Result<Arc<dyn Schedule>> {
    let wanted = canonical(class_name);
    match CLASSES.iter().find(|(known, _)| canonical(known) == wanted) {
        Some((_, parse)) => parse(config),
        None => Err(UnknownName::new("schedule", class_name, CLASSES.iter().map(|(known, _)| *known)).into()),
    }
}

/// The arguments of `config`; those that are not there have their defaults.
fn parse<S: Schedule + DeserializeOwned + 'static>(config: &Json) -> Result<Arc<dyn Schedule>> {
    let failed = |e: serde_json::Error| crate::Error::mismatch("schedule", "arguments of Keras' types", e.to_string());
    let schedule: S = serde_json::from_value(config.clone()).map_err(failed)?;
    Ok(Arc::new(schedule))
}

/// `get_config()` of a schedule.
fn config_of(schedule: &impl Serialize) -> Option<Json> {
    serde_json::to_value(schedule).ok()
}

/// The rule for numbers of steps that are divided by.
fn check_steps(name: &str, steps: f64) -> Result<(), String> {
    if steps > 0.0 { Ok(()) } else { Err(format!("{name} must be positive, got {steps}")) }
}
