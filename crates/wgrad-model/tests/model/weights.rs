//! Weights in and out.

use crate::{build, reference};
use wgrad_model::{Layer, layers::Dense};
use wgrad_tensor::Tensor;

#[test]
fn weights_have_keras_names_and_survive_a_file() {
    let layers = || [Dense::new(3).into(), Dense::new(2).named("out")];
    let model = build(&reference(), &[4], layers());
    let weights = model.weights().unwrap();
    let names: Vec<&str> = weights.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["dense/kernel", "dense/bias", "out/kernel", "out/bias"]);
    assert_eq!(weights[0].1.shape().to_vec(), [4, 3]);

    let path = std::env::temp_dir().join(format!("wgrad-model-{}.safetensors", std::process::id()));
    model.save_weights(&path).unwrap();
    let mut other = wgrad_model::Sequential::new(layers()).input_shape([4]).seed(99).device(&reference()).build().unwrap();
    assert_ne!(other.weights().unwrap(), weights);
    other.load_weights(&path).unwrap();
    assert_eq!(other.weights().unwrap(), weights);
    let mut smaller = build(&reference(), &[4], [Dense::new(3).into()]);
    assert!(smaller.load_weights(&path).unwrap_err().to_string().contains("there is no variable \"out/"));
    let mut larger = build(&reference(), &[4], [Dense::new(3).into(), Dense::new(2).named("last")]);
    assert!(larger.load_weights(&path).unwrap_err().to_string().contains("it has no variable last/kernel"));
    std::fs::write(&path, b"not a file of tensors").unwrap();
    let error = other.load_weights(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.contains("wgrad-model-"), "{error}");
    assert!(other.load_weights(&path).unwrap_err().to_string().contains("wgrad-model-"));
}

#[test]
fn wrong_weights_are_errors() {
    let mut model = build(&reference(), &[4], [Dense::new(3).into()]);
    let zeros = |shape: &[usize]| Tensor::zeros(shape).to_host().unwrap();
    let error = model.set_weights([("dense/kernl", zeros(&[4, 3]))]).unwrap_err().to_string();
    assert!(error.contains("there is no variable \"dense/kernl\"; did you mean dense/kernel"), "{error}");
    let error = model.set_weights([("dense/kernel", zeros(&[3, 4]))]).unwrap_err().to_string();
    assert!(error.contains("weight dense/kernel: expected f32[4, 3], got f32[3, 4]"), "{error}");
    model.set_weights([("dense/bias", zeros(&[3]))]).unwrap();
}
