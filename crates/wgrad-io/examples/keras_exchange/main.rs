//! Models in files that wgrad writes and Keras reads, and the other way round; `tests/keras/exchange.py` runs it and does Keras' half.
//!
//! `keras_exchange write DIR` writes models of several kinds in every form, with data, what the model predicts, and the losses of two more steps of
//! training; as ONNX, too. `keras_exchange check DIR` reads what Keras wrote there in the same way.

mod models;

use serde_json::{Value as Json, json};
use std::{error::Error, fs, path::Path};
use wgrad_cpu as _;
use wgrad_io::{load_model, load_weights, save_model, save_onnx, save_weights};
use wgrad_model::{
    ANY, Model,
    layers::{StringLookup, TextVectorization},
};
use wgrad_tensor::{HostData, HostTensor, Tensor};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", folder] => models::all()?.into_iter().try_for_each(|(name, model)| write(Path::new(folder), name, model)),
        ["check", folder] => check(Path::new(folder)),
        _ => Err("usage: keras_exchange write|check DIR".into()),
    }
}

fn write(folder: &Path, name: &str, mut model: Model) -> Result {
    let (x, y) = models::data(&model, 8)?;
    (0..3).try_for_each(|_| model.train_on_batch(x.clone(), y.clone()).map(drop))?;
    for form in ["keras", "h5", "json"] {
        save_model(&model, folder.join(format!("{name}.{form}")))?;
    }
    save_weights(&model, folder.join(format!("{name}.weights.h5")))?;
    if model.inputs().iter().all(|(_, spec)| !spec.shape.contains(&ANY)) {
        save_onnx(&model, folder.join(format!("{name}.onnx")), 8)?;
    }
    let predictions = model.predict_all(x.clone(), 8)?;
    let losses = (0..2).map(|_| Ok(model.train_on_batch(x.clone(), y.clone())?.loss())).collect::<Result<Vec<f64>>>()?;
    let list = |tensors: &[Tensor]| tensors.iter().map(to_json).collect::<Result<Vec<Json>>>();
    let facts = json!({"x": list(&x)?, "y": list(&y)?, "predictions": list(&predictions)?, "losses": losses});
    fs::write(folder.join(format!("{name}.facts.json")), facts.to_string())?;
    println!("wrote {name}");
    Ok(())
}

fn check(folder: &Path) -> Result {
    let mut failed = Vec::new();
    check_texts(folder)?;
    for entry in fs::read_dir(folder)? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        let Some(name) = file.strip_suffix(".facts.json") else { continue };
        match check_model(folder, name) {
            Ok(()) => println!("{name}: equal in every form"),
            Err(error) => failed.push(format!("{name}: {error}")),
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

fn check_model(folder: &Path, name: &str) -> Result {
    let facts: Json = serde_json::from_str(&fs::read_to_string(folder.join(format!("{name}.facts.json")))?)?;
    let (x, y, expected) = (from_json(&facts["x"])?, from_json(&facts["y"])?, from_json(&facts["predictions"])?);
    let forms: Vec<String> = serde_json::from_value(facts["forms"].clone())?;
    for form in forms {
        let path = folder.join(format!("{name}.{form}"));
        let mut model = if form == "weights.h5" {
            let json = serde_json::from_str(&fs::read_to_string(folder.join(format!("{name}.json")))?)?;
            let mut model = Model::from_json(&json, &wgrad_tensor::Device::default_device()?)?;
            load_weights(&mut model, path)?;
            model
        } else {
            load_model(path)?
        };
        for (got, expected) in model.predict_all(x.clone(), 8)?.iter().zip(&expected) {
            compare(&format!("{form}: predictions"), &got.to_vec::<f32>()?, &expected.to_vec::<f32>()?, 1e-5)?;
        }
        if form != "weights.h5" {
            let losses: Vec<f32> = serde_json::from_value(facts["losses"].clone())?;
            let got = losses.iter().map(|_| Ok(model.train_on_batch(x.clone(), y.clone())?.loss() as f32)).collect::<Result<Vec<f32>>>()?;
            compare(&format!("{form}: losses of more training"), &got, &losses, 1e-4)?;
        }
    }
    Ok(())
}

/// Layers of texts, which are no layers of models here, with the vocabulary that Keras' learned.
fn check_texts(folder: &Path) -> Result {
    let facts: Json = serde_json::from_str(&fs::read_to_string(folder.join("texts.json"))?)?;
    let config = |layer| wgrad_io::load_layer_config(folder.join("texts.keras"), layer);
    let texts: Vec<String> = serde_json::from_value(facts["texts"].clone())?;
    let numbers = [
        ("tokens", TextVectorization::from_config(&config("tokens")?)?.apply(texts.clone())?),
        ("weights", TextVectorization::from_config(&config("weights")?)?.apply(texts.clone())?),
        ("whole", StringLookup::from_config(&config("whole")?)?.apply(texts)?),
    ];
    for (layer, got) in numbers {
        let expected: Vec<f32> = serde_json::from_value(facts[layer].clone())?;
        compare(layer, &got.cast(wgrad_tensor::DType::F32).to_vec::<f32>()?, &expected, 1e-6)?;
    }
    println!("texts: the same vocabularies");
    Ok(())
}

fn compare(what: &str, got: &[f32], expected: &[f32], tolerance: f32) -> Result {
    if got.len() != expected.len() {
        return Err(format!("{what}: {} numbers, expected {}", got.len(), expected.len()).into());
    }
    let near = |got: f32, expected: f32| (got - expected).abs() <= tolerance * (1.0 + expected.abs());
    match got.iter().zip(expected).find(|(got, expected)| !near(**got, **expected)) {
        Some((got, expected)) => Err(format!("{what}: {got}, expected {expected}").into()),
        None => Ok(()),
    }
}

fn to_json(tensor: &Tensor) -> Result<Json> {
    let dtype = tensor.dtype().name();
    let values = tensor.cast(wgrad_tensor::DType::F32).to_vec::<f32>()?;
    Ok(json!({"shape": tensor.shape().to_vec(), "dtype": if dtype == "i32" { "int32" } else { "float32" }, "values": values}))
}

fn from_json(json: &Json) -> Result<Vec<Tensor>> {
    let one = |json: &Json| {
        let shape: Vec<usize> = serde_json::from_value(json["shape"].clone())?;
        let values: Vec<f32> = serde_json::from_value(json["values"].clone())?;
        let data = if json["dtype"] == "int32" { HostData::I32(values.iter().map(|v| *v as i32).collect()) } else { HostData::F32(values) };
        Ok(Tensor::from_value(HostTensor::new(shape, data).ok_or("values and shape differ")?.into()))
    };
    json.as_array().ok_or("no list")?.iter().map(one).collect()
}
