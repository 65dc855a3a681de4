//! The optimizer's variables from Keras' files.

use crate::hdf5::Reader;
use wgrad_model::{Compile, Model, Result, optimizers::variables::Place};
use wgrad_tensor::{HostData, HostTensor};

/// The group of the optimizer's variables in `.weights.h5`.
pub(crate) const OPTIMIZER: &str = "optimizer/vars";

/// From `.weights.h5`, where they are numbered. Whether there are any.
pub(crate) fn from_store(file: &Reader, model: &mut Model) -> Result<bool> {
    restore(file, OPTIMIZER, in_store(file)?, model)
}

fn in_store(file: &Reader) -> Result<Vec<String>> {
    Ok((0..file.members(OPTIMIZER)?.len()).map(|i| format!("{OPTIMIZER}/{i}")).collect())
}

/// Compiles a model with the optimizer's variables from `.weights.h5`.
pub(crate) fn compile_from_store(file: &Reader, compile: Compile, model: &mut Model) -> Result<()> {
    compile_from(file, OPTIMIZER, in_store(file)?, compile, model)
}

/// Compiles a model with the optimizer's variables from a whole model in one HDF5 file: named in `optimizer_weights`.
pub(crate) fn compile_from_training(file: &Reader, compile: Compile, model: &mut Model) -> Result<()> {
    const GROUP: &str = "optimizer_weights";
    let names = if file.has(GROUP) { file.texts(GROUP, "weight_names")? } else { Vec::new() };
    compile_from(file, GROUP, names.into_iter().map(|name| format!("{GROUP}/{name}")).collect(), compile, model)
}

/// The variables tell whether the optimizer scales the loss: in Keras by the policy of the whole model, which not every file has, and not where only some layers
/// compute in f16. And they tell whether the model was ever trained: before, an optimizer of Keras has but its counters and its rate.
fn compile_from(file: &Reader, group: &str, paths: Vec<String>, compile: Compile, model: &mut Model) -> Result<()> {
    let only_counters = paths.iter().all(|path| file.is_scalar(path));
    for compile in [compile.clone(), compile.clone().auto_scale_loss(false)] {
        model.compile_with(compile)?;
        let specs = model.optimizer_variable_specs()?;
        let is_old = paths.len() + 1 == specs.len() && (!only_counters || specs.iter().all(|spec| spec.shape.rank() == 0));
        if paths.len() == specs.len() || is_old {
            return restore(file, group, paths, model).map(drop);
        }
    }
    model.compile_with(compile)?;
    if only_counters { Ok(()) } else { restore(file, group, paths, model).map(drop) }
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
