//! Reviews of films, told apart by the words that occur in them: how networks of several sizes overfit, and what regularisation does about it.
//!
//!     cargo run --release --example imdb_overfitting [-- --device D] [--quick] [--out DIR]
//!
//! The validation loss of 16-16-1 grows from epoch 4 on, by 0.252; of 7-7-1 from epoch 9 on, by 0.118; of 1024-1024-1 by 0.437; with L1 from epoch 17 on,
//! by 0.003. 105 s on two cores, most of them for the largest network.

use anyhow::{Context, Result};
use std::process::ExitCode;
use wgrad::{
    Entry, Fit, History, Regularizer, Sequential, Tensor,
    data::{Imdb, Reviews},
    layers::{Dense, Dropout},
    plot::Plot,
};
use wgrad_study::Study;

fn main() -> ExitCode {
    wgrad_study::main("imdb_overfitting", run)
}

/// Reviews as rows of zeros and ones, a column for each word, and whether they are good.
struct Rows {
    x: Tensor,
    y: Tensor,
}

impl Rows {
    fn of(reviews: &Reviews, words: usize) -> Result<Rows> {
        // Evaluated once, so that all trainings share it.
        Ok(Rows { x: reviews.multi_hot(words)?.eval()?, y: reviews.labels() })
    }
}

pub(crate) fn run(study: &Study) -> Result<()> {
    let words = study.choose(10_000, 2000);
    let data = study.load(|places| Imdb::load_from(places, words))?;
    println!("data: {}", data.source);
    let (validation, train) = (study.choose(10_000, 1000), study.choose(15_000, 2000));
    let train = Rows::of(&data.train.slice(validation..validation + train), words)?;
    let validation = Rows::of(&data.train.slice(0..validation), words)?;

    let mut plot = Plot::new("Loss on reviews that were not trained with").axes("epoch", "validation loss");
    let mut table = String::from("model,best_epoch,best_val_loss,last_val_loss,best_val_accuracy\n");
    for (name, hidden) in models(study) {
        println!("\n{name}");
        let history = fit(study, hidden, &train, &validation)?;
        let losses = history.get("val_loss");
        let (best, least) = losses.iter().copied().enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).context("no epoch")?;
        let last = losses.last().copied().context("no epoch")?;
        let accuracy = history.get("val_accuracy").into_iter().fold(0.0, f64::max);
        study.result(&format!("{name}_best_epoch"), (best + 1) as f64);
        study.result(&format!("{name}_overfit"), last - least);
        study.result(&format!("{name}_val_accuracy"), accuracy);
        table += &format!("{name},{},{least:.4},{last:.4},{accuracy:.4}\n", best + 1);
        let epochs: Vec<f64> = (1..=losses.len()).map(|epoch| epoch as f64).collect();
        plot = plot.line(name, &epochs, &losses);
    }
    study.text("models.csv", &table)?;
    study.picture("validation_loss.png", &plot.draw()?)
}

/// The hidden layers of each model.
fn models(study: &Study) -> Vec<(&'static str, Vec<Entry>)> {
    let dense = |units: usize| Dense::new(units).activation("relu");
    let plain = |units: usize| vec![dense(units).into(), dense(units).into()];
    let penalized = |penalty: Regularizer| -> Vec<Entry> {
        vec![dense(16).kernel_regularizer(penalty.clone()).into(), dense(16).kernel_regularizer(penalty).into()]
    };
    vec![
        ("16-16-1", plain(16)),
        ("7-7-1", plain(7)),
        ("1024-1024-1", plain(study.choose(1024, 128))),
        ("16-16-1_L1", penalized(Regularizer::L1 { l1: 0.001 })),
        ("16-16-1_L2", penalized(Regularizer::L2 { l2: 0.001 })),
        ("16-16-1_L1L2", penalized(Regularizer::L1L2 { l1: 0.0005, l2: 0.0005 })),
        ("16-16-1_dropout", vec![dense(16).into(), Dropout::new(0.5).into(), dense(16).into(), Dropout::new(0.5).into()]),
    ]
}

fn fit(study: &Study, hidden: Vec<Entry>, train: &Rows, validation: &Rows) -> Result<History> {
    let network = Sequential::new(hidden).add(Dense::new(1).activation("sigmoid")).input_shape([train.x.shape()[1]]).seed(1);
    let mut model = network.compile("rmsprop", "binary_crossentropy", ["accuracy"])?;
    let fit = Fit::epochs(study.choose(20, 8)).batch_size(study.choose(512, 128));
    Ok(model.fit(&train.x, &train.y, fit.validation_data(&validation.x, &validation.y).verbose(study.verbose()))?)
}
