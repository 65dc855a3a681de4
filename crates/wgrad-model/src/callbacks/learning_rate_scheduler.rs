//! A learning rate for each epoch.

use super::{Callback, Run};
use crate::{Logs, Result};
use std::fmt;

/// Sets the learning rate before each epoch to what a function of the epoch (from 0 on) and the rate so far says (Keras `LearningRateScheduler`):
/// `LearningRateScheduler::new(|epoch, rate| if epoch < 10 { rate } else { rate * 0.9 })`. The history gets a `learning_rate`.
pub struct LearningRateScheduler<F>(F);

impl<F: FnMut(usize, f64) -> f64> LearningRateScheduler<F> {
    /// By a function of the epoch and the rate so far.
    pub fn new(schedule: F) -> Self {
        LearningRateScheduler(schedule)
    }
}

impl<F> fmt::Debug for LearningRateScheduler<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LearningRateScheduler")
    }
}

impl<F: FnMut(usize, f64) -> f64> Callback for LearningRateScheduler<F> {
    fn on_epoch_begin(&mut self, run: &mut Run<'_>, epoch: usize) -> Result<()> {
        let rate = run.model().learning_rate().unwrap_or_default();
        run.model().set_learning_rate((self.0)(epoch, rate))
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_>, _epoch: usize, logs: &mut Logs) -> Result<()> {
        logs.insert("learning_rate", run.model().learning_rate().unwrap_or_default());
        Ok(())
    }
}
