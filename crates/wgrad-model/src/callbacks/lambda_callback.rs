//! Callbacks out of closures.

use super::{Callback, Run};
use crate::{Logs, Result};
use std::fmt;

type OnTrain<'c> = Box<dyn FnMut(&mut Run<'_>) -> Result<()> + 'c>;
type OnStep<'c> = Box<dyn FnMut(&mut Run<'_>, usize) -> Result<()> + 'c>;
type OnEpochEnd<'c> = Box<dyn FnMut(&mut Run<'_>, usize, &mut Logs) -> Result<()> + 'c>;

/// A callback out of closures (Keras `LambdaCallback`):
/// `LambdaCallback::new().on_epoch_end(|run, epoch, logs| { ...; Ok(()) })`.
#[derive(Default)]
pub struct LambdaCallback<'c> {
    train_begin: Option<OnTrain<'c>>,
    train_end: Option<OnTrain<'c>>,
    epoch_begin: Option<OnStep<'c>>,
    epoch_end: Option<OnEpochEnd<'c>>,
    batch_begin: Option<OnStep<'c>>,
    batch_end: Option<OnStep<'c>>,
}

impl fmt::Debug for LambdaCallback<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LambdaCallback")
    }
}

impl<'c> LambdaCallback<'c> {
    /// Does nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// See [`Callback::on_train_begin`].
    #[must_use]
    pub fn on_train_begin(self, call: impl FnMut(&mut Run<'_>) -> Result<()> + 'c) -> Self {
        LambdaCallback { train_begin: Some(Box::new(call)), ..self }
    }

    /// See [`Callback::on_train_end`].
    #[must_use]
    pub fn on_train_end(self, call: impl FnMut(&mut Run<'_>) -> Result<()> + 'c) -> Self {
        LambdaCallback { train_end: Some(Box::new(call)), ..self }
    }

    /// See [`Callback::on_epoch_begin`].
    #[must_use]
    pub fn on_epoch_begin(self, call: impl FnMut(&mut Run<'_>, usize) -> Result<()> + 'c) -> Self {
        LambdaCallback { epoch_begin: Some(Box::new(call)), ..self }
    }

    /// See [`Callback::on_epoch_end`].
    #[must_use]
    pub fn on_epoch_end(self, call: impl FnMut(&mut Run<'_>, usize, &mut Logs) -> Result<()> + 'c) -> Self {
        LambdaCallback { epoch_end: Some(Box::new(call)), ..self }
    }

    /// See [`Callback::on_batch_begin`].
    #[must_use]
    pub fn on_batch_begin(self, call: impl FnMut(&mut Run<'_>, usize) -> Result<()> + 'c) -> Self {
        LambdaCallback { batch_begin: Some(Box::new(call)), ..self }
    }

    /// See [`Callback::on_batch_end`].
    #[must_use]
    pub fn on_batch_end(self, call: impl FnMut(&mut Run<'_>, usize) -> Result<()> + 'c) -> Self {
        LambdaCallback { batch_end: Some(Box::new(call)), ..self }
    }
}

impl Callback for LambdaCallback<'_> {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        self.train_begin.as_mut().map_or(Ok(()), |call| call(run))
    }
    fn on_train_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        self.train_end.as_mut().map_or(Ok(()), |call| call(run))
    }
    fn on_epoch_begin(&mut self, run: &mut Run<'_>, epoch: usize) -> Result<()> {
        self.epoch_begin.as_mut().map_or(Ok(()), |call| call(run, epoch))
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, epoch: usize, logs: &mut Logs) -> Result<()> {
        self.epoch_end.as_mut().map_or(Ok(()), |call| call(run, epoch, logs))
    }
    fn on_batch_begin(&mut self, run: &mut Run<'_>, batch: usize) -> Result<()> {
        self.batch_begin.as_mut().map_or(Ok(()), |call| call(run, batch))
    }
    fn on_batch_end(&mut self, run: &mut Run<'_>, batch: usize) -> Result<()> {
        self.batch_end.as_mut().map_or(Ok(()), |call| call(run, batch))
    }
}
