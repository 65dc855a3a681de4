//! A training in a file, from which it goes on after an interruption.

use super::source::Position;
use crate::{Error, Model, Result, callbacks::CallbackState, checkpoint::CALLBACK};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The text in the file that is this.
const TRAINING: &str = "training";

/// What a training needs to go on, beside a checkpoint of its model.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Backup {
    /// Epochs that are over.
    pub(crate) epochs: usize,
    /// Whether a callback ended the training.
    pub(crate) stopped: bool,
    pub(crate) position: Position,
    /// Their tensors are in the file by themselves.
    pub(crate) callbacks: Vec<CallbackState>,
}

impl Backup {
    /// Writes model and training. The file that was there stays whole until the new one is.
    pub(crate) fn write(mut self, model: &Model, path: &Path) -> Result<()> {
        let mut tensors = Vec::new();
        for (i, state) in self.callbacks.iter_mut().enumerate() {
            tensors.extend(state.tensors.drain(..).map(|(name, tensor)| (format!("{CALLBACK}{i}/{name}"), tensor)));
        }
        let text = serde_json::to_string(&self).map_err(|e| broken(path, e))?;
        model.write_checkpoint(path, (tensors, [(TRAINING.into(), text)].into()))
    }

    /// Reads what [`Backup::write`] wrote, and gives the model its values.
    pub(crate) fn read(model: &mut Model, path: &Path) -> Result<Backup> {
        let (tensors, texts) = model.read_checkpoint(path)?;
        let text = texts.get(TRAINING).ok_or_else(|| broken(path, "it is a checkpoint of a model, not of a training"))?;
        let mut backup: Backup = serde_json::from_str(text).map_err(|e| broken(path, e))?;
        for (name, tensor) in tensors {
            let place = name.strip_prefix(CALLBACK).and_then(|name| name.split_once('/'));
            let state = place.and_then(|(i, name)| Some((backup.callbacks.get_mut(i.parse::<usize>().ok()?)?, name)));
            let (state, own) = state.ok_or_else(|| broken(path, format!("{name} is of no callback")))?;
            state.tensors.push((own.into(), tensor));
        }
        Ok(backup)
    }
}

fn broken(path: &Path, why: impl ToString) -> Error {
    Error::File { path: path.display().to_string(), why: why.to_string() }
}
