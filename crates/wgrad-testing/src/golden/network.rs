//! Models from their JSON, with the weights and the settings of a case.

use super::{
    Case,
    case::{list, text},
};
use serde_json::Value as Json;
use wgrad_model::{Compile, LossArgument, MetricArgument, Model, losses, metrics, optimizers};
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
    let optimizer = &compile["optimizer"];
    let optimizer = optimizers::from_config(text(optimizer, "class_name")?, &optimizer["config"]).map_err(|e| e.to_string())?;
    let arguments = &compile["loss_arguments"];
    let settings = match &compile["loss"] {
        Json::Array(items) => {
            let each = items.iter().enumerate().map(|(i, item)| loss(item, &arguments[i]));
            Compile::new(optimizer, each.collect::<Result<Vec<_>, _>>()?)
        }
        one => Compile::new(optimizer, loss(one, arguments)?),
    };
    let settings = settings.metrics(metric_lists(&compile["metrics"])?).weighted_metrics(metric_lists(&compile["weighted_metrics"])?);
    let settings = match &compile["loss_weights"] {
        Json::Null => settings,
        Json::Number(one) => settings.loss_weights([one.as_f64().unwrap_or(f64::NAN)]),
        _ => {
            let weights = list(compile, "loss_weights")?.iter().map(|weight| weight.as_f64().ok_or("loss_weights must be numbers"));
            settings.loss_weights(weights.collect::<Result<Vec<f64>, _>>()?)
        }
    };
    model.compile_with(settings).map_err(|e| e.to_string())
}

/// A loss by name, or as Keras serializes it; `arguments` are those that the serialized form leaves out.
fn loss(json: &Json, arguments: &Json) -> Result<LossArgument, String> {
    if let Some(name) = json.as_str() {
        return Ok(name.into());
    }
    let mut config = json["config"].clone();
    if let (Some(config), Some(arguments)) = (config.as_object_mut(), arguments.as_object()) {
        config.extend(arguments.clone());
    }
    Ok(losses::from_config(text(json, "class_name")?, &config).map_err(|e| e.to_string())?.into())
}

/// Metrics as lists for each output; a plain list is that of a single output.
fn metric_lists(json: &Json) -> Result<Vec<Vec<MetricArgument>>, String> {
    let items = json.as_array().map(Vec::as_slice).unwrap_or_default();
    if items.iter().any(Json::is_array) {
        let list = |item: &Json| item.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(metric).collect();
        return items.iter().map(list).collect();
    }
    items.iter().map(|item| Ok(vec![metric(item)?])).collect()
}

fn metric(json: &Json) -> Result<MetricArgument, String> {
    match json.as_str() {
        Some(name) => Ok(name.into()),
        None => Ok(metrics::from_config(text(json, "class_name")?, &json["config"]).map_err(|e| e.to_string())?.into()),
    }
}
