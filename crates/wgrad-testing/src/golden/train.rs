//! Whole training runs, step by step as Keras ran them, and by `fit`.

use super::{
    Case, Comparison,
    case::{count, list, text, texts},
    network,
};
use serde_json::Value as Json;
use wgrad_model::{Fit, Model, optimizers::from_config};
use wgrad_tensor::{Device, Tensor};

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let fit = &case.json["fit"];
    unset(fit, &["class_weight", "sample_weight"])?;
    let (mut stepped, mut fitted) = (compiled(case, device)?, compiled(case, device)?);
    let ([x], [y]) = (&texts(fit, "x")?[..], &texts(fit, "y")?[..]) else { return Err("several inputs are not supported yet".into()) };
    let (x, y) = (case.tensor(x)?, case.tensor(y)?);
    let (batch, epochs) = (count(fit, "batch_size")?, count(fit, "epochs")?);

    let mut found = Comparison::default();
    step_by_step(case, &mut stepped, &x, &y, batch, epochs, &mut found)?;
    compare_weights(case, &stepped, &mut found)?;

    let mut settings = Fit::epochs(epochs).batch_size(batch).shuffle(false).verbose(0);
    if !fit["validation_x"].is_null() {
        let names = [texts(fit, "validation_x")?, texts(fit, "validation_y")?].concat();
        let [x, y] = names[..] else { return Err("several inputs are not supported yet".into()) };
        settings = settings.validation_data(&case.tensor(x)?, &case.tensor(y)?);
    }
    let history = fitted.fit(&x, &y, settings).map_err(|e| e.to_string())?;
    series(case, &case.json["fit_history"], &mut found, |name| Some(history.get(name)))?;
    compare_weights(case, &fitted, &mut found)?;
    Ok(found)
}

/// The model of the case with its first weights, compiled.
fn compiled(case: &Case, device: &Device) -> Result<Model, String> {
    let mut model = network::build(case, &case.json["model"], device)?;
    let compile = &case.json["compile"];
    let optimizer = &compile["optimizer"];
    let optimizer = from_config(text(optimizer, "class_name")?, &optimizer["config"]).map_err(|e| e.to_string())?;
    let loss = compile["loss"].as_str().or(compile["loss"]["class_name"].as_str()).ok_or("several losses are not supported yet")?;
    let metrics = if compile["metrics"].is_null() { Vec::new() } else { texts(compile, "metrics")? };
    model.compile(optimizer, loss, metrics).map_err(|e| e.to_string())?;
    Ok(model)
}

/// Whether a JSON object has nothing but null and false under these keys.
fn unset(config: &Json, keys: &[&str]) -> Result<(), String> {
    let is_set = |key: &&&str| !matches!(config[**key], Json::Null | Json::Bool(false));
    keys.iter().find(is_set).map_or(Ok(()), |key| Err(format!("{key} is not supported yet")))
}

fn step_by_step(
    case: &Case,
    model: &mut Model,
    x: &Tensor,
    y: &Tensor,
    batch: usize,
    epochs: usize,
    found: &mut Comparison,
) -> Result<(), String> {
    let n = x.shape().first().copied().unwrap_or_default();
    let mut logs = Vec::new();
    for _ in 0..epochs {
        for start in (0..n).step_by(batch.max(1)) {
            let rows = start..(start + batch).min(n);
            logs.push(model.train_on_batch(&x.i(rows.clone()), &y.i(rows)).map_err(|e| e.to_string())?);
        }
    }
    series(case, &case.json["step_logs"], found, |name| logs.iter().map(|logs| logs.get(name)).collect())
}

/// Compares the series of numbers that `tensors` names.
fn series(case: &Case, tensors: &Json, found: &mut Comparison, values: impl Fn(&str) -> Option<Vec<f64>>) -> Result<(), String> {
    for name in tensors.as_object().into_iter().flat_map(|tensors| tensors.keys()) {
        let values = values(name).ok_or_else(|| format!("there is no {name} in the logs"))?;
        found.values(case, text(tensors, name)?, &[values.len()].into(), &values)?;
    }
    Ok(())
}

fn compare_weights(case: &Case, model: &Model, found: &mut Comparison) -> Result<(), String> {
    let weights = model.weights().map_err(|e| e.to_string())?;
    for weight in list(&case.json, "weights")? {
        let path = text(weight, "path")?;
        let (_, value) = weights.iter().find(|(name, _)| path == name).ok_or_else(|| format!("the model has no weight {path}"))?;
        found.host(case, text(weight, "final")?, value)?;
    }
    Ok(())
}
