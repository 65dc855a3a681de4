//! Loss and metrics of data.

use super::{data::Samples, history::Logs, program::Kind, rows::all_rows, session::Session};
use crate::{Arrays, Error, Model, Result};
use std::sync::Arc;

impl Model {
    /// Loss and metrics over all of `x` and `y`, in batches of 32 (Keras `evaluate`).
    ///
    /// # Errors
    /// A model that is not compiled; data that it does not take; those of the device.
    pub fn evaluate(&mut self, x: impl Into<Arrays>, y: impl Into<Arrays>) -> Result<Logs> {
        self.evaluate_with(x, y, 32)
    }

    /// [`Model::evaluate`] in batches of `batch_size`.
    ///
    /// # Errors
    /// As [`Model::evaluate`]; batches of no samples.
    pub fn evaluate_with(&mut self, x: impl Into<Arrays>, y: impl Into<Arrays>, batch_size: usize) -> Result<Logs> {
        self.evaluate_weighted(x, y, Arrays::default(), batch_size)
    }

    /// [`Model::evaluate_with`] where samples have weights.
    ///
    /// # Errors
    /// As [`Model::evaluate_with`]; weights that do not fit.
    pub fn evaluate_weighted(
        &mut self,
        x: impl Into<Arrays>,
        y: impl Into<Arrays>,
        sample_weight: impl Into<Arrays>,
        batch_size: usize,
    ) -> Result<Logs> {
        let samples = Samples::new(self, &x.into(), &y.into(), &sample_weight.into())?;
        let (rows, label_shapes) = (all_rows(samples.len()), samples.label_shapes.clone());
        let feed = Arc::new(samples.place(&self.device)?);
        let mut session = Session::new(self, Kind::Evaluate, feed, &label_shapes)?;
        evaluate_rows(self, &mut session, &rows, batch_size)
    }
}

/// Loss and metrics over some rows of a session's data.
pub(crate) fn evaluate_rows(model: &mut Model, session: &mut Session, rows: &[i32], batch_size: usize) -> Result<Logs> {
    check_batch_size(batch_size)?;
    session.reset(model)?;
    for batch in rows.chunks(batch_size) {
        session.step(model, batch)?;
    }
    session.logs(model)
}

pub(crate) fn check_batch_size(batch_size: usize) -> Result<()> {
    if batch_size == 0 { Err(Error::invalid("batch_size", "a batch has at least one sample, got 0")) } else { Ok(()) }
}
