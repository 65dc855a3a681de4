//! Stopping when the loss is no number any more.

use super::{Callback, Run};
use crate::Result;

/// Stops training as soon as the loss is NaN or infinite (Keras `TerminateOnNaN`). To know that it waits for the device after every step, or after
/// every so many of them: `TerminateOnNaN::new().every(100)`.
#[derive(Clone, Copy, Debug)]
pub struct TerminateOnNaN {
    every: usize,
}

impl Default for TerminateOnNaN {
    fn default() -> Self {
        TerminateOnNaN::new()
    }
}

impl TerminateOnNaN {
    /// Looks after every step.
    pub fn new() -> TerminateOnNaN {
        TerminateOnNaN { every: 1 }
    }

    /// Looks after every so many steps, at least 1.
    #[must_use]
    pub fn every(self, steps: usize) -> TerminateOnNaN {
        TerminateOnNaN { every: steps.max(1) }
    }
}

impl Callback for TerminateOnNaN {
    fn on_batch_end(&mut self, run: &mut Run<'_>, batch: usize) -> Result<()> {
        if (batch + 1).is_multiple_of(self.every) && !run.logs()?.loss().is_finite() {
            eprintln!("Batch {batch}: invalid loss, terminating training");
            run.stop_training();
        }
        Ok(())
    }
}
