//! Models from every form of file that Keras writes: predictions, loss and metrics, training that goes on, numbers of parameters, summaries.

use super::{
    Case, Comparison,
    case::{count, list, text, texts},
    network,
};
use serde_json::Value as Json;
use wgrad_io::{Load, load_model_with, load_weights};
use wgrad_model::{Model, Summary};
use wgrad_tensor::{Device, HostTensor, Shape, Tensor};

/// The batch size of the predictions.
const BATCH: usize = 32;

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let mut found = Comparison::default();
    let files = case.json["files"].as_object().ok_or("the case has no files")?;
    let mut compiled = 0;
    for (form, path) in files.iter().filter(|(form, _)| !form.ends_with(".txt")) {
        let mut model = load(case, form, path, device).map_err(|e| format!("{form}: {e}"))?;
        found.part(form);
        same_weights(case, &model).and_then(|()| predict(case, device, &mut model, &mut found)).map_err(|e| format!("{form}: {e}"))?;
        if model.learning_rate().is_some() {
            same_optimizer(case, &model).map_err(|e| format!("{form}: {e}"))?;
            go_on(case, &mut model, &mut found).map_err(|e| format!("{form}: {e}"))?;
            compiled += 1;
        } else if form == "model.json" {
            compare_summary(case, &model, "summary_80_before_training.txt", Summary::new())?;
        }
    }
    if case.json["compiled"] == true && compiled == 0 {
        return Err("no file gave a compiled model".into());
    }
    Ok(found)
}

/// The model in a file, with the weights: `to_json()` has none, files of weights have no model.
fn load(case: &Case, form: &str, path: &Json, device: &Device) -> Result<Model, String> {
    let described = || network::build(case, &case.file(text(&case.json["files"], "model.json")?)?, device);
    let path = path.as_str().ok_or("its path must be a text")?;
    if form == "model.json" {
        return described();
    }
    let path = case.path(path)?;
    if form.contains("weights") {
        let mut model = described()?;
        load_weights(&mut model, path).map_err(|e| e.to_string())?;
        return Ok(model);
    }
    load_model_with(path, &Load::new().device(device)).map_err(|e| e.to_string())
}

/// Whether the model has exactly the weights of the case.
fn same_weights(case: &Case, model: &Model) -> Result<(), String> {
    let weights = model.weights().map_err(|e| e.to_string())?;
    for ((path, value), weight) in weights.iter().zip(network::in_order(case, model)?) {
        if value != case.host(text(weight, "tensor")?)? {
            return Err(format!("the weight {path} is not the one that Keras wrote"));
        }
    }
    if model.count_params() != count(&case.json, "count_params")? {
        return Err(format!("the model has {} parameters, Keras' has {}", model.count_params(), case.json["count_params"]));
    }
    Ok(())
}

fn predict(case: &Case, device: &Device, model: &mut Model, found: &mut Comparison) -> Result<(), String> {
    let outputs = model.predict_all(case.list_of_tensors(&case.json["inputs"])?, BATCH).map_err(|e| e.to_string())?;
    let names = texts(&case.json, "outputs")?;
    if names.len() != outputs.len() {
        return Err(format!("the model has {} outputs, Keras' has {}", outputs.len(), names.len()));
    }
    found.tensors(case, device, &names.into_iter().zip(outputs).collect::<Vec<_>>())
}

/// Whether the optimizer's variables are exactly those of the case, where it has them.
fn same_optimizer(case: &Case, model: &Model) -> Result<(), String> {
    if case.json["optimizer_variables"].is_null() {
        return Ok(());
    }
    let variables = model.optimizer_variables().map_err(|e| e.to_string())?;
    let expected = list(&case.json, "optimizer_variables")?;
    if variables.len() != expected.len() {
        return Err(format!("the optimizer has {} variables, Keras' has {}", variables.len(), expected.len()));
    }
    for ((path, value), expected) in variables.iter().zip(expected) {
        let expected: &HostTensor = case.host(text(expected, "tensor")?)?;
        if value.data().to_f64() != expected.data().to_f64() || value.shape() != expected.shape() {
            return Err(format!("the optimizer's variable {path} is not the one that Keras wrote"));
        }
    }
    Ok(())
}

/// Evaluation, summaries and training of a model that is compiled.
fn go_on(case: &Case, model: &mut Model, found: &mut Comparison) -> Result<(), String> {
    if !case.json["evaluate"].is_null() {
        evaluate(case, model, found)?;
    }
    compare_summary(case, model, "summary_80.txt", Summary::new())?;
    let full = Summary::new().line_length(110).expand_nested(true).show_trainable(true);
    compare_summary(case, model, "summary_110_expanded_trainable.txt", full)?;
    if case.json["resume"].is_null() { Ok(()) } else { resume(case, model, found) }
}

/// Whether the summary is Keras' text, where there is one. Keras 2 drew other tables.
fn compare_summary(case: &Case, model: &Model, file: &str, form: Summary) -> Result<(), String> {
    let Some(path) = case.json["files"][file].as_str().filter(|_| case.json["written_by"].is_null()) else { return Ok(()) };
    // Keras' tables are cut at the width of its console, which was 80 characters.
    let cut = |line: &str| line.chars().take(80).collect::<String>() + "\n";
    let (got, expected): (String, _) = (model.summary_with(form).lines().map(cut).collect(), case.text_file(path)?);
    if got.trim_end() == expected.trim_end() { Ok(()) } else { Err(format!("the summary is\n{got}\nbut Keras' ({file}) is\n{expected}")) }
}

/// Loss and metrics of data that the case holds.
fn evaluate(case: &Case, model: &mut Model, found: &mut Comparison) -> Result<(), String> {
    let evaluate = &case.json["evaluate"];
    let (x, y) = (case.list_of_tensors(&evaluate["x"])?, case.list_of_tensors(&evaluate["y"])?);
    let logs = model.evaluate_with(x, y, count(evaluate, "batch_size")?).map_err(|e| e.to_string())?;
    for name in evaluate["results"].as_object().into_iter().flat_map(|results| results.keys()) {
        let value = logs.get(name).ok_or_else(|| format!("evaluate gives no {name}"))?;
        found.values(case, text(&evaluate["results"], name)?, &Shape::from(()), &[value])?;
    }
    Ok(())
}

/// A few steps with the weights and the optimizer's variables that the file holds.
fn resume(case: &Case, model: &mut Model, found: &mut Comparison) -> Result<(), String> {
    let resume = &case.json["resume"];
    let (x, y) = (case.list_of_tensors(&resume["x"])?, case.list_of_tensors(&resume["y"])?);
    let batch = count(resume, "batch_size")?;
    let mut losses = Vec::new();
    for start in list(resume, "batch_start")? {
        let start = start.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or("batch_start must be row numbers")?;
        let rows = |tensors: &[Tensor]| tensors.iter().map(|t| t.i(start..(start + batch).min(t.shape()[0]))).collect::<Vec<_>>();
        losses.push(model.train_on_batch(rows(&x), rows(&y)).map_err(|e| e.to_string())?.loss());
    }
    found.values(case, text(resume, "losses")?, &Shape::from([losses.len()]), &losses)
}
