//! The numbers of each epoch as a table in a file.

use super::{Callback, Run};
use crate::{Error, Logs, Result};
use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

/// Writes a line with the numbers of each epoch to a file (Keras `CSVLogger`). The first epoch decides the columns: `epoch`, then the names in order.
#[derive(Debug)]
pub struct CSVLogger {
    path: PathBuf,
    separator: char,
    append: bool,
    columns: Vec<String>,
    file: Option<File>,
}

impl CSVLogger {
    /// To the file `path`, which begins anew.
    pub fn new(path: impl AsRef<Path>) -> CSVLogger {
        CSVLogger { path: path.as_ref().into(), separator: ',', append: false, columns: Vec::new(), file: None }
    }

    /// What stands between two numbers; a comma by default.
    #[must_use]
    pub fn separator(self, separator: char) -> CSVLogger {
        CSVLogger { separator, ..self }
    }

    /// Whether lines are added to a file that is there, under its columns.
    #[must_use]
    pub fn append(self, append: bool) -> CSVLogger {
        CSVLogger { append, ..self }
    }

    fn error(&self, why: impl ToString) -> Error {
        Error::File { path: self.path.display().to_string(), why: why.to_string() }
    }

    fn line(&mut self, cells: &[String]) -> Result<()> {
        let line = cells.join(&self.separator.to_string()) + "\n";
        let written = self.file.as_mut().map_or(Ok(()), |file| file.write_all(line.as_bytes()).and_then(|()| file.flush()));
        written.map_err(|e| self.error(e))
    }
}

impl Callback for CSVLogger {
    fn on_train_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.columns.clear();
        if self.append && self.path.exists() {
            let file = File::open(&self.path).map_err(|e| self.error(e))?;
            let first = BufReader::new(file).lines().next().transpose().map_err(|e| self.error(e))?;
            self.columns = first.iter().flat_map(|line| line.trim_end().split(self.separator)).map(str::to_string).collect();
        }
        let mut options = OpenOptions::new();
        options.create(true).write(true);
        let file = if self.append { options.append(true) } else { options.truncate(true) }.open(&self.path);
        self.file = Some(file.map_err(|e| self.error(e))?);
        Ok(())
    }

    fn on_epoch_end(&mut self, _run: &mut Run<'_>, epoch: usize, logs: &mut Logs) -> Result<()> {
        if self.columns.is_empty() {
            self.columns = std::iter::once("epoch").chain(logs.iter().map(|(name, _)| name)).map(str::to_string).collect();
            self.line(&self.columns.clone())?;
        }
        let cell =
            |name: &String| if name == "epoch" { epoch.to_string() } else { logs.get(name).map_or("NA".into(), |value| value.to_string()) };
        self.line(&self.columns.iter().map(cell).collect::<Vec<_>>())
    }

    fn on_train_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.file = None;
        Ok(())
    }
}
