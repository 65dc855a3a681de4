//! Models from their JSON, with the weights of a case.

use super::{
    Case,
    case::{list, shape, text},
};
use serde_json::Value as Json;
use wgrad_model::{Entry, Model, Sequential, layers::from_config};
use wgrad_tensor::{DType, Device, Spec};

/// The model that `json` describes as Keras' `to_json()` does, with the first weights of the case.
pub(super) fn build(case: &Case, json: &Json, device: &Device) -> Result<Model, String> {
    if json["class_name"] != "Sequential" {
        return Err("models that are not Sequential are not supported yet".into());
    }
    let (mut entries, mut input) = (Vec::new(), None);
    for layer in list(&json["config"], "layers")? {
        let (class, config) = (text(layer, "class_name")?, &layer["config"]);
        if class == "InputLayer" {
            let key = if config["batch_shape"].is_null() { "batch_input_shape" } else { "batch_shape" };
            let dtype = if config["dtype"].as_str().is_some_and(|name| name.starts_with("int")) { DType::I32 } else { DType::F32 };
            input = Some(Spec::new(dtype, shape(config, key)?));
            continue;
        }
        let built = from_config(class, config).map_err(|e| e.to_string())?;
        entries.push(Entry::new(built).named(text(config, "name")?).trainable(config["trainable"] != false));
    }
    let model = Sequential::new(entries).input_spec(input.ok_or("the model has no InputLayer")?);
    let mut model = model.device(device).build().map_err(|e| e.to_string())?;
    let mut weights = Vec::new();
    for weight in list(&case.json, "weights")? {
        weights.push((text(weight, "path")?, case.host(text(weight, "tensor")?)?.clone()));
    }
    model.set_weights(weights).map_err(|e| e.to_string())?;
    Ok(model)
}
