//! Training over epochs.

use super::{
    data::Samples,
    evaluate::{check_batch_size, evaluate_rows},
    history::{History, Logs},
    permutation::permutation,
    program::Kind,
    progress::{Progress, Style},
    rows::all_rows,
    session::{PendingLogs, Session},
};
use crate::{Error, Model, Result};
use std::{
    io::{IsTerminal, Write, stdout},
    sync::Arc,
    task::Poll,
};
use wgrad_tensor::Tensor;

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
#[derive(Clone, Debug)]
pub struct Fit {
    epochs: usize,
    batch_size: usize,
    validation_split: f64,
    validation_data: Option<(Tensor, Tensor)>,
    shuffle: bool,
    seed: Option<u64>,
    verbose: Verbose,
}

impl Fit {
    /// Training over all data `epochs` times, with Keras' defaults for the rest.
    pub fn epochs(epochs: usize) -> Fit {
        Fit { epochs, batch_size: 32, validation_split: 0.0, validation_data: None, shuffle: true, seed: None, verbose: Verbose::Auto }
    }

    /// Samples of a step; 32 by default. The last batch of an epoch may be smaller.
    #[must_use]
    pub fn batch_size(self, batch_size: usize) -> Fit {
        Fit { batch_size, ..self }
    }

    /// The share of the data, its last part, that is not trained with but evaluated after each epoch.
    #[must_use]
    pub fn validation_split(self, validation_split: f64) -> Fit {
        Fit { validation_split, ..self }
    }

    /// Data that is evaluated after each epoch; `validation_split` then does not matter.
    #[must_use]
    pub fn validation_data(self, x: &Tensor, y: &Tensor) -> Fit {
        Fit { validation_data: Some((x.clone(), y.clone())), ..self }
    }

    /// Whether each epoch takes the samples in an order of its own; `true` by default.
    #[must_use]
    pub fn shuffle(self, shuffle: bool) -> Fit {
        Fit { shuffle, ..self }
    }

    /// The seed of the order and of dropout; that of the model by default.
    #[must_use]
    pub fn seed(self, seed: u64) -> Fit {
        Fit { seed: Some(seed), ..self }
    }

    /// How progress is shown: a [`Verbose`], or Keras' 0, 1 or 2.
    #[must_use]
    pub fn verbose(self, verbose: impl Into<Verbose>) -> Fit {
        Fit { verbose: verbose.into(), ..self }
    }

    fn style(&self) -> Style {
        match self.verbose {
            Verbose::Silent => Style::Silent,
            Verbose::Bar => Style::Bar,
            Verbose::Lines => Style::Lines,
            Verbose::Auto if stdout().is_terminal() => Style::Bar,
            Verbose::Auto => Style::Lines,
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
}

/// What is evaluated after each epoch.
struct Validation {
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
    /// A model that is not compiled; data that it does not take; settings that make no sense; those of the device.
    pub fn fit(&mut self, x: &Tensor, y: &Tensor, fit: Fit) -> Result<History> {
        check_batch_size(fit.batch_size)?;
        let samples = Samples::new(self, x, y)?;
        let n = samples.len();
        let train = fit.training_samples(n)?;
        let seed = fit.seed.unwrap_or(self.seed);
        self.compiled_mut()?.seed = Some(seed);
        let (mut session, mut validation) = self.sessions(samples, train, &fit)?;
        let mut history = History::default();
        for epoch in 1..=fit.epochs {
            let rows = if fit.shuffle { permutation(train, seed, self.compiled()?.epochs) } else { all_rows(train) };
            let mut progress = Progress::begin(stdout(), fit.style(), epoch, fit.epochs, train.div_ceil(fit.batch_size));
            let mut logs = self.epoch(&mut session, &rows, fit.batch_size, &mut progress)?;
            if let Some(Validation { session, rows }) = &mut validation {
                logs.extend("val_", &evaluate_rows(self, session, rows, fit.batch_size)?);
            }
            progress.end(&logs);
            history.push(logs);
        }
        Ok(history)
    }

    /// The sessions of training and validation, their data placed.
    fn sessions(&mut self, samples: Samples, train: usize, fit: &Fit) -> Result<(Session, Option<Validation>)> {
        let (n, label_shape) = (samples.len(), samples.label_shape.clone());
        let given = fit.validation_data.as_ref().map(|(x, y)| Samples::new(self, x, y)).transpose()?;
        let feed = Arc::new(samples.place(&self.device)?);
        let session = Session::new(self, Kind::Train, feed.clone(), &label_shape)?;
        let validation = match given {
            Some(samples) => {
                let (rows, label_shape) = (all_rows(samples.len()), samples.label_shape.clone());
                let feed = Arc::new(samples.place(&self.device)?);
                Some(Validation { session: Session::new(self, Kind::Evaluate, feed, &label_shape)?, rows })
            }
            // The last part of the same data, which is on the device already.
            None if train < n => {
                let rows = all_rows(n).split_off(train);
                Some(Validation { session: Session::new(self, Kind::Evaluate, feed, &label_shape)?, rows })
            }
            None => None,
        };
        Ok((session, validation))
    }

    /// One pass over `rows`.
    fn epoch<W: Write>(&mut self, session: &mut Session, rows: &[i32], batch_size: usize, progress: &mut Progress<W>) -> Result<Logs> {
        session.reset(self)?;
        let mut pending: Option<PendingLogs> = None;
        for (i, batch) in rows.chunks(batch_size).enumerate() {
            session.step(self, batch)?;
            if pending.is_none() && progress.is_due() {
                pending = session.begin_logs(self);
            }
            if let Some(Poll::Ready(logs)) = pending.as_mut().map(PendingLogs::poll) {
                progress.draw(i + 1, &logs?);
                pending = None;
            }
        }
        self.compiled_mut()?.epochs += 1;
        session.logs(self)
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
