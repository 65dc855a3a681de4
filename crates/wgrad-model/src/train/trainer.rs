//! Training step by step, for loops of one's own and for measurements.

use super::{
    batch::Batch,
    data::{Feed, Samples},
    history::Logs,
    memory::StepMemory,
    program::Kind,
    rows::all_rows,
    session::Session,
};
use crate::{Arrays, Model, Result};
use std::sync::Arc;
use wgrad_tensor::{Program, device::Stats};

/// Trains a model step by step over data that stays on the device where it fits.
#[derive(Debug)]
pub struct Trainer<'a> {
    model: &'a mut Model,
    session: Session,
}

impl Model {
    /// Training over `x` and `y` with batches of the caller's choice.
    ///
    /// # Errors
    /// A model that is not compiled; data that it does not take.
    pub fn trainer(&mut self, x: impl Into<Arrays>, y: impl Into<Arrays>) -> Result<Trainer<'_>> {
        let samples = Samples::new(self, &x.into(), &y.into(), &Arrays::default())?;
        let label_shapes = samples.label_shapes.clone();
        let feed = Arc::new(samples.place(&self.device)?);
        let session = Session::new(self, Kind::Train, feed, &label_shapes)?;
        Ok(Trainer { model: self, session })
    }

    /// One training step over one batch; loss and metrics are those of this batch before the step (Keras `train_on_batch`).
    ///
    /// # Errors
    /// A model that is not compiled; data that it does not take; those of the device.
    pub fn train_on_batch(&mut self, x: impl Into<Arrays>, y: impl Into<Arrays>) -> Result<Logs> {
        self.on_batch(Kind::Train, &Batch::new(x, y))
    }

    /// Loss and metrics of one batch (Keras `test_on_batch`).
    ///
    /// # Errors
    /// As [`Model::train_on_batch`].
    pub fn test_on_batch(&mut self, x: impl Into<Arrays>, y: impl Into<Arrays>) -> Result<Logs> {
        self.on_batch(Kind::Evaluate, &Batch::new(x, y))
    }

    /// [`Model::train_on_batch`] where samples have weights.
    ///
    /// # Errors
    /// As [`Model::train_on_batch`]; weights that do not fit.
    pub fn train_on_weighted_batch(&mut self, batch: &Batch) -> Result<Logs> {
        self.on_batch(Kind::Train, batch)
    }

    /// [`Model::test_on_batch`] where samples have weights.
    ///
    /// # Errors
    /// As [`Model::train_on_weighted_batch`].
    pub fn test_on_weighted_batch(&mut self, batch: &Batch) -> Result<Logs> {
        self.on_batch(Kind::Evaluate, batch)
    }

    fn on_batch(&mut self, kind: Kind, batch: &Batch) -> Result<Logs> {
        let samples = Samples::new(self, &batch.x, &batch.y, &batch.sample_weight)?;
        let rows = all_rows(samples.len());
        let Samples { columns, label_shapes } = samples;
        let mut session = Session::new(self, kind, Arc::new(Feed::Host(columns)), &label_shapes)?;
        session.step(self, &rows)?;
        session.logs(self)
    }
}

impl Trainer<'_> {
    /// Compiles the step for batches of `batch` rows without running it, and tells what it costs: `peak_bytes` is the device memory
    /// that training needs.
    ///
    /// # Errors
    /// Those of the device, for example too large a model.
    pub fn prepare(&mut self, batch: usize) -> Result<Stats> {
        Ok(self.session.program(self.model, batch)?.executable.stats().clone())
    }

    /// What a step with batches of `batch` rows needs of the device's memory; compiles it without running it.
    ///
    /// # Errors
    /// As [`Trainer::prepare`]: where the device says that it has less, [`wgrad_tensor::Error::OutOfMemory`] with both numbers.
    pub fn memory(&mut self, batch: usize) -> Result<StepMemory> {
        Ok(self.session.program(self.model, batch)?.memory)
    }

    /// The program of a step for batches of `batch` rows, to look at: it prints one line for each operation.
    ///
    /// # Errors
    /// The error of a layer that cannot be applied.
    pub fn program(&self, batch: usize) -> Result<Program> {
        self.session.traced(self.model, batch)
    }

    /// One step over the rows of the data with these numbers. Returns without waiting for the device.
    ///
    /// # Errors
    /// A row that there is not; those of the device.
    pub fn step(&mut self, rows: &[i32]) -> Result<()> {
        self.session.step(self.model, rows)
    }

    /// Loss and metrics since the last reset; waits for the device.
    ///
    /// # Errors
    /// Those of the device.
    pub fn logs(&self) -> Result<Logs> {
        self.session.logs(self.model)
    }

    /// Starts loss and metrics anew.
    ///
    /// # Errors
    /// Those of the device.
    pub fn reset(&mut self) -> Result<()> {
        self.session.reset(self.model)
    }

    /// The model, for example to change its learning rate.
    pub fn model(&mut self) -> &mut Model {
        self.model
    }
}
