//! Configurations as Keras 3 writes them into its archives: with the module of each class, and with the shapes of the tensors between layers.

use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use wgrad_model::{ANY, Model, Result, layers};
use wgrad_tensor::{DType, Spec};

/// The configuration of a model, as `to_json()` gives it.
pub(crate) fn full(model: &Model) -> Result<Json> {
    let mut json = model.to_json()?;
    let shapes = model.graph()?.nodes.into_iter().map(|node| (node.path, node.outputs)).collect();
    describe_tensors(&mut json["config"], "", &shapes);
    name_modules(&mut json, "layers");
    Ok(json)
}

/// How a model is compiled, as archives have it.
pub(crate) fn compile(model: &Model) -> Result<Json> {
    let mut json = model.compile_config()?.unwrap_or_else(|| json!({}));
    name_modules(&mut json, "layers");
    Ok(json)
}

/// Gives the tensors that layers of a graph are called with their shapes, which Keras reads and then finds out itself.
fn describe_tensors(config: &mut Json, prefix: &str, shapes: &HashMap<String, Vec<Spec>>) {
    for layer in config.get_mut("layers").and_then(Json::as_array_mut).into_iter().flatten() {
        let name = layer["config"]["name"].as_str().unwrap_or_default();
        let inside = format!("{prefix}{name}/");
        if let Some(config) = layer.get_mut("config") {
            describe_tensors(config, &inside, shapes);
        }
        let attends = layer["class_name"] == "MultiHeadAttention" || layer["class_name"] == "GroupQueryAttention";
        for node in layer.get_mut("inbound_nodes").and_then(Json::as_array_mut).into_iter().flatten() {
            describe(node, prefix, shapes);
            if attends {
                name_mask(node);
            }
        }
    }
}

/// Attention layers take a mask for one by its dtype; in Keras it has a name, and the third argument is the key.
fn name_mask(node: &mut Json) {
    let is_mask = |tensor: &mut Json| tensor["config"]["dtype"] == "bool";
    if let Some(mask) = node["args"].as_array_mut().and_then(|args| args.pop_if(is_mask)) {
        node["kwargs"]["attention_mask"] = mask;
    }
}

fn describe(json: &mut Json, prefix: &str, shapes: &HashMap<String, Vec<Spec>>) {
    match json {
        Json::Object(object) if object.get("class_name").is_some_and(|name| name == "__keras_tensor__") => {
            let Some(config) = object.get_mut("config") else { return };
            let (layer, output) =
                (config["keras_history"][0].as_str().unwrap_or_default(), config["keras_history"][2].as_u64().unwrap_or(0));
            let outputs = shapes.get(&format!("{prefix}{layer}"));
            let spec = outputs.and_then(|outputs| outputs.get(usize::try_from(output).ok()?));
            let lengths = spec.map(|spec| spec.shape.to_vec()).unwrap_or_default();
            config["shape"] =
                std::iter::once(Json::Null).chain(lengths.into_iter().map(|n| json!(Some(n).filter(|n| *n != ANY)))).collect();
            config["dtype"] = json!(dtype_name(spec.map_or(DType::F32, |spec| spec.dtype)));
        }
        Json::Object(object) => object.values_mut().for_each(|value| describe(value, prefix, shapes)),
        Json::Array(items) => items.iter_mut().for_each(|item| describe(item, prefix, shapes)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => (),
    }
}

fn dtype_name(dtype: DType) -> &'static str {
    match dtype {
        DType::F16 => "float16",
        DType::F32 => "float32",
        DType::F64 => "float64",
        DType::I32 => "int32",
        DType::U32 => "uint32",
        DType::Bool => "bool",
    }
}

/// The module of the objects below an argument, where the argument's name tells it.
fn module_of(argument: &str) -> Option<&'static str> {
    let families = [("initializer", "initializers"), ("regularizer", "regularizers"), ("constraint", "constraints")];
    let family = families.into_iter().find(|(ending, _)| argument.ends_with(ending)).map(|(_, module)| module);
    family.or(match argument {
        "optimizer" | "inner_optimizer" => Some("optimizers"),
        "learning_rate" => Some("optimizers.schedules"),
        "loss" => Some("losses"),
        "metrics" | "weighted_metrics" => Some("metrics"),
        "layers" | "layer" | "cell" | "cells" | "backward_layer" => Some("layers"),
        _ => None,
    })
}

/// Writes into each serialized object where Keras finds its class.
fn name_modules(json: &mut Json, module: &str) {
    match json {
        Json::Object(object) => {
            if object.get("module").is_some_and(|module| module == "keras.activations") {
                make_layer(object);
            }
            object.iter_mut().for_each(|(name, value)| name_modules(value, module_of(name).unwrap_or(module)));
            if let (Some(class_name), true, false) =
                (object.get("class_name").and_then(Json::as_str), object.contains_key("config"), object.contains_key("module"))
            {
                let (module, registered) = place(class_name, module);
                add(object, module, registered);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| name_modules(item, module)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => (),
    }
}

/// Makes an activation with arguments the layer that has them: Keras reads functions without.
fn make_layer(activation: &mut Map<String, Json>) {
    let layers = [("relu", "ReLU"), ("leaky_relu", "LeakyReLU"), ("elu", "ELU"), ("softmax", "Softmax")];
    let found = layers.into_iter().find(|(function, _)| activation.get("class_name").is_some_and(|name| name == function));
    if let Some((_, layer)) = found {
        activation.insert("class_name".into(), json!(layer));
        activation.insert("module".into(), json!("keras.layers"));
    }
}

fn add(object: &mut Map<String, Json>, module: Json, registered: Json) {
    object.insert("module".into(), module);
    object.insert("registered_name".into(), registered);
}

/// Module and registered name of a class.
fn place(class_name: &str, module: &str) -> (Json, Json) {
    match class_name {
        "__keras_tensor__" => (Json::Null, Json::Null),
        "Functional" => (json!("keras.src.models.functional"), json!("Functional")),
        "Sequential" | "DTypePolicy" => (json!("keras"), Json::Null),
        own if module == "layers" && own != "InputLayer" && !layers::names().any(|known| known == own) => (Json::Null, json!(own)),
        _ => (json!(format!("keras.{module}")), Json::Null),
    }
}
