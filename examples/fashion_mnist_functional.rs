//! Clothes told apart by a functional model 784-256-128-64-32-10, trained with RMSprop and with SGD.
//!
//!     cargo run --release --example fashion_mnist_functional [-- --device D] [--quick] [--out DIR]

use anyhow::Result;
use std::process::ExitCode;
use wgrad::{
    Fit, Functional, History, Layer, Model, OptimizerArgument, Symbol,
    data::{FashionMnist, Split},
    layers::{Dense, Flatten},
    optimizers::{RMSprop, SGD},
    plot::{PlotModel, confusion_matrix, plot_history, plot_model, sample_images},
};
use wgrad_study::Study;

fn main() -> ExitCode {
    wgrad_study::main("fashion_mnist_functional", run)
}

pub(crate) fn run(study: &Study) -> Result<()> {
    let data = study.load(FashionMnist::load, FashionMnist::load_from)?;
    println!("data: {}", data.source);
    let (train, test) = (data.train.take(study.choose(60_000, 6000)), data.test);

    let (_, rmsprop) = fit(study, "rmsprop", RMSprop::new(0.01), &train, &test)?;
    let (mut model, sgd) = fit(study, "sgd", SGD::new(0.01), &train, &test)?;
    study.picture("curves.png", &plot_history([("RMSprop", &rmsprop), ("SGD", &sgd)])?)?;
    study.picture("model.svg", &plot_model(&model, PlotModel::new().show_shapes(true).show_layer_activations(true))?)?;

    let probabilities = model.predict(&test.images)?;
    let shown = 15;
    let some = test.take(shown);
    study.picture("predictions.png", &sample_images(&some.images, &probabilities.i(..shown), &some.labels, &FashionMnist::CLASSES)?)?;
    study.picture("confusion.png", &confusion_matrix(&test.labels, &probabilities.argmax(-1), &FashionMnist::CLASSES)?)
}

/// Ten epochs from the same initial weights, with the last 30 % of the images for validation; then the accuracy of the test images.
fn fit(study: &Study, name: &str, optimizer: impl Into<OptimizerArgument>, train: &Split, test: &Split) -> Result<(Model, History)> {
    println!("\n{name}");
    let mut model = network()?;
    model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"])?;
    let fit = Fit::epochs(study.choose(10, 4)).batch_size(128).validation_split(0.3).verbose(study.verbose());
    let history = model.fit(&train.images, &train.labels, fit)?;
    let accuracy = model.evaluate(&test.images, &test.labels)?.get("accuracy").unwrap_or(f64::NAN);
    study.result(&format!("{name}_test_accuracy"), accuracy);
    Ok((model, history))
}

fn network() -> Result<Model> {
    let image = Symbol::input([28, 28]).named("image");
    let mut hidden = Flatten::new().on(&image);
    for units in [256, 128, 64, 32] {
        hidden = Dense::new(units).activation("relu").on(&hidden);
    }
    let class = Dense::new(10).activation("softmax").named("class").on(&hidden);
    Ok(Functional::new(&image, &class).seed(1).build()?)
}
