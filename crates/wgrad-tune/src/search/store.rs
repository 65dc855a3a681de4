//! Trials and weights that outlive the process, or, without a directory, the search.

use crate::{Trial, invalid};
use serde_json::{Value as Json, json};
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};
use wgrad_model::{Error, Model, Result, replace_file};
use wgrad_tensor::HostTensor;

const TABLE: &str = "results.csv";
const BEST: &str = "best.safetensors";
/// What a search leaves beside its trials.
const RESULTS: [&str; 2] = [TABLE, BEST];
/// What the files of a trial end with; `part` is what was being written when the process ended.
const ENDINGS: [&str; 4] = ["json", "safetensors", "json.part", "safetensors.part"];

type Weights = Vec<(String, HostTensor)>;

/// Where trials are kept.
pub(crate) enum Store {
    /// For this search only.
    Memory(Mutex<HashMap<Vec<usize>, Weights>>),
    /// As files.
    Directory(PathBuf),
}

fn file_error(path: &Path, why: impl ToString) -> Error {
    Error::File { path: path.display().to_string(), why: why.to_string() }
}

/// `0003`, or `0-2-1`.
fn label(key: &[usize]) -> String {
    match key {
        [number] => format!("{number:04}"),
        _ => key.iter().map(usize::to_string).collect::<Vec<_>>().join("-"),
    }
}

impl Store {
    /// Opens a directory and reads what the same search has already done there. `description` says which search it is.
    pub(crate) fn open(directory: Option<&Path>, overwrite: bool, description: &Json) -> Result<(Store, Vec<Trial>)> {
        let Some(directory) = directory else { return Ok((Store::Memory(Mutex::default()), Vec::new())) };
        fs::create_dir_all(directory).map_err(|e| file_error(directory, e))?;
        let store = Store::Directory(directory.into());
        let path = directory.join("search.json");
        if overwrite {
            store.clear(directory)?;
        } else if path.exists() {
            let known: Json = read_json(&path)?;
            if known != *description {
                let rule =
                    format!("{} holds another search, {known}, not {description}; choose another directory or overwrite", path.display());
                return Err(invalid("directory", rule));
            }
        }
        replace_file(&path, format!("{description:#}\n").as_bytes())?;
        let trials = store.read_trials(directory)?;
        Ok((store, trials))
    }

    /// Removes the files of searches, and nothing else.
    fn clear(&self, directory: &Path) -> Result<()> {
        for path in files(directory)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if of_trial(name).is_some() || RESULTS.contains(&name) {
                fs::remove_file(&path).map_err(|e| file_error(&path, e))?;
            }
        }
        Ok(())
    }

    fn read_trials(&self, directory: &Path) -> Result<Vec<Trial>> {
        let mut trials = Vec::new();
        for path in files(directory)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if of_trial(name) == Some("json") {
                let trial: Trial = serde_json::from_value(read_json(&path)?).map_err(|e| file_error(&path, e))?;
                trials.push(trial);
            }
        }
        trials.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(trials)
    }

    /// Writes a trial: from here on it counts as done.
    pub(crate) fn record(&self, trial: &Trial) -> Result<()> {
        let Store::Directory(directory) = self else { return Ok(()) };
        let text = serde_json::to_string_pretty(&json!(trial)).map_err(|e| file_error(directory, e))?;
        replace_file(&directory.join(format!("trial-{}.json", label(&trial.key))), text.as_bytes())
    }

    fn weights_path(directory: &Path, key: &[usize]) -> PathBuf {
        directory.join(format!("trial-{}.safetensors", label(key)))
    }

    /// Keeps the weights of a trial.
    pub(crate) fn keep(&self, key: &[usize], model: &Model) -> Result<()> {
        match self {
            Store::Memory(weights) => {
                let kept = model.weights()?;
                weights.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_vec(), kept);
                Ok(())
            }
            Store::Directory(directory) => model.save_weights(Store::weights_path(directory, key)),
        }
    }

    /// Gives a model the weights of a trial.
    pub(crate) fn restore(&self, key: &[usize], model: &mut Model) -> Result<()> {
        match self {
            Store::Memory(weights) => {
                let weights = weights.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
                model.set_weights(weights.ok_or_else(|| invalid("search", format!("the weights of trial {} are gone", label(key))))?)
            }
            Store::Directory(directory) => model.load_weights(Store::weights_path(directory, key)),
        }
    }

    /// Gives up the weights of a trial.
    pub(crate) fn forget(&self, key: &[usize]) {
        match self {
            Store::Memory(weights) => drop(weights.lock().unwrap_or_else(PoisonError::into_inner).remove(key)),
            // A file that stays changes no result, and trials without a model have none.
            Store::Directory(directory) => drop(fs::remove_file(Store::weights_path(directory, key))),
        }
    }

    /// Writes the table and the best model's weights.
    pub(crate) fn finish(&self, table: &str, best: Option<&Model>) -> Result<()> {
        let Store::Directory(directory) = self else { return Ok(()) };
        replace_file(&directory.join(TABLE), table.as_bytes())?;
        best.map_or(Ok(()), |model| model.save_weights(directory.join(BEST)))
    }
}

/// What the name of a trial's file ends with; `None` for other files.
fn of_trial(name: &str) -> Option<&str> {
    let (label, ending) = name.strip_prefix("trial-")?.split_once('.')?;
    let numbers = !label.is_empty() && label.chars().all(|c| c.is_ascii_digit() || c == '-');
    (numbers && ENDINGS.contains(&ending)).then_some(ending)
}

fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory).map_err(|e| file_error(directory, e))?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(|e| file_error(directory, e))).collect()
}

fn read_json(path: &Path) -> Result<Json> {
    let text = fs::read_to_string(path).map_err(|e| file_error(path, e))?;
    serde_json::from_str(&text).map_err(|e| file_error(path, e))
}
