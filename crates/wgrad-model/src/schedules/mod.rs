//! Learning rates that follow the number of steps, one file each.

use crate::{Error, Result, by_name::canonical, error::UnknownName};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::sync::Arc;

mod cosine_decay;
mod cosine_decay_restarts;
mod exponential_decay;
mod inverse_time_decay;
mod piecewise_constant_decay;
mod polynomial_decay;

pub use cosine_decay::CosineDecay;
pub use cosine_decay_restarts::CosineDecayRestarts;
pub use exponential_decay::ExponentialDecay;
pub use inverse_time_decay::InverseTimeDecay;
pub use piecewise_constant_decay::PiecewiseConstantDecay;
pub use polynomial_decay::PolynomialDecay;

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
const CLASSES: &[(&str, FromConfig)] = &[
    ("CosineDecay", parse::<CosineDecay>),
    ("CosineDecayRestarts", parse::<CosineDecayRestarts>),
    ("ExponentialDecay", parse::<ExponentialDecay>),
    ("InverseTimeDecay", parse::<InverseTimeDecay>),
    ("PiecewiseConstantDecay", parse::<PiecewiseConstantDecay>),
    ("PolynomialDecay", parse::<PolynomialDecay>),
];

/// The names that there are.
pub fn names() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|(name, _)| *name)
}

/// The schedule of Keras' class `class_name` with these arguments: all of `get_config()`, or some; the others have their defaults.
///
/// # Errors
/// A name that does not exist, with the near ones; an argument that there is not, or of a wrong type.
pub fn from_config(class_name: &str, config: &Json) -> Result<Arc<dyn Schedule>> {
    let wanted = canonical(class_name);
    match CLASSES.iter().find(|(known, _)| canonical(known) == wanted) {
        Some((_, parse)) => {
            let schedule = parse(config)?;
            schedule.check().map_err(|rule| Error::invalid(format!("schedule {class_name}"), rule))?;
            Ok(schedule)
        }
        None => Err(UnknownName::new("schedule", class_name, CLASSES.iter().map(|(known, _)| *known)).into()),
    }
}

/// The arguments of `config`; those that are not there have their defaults.
fn parse<S: Schedule + DeserializeOwned + 'static>(config: &Json) -> Result<Arc<dyn Schedule>> {
    let failed = |e: serde_json::Error| Error::mismatch("schedule", "arguments of Keras' types", e.to_string());
    let schedule: S = serde_json::from_value(config.clone()).map_err(failed)?;
    Ok(Arc::new(schedule))
}

/// `step` in units of `decay_steps`; whole ones for stairs.
fn periods(step: u64, decay_steps: f64, staircase: bool) -> f64 {
    let periods = step as f64 / decay_steps;
    if staircase { periods.floor() } else { periods }
}

/// The rule for numbers that are divided by.
fn check_steps(name: &str, steps: f64) -> Result<(), String> {
    if steps > 0.0 && steps.is_finite() { Ok(()) } else { Err(format!("{name} must be positive, got {steps}")) }
}

/// The methods that set a schedule's optional arguments.
macro_rules! setters {
    ($schedule:ident { $($field:ident: $type:ty),* $(,)? }) => {
        impl $schedule {
            $(
                #[doc = concat!("Sets `", stringify!($field), "` of [`", stringify!($schedule), "`].")]
                #[must_use]
                pub fn $field(self, $field: $type) -> Self {
                    Self { $field, ..self }
                }
            )*
        }
    };
}

/// The methods of [`Schedule`] that tell what one is.
macro_rules! named {
    ($class_name:literal) => {
        fn class_name(&self) -> &'static str {
            $class_name
        }

        fn config(&self) -> Option<serde_json::Value> {
            serde_json::to_value(self).ok()
        }
    };
}

use {named, setters};
