//! Going on after an interruption.

use super::{Callback, Run};
use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// Writes the whole training after each epoch and, when the same training is started again after an interruption, goes on from it with the epoch after
/// (Keras `BackupAndRestore`): weights, optimizer, learning rate, the order of the data, random numbers and what the callbacks remember (given in the same
/// order: [`Callback::state`]) are those of a training that was never interrupted, bit by bit. An interruption at any instant leaves the old file or the new
/// one. The file goes away when training ends.
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
    fn on_train_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        std::fs::create_dir_all(&self.folder).map_err(|e| self.error(e))
    }

    fn backup_file(&self) -> Option<PathBuf> {
        Some(self.file())
    }

    fn on_train_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        let file = self.file();
        if self.keep || !file.exists() { Ok(()) } else { std::fs::remove_file(file).map_err(|e| self.error(e)) }
    }
}
