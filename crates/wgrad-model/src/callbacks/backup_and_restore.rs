//! Going on after an interruption.

use super::{Callback, Run};
use crate::{Error, Logs, Result};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

/// Writes a checkpoint after each epoch and, when the same training is started again after an interruption, goes on from it with the epoch after
/// (Keras `BackupAndRestore`): the weights, the optimizer, the order of the data and the random numbers are those of a training that was never
/// interrupted. The file goes away when training ends. Epochs of [`crate::Fit::steps_per_epoch`] that end in the middle of the data are the exception: the
/// training goes on with the beginning of a pass.
#[derive(Clone, Debug)]
pub struct BackupAndRestore {
    folder: PathBuf,
    keep: bool,
}

impl BackupAndRestore {
    /// Keeps the checkpoint in `folder`.
    pub fn new(folder: impl AsRef<Path>) -> BackupAndRestore {
        BackupAndRestore { folder: folder.as_ref().into(), keep: false }
    }

    /// Whether the checkpoint goes away when training ends; `true` by default.
    #[must_use]
    pub fn delete_checkpoint(self, delete: bool) -> BackupAndRestore {
        BackupAndRestore { keep: !delete, ..self }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("backup.safetensors")
    }

    fn error(&self, why: impl ToString) -> Error {
        Error::File { path: self.file().display().to_string(), why: why.to_string() }
    }
}

impl Callback for BackupAndRestore {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        std::fs::create_dir_all(&self.folder).map_err(|e| self.error(e))?;
        if self.file().exists() {
            let texts = run.model().read_checkpoint(&self.file())?;
            let epoch = texts.get("epoch").and_then(|epoch| epoch.parse::<usize>().ok());
            run.start_from_epoch(epoch.ok_or_else(|| self.error("it does not say after which epoch it was written"))?.saturating_add(1));
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_>, epoch: usize, _logs: &mut Logs) -> Result<()> {
        run.model().write_checkpoint(&self.file(), HashMap::from([("epoch".to_string(), epoch.to_string())]))
    }

    fn on_train_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        let file = self.file();
        if self.keep || !file.exists() { Ok(()) } else { std::fs::remove_file(file).map_err(|e| self.error(e)) }
    }
}
