//! What looks on while a model trains, and may step in.

use super::CallbackState;
use crate::{Logs, Model, PendingLogs, Result, train::session::Session};
use std::path::PathBuf;

/// Looks on while [`Model::fit`] trains (Keras `Callback`). Every method does nothing by default; an error ends the training.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{Callback, Fit, Logs, Result, Run, Sequential, layers::Dense};
/// use wgrad_tensor::Tensor;
///
/// /// Stops as soon as the loss is small.
/// struct GoodEnough(f64);
///
/// impl Callback for GoodEnough {
///     fn on_epoch_end(&mut self, run: &mut Run<'_>, _epoch: usize, logs: &mut Logs) -> Result<()> {
///         if logs.loss() < self.0 {
///             run.stop_training();
///         }
///         Ok(())
///     }
/// }
///
/// let mut model = Sequential::new([Dense::new(1).into()]).input_shape([1]).compile("adam", "mse", ())?;
/// let (x, y) = (Tensor::zeros([4, 1]), Tensor::zeros([4, 1]));
/// let history = model.fit(&x, &y, Fit::epochs(100).verbose(0).callback(GoodEnough(0.1)))?;
/// assert_eq!(history.epochs().len(), 1);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
pub trait Callback {
    /// Before the first epoch.
    ///
    /// # Errors
    /// What the callback finds; the training ends.
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        let _ = run;
        Ok(())
    }

    /// Before epoch number `epoch`, which counts from 0 on as in Keras.
    ///
    /// # Errors
    /// As [`Callback::on_train_begin`].
    fn on_epoch_begin(&mut self, run: &mut Run<'_>, epoch: usize) -> Result<()> {
        let _ = (run, epoch);
        Ok(())
    }

    /// Before step number `batch` of the epoch, from 0 on.
    ///
    /// # Errors
    /// As [`Callback::on_train_begin`].
    fn on_batch_begin(&mut self, run: &mut Run<'_>, batch: usize) -> Result<()> {
        let _ = (run, batch);
        Ok(())
    }

    /// After step number `batch` of the epoch was given to the device. [`Run::logs`] waits for it; who does not ask does not wait.
    ///
    /// # Errors
    /// As [`Callback::on_train_begin`].
    fn on_batch_end(&mut self, run: &mut Run<'_>, batch: usize) -> Result<()> {
        let _ = (run, batch);
        Ok(())
    }

    /// After an epoch and its validation. What is added to `logs` comes into the history.
    ///
    /// # Errors
    /// As [`Callback::on_train_begin`].
    fn on_epoch_end(&mut self, run: &mut Run<'_>, epoch: usize, logs: &mut Logs) -> Result<()> {
        let _ = (run, epoch, logs);
        Ok(())
    }

    /// After the last epoch.
    ///
    /// # Errors
    /// As [`Callback::on_train_begin`].
    fn on_train_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        let _ = run;
        Ok(())
    }

    /// The file to which the whole training is written after each epoch, and from which it goes on where the file is there ([`super::BackupAndRestore`]).
    fn backup_file(&self) -> Option<PathBuf> {
        None
    }

    /// What the callback must remember over an interruption, after [`Callback::on_epoch_end`] of all callbacks; nothing by default.
    fn state(&self) -> CallbackState {
        CallbackState::default()
    }

    /// Goes on from its state in a backup, after [`Callback::on_train_begin`] of all callbacks.
    fn restore(&mut self, state: CallbackState) {
        let _ = state;
    }
}

/// A callback that the caller keeps, to look at it afterwards.
impl<C: Callback + ?Sized> Callback for &mut C {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        (**self).on_train_begin(run)
    }
    fn on_epoch_begin(&mut self, run: &mut Run<'_>, epoch: usize) -> Result<()> {
        (**self).on_epoch_begin(run, epoch)
    }
    fn on_batch_begin(&mut self, run: &mut Run<'_>, batch: usize) -> Result<()> {
        (**self).on_batch_begin(run, batch)
    }
    fn on_batch_end(&mut self, run: &mut Run<'_>, batch: usize) -> Result<()> {
        (**self).on_batch_end(run, batch)
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, epoch: usize, logs: &mut Logs) -> Result<()> {
        (**self).on_epoch_end(run, epoch, logs)
    }
    fn on_train_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        (**self).on_train_end(run)
    }
    fn backup_file(&self) -> Option<PathBuf> {
        (**self).backup_file()
    }
    fn state(&self) -> CallbackState {
        (**self).state()
    }
    fn restore(&mut self, state: CallbackState) {
        (**self).restore(state)
    }
}

/// The training that a callback looks at.
#[derive(Debug)]
pub struct Run<'a> {
    pub(crate) model: &'a mut Model,
    pub(crate) session: Option<&'a Session>,
    pub(crate) epochs: usize,
    /// Steps of an epoch, where that is known.
    pub(crate) steps: Option<usize>,
    pub(crate) stop: &'a mut bool,
}

impl Run<'_> {
    /// The model: its weights and its learning rate may be read and changed.
    pub fn model(&mut self) -> &mut Model {
        self.model
    }

    /// Ends the training after this step.
    pub fn stop_training(&mut self) {
        *self.stop = true;
    }

    /// The number of epochs that the training is to have.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// The number of steps of an epoch, where it is known.
    pub fn steps(&self) -> Option<usize> {
        self.steps
    }

    /// Starts to read loss and metrics of the epoch so far, without waiting for the device; `None` outside of an epoch's steps.
    pub fn begin_logs(&self) -> Option<PendingLogs> {
        self.session.and_then(|session| session.begin_logs(self.model))
    }

    /// Loss and metrics of the epoch so far; waits for the device.
    ///
    /// # Errors
    /// Those of the device.
    pub fn logs(&self) -> Result<Logs> {
        self.session.map_or_else(|| Ok(Logs::default()), |session| session.logs(self.model))
    }
}

/// The callbacks of a training, called one after the other.
#[derive(Default)]
pub(crate) struct Callbacks<'c>(pub(crate) Vec<Box<dyn Callback + 'c>>);

impl Callbacks<'_> {
    pub(crate) fn each(&mut self, run: &mut Run<'_>, mut call: impl FnMut(&mut dyn Callback, &mut Run<'_>) -> Result<()>) -> Result<()> {
        self.0.iter_mut().try_for_each(|callback| call(&mut **callback, run))
    }

    /// The file of the first callback that wants the training written.
    pub(crate) fn backup_file(&self) -> Option<PathBuf> {
        self.0.iter().find_map(|callback| callback.backup_file())
    }

    pub(crate) fn states(&self) -> Vec<CallbackState> {
        self.0.iter().map(|callback| callback.state()).collect()
    }

    pub(crate) fn restore(&mut self, states: Vec<CallbackState>) {
        self.0.iter_mut().zip(states).for_each(|(callback, state)| callback.restore(state));
    }
}

impl std::fmt::Debug for Callbacks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} callbacks", self.0.len())
    }
}
