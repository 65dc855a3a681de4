//! Saving the model as it trains.

use super::{Callback, CallbackState, Mode, Run, monitor::Monitor};
use crate::{Error, Logs, Result, error::UnknownName};
use std::path::PathBuf;

/// When a model is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveFreq {
    /// After each epoch.
    Epoch,
    /// After every so many steps, over all epochs.
    Steps(usize),
}

/// Saves the model after each epoch, or only where it is the best so far (Keras `ModelCheckpoint`):
/// `ModelCheckpoint::new("best.safetensors").monitor("val_accuracy").save_best_only(true)`.
///
/// The path may hold numbers of the logs and the epoch (from 1 on), as `weights-{epoch:02d}-{val_loss:.3f}.safetensors`. What is saved is a checkpoint
/// ([`crate::Model::load_checkpoint`]), or the weights alone ([`crate::Model::load_weights`]).
#[derive(Clone, Debug)]
pub struct ModelCheckpoint {
    path: String,
    monitor: Monitor,
    save_best_only: bool,
    save_weights_only: bool,
    save_freq: SaveFreq,
    steps: usize,
    epoch: usize,
    last_path: Option<PathBuf>,
}

impl ModelCheckpoint {
    /// To the file `path`, after each epoch.
    pub fn new(path: impl Into<String>) -> ModelCheckpoint {
        ModelCheckpoint {
            path: path.into(),
            monitor: Monitor::new("ModelCheckpoint", "val_loss"),
            save_best_only: false,
            save_weights_only: false,
            save_freq: SaveFreq::Epoch,
            steps: 0,
            epoch: 0,
            last_path: None,
        }
    }

    /// The number that tells the best; `val_loss` by default.
    #[must_use]
    pub fn monitor(mut self, name: &str) -> Self {
        self.monitor.name = name.into();
        self
    }

    /// Which way the number gets better.
    #[must_use]
    pub fn mode(mut self, mode: impl Into<Mode>) -> Self {
        self.monitor.mode = mode.into();
        self
    }

    /// Whether only a model that is better than all before is saved.
    #[must_use]
    pub fn save_best_only(self, save_best_only: bool) -> Self {
        ModelCheckpoint { save_best_only, ..self }
    }

    /// Whether only the weights are saved.
    #[must_use]
    pub fn save_weights_only(self, save_weights_only: bool) -> Self {
        ModelCheckpoint { save_weights_only, ..self }
    }

    /// When to save; after each epoch by default.
    #[must_use]
    pub fn save_freq(self, save_freq: SaveFreq) -> Self {
        ModelCheckpoint { save_freq, ..self }
    }

    /// A value that the first model to be saved must better.
    #[must_use]
    pub fn initial_value_threshold(mut self, value: f64) -> Self {
        self.monitor.best = Some(value);
        self
    }

    /// The file that was written last.
    pub fn last_path(&self) -> Option<&PathBuf> {
        self.last_path.as_ref()
    }

    /// Saves the model, where it is to be saved.
    fn save(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        if self.save_best_only {
            let Some(value) = self.monitor.value(logs)? else { return Ok(()) };
            if !self.monitor.improved(value) {
                return Ok(());
            }
        }
        let path = PathBuf::from(filled(&self.path, self.epoch + 1, logs)?);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            let made = std::fs::create_dir_all(folder);
            made.map_err(|e| Error::File { path: folder.display().to_string(), why: e.to_string() })?;
        }
        if self.save_weights_only {
            run.model().save_weights(&path)?
        } else {
            run.model().save_checkpoint(&path)?
        }
        self.last_path = Some(path);
        Ok(())
    }
}

impl Callback for ModelCheckpoint {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        if self.save_freq == SaveFreq::Steps(0) {
            return Err(self.monitor.invalid("save_freq must be at least 1 step, got 0".into()));
        }
        self.steps = 0;
        if self.save_best_only { self.monitor.begin(run.model()) } else { Ok(()) }
    }

    fn on_epoch_begin(&mut self, _run: &mut Run<'_>, epoch: usize) -> Result<()> {
        self.epoch = epoch;
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_>, _batch: usize) -> Result<()> {
        self.steps += 1;
        match self.save_freq {
            SaveFreq::Steps(every) if self.steps.is_multiple_of(every) => {
                let logs = run.logs()?;
                self.save(run, &logs)
            }
            SaveFreq::Steps(_) | SaveFreq::Epoch => Ok(()),
        }
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_>, _epoch: usize, logs: &mut Logs) -> Result<()> {
        if self.save_freq == SaveFreq::Epoch { self.save(run, logs) } else { Ok(()) }
    }

    fn state(&self) -> CallbackState {
        self.monitor.state().with("steps", self.steps).with_some("last_path", self.last_path.as_ref().map(|path| path.display()))
    }

    fn restore(&mut self, state: CallbackState) {
        self.monitor.restore(&state);
        (self.steps, self.last_path) = (state.get("steps").unwrap_or(0), state.get("last_path"));
    }
}

/// The path with its numbers: `{epoch}`, `{epoch:02d}`, `{val_loss:.3f}`, as Python formats them.
fn filled(path: &str, epoch: usize, logs: &Logs) -> Result<String> {
    let (mut out, mut rest) = (String::new(), path);
    while let Some((before, after)) = rest.split_once('{') {
        let broken = || Error::invalid("ModelCheckpoint", format!("the path \"{path}\" has a brace without its other half"));
        let (field, after) = after.split_once('}').ok_or_else(broken)?;
        let (name, form) = field.split_once(':').unwrap_or((field, ""));
        out += before;
        out += &match (name, logs.get(name)) {
            ("epoch", _) => whole(epoch, form),
            (_, Some(value)) => real(value, form),
            (_, None) => {
                let known = std::iter::once("epoch").chain(logs.iter().map(|(name, _)| name));
                return Err(UnknownName::new("number in the logs for the path of ModelCheckpoint", name, known).into());
            }
        };
        rest = after;
    }
    Ok(out + rest)
}

/// `02d`
fn whole(number: usize, form: &str) -> String {
    let form = form.trim_end_matches('d');
    let width = form.parse().unwrap_or(0).min(64);
    if form.starts_with('0') { format!("{number:0width$}") } else { format!("{number:width$}") }
}

/// `.3f`
fn real(number: f64, form: &str) -> String {
    let digits = form.trim_end_matches('f').rsplit_once('.').and_then(|(_, digits)| digits.parse::<usize>().ok());
    digits.map_or_else(|| number.to_string(), |digits| format!("{number:.digits$}", digits = digits.min(64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_filled_as_python_does() {
        let mut logs = Logs::default();
        logs.insert("val_loss", 0.123_456);
        let of = |path: &str| filled(path, 3, &logs).map_err(|e| e.to_string());
        assert_eq!(of("w-{epoch:02d}-{val_loss:.3f}.safetensors").unwrap(), "w-03-0.123.safetensors");
        assert_eq!(of("{epoch}/{val_loss}").unwrap(), "3/0.123456");
        assert!(of("{val_los:.2f}").unwrap_err().contains("did you mean val_loss"));
        assert!(of("{epoch").unwrap_err().contains("without its other half"));
    }
}
