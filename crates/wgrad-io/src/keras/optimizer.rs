//! The optimizer's variables from Keras' files.

use crate::hdf5::Reader;
use wgrad_model::{Model, Result, optimizers::variables::Place};
use wgrad_tensor::{HostData, HostTensor};

/// The group of the optimizer's variables in `.weights.h5`.
pub(crate) const OPTIMIZER: &str = "optimizer/vars";

/// From `.weights.h5`, where they are numbered. Whether there are any.
pub(crate) fn from_store(file: &Reader, model: &mut Model) -> Result<bool> {
    let paths = (0..file.members(OPTIMIZER)?.len()).map(|i| format!("{OPTIMIZER}/{i}")).collect();
    restore(file, OPTIMIZER, paths, model)
}

/// The group of the optimizer's variables in a whole model in one HDF5 file.
const TRAINING: &str = "optimizer_weights";

/// From a whole model in one HDF5 file. Whether there are any.
pub(crate) fn from_training(file: &Reader, model: &mut Model) -> Result<bool> {
    restore(file, TRAINING, in_training(file)?, model)
}

/// Where the optimizer's variables are in a whole model in one HDF5 file.
pub(crate) fn in_training(file: &Reader) -> Result<Vec<String>> {
    if !file.has(TRAINING) {
        return Ok(Vec::new());
    }
    Ok(file.texts(TRAINING, "weight_names")?.into_iter().map(|name| format!("{TRAINING}/{name}")).collect())
}

fn restore(file: &Reader, group: &str, paths: Vec<String>, model: &mut Model) -> Result<bool> {
    let specs = model.optimizer_variable_specs()?;
    let mut paths = paths.into_iter().peekable();
    if paths.peek().is_none() {
        return Ok(false);
    }
    // Keras 2 does not count the learning rate among the variables.
    let has_rate = paths.len() == specs.len();
    let mut values = Vec::new();
    for spec in &specs {
        if spec.place == Place::LearningRate && !has_rate {
            let rate = model.learning_rate().unwrap_or_default() as f32;
            values.extend(HostTensor::new(&spec.shape, HostData::F32(vec![rate])));
        } else if let Some(path) = paths.next() {
            values.push(file.tensor(&path, &spec.shape)?);
        }
    }
    if paths.next().is_some() || values.len() != specs.len() {
        let why = format!("the optimizer has {} variables, the file has another number", specs.len());
        return Err(file.broken(group, why));
    }
    model.set_optimizer_variables(&values)?;
    Ok(true)
}
