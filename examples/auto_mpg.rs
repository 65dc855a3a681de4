//! How far do cars go with a gallon? A table is cleaned and scaled, and a network 64-64-1 learns it: test cars are told within 2.02 miles on
//! average over ten splits (a Keras user measured 1.9 with one), in 0.3 s on the fast CPU.
//!
//!     cargo run --release --example auto_mpg [-- --device D] [--quick] [--out DIR]

use anyhow::{Context, Result};
use std::process::ExitCode;
use wgrad::{
    Fit, Model, Sequential, Tensor, Verbose,
    callbacks::EarlyStopping,
    data::{AutoMpg, Scaler, Table},
    layers::Dense,
    metrics::r2_score,
    optimizers::RMSprop,
    plot::{error_histogram, pair_plot, plot_history, true_against_predicted},
};
use wgrad_study::Study;

fn main() -> ExitCode {
    wgrad_study::main("auto_mpg", run)
}

pub(crate) fn run(study: &Study) -> Result<()> {
    let cars = clean(&AutoMpg::load()?)?;
    let columns = ["mpg", "cylinders", "displacement", "weight"].map(|name| anyhow::Ok((name, cars.numbers(name)?)));
    let columns = columns.into_iter().collect::<Result<Vec<_>>>()?;
    study.picture("pairs.png", &pair_plot(columns.iter().map(|(name, numbers)| (*name, numbers)), None, &[])?)?;

    let splits = study.choose(10, 2);
    let errors = (0..splits).map(|seed| learn(study, &cars, seed)).collect::<Result<Vec<f64>>>()?;
    println!("\nmean absolute errors of {splits} splits: {errors:.3?}");
    study.result("test_mae", errors.iter().sum::<f64>() / errors.len() as f64);
    Ok(())
}

/// Learns four fifths of the cars, other ones for each seed; the mean absolute error of the rest. The first training draws and is kept.
fn learn(study: &Study, cars: &Table, seed: u64) -> Result<f64> {
    let (train, test) = cars.split(0.2, seed);
    // What is known of the test cars must not change how they are scaled: the numbers are those of the training.
    let scaler = Scaler::standard(&train.drop([AutoMpg::TARGET])?)?;
    let (x_train, y_train) = tensors(&scaler, &train)?;
    let (x_test, y_test) = tensors(&scaler, &test)?;

    let mut model = network(x_train.shape()[1])?;
    let is_first = seed == 0;
    let stop = EarlyStopping::new().patience(10);
    let verbose = if is_first { study.verbose() } else { Verbose::Silent };
    let fit = Fit::epochs(study.choose(1000, 40)).validation_split(0.2).callback(stop).verbose(verbose);
    let history = model.fit(&x_train, &y_train, fit)?;
    if is_first {
        println!("\n{}", model.summary());
        scaler.save(study.path("scaler.json"))?;
        wgrad::save_model(&model, study.path("auto_mpg.keras"))?;
        let predicted = model.predict(&x_test)?;
        study.picture("curves.png", &plot_history(&history)?)?;
        study.picture("scatter.png", &true_against_predicted(&y_test, &predicted)?)?;
        study.picture("errors.png", &error_histogram(&y_test, &predicted)?)?;
        study.result("epochs", history.epochs().len() as f64);
        study.result("test_r2", r2_score(&y_test, &predicted)?);
    }
    model.evaluate(&x_test, &y_test)?.get("mae").context("the model has the metric mae")
}

/// Without the six cars whose horsepower nobody knows and without names; a column for each origin.
fn clean(cars: &Table) -> Result<Table> {
    println!("{}\n", cars.head(5));
    println!("missing: {:?}", cars.missing().into_iter().filter(|(_, n)| *n > 0).collect::<Vec<_>>());
    let cars = cars.drop(["name"])?.dropna().one_hot("origin")?;
    println!("{} cars are left\n\n{}", cars.len(), cars.describe());
    Ok(cars)
}

/// Inputs and what is to be predicted.
fn tensors(scaler: &Scaler, cars: &Table) -> Result<(Tensor, Tensor)> {
    let x = scaler.transform(&cars.drop([AutoMpg::TARGET])?)?.to_tensor()?;
    Ok((x, cars.select([AutoMpg::TARGET])?.to_tensor()?))
}

fn network(inputs: usize) -> Result<Model> {
    let layers = [Dense::new(64).activation("relu").into(), Dense::new(64).activation("relu").into(), Dense::new(1).into()];
    Ok(Sequential::new(layers).seed(1).input_shape([inputs]).compile(RMSprop::new(0.001), "mse", ["mae", "mse"])?)
}
