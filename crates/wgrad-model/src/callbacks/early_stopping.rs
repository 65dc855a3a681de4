//! Stopping when nothing gets better.

use super::{Callback, CallbackState, Mode, Run, monitor::Monitor};
use crate::{Logs, Result};
use wgrad_tensor::HostTensor;

/// Stops when the monitored number has not improved for `patience` epochs (Keras `EarlyStopping`):
/// `EarlyStopping::new().monitor("val_accuracy").patience(3).restore_best_weights(true)`.
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    monitor: Monitor,
    patience: usize,
    baseline: Option<f64>,
    restore_best_weights: bool,
    start_from_epoch: usize,
    verbose: bool,
    waited: usize,
    stopped_epoch: Option<usize>,
    best_epoch: usize,
    best_weights: Option<Vec<(String, HostTensor)>>,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        EarlyStopping::new()
    }
}

impl EarlyStopping {
    /// Watches `val_loss`, without patience.
    pub fn new() -> EarlyStopping {
        EarlyStopping {
            monitor: Monitor::new("EarlyStopping", "val_loss"),
            patience: 0,
            baseline: None,
            restore_best_weights: false,
            start_from_epoch: 0,
            verbose: false,
            waited: 0,
            stopped_epoch: None,
            best_epoch: 0,
            best_weights: None,
        }
    }

    /// The number to watch; `val_loss` by default.
    #[must_use]
    pub fn monitor(mut self, name: &str) -> Self {
        self.monitor.name = name.into();
        self
    }

    /// The least change that counts as an improvement; 0 by default.
    #[must_use]
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        self.monitor.min_delta = min_delta;
        self
    }

    /// Epochs without improvement before training stops; 0 by default.
    #[must_use]
    pub fn patience(self, patience: usize) -> Self {
        EarlyStopping { patience, ..self }
    }

    /// Which way the number gets better.
    #[must_use]
    pub fn mode(mut self, mode: impl Into<Mode>) -> Self {
        self.monitor.mode = mode.into();
        self
    }

    /// A value that must be bettered for an epoch to count as an improvement.
    #[must_use]
    pub fn baseline(self, baseline: f64) -> Self {
        EarlyStopping { baseline: Some(baseline), ..self }
    }

    /// Whether the weights of the best epoch come back when training ends.
    #[must_use]
    pub fn restore_best_weights(self, restore_best_weights: bool) -> Self {
        EarlyStopping { restore_best_weights, ..self }
    }

    /// The epoch from which on the number is watched; 0 by default.
    #[must_use]
    pub fn start_from_epoch(self, start_from_epoch: usize) -> Self {
        EarlyStopping { start_from_epoch, ..self }
    }

    /// Whether it says on the standard error output why it stopped.
    #[must_use]
    pub fn verbose(self, verbose: bool) -> Self {
        EarlyStopping { verbose, ..self }
    }

    /// The epoch (from 0 on) after which it stopped training, where it did.
    pub fn stopped_epoch(&self) -> Option<usize> {
        self.stopped_epoch
    }

    /// The epoch of the best value.
    pub fn best_epoch(&self) -> usize {
        self.best_epoch
    }
}

impl Callback for EarlyStopping {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        (self.waited, self.stopped_epoch, self.best_epoch, self.best_weights, self.monitor.best) = (0, None, 0, None, None);
        self.monitor.begin(run.model())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_>, epoch: usize, logs: &mut Logs) -> Result<()> {
        let Some(value) = self.monitor.value(logs)?.filter(|_| epoch >= self.start_from_epoch) else { return Ok(()) };
        if self.restore_best_weights && self.best_weights.is_none() {
            // Weights to go back to, should no value ever be a number.
            (self.best_weights, self.best_epoch) = (Some(run.model().weights()?), epoch);
        }
        self.waited += 1;
        if self.monitor.improved(value) {
            self.best_epoch = epoch;
            if self.restore_best_weights {
                self.best_weights = Some(run.model().weights()?);
            }
            // Patience begins anew only where the baseline is bettered, too.
            if self.baseline.is_none_or(|baseline| self.monitor.is_better(value, baseline)) {
                self.waited = 0;
            }
            return Ok(());
        }
        if self.waited >= self.patience && epoch > 0 {
            self.stopped_epoch = Some(epoch);
            run.stop_training();
        }
        Ok(())
    }

    fn on_train_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        if let (true, Some(epoch)) = (self.verbose, self.stopped_epoch) {
            eprintln!("Epoch {}: early stopping", epoch + 1);
        }
        match self.best_weights.take() {
            Some(weights) => run.model().set_weights(weights),
            None => Ok(()),
        }
    }

    fn state(&self) -> CallbackState {
        let mut state = self.monitor.state().with("waited", self.waited).with("best_epoch", self.best_epoch);
        state.tensors = self.best_weights.clone().unwrap_or_default();
        state.with_some("stopped_epoch", self.stopped_epoch)
    }

    fn restore(&mut self, state: CallbackState) {
        self.monitor.restore(&state);
        (self.waited, self.best_epoch) = (state.get("waited").unwrap_or(0), state.get("best_epoch").unwrap_or(0));
        self.stopped_epoch = state.get("stopped_epoch");
        self.best_weights = Some(state.tensors).filter(|weights| !weights.is_empty());
    }
}
