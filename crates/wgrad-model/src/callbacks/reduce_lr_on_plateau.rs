//! Smaller steps when nothing gets better.

use super::{Callback, CallbackState, Mode, Run, monitor::Monitor};
use crate::{Logs, Result};

/// Multiplies the learning rate by `factor` when the monitored number has not improved for `patience` epochs (Keras `ReduceLROnPlateau`).
/// The history gets a `learning_rate`.
#[derive(Clone, Debug)]
pub struct ReduceLROnPlateau {
    monitor: Monitor,
    factor: f64,
    patience: usize,
    cooldown: usize,
    min_lr: f64,
    waited: usize,
    cooling: usize,
}

impl Default for ReduceLROnPlateau {
    fn default() -> Self {
        ReduceLROnPlateau::new()
    }
}

impl ReduceLROnPlateau {
    /// Watches `val_loss` with a patience of 10 epochs and a factor of 0.1.
    pub fn new() -> ReduceLROnPlateau {
        let monitor = Monitor::new("ReduceLROnPlateau", "val_loss").min_delta(1e-4);
        ReduceLROnPlateau { monitor, factor: 0.1, patience: 10, cooldown: 0, min_lr: 0.0, waited: 0, cooling: 0 }
    }

    /// The number to watch; `val_loss` by default.
    #[must_use]
    pub fn monitor(mut self, name: &str) -> Self {
        self.monitor.name = name.into();
        self
    }

    /// What the rate is multiplied by, less than 1.
    #[must_use]
    pub fn factor(self, factor: f64) -> Self {
        ReduceLROnPlateau { factor, ..self }
    }

    /// Epochs without improvement before the rate is reduced.
    #[must_use]
    pub fn patience(self, patience: usize) -> Self {
        ReduceLROnPlateau { patience, ..self }
    }

    /// Which way the number gets better.
    #[must_use]
    pub fn mode(mut self, mode: impl Into<Mode>) -> Self {
        self.monitor.mode = mode.into();
        self
    }

    /// The least change that counts as an improvement; 1e-4 by default.
    #[must_use]
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        self.monitor.min_delta = min_delta;
        self
    }

    /// Epochs after a reduction in which nothing is counted; 0 by default.
    #[must_use]
    pub fn cooldown(self, cooldown: usize) -> Self {
        ReduceLROnPlateau { cooldown, ..self }
    }

    /// The rate never gets smaller than this; 0 by default.
    #[must_use]
    pub fn min_lr(self, min_lr: f64) -> Self {
        ReduceLROnPlateau { min_lr, ..self }
    }
}

impl Callback for ReduceLROnPlateau {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        if !(0.0..1.0).contains(&self.factor) {
            return Err(self.monitor.invalid(format!("factor must be at least 0 and less than 1, got {}", self.factor)));
        }
        (self.waited, self.cooling, self.monitor.best) = (0, 0, None);
        self.monitor.begin(run.model())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_>, _epoch: usize, logs: &mut Logs) -> Result<()> {
        let rate = run.model().learning_rate().unwrap_or_default();
        logs.insert("learning_rate", rate);
        let Some(value) = self.monitor.value(logs)? else { return Ok(()) };
        if self.cooling > 0 {
            self.cooling -= 1;
            self.waited = 0;
        }
        if self.monitor.improved(value) {
            self.waited = 0;
        } else if self.cooling == 0 {
            self.waited += 1;
            if self.waited >= self.patience && rate > self.min_lr {
                run.model().set_learning_rate((rate * self.factor).max(self.min_lr))?;
                (self.cooling, self.waited) = (self.cooldown, 0);
            }
        }
        Ok(())
    }

    fn state(&self) -> CallbackState {
        self.monitor.state().with("waited", self.waited).with("cooling", self.cooling)
    }

    fn restore(&mut self, state: CallbackState) {
        self.monitor.restore(&state);
        (self.waited, self.cooling) = (state.get("waited").unwrap_or(0), state.get("cooling").unwrap_or(0));
    }
}
