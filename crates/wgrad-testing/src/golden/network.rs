//! Models from their JSON, with the weights and the settings of a case.

use super::{
    Case,
    case::{list, text},
};
use serde_json::Value as Json;
use wgrad_model::{Compile, Model};
use wgrad_tensor::Device;

/// The model that `json` describes as Keras' `to_json()` does, with the first weights of the case.
pub(super) fn build(case: &Case, json: &Json, device: &Device) -> Result<Model, String> {
    let mut model = Model::from_json(json, device).map_err(|e| e.to_string())?;
    let mut weights = Vec::new();
    for (variable, weight) in model.variables().iter().zip(in_order(case, &model)?) {
        weights.push((variable.path.clone(), case.host(text(weight, "tensor")?)?.clone()));
    }
    model.set_weights(weights).map_err(|e| e.to_string())?;
    Ok(model)
}

/// The weights of the case, one for each variable of the model: by their paths, or where Keras leaves the name of a model in the model out of a path in
/// order.
pub(super) fn in_order<'a>(case: &'a Case, model: &Model) -> Result<Vec<&'a Json>, String> {
    let weights = list(&case.json, "weights")?;
    let variables = model.variables();
    if weights.len() != variables.len() {
        return Err(format!("the model has {} variables, Keras' has {}", variables.len(), weights.len()));
    }
    // Keras 2 ends names of variables with the number of a result.
    let paths: Vec<&str> = weights.iter().map(|weight| Ok(text(weight, "path")?.trim_end_matches(":0"))).collect::<Result<_, String>>()?;
    let find = |i: usize| {
        let path = &variables[i].path;
        let same = paths.iter().position(|known| known == path);
        let ending = (path == paths[i] || path.ends_with(&format!("/{}", paths[i]))).then_some(i);
        let found = same.or(ending).ok_or_else(|| format!("variable {path} is none of Keras' ({})", paths.join(", ")))?;
        Ok(&weights[found])
    };
    (0..variables.len()).map(find).collect()
}

/// Compiles a model as the field `compile` of a case says.
pub(super) fn compile(model: &mut Model, compile: &Json) -> Result<(), String> {
    let mut config = compile.clone();
    // The arguments that Keras' serialized form leaves out.
    match (&mut config["loss"], &compile["loss_arguments"]) {
        (Json::Array(losses), Json::Array(arguments)) => {
            losses.iter_mut().zip(arguments).for_each(|(loss, arguments)| extend(loss, arguments))
        }
        (loss, arguments) => extend(loss, arguments),
    }
    let settings = Compile::from_config(&config).map_err(|e| e.to_string())?;
    model.compile_with(settings).map_err(|e| e.to_string())
}

fn extend(object: &mut Json, arguments: &Json) {
    if let (Some(config), Some(arguments)) = (object.get_mut("config").and_then(Json::as_object_mut), arguments.as_object()) {
        config.extend(arguments.clone());
    }
}
