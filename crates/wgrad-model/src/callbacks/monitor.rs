//! A number of the logs that callbacks watch for improvement.

use super::CallbackState;
use crate::{Error, Logs, Model, Result, error::UnknownName, metrics::Direction};

/// Which way a number gets better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As the metric of that name says; losses get better downwards.
    #[default]
    Auto,
    /// Less is better.
    Min,
    /// More is better.
    Max,
}

impl Mode {
    /// Whether more is better of the number that histories show as `name`: as the mode says, else as the metric of that name of `model` does, once it has seen labels.
    /// `None` where nothing tells.
    pub fn upwards(self, name: &str, model: Option<&Model>) -> Option<bool> {
        let name = name.trim_start_matches("val_");
        match self {
            Mode::Min => Some(false),
            Mode::Max => Some(true),
            Mode::Auto if name.ends_with("loss") => Some(false),
            Mode::Auto => model?.metric_named(name)?.direction().map(|direction| direction == Direction::Up),
        }
    }
}

/// Keras' names: `"auto"`, `"min"`, `"max"`; any other is `Auto`.
impl From<&str> for Mode {
    fn from(name: &str) -> Self {
        match name {
            "min" => Mode::Min,
            "max" => Mode::Max,
            _ => Mode::Auto,
        }
    }
}

/// A number of the logs, and the best value that it had.
#[derive(Clone, Debug)]
pub(super) struct Monitor {
    /// The callback, for the texts of errors.
    callback: &'static str,
    pub(super) name: String,
    pub(super) mode: Mode,
    pub(super) min_delta: f64,
    pub(super) best: Option<f64>,
    upwards: bool,
}

impl Monitor {
    pub(super) fn new(callback: &'static str, name: &str) -> Monitor {
        Monitor { callback, name: name.into(), mode: Mode::Auto, min_delta: 0.0, best: None, upwards: false }
    }

    pub(super) fn min_delta(self, min_delta: f64) -> Monitor {
        Monitor { min_delta, ..self }
    }

    /// The number in the logs of an epoch; `None` for validation in an epoch that has none.
    ///
    /// # Errors
    /// A name that there is not, with the near ones.
    pub(super) fn value(&self, logs: &Logs) -> Result<Option<f64>> {
        let value = logs.get(&self.name);
        let validated = logs.iter().any(|(name, _)| name.starts_with("val_"));
        if value.is_some() || (self.name.starts_with("val_") && !validated) {
            return Ok(value);
        }
        Err(UnknownName::new("number in the logs for monitor", &self.name, logs.iter().map(|(name, _)| name)).into())
    }

    /// Whether `value` is better than `than`.
    pub(super) fn is_better(&self, value: f64, than: f64) -> bool {
        if self.upwards { value - self.min_delta.abs() > than } else { value + self.min_delta.abs() < than }
    }

    /// Takes note of `value` where it is the best so far.
    pub(super) fn improved(&mut self, value: f64) -> bool {
        let improved = self.best.map_or(!value.is_nan(), |best| self.is_better(value, best));
        if improved {
            self.best = Some(value);
        }
        improved
    }

    /// Finds out which way the number gets better, before training.
    ///
    /// # Errors
    /// A number that neither its name nor its metric tells it of.
    pub(super) fn begin(&mut self, model: &Model) -> Result<()> {
        let unknown = || self.invalid(format!("it cannot know which way \"{}\" gets better; say it with mode", self.name));
        self.upwards = self.mode.upwards(&self.name, Some(model)).ok_or_else(unknown)?;
        Ok(())
    }

    /// What is to be remembered over an interruption.
    pub(super) fn state(&self) -> CallbackState {
        CallbackState::default().with_some("best", self.best)
    }

    pub(super) fn restore(&mut self, state: &CallbackState) {
        self.best = state.get("best");
    }

    /// The error of a setting.
    pub(super) fn invalid(&self, rule: String) -> Error {
        Error::invalid(self.callback, rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn improvement_needs_the_least_change() {
        let mut monitor = Monitor::new("EarlyStopping", "loss").min_delta(0.1);
        assert_eq!([f64::NAN, 1.0, 0.95, 0.85, f64::NAN].map(|value| monitor.improved(value)), [false, true, false, true, false]);
        assert_eq!(monitor.best, Some(0.85));
    }
}
