//! Training over epochs.

use super::{
    backup::Backup,
    class_weight::class_weights,
    data::{Feed, Samples},
    evaluate::{check_batch_size, evaluate_rows},
    history::History,
    program::Kind,
    rows::all_rows,
    session::Session,
    source::Source,
};
use crate::{
    Arrays, Error, Model, Result,
    callbacks::{Callback, Callbacks, ProgressBar, Run},
};
use std::{
    io::{IsTerminal, stdout},
    sync::Arc,
};

/// How progress is shown, as Keras' `verbose`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbose {
    /// A bar on a terminal, else one line for each epoch.
    #[default]
    Auto,
    /// Nothing.
    Silent,
    /// A bar.
    Bar,
    /// One line for each epoch.
    Lines,
}

/// Keras' numbers: 0 is silent, 1 the default, 2 one line for each epoch.
impl From<u8> for Verbose {
    fn from(number: u8) -> Self {
        match number {
            0 => Verbose::Silent,
            1 => Verbose::Auto,
            _ => Verbose::Lines,
        }
    }
}

/// The settings of [`Model::fit`]: `Fit::epochs(5).batch_size(32).validation_split(0.2)`.
#[derive(Debug)]
pub struct Fit<'c> {
    epochs: usize,
    initial_epoch: usize,
    batch_size: usize,
    steps_per_epoch: Option<usize>,
    sample_weight: Arrays,
    class_weight: Vec<(i32, f64)>,
    validation_split: f64,
    validation_data: Option<(Arrays, Arrays, Arrays)>,
    validation_batch_size: Option<usize>,
    validation_freq: usize,
    shuffle: bool,
    seed: Option<u64>,
    verbose: Verbose,
    callbacks: Callbacks<'c>,
}

impl<'c> Fit<'c> {
    /// Training over all data `epochs` times, with Keras' defaults for the rest.
    pub fn epochs(epochs: usize) -> Fit<'c> {
        Fit {
            epochs,
            initial_epoch: 0,
            batch_size: 32,
            steps_per_epoch: None,
            sample_weight: Arrays::default(),
            class_weight: Vec::new(),
            validation_split: 0.0,
            validation_data: None,
            validation_batch_size: None,
            validation_freq: 1,
            shuffle: true,
            seed: None,
            verbose: Verbose::Auto,
            callbacks: Callbacks::default(),
        }
    }

    /// Samples of a step; 32 by default. The last batch of an epoch may be smaller.
    #[must_use]
    pub fn batch_size(self, batch_size: usize) -> Self {
        Fit { batch_size, ..self }
    }

    /// The number of the first epoch, from 0 on: training goes on as if the epochs before were done; `epochs` is the number of the last.
    #[must_use]
    pub fn initial_epoch(self, initial_epoch: usize) -> Self {
        Fit { initial_epoch, ..self }
    }

    /// Steps of an epoch; by default as many as there are batches. Where the data runs out it begins again.
    #[must_use]
    pub fn steps_per_epoch(self, steps: usize) -> Self {
        Fit { steps_per_epoch: Some(steps), ..self }
    }

    /// Weights of the samples (or of their positions) in the loss and in weighted metrics; for several outputs one for each.
    #[must_use]
    pub fn sample_weight(self, weight: impl Into<Arrays>) -> Self {
        Fit { sample_weight: weight.into(), ..self }
    }

    /// Weights of classes: each sample counts as its class does, those that are not named 1.
    #[must_use]
    pub fn class_weight(self, weights: impl IntoIterator<Item = (i32, f64)>) -> Self {
        Fit { class_weight: weights.into_iter().collect(), ..self }
    }

    /// The share of the data, its last part, that is not trained with but evaluated after each epoch.
    #[must_use]
    pub fn validation_split(self, validation_split: f64) -> Self {
        Fit { validation_split, ..self }
    }

    /// Data that is evaluated after each epoch; `validation_split` then does not matter.
    #[must_use]
    pub fn validation_data(self, x: impl Into<Arrays>, y: impl Into<Arrays>) -> Self {
        Fit { validation_data: Some((x.into(), y.into(), Arrays::default())), ..self }
    }

    /// [`Fit::validation_data`] where samples have weights.
    #[must_use]
    pub fn weighted_validation_data(self, x: impl Into<Arrays>, y: impl Into<Arrays>, sample_weight: impl Into<Arrays>) -> Self {
        Fit { validation_data: Some((x.into(), y.into(), sample_weight.into())), ..self }
    }

    /// Samples of a step of validation; `batch_size` by default.
    #[must_use]
    pub fn validation_batch_size(self, batch_size: usize) -> Self {
        Fit { validation_batch_size: Some(batch_size), ..self }
    }

    /// Evaluates after every so many epochs only; 1 by default.
    #[must_use]
    pub fn validation_freq(self, epochs: usize) -> Self {
        Fit { validation_freq: epochs, ..self }
    }

    /// Whether each epoch takes the samples in an order of its own; `true` by default.
    #[must_use]
    pub fn shuffle(self, shuffle: bool) -> Self {
        Fit { shuffle, ..self }
    }

    /// The seed of the order and of dropout; that of the model by default.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Fit { seed: Some(seed), ..self }
    }

    /// How progress is shown: a [`Verbose`], or Keras' 0, 1 or 2.
    #[must_use]
    pub fn verbose(self, verbose: impl Into<Verbose>) -> Self {
        Fit { verbose: verbose.into(), ..self }
    }

    /// Looks on with `callback`, or with `&mut callback` where it is wanted afterwards. Callbacks are called in the order in which they were added.
    #[must_use]
    pub fn callback(mut self, callback: impl Callback + 'c) -> Self {
        self.callbacks.0.push(Box::new(callback));
        self
    }

    /// What shows progress, where anything does.
    fn progress_bar(&self) -> Option<ProgressBar> {
        match self.verbose {
            Verbose::Silent => None,
            Verbose::Bar => Some(ProgressBar::new()),
            Verbose::Lines => Some(ProgressBar::lines()),
            Verbose::Auto if stdout().is_terminal() => Some(ProgressBar::new()),
            Verbose::Auto => Some(ProgressBar::lines()),
        }
    }

    /// The number of samples to train with, of `n`.
    fn training_samples(&self, n: usize) -> Result<usize> {
        if !(0.0..1.0).contains(&self.validation_split) {
            let rule = format!("the share must be at least 0 and less than 1, got {}", self.validation_split);
            return Err(Error::invalid("validation_split", rule));
        }
        let split = if self.validation_data.is_some() { 0.0 } else { self.validation_split };
        let train = (n as f64 * (1.0 - split)).floor() as usize;
        if train == 0 {
            return Err(Error::invalid("validation_split", format!("{split} of {n} samples leaves none to train with")));
        }
        Ok(train)
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_batch_size(self.batch_size)?;
        self.validation_batch_size.map_or(Ok(()), check_batch_size)?;
        let positive = [("steps_per_epoch", self.steps_per_epoch), ("validation_freq", Some(self.validation_freq))];
        let zero = positive.into_iter().find(|(_, number)| *number == Some(0));
        zero.map_or(Ok(()), |(name, _)| Err(Error::invalid(name, "it must be at least 1, got 0")))
    }

    /// [`Fit::check`], and that nothing is asked for that batches which come one by one cannot have.
    pub(crate) fn check_for_batches(&self) -> Result<()> {
        self.check()?;
        let of_arrays = [
            ("validation_split", self.validation_split != 0.0, "their number is not known; give validation_data"),
            ("sample_weight", !self.sample_weight.is_empty(), "each has weights of its own; give (x, y, sample_weight)"),
            ("class_weight", !self.class_weight.is_empty(), "each has weights of its own; give (x, y, sample_weight)"),
        ];
        let given = of_arrays.into_iter().find(|(_, given, _)| *given);
        given.map_or(Ok(()), |(name, _, why)| Err(Error::invalid(name, format!("it is for arrays, not for batches: {why}"))))
    }
}

/// What is evaluated after each epoch.
pub(crate) struct Validation {
    session: Session,
    rows: Vec<i32>,
}

impl Model {
    /// Trains the model on inputs `x` and labels `y`, both batch first, and tells loss and metrics of each epoch (Keras `fit`).
    ///
    /// Loss and metrics are averages over the epoch, taken as training goes on; those of validation data have `val_` before their
    /// names. Nothing waits for the device inside an epoch.
    ///
    /// # Errors
    /// A model that is not compiled; data that it does not take; settings that make no sense; those of the device and of callbacks.
    pub fn fit(&mut self, x: impl Into<Arrays>, y: impl Into<Arrays>, fit: Fit<'_>) -> Result<History> {
        fit.check()?;
        let y = y.into();
        let weights = class_weights(&fit.class_weight, &y, &fit.sample_weight)?;
        let samples = Samples::new(self, &x.into(), &y, &weights)?;
        let (n, label_shapes) = (samples.len(), samples.label_shapes.clone());
        let train = fit.training_samples(n)?;
        let mut validation = self.given_validation(&fit)?;
        let feed = Arc::new(samples.place(&self.device)?);
        let session = Session::new(self, Kind::Train, feed.clone(), &label_shapes)?;
        if train < n {
            // The last part of the same data, which is on the device already.
            let rows = all_rows(n).split_off(train);
            validation = Some(Validation { session: Session::new(self, Kind::Evaluate, feed, &label_shapes)?, rows });
        }
        let shuffle = fit.shuffle.then(|| fit.seed.unwrap_or(self.seed));
        self.train(session, Source::rows(train, fit.batch_size, shuffle), validation, fit)
    }

    /// The validation data of its own, placed.
    pub(crate) fn given_validation(&mut self, fit: &Fit<'_>) -> Result<Option<Validation>> {
        let Some((x, y, weight)) = &fit.validation_data else { return Ok(None) };
        let samples = Samples::new(self, x, y, weight)?;
        let (rows, label_shapes) = (all_rows(samples.len()), samples.label_shapes.clone());
        let feed: Arc<Feed> = Arc::new(samples.place(&self.device)?);
        Ok(Some(Validation { session: Session::new(self, Kind::Evaluate, feed, &label_shapes)?, rows }))
    }

    /// All epochs.
    pub(crate) fn train(
        &mut self,
        mut session: Session,
        mut source: Source<'_>,
        mut validation: Option<Validation>,
        mut fit: Fit<'_>,
    ) -> Result<History> {
        self.compiled_mut()?.seed = Some(fit.seed.unwrap_or(self.seed));
        let steps = fit.steps_per_epoch.or(source.steps());
        // Last, so that it shows what the others add to the logs.
        let progress_bar = fit.progress_bar();
        fit.callbacks.0.extend(progress_bar.map(|bar| Box::new(bar) as Box<dyn Callback>));
        let (mut callbacks, mut history) = (std::mem::take(&mut fit.callbacks), History::default());
        let (mut stop, mut epoch) = (false, fit.initial_epoch);
        macro_rules! run {
            ($session:expr) => {
                &mut Run { model: &mut *self, session: $session, epochs: fit.epochs, steps, stop: &mut stop }
            };
        }
        callbacks.each(run!(None), |callback, run| callback.on_train_begin(run))?;
        let backup_file = callbacks.backup_file();
        if let Some(path) = backup_file.as_deref().filter(|path| path.exists()) {
            let backup = Backup::read(self, path)?;
            (epoch, stop) = (epoch.max(backup.epochs), backup.stopped);
            if epoch < fit.epochs {
                let most = backup.epochs.saturating_mul(fit.steps_per_epoch.unwrap_or(0).saturating_add(1));
                source.resume(backup.position, most, self)?;
            }
            callbacks.restore(backup.callbacks);
        }
        while epoch < fit.epochs && !stop {
            callbacks.each(run!(None), |callback, run| callback.on_epoch_begin(run, epoch))?;
            session.reset(self)?;
            let mut step = 0;
            while fit.steps_per_epoch.is_none_or(|steps| step < steps) && !stop {
                callbacks.each(run!(Some(&session)), |callback, run| callback.on_batch_begin(run, step))?;
                if !source.step(self, &mut session, fit.steps_per_epoch.is_some())? {
                    break;
                }
                step += 1;
                callbacks.each(run!(Some(&session)), |callback, run| callback.on_batch_end(run, step - 1))?;
            }
            let mut logs = session.logs(self)?;
            if let Some(Validation { session, rows }) = &mut validation
                && (epoch + 1).is_multiple_of(fit.validation_freq)
            {
                logs.extend("val_", &evaluate_rows(self, session, rows, fit.validation_batch_size.unwrap_or(fit.batch_size))?);
            }
            callbacks.each(run!(None), |callback, run| callback.on_epoch_end(run, epoch, &mut logs))?;
            history.push(logs);
            epoch += 1;
            if let Some(path) = &backup_file {
                Backup { epochs: epoch, stopped: stop, position: source.position(), callbacks: callbacks.states() }.write(self, path)?;
            }
        }
        if fit.epochs > 0 {
            self.finalize_weights()?;
        }
        callbacks.each(run!(None), |callback, run| callback.on_train_end(run))?;
        Ok(history)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_validates() {
        assert_eq!(Fit::epochs(1).validation_split(0.2).training_samples(1000).unwrap(), 800);
        assert_eq!(Fit::epochs(1).training_samples(7).unwrap(), 7);
        assert!(Fit::epochs(1).validation_split(1.0).training_samples(10).unwrap_err().to_string().contains("less than 1"));
        assert!(Fit::epochs(1).validation_split(0.9).training_samples(1).unwrap_err().to_string().contains("leaves none"));
    }
}
