//! Models in the layouts of Keras' HDF5 files.

use super::{assets, config, legacy::in_order, places::places};
use crate::{free_name::free_name, hdf5::Tree};
use serde_json::{Value as Json, json};
use std::collections::{HashMap, HashSet};
use wgrad_model::{Model, Result, Variable};
use wgrad_tensor::HostTensor;

/// The version of Keras whose layouts these are.
pub(crate) const VERSION: &str = "3.15.1";

/// All variables, and those of the optimizer, as `.weights.h5` has them.
pub(crate) fn weights(model: &Model) -> Result<Tree> {
    let values = by_path(model)?;
    let mut file = Tree::default();
    for place in places(model) {
        let group = file.group(&place.group).group("vars");
        group.text("name", place.name);
        let variables = place.variables.iter().filter_map(|&i| model.variables().get(i)).filter(|variable| !variable.is_memory);
        for (i, value) in variables.filter_map(|variable| values.get(&variable.path)).enumerate() {
            group.tensor(&i.to_string(), value.clone());
        }
    }
    // Models that have no configuration have no lookups that Keras could read.
    for (place, weights) in config::full(model).map_or(Ok(Vec::new()), |mut config| assets::idf_weights(&mut config))? {
        file.tensor(&place, weights);
    }
    if model.learning_rate().is_some() {
        let group = file.group("optimizer/vars");
        for (i, (_, value)) in model.optimizer_variables()?.into_iter().enumerate() {
            group.tensor(&i.to_string(), value);
        }
    }
    Ok(file)
}

/// A whole model as one HDF5 file: configuration, variables, how it was compiled, the optimizer's variables.
pub(crate) fn whole(model: &Model) -> Result<Tree> {
    let mut values = by_path(model)?;
    let mut file = Tree::default();
    file.text("keras_version", VERSION);
    file.text("backend", "tensorflow");
    file.text("model_config", config::full(model)?.to_string());
    let weights = file.group("model_weights");
    weights.text("keras_version", VERSION);
    weights.text("backend", "tensorflow");
    weights.texts("layer_names", model.layers().map(|layer| layer.name().to_string()).collect());
    for layer in model.layers() {
        put(weights.group(layer.name()), &in_order(layer.variables()), &mut values);
    }
    let own: Vec<&Variable> = model.variables().iter().filter(|variable| !variable.path.contains('/')).collect();
    put(weights.group("top_level_model_weights"), &own, &mut values);
    if let Some(mut training) = model.compile_config()? {
        if let Some(arguments) = training.as_object_mut() {
            let optimizer = arguments.remove("optimizer").unwrap_or(Json::Null);
            arguments.insert("optimizer_config".into(), optimizer);
        }
        file.text("training_config", training.to_string());
        optimizer(&mut file, model)?;
    }
    Ok(file)
}

fn optimizer(file: &mut Tree, model: &Model) -> Result<()> {
    let (paths, values): (Vec<String>, Vec<HostTensor>) = model.optimizer_variables()?.into_iter().unzip();
    if !paths.is_empty() {
        let group = file.group("optimizer_weights");
        let mut taken = HashSet::new();
        let names: Vec<String> = paths.iter().map(|path| free_name(path, &mut taken)).collect();
        group.texts("weight_names", names.clone());
        names.iter().zip(values).for_each(|(name, value)| group.tensor(name, value));
    }
    Ok(())
}

fn by_path(model: &Model) -> Result<HashMap<String, HostTensor>> {
    Ok(model.weights()?.into_iter().collect())
}

fn put(group: &mut Tree, variables: &[&Variable], values: &mut HashMap<String, HostTensor>) {
    group.texts("weight_names", variables.iter().map(|variable| variable.path.clone()).collect());
    for variable in variables {
        if let Some(value) = values.remove(&variable.path) {
            group.tensor(&variable.path, value);
        }
    }
}

/// The configuration of an archive.
pub(crate) fn archive_config(model: &Model) -> Result<Json> {
    let mut json = config::full(model)?;
    json["compile_config"] = config::compile(model)?;
    Ok(json)
}

/// The other facts of an archive.
pub(crate) fn metadata() -> Json {
    json!({"keras_version": VERSION, "written_by": concat!("wgrad ", env!("CARGO_PKG_VERSION"))})
}
