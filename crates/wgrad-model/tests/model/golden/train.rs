//! Whole training runs, step by step as Keras ran them.

use super::{Case, optimizer::optimizer, run};
use serde_json::Value as Json;
use std::sync::Arc;
use wgrad_model::{Entry, Fit, Model, Optimizer, OptimizerArgument, Sequential, layers::from_config};
use wgrad_tensor::{Device, Tensor};

#[test]
fn training_follows_keras_step_by_step() {
    for device in crate::devices() {
        run("train", 3, |case| check(case, &device));
    }
}

/// The model of the case with its first weights, compiled; or what this crate has not.
fn model(case: &Case, device: &Device) -> Result<Model, String> {
    if case.json["model"]["class_name"] != "Sequential" {
        return Err("not Sequential".into());
    }
    let (mut entries, mut input) = (Vec::new(), Vec::new());
    for layer in case.json["model"]["config"]["layers"].as_array().unwrap() {
        let (class, config) = (layer["class_name"].as_str().unwrap(), &layer["config"]);
        if class == "InputLayer" {
            input = config["batch_shape"].as_array().unwrap()[1..].iter().map(|n| n.as_u64().unwrap() as usize).collect();
            continue;
        }
        if class == "Conv2D" && device.info().name == "reference" {
            return Err("convolutions train too slowly in plain loops".into());
        }
        let built = from_config(class, config).map_err(|e| e.to_string().split([',', ';']).next().unwrap().to_string())?;
        entries.push(Entry::new(built).named(config["name"].as_str().unwrap()).trainable(config["trainable"] != false));
    }
    let compile = &case.json["compile"];
    let optimizer = optimizer(compile["optimizer"]["class_name"].as_str().unwrap(), &compile["optimizer"]["config"])?;
    let optimizer: OptimizerArgument = Arc::<dyn Optimizer>::from(optimizer).into();
    let loss = compile["loss"].as_str().or(compile["loss"]["class_name"].as_str()).ok_or("several losses")?;
    let names = compile["metrics"].as_array().cloned().unwrap_or_default();
    let metrics: Vec<String> =
        names.iter().map(|name| name.as_str().map(str::to_string).ok_or("a metric with arguments")).collect::<Result<_, _>>()?;
    let mut model = Sequential::new(entries).input_shape(input).device(device).build().unwrap();
    let weights = case.json["weights"].as_array().unwrap();
    model.set_weights(weights.iter().map(|w| (w["path"].as_str().unwrap(), case.host(&w["tensor"]).clone()))).unwrap();
    model.compile(optimizer, loss, metrics).map_err(|e| e.to_string())?;
    Ok(model)
}

fn check(case: &Case, device: &Device) -> Result<(), String> {
    let fit = &case.json["fit"];
    super::unset(fit, &["class_weight", "sample_weight"])?;
    let mut stepped = model(case, device)?;
    let mut fitted = model(case, device)?;
    let (x, y) = (case.tensor(&fit["x"][0]), case.tensor(&fit["y"][0]));
    let (batch, epochs) = (fit["batch_size"].as_u64().unwrap() as usize, fit["epochs"].as_u64().unwrap() as usize);

    step_by_step(case, &mut stepped, &x, &y, batch, epochs);
    let mut settings = Fit::epochs(epochs).batch_size(batch).shuffle(false).verbose(0);
    if let Some(name) = fit.get("validation_x").filter(|name| !name.is_null()) {
        settings = settings.validation_data(&case.tensor(&name[0]), &case.tensor(&fit["validation_y"][0]));
    }
    let history = fitted.fit(&x, &y, settings).unwrap();
    for (name, tensor) in case.json["fit_history"].as_object().unwrap() {
        let values: Vec<f32> = history.get(name).into_iter().map(|v| v as f32).collect();
        case.compare(tensor, &values);
    }
    compare_weights(case, &fitted);
    Ok(())
}

fn step_by_step(case: &Case, model: &mut Model, x: &Tensor, y: &Tensor, batch: usize, epochs: usize) {
    let n = x.shape()[0];
    let mut logs = Vec::new();
    for _ in 0..epochs {
        for start in (0..n).step_by(batch) {
            let rows = start..(start + batch).min(n);
            logs.push(model.train_on_batch(&x.i(rows.clone()), &y.i(rows)).unwrap());
        }
    }
    for (name, tensor) in case.json["step_logs"].as_object().unwrap() {
        let values: Vec<f32> = logs.iter().map(|logs| logs.get(name).unwrap() as f32).collect();
        case.compare(tensor, &values);
    }
    compare_weights(case, model);
}

fn compare_weights(case: &Case, model: &Model) {
    let weights = model.weights().unwrap();
    for weight in case.json["weights"].as_array().unwrap() {
        let path: &Json = &weight["path"];
        let (_, value) = weights.iter().find(|(name, _)| path == name).unwrap();
        case.compare(&weight["final"], &value.to_vec::<f32>().unwrap());
    }
}
