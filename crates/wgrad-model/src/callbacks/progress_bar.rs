//! Progress on the standard output.

use super::{
    Callback, Run,
    progress::{Progress, Style},
};
use crate::{Logs, PendingLogs, Result};
use std::{
    io::{Stdout, stdout},
    task::Poll,
};

/// Shows progress as Keras does: a bar on a terminal, or one line for each epoch. [`crate::Fit::verbose`] adds it by itself. It reads the numbers
/// without waiting for the device.
#[derive(Debug)]
pub struct ProgressBar {
    style: Style,
    epoch: Option<Progress<Stdout>>,
    pending: Option<PendingLogs>,
    done: usize,
}

impl ProgressBar {
    /// A bar for each epoch.
    pub fn new() -> ProgressBar {
        ProgressBar::in_style(Style::Bar)
    }

    /// One line for each epoch.
    pub fn lines() -> ProgressBar {
        ProgressBar::in_style(Style::Lines)
    }

    fn in_style(style: Style) -> ProgressBar {
        ProgressBar { style, epoch: None, pending: None, done: 0 }
    }
}

impl Default for ProgressBar {
    fn default() -> Self {
        ProgressBar::new()
    }
}

impl Callback for ProgressBar {
    fn on_epoch_begin(&mut self, run: &mut Run<'_>, epoch: usize) -> Result<()> {
        self.epoch = Some(Progress::begin(stdout(), self.style, epoch + 1, run.epochs(), run.steps()));
        (self.pending, self.done) = (None, 0);
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_>, batch: usize) -> Result<()> {
        self.done = batch + 1;
        let Some(progress) = &mut self.epoch else { return Ok(()) };
        if self.pending.is_none() && progress.is_due() {
            self.pending = run.begin_logs();
        }
        if let Some(Poll::Ready(logs)) = self.pending.as_mut().map(PendingLogs::poll) {
            progress.draw(self.done, &logs?);
            self.pending = None;
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, _run: &mut Run<'_>, _epoch: usize, logs: &mut Logs) -> Result<()> {
        if let Some(progress) = self.epoch.take() {
            progress.end(self.done, logs);
        }
        Ok(())
    }
}
