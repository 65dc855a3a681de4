//! Whole models in safetensors files: variables by their paths, the optimizer's as `optimizer/0/adam/iteration` and so on, the configuration as texts beside them.

use crate::{keras::config, load::Load, safetensors};
use std::collections::{BTreeMap, HashMap};
use wgrad_model::{Compile, Model, Result};
use wgrad_tensor::{Device, HostTensor};

/// The texts: the model, and how it is compiled, as Keras describes them.
const MODEL: &str = "model_config";
const TRAINING: &str = "training_config";
const OPTIMIZER: &str = "optimizer/";

/// The file of a model.
pub(crate) fn write(model: &Model) -> Result<Result<Vec<u8>, String>> {
    let mut texts = HashMap::from([(MODEL.to_string(), config::full(model)?.to_string())]);
    let mut tensors = model.weights()?;
    if model.compile_config()?.is_some() {
        texts.insert(TRAINING.into(), config::compile(model)?.to_string());
        let numbered = model.optimizer_variables()?.into_iter().enumerate();
        tensors.extend(numbered.map(|(i, (path, value))| (format!("{OPTIMIZER}{i}/{path}"), value)));
    }
    Ok(safetensors::write_safetensors(tensors.iter().map(|(path, value)| (path.as_str(), value)), texts))
}

/// The model of a file; `broken` makes errors that name it.
pub(crate) fn read(bytes: &[u8], load: &Load, device: &Device, broken: &dyn Fn(String) -> wgrad_model::Error) -> Result<Model> {
    let (tensors, texts) =
        safetensors::read(bytes).map_err(|why| broken(format!("it is no archive, no HDF5 file and no safetensors: {why}")))?;
    let config = |name: &str| {
        let parse = |text: &String| serde_json::from_str(text).map_err(|e| broken(format!("{name} is no JSON: {e}")));
        texts.get(name).map(parse).transpose()
    };
    let model = config(MODEL)?.ok_or_else(|| broken(format!("there is no {MODEL}; does the file hold weights alone?")))?;
    // Variables are not compressed, so that there are not more of them than the file has bytes.
    let mut model = Model::from_json_within(&model, device, bytes.len())?;
    let optimizer = put(&mut model, tensors, broken)?;
    if let Some(training) = config(TRAINING)?.filter(|_| load.compile) {
        // The optimizer is written as it became: it scales the loss if it did so.
        model.compile_with(Compile::from_config(&training)?.auto_scale_loss(false))?;
        if !optimizer.is_empty() {
            model.set_optimizer_variables(&optimizer)?;
        }
    }
    Ok(model)
}

/// Gives a model its variables; the optimizer's are left.
pub(crate) fn put(
    model: &mut Model,
    tensors: Vec<(String, HostTensor)>,
    broken: &dyn Fn(String) -> wgrad_model::Error,
) -> Result<Vec<HostTensor>> {
    let mut tensors: HashMap<String, HostTensor> = tensors.into_iter().collect();
    let mut weights = Vec::new();
    for variable in model.variables() {
        let weight = tensors.remove(&variable.path).ok_or_else(|| broken(format!("it has no variable {}", variable.path)))?;
        weights.push((variable.path.clone(), weight));
    }
    let mut optimizer = BTreeMap::new();
    for (name, tensor) in tensors {
        let number = name.strip_prefix(OPTIMIZER).and_then(|rest| rest.split_once('/')?.0.parse::<usize>().ok());
        let number = number.ok_or_else(|| broken(format!("{name} is no variable of the model or its optimizer")))?;
        optimizer.insert(number, tensor);
    }
    model.set_weights(weights)?;
    Ok(optimizer.into_values().collect())
}
