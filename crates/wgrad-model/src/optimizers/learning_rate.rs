//! A learning rate: a number, or a schedule.

use crate::{
    Error,
    schedules::{self, Schedule},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::{fmt, sync::Arc};

/// A number, or a schedule that gives one for each step: `0.01`, `ExponentialDecay::new(0.1, 100, 0.9)`, `|step: u64| 0.1 / (1.0 + step as f64)`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Json", into = "Json")]
pub enum LearningRate {
    /// The same at every step, until it is set anew.
    Constant(f64),
    /// A function of the number of steps done.
    Schedule(Arc<dyn Schedule>),
}

impl LearningRate {
    /// The rate after `iterations` steps.
    pub fn at(&self, iterations: u64) -> f64 {
        match self {
            LearningRate::Constant(rate) => *rate,
            LearningRate::Schedule(schedule) => schedule.at(iterations),
        }
    }

    /// What must hold for a rate that is set in place of it.
    pub(crate) fn check_set(&self, learning_rate: f64) -> Result<(), Error> {
        let rule = match self {
            LearningRate::Constant(_) => check_rate(learning_rate),
            LearningRate::Schedule(_) => Err("the learning rate of this optimizer is a schedule, which cannot be set".into()),
        };
        rule.map_err(|rule| Error::invalid("set_learning_rate", rule))
    }

    /// What must hold for it.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self {
            LearningRate::Constant(rate) => check_rate(*rate),
            LearningRate::Schedule(schedule) => schedule.check(),
        }
    }
}

/// The rule for learning rates.
fn check_rate(learning_rate: f64) -> Result<(), String> {
    if learning_rate.is_finite() && learning_rate >= 0.0 {
        return Ok(());
    }
    Err(format!("the learning rate must be a number that is not negative, got {learning_rate}"))
}

impl From<f64> for LearningRate {
    fn from(rate: f64) -> Self {
        LearningRate::Constant(rate)
    }
}

impl<S: Schedule + 'static> From<S> for LearningRate {
    fn from(schedule: S) -> Self {
        LearningRate::Schedule(Arc::new(schedule))
    }
}

impl From<Arc<dyn Schedule>> for LearningRate {
    fn from(schedule: Arc<dyn Schedule>) -> Self {
        LearningRate::Schedule(schedule)
    }
}

/// As Keras writes it: a number, or the class and the configuration of a schedule.
impl TryFrom<Json> for LearningRate {
    type Error = Error;

    fn try_from(json: Json) -> Result<Self, Error> {
        if let Some(rate) = json.as_f64() {
            return Ok(LearningRate::Constant(rate));
        }
        match json["class_name"].as_str() {
            Some(class_name) => Ok(LearningRate::Schedule(schedules::from_config(class_name, &json["config"])?)),
            None => Err(Error::mismatch("learning_rate", "a number, or the class_name and config of a schedule", json.to_string())),
        }
    }
}

/// Closures have no form in JSON: they are written as null.
impl From<LearningRate> for Json {
    fn from(rate: LearningRate) -> Json {
        let schedule = match rate {
            LearningRate::Constant(rate) => return json!(rate),
            LearningRate::Schedule(schedule) => schedule,
        };
        let form = |config| json!({"module": "keras.optimizers.schedules", "class_name": schedule.class_name(), "config": config, "registered_name": null});
        schedule.config().map_or(Json::Null, form)
    }
}

impl fmt::Debug for LearningRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LearningRate::Constant(rate) => write!(f, "{rate}"),
            LearningRate::Schedule(schedule) => write!(f, "{}({})", schedule.class_name(), schedule.config().unwrap_or(Json::Null)),
        }
    }
}
