//! Models from `model.json`, with the weights that the files hold: predictions, loss and metrics, training that goes on, numbers of parameters, summaries.

use super::{
    Case, Comparison,
    case::{count, list, text, texts},
    network,
};
use wgrad_model::Model;
use wgrad_tensor::{Device, HostTensor, Shape, Tensor};

/// The batch size of the predictions.
const BATCH: usize = 32;

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let json = case.file(text(&case.json["files"], "model.json")?)?;
    let mut model = network::build(case, &json, device)?;
    if model.count_params() != count(&case.json, "count_params")? {
        return Err(format!("the model has {} parameters, Keras' has {}", model.count_params(), case.json["count_params"]));
    }
    compare_summary(case, &model, "summary_80_before_training.txt")?;
    let outputs = model.predict_all(case.list_of_tensors(&case.json["inputs"])?, BATCH).map_err(|e| e.to_string())?;
    let names = texts(&case.json, "outputs")?;
    if names.len() != outputs.len() {
        return Err(format!("the model has {} outputs, Keras' has {}", outputs.len(), names.len()));
    }
    let mut found = case.compare(device, &names.into_iter().zip(outputs).collect::<Vec<_>>())?;
    if !case.json["evaluate"].is_null() {
        evaluate(case, &mut model, &mut found)?;
    }
    if !case.json["optimizer_variables"].is_null() {
        restore_optimizer(case, &mut model)?;
        compare_summary(case, &model, "summary_80.txt")?;
    }
    if !case.json["resume"].is_null() {
        resume(case, &mut model, &mut found)?;
    }
    Ok(found)
}

/// Whether the summary is Keras' text, where there is one.
fn compare_summary(case: &Case, model: &Model, file: &str) -> Result<(), String> {
    let Some(path) = case.json["files"][file].as_str() else { return Ok(()) };
    let (got, expected) = (model.summary(), case.text_file(path)?);
    if got.trim_end() == expected.trim_end() { Ok(()) } else { Err(format!("the summary is\n{got}\nbut Keras' ({file}) is\n{expected}")) }
}

/// Loss and metrics of data that the case holds.
fn evaluate(case: &Case, model: &mut Model, found: &mut Comparison) -> Result<(), String> {
    let evaluate = &case.json["evaluate"];
    network::compile(model, &case.json["compile"])?;
    let (x, y) = (case.list_of_tensors(&evaluate["x"])?, case.list_of_tensors(&evaluate["y"])?);
    let logs = model.evaluate_with(x, y, count(evaluate, "batch_size")?).map_err(|e| e.to_string())?;
    for name in evaluate["results"].as_object().into_iter().flat_map(|results| results.keys()) {
        let value = logs.get(name).ok_or_else(|| format!("evaluate gives no {name}"))?;
        found.values(case, text(&evaluate["results"], name)?, &Shape::from(()), &[value])?;
    }
    Ok(())
}

/// The optimizer's variables that the files hold.
fn restore_optimizer(case: &Case, model: &mut Model) -> Result<(), String> {
    let values = list(&case.json, "optimizer_variables")?.iter().map(|variable| Ok(case.host(text(variable, "tensor")?)?.clone()));
    let values = values.collect::<Result<Vec<HostTensor>, String>>()?;
    model.set_optimizer_variables(&values).map_err(|e| e.to_string())
}

/// A few steps with the weights and the optimizer's variables that the files hold.
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
