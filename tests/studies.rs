//! Every study on a small budget: it runs, its results are nearly those of the full run, and its pictures are there.

// `main` is what they are not asked for here.
#![allow(dead_code)]

use anyhow::Result;
use std::path::{Path, PathBuf};
use wgrad_study::Study;

#[path = "../examples/auto_mpg.rs"]
mod auto_mpg;
#[path = "../examples/boston_housing.rs"]
mod boston_housing;
#[path = "../examples/char_lm/main.rs"]
mod char_lm;
#[path = "../examples/fashion_mnist_dense.rs"]
mod fashion_mnist_dense;
#[path = "../examples/fashion_mnist_functional.rs"]
mod fashion_mnist_functional;
#[path = "../examples/imdb_overfitting.rs"]
mod imdb_overfitting;
#[path = "../examples/kmeans_and_svm.rs"]
mod kmeans_and_svm;
#[path = "../examples/mnist_cnn.rs"]
mod mnist_cnn;
#[path = "../examples/mnist_sequential.rs"]
mod mnist_sequential;
#[path = "../examples/penguins.rs"]
mod penguins;
#[path = "../examples/regression_from_scratch/main.rs"]
mod regression_from_scratch;
#[path = "../examples/tensor_tour.rs"]
mod tensor_tour;
#[path = "../examples/xor.rs"]
mod xor;

/// The data sets beside the repository, where they are.
fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data")
}

/// Runs a study in a folder of its own, and checks that it has written these files.
fn study(name: &str, run: fn(&Study) -> Result<()>, files: &[&str]) -> Result<Study> {
    let study = Study::small(Path::new(env!("CARGO_TARGET_TMPDIR")).join("studies").join(name), data())?;
    run(&study)?;
    for file in files {
        let size = std::fs::metadata(study.path(file)).map_or(0, |file| file.len());
        assert!(size > 100, "{name} wrote {size} bytes of {file}");
    }
    Ok(study)
}

/// Whether there is a data set that the repository does not carry; says so where there is none.
fn has_data(set: &str) -> bool {
    let given = std::env::var_os("WGRAD_DATA").filter(|value| !value.is_empty()).map_or_else(data, PathBuf::from);
    let found = given.join(set).is_dir();
    if !found {
        eprintln!("SKIPPED: {} is not there; WGRAD_DATA names a directory with data sets", given.join(set).display());
    }
    found
}

#[test]
fn fashion_mnist_functional() -> Result<()> {
    let files = ["curves.png", "model.svg", "predictions.png", "confusion.png", "report.txt"];
    let study = study("fashion_mnist_functional", fashion_mnist_functional::run, &files)?;
    assert!(study.get("rmsprop_test_accuracy")? > 0.5);
    assert!(study.get("sgd_test_accuracy")? > 0.7);
    assert!(study.get("sgd_alone_test_accuracy")? > 0.3);
    Ok(())
}

#[test]
fn fashion_mnist_dense() -> Result<()> {
    let study = study("fashion_mnist_dense", fashion_mnist_dense::run, &["sigmoid.png", "relu.png", "accuracies.csv"])?;
    let accuracy = |name: &str| study.get(&format!("{name}_test_accuracy"));
    assert!(accuracy("relu_adam")? > 0.75);
    assert!(accuracy("sigmoid_adam")? > 0.7);
    for better in ["momentum", "nesterov", "adagrad", "rmsprop", "adam"] {
        assert!(accuracy(&format!("relu_{better}"))? > accuracy("relu_sgd")?, "{better}");
    }
    Ok(())
}

#[test]
fn mnist_cnn() -> Result<()> {
    if !has_data("mnist") {
        return Ok(());
    }
    let study = study("mnist_cnn", mnist_cnn::run, &["curves.png", "confusion.png", "mistakes.png"])?;
    assert!(study.get("mlp_test_accuracy")? > 0.85);
    assert!(study.get("cnn_test_accuracy")? > study.get("mlp_test_accuracy")?);
    Ok(())
}

#[test]
fn mnist_sequential() -> Result<()> {
    if !has_data("mnist") {
        return Ok(());
    }
    let files = ["curves.png", "predictions.png", "model.keras", "best.safetensors"];
    let study = study("mnist_sequential", mnist_sequential::run, &files)?;
    assert!(study.get("test_accuracy")? > 0.8);
    assert!(study.get("callbacks_test_accuracy")? > 0.8);
    assert!(study.path("logs/train").is_dir());
    Ok(())
}

#[test]
fn regression_from_scratch() -> Result<()> {
    if !has_data("mnist") {
        return Ok(());
    }
    let files = ["linear.png", "polynomial.png", "logistic_loss.png", "logistic_predictions.png"];
    let study = study("regression_from_scratch", regression_from_scratch::run, &files)?;
    assert!(study.get("linear_distance_from_least_squares")? < 1e-4);
    let error = |degree: &str| study.get(&format!("polynomial_degree_{degree}_test_mse"));
    assert!(error("3")? < 0.15 && error("1")? > 2.0 * error("3")? && error("12")? > error("3")?);
    assert!(error("12_l2")? < error("12")?);
    assert!(study.get("logistic_test_accuracy")? > 0.75);
    Ok(())
}

#[test]
fn imdb_overfitting() -> Result<()> {
    if !has_data("imdb") {
        return Ok(());
    }
    let study = study("imdb_overfitting", imdb_overfitting::run, &["validation_loss.png", "models.csv"])?;
    for model in ["16-16-1", "7-7-1", "1024-1024-1", "16-16-1_L2", "16-16-1_dropout"] {
        assert!(study.get(&format!("{model}_val_accuracy"))? > 0.75, "{model}");
    }
    assert!(study.get("1024-1024-1_best_epoch")? <= study.get("7-7-1_best_epoch")?);
    assert!(study.get("16-16-1_L2_overfit")? <= study.get("1024-1024-1_overfit")?);
    Ok(())
}

#[test]
fn tensor_tour() -> Result<()> {
    let study = study("tensor_tour", tensor_tour::run, &["tour.txt", "derivatives.png"])?;
    assert!(study.get("second_derivative_error")? < 1e-5);
    assert!(study.get("traced_difference")? < 1e-5);
    Ok(())
}

#[test]
fn char_lm() -> Result<()> {
    let study = study("char_lm", char_lm::run, &["curves.png", "gpt.txt", "lstm.txt"])?;
    let chance = study.get("frequencies_val_loss")?;
    assert!(study.get("gpt_val_loss")? < chance - 0.3);
    assert!(study.get("lstm_val_loss")? < chance);
    Ok(())
}

#[test]
fn kmeans_and_svm() -> Result<()> {
    let study = study("kmeans_and_svm", kmeans_and_svm::run, &["players.png", "clusters.csv", "elbow.png", "margin.png", "moons.png"])?;
    assert!(study.get("kmeans_agreement")? > 0.95);
    assert_eq!(study.get("svm_accuracy")?, 1.0);
    assert!((2.0..5.0).contains(&study.get("svm_support_vectors")?));
    assert!(study.get("moons_rbf_accuracy")? > 0.9 && study.get("moons_linear_accuracy")? < 0.93);
    Ok(())
}

#[test]
fn auto_mpg() -> Result<()> {
    let study =
        study("auto_mpg", auto_mpg::run, &["pairs.png", "curves.png", "scatter.png", "errors.png", "scaler.json", "auto_mpg.keras"])?;
    assert!(study.get("test_mae")? < 3.0);
    Ok(())
}

#[test]
fn boston_housing() -> Result<()> {
    if !has_data("tables") {
        return Ok(());
    }
    let study = study("boston_housing", boston_housing::run, &["curves.png", "scatter.png", "errors.png"])?;
    assert!(study.get("test_mae")? < 4.0 && study.get("folds_mae")? < 4.0);
    Ok(())
}

#[test]
fn penguins() -> Result<()> {
    let pictures = ["pairs", "hidden_layers", "units", "epochs", "batch_size", "shapes", "schedules", "regularizers", "confusion"];
    let files: Vec<String> =
        pictures.iter().map(|name| format!("{name}.png")).chain(["random_search.csv".into(), "hidden_layers.csv".into()]).collect();
    let study = study("penguins", penguins::run, &files.iter().map(String::as_str).collect::<Vec<_>>())?;
    assert!(study.get("baseline_accuracy")? > 0.9 && study.get("test_accuracy")? > 0.9);
    Ok(())
}

#[test]
fn xor() -> Result<()> {
    let files = ["perceptron.png", "perceptron_and.png", "perceptron_xor.png", "sigmoid_2_2_1.png", "relu_4_4_2.png", "loss.png"];
    let study = study("xor", xor::run, &files)?;
    for gate in ["and", "or"] {
        assert_eq!(study.get(&format!("perceptron_{gate}_accuracy"))?, 1.0, "{gate}");
    }
    assert!(study.get("perceptron_xor_accuracy")? < 1.0);
    for network in ["sigmoid_2_2_1", "relu_4_4_2"] {
        assert_eq!(study.get(&format!("{network}_accuracy"))?, 1.0, "{network}");
        assert!(study.get(&format!("{network}_loss"))? < 0.1, "{network}");
    }
    Ok(())
}
