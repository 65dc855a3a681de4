//! The main job: learns to tell clothes apart, first with a small dense network, then with a small convolutional one.
//!
//!     cargo run --release --example fashion_mnist -- [--device D] [--epochs N] [--model mlp|cnn] [--train-limit N]

use anyhow::{Context, Result, anyhow, bail};
use wgrad::{
    Choice, Device, Fit, Sequential,
    data::{FashionMnist, Split},
    layers::{Conv2D, Dense, Flatten, MaxPooling2D},
    metrics::confusion_matrix,
};

const USAGE: &str = "usage: fashion_mnist [--device D] [--epochs N] [--model mlp|cnn] [--train-limit N]";

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let choice = Choice::new(options.device.as_deref(), "--device")?;
    println!("device: {choice}");
    Device::set_default(&choice.device);

    let data = FashionMnist::load()?;
    println!("data: {}", data.source);
    let (train, test) = (data.train.take(options.train_limit), data.test);
    println!("{} training images, {} test images", train.len(), test.len());
    if options.mlp {
        train_and_test(mlp(), options.epochs.unwrap_or(5), &train, &test)?;
    }
    if options.cnn {
        train_and_test(cnn(), options.epochs.unwrap_or(3), &train, &test)?;
    }
    Ok(())
}

/// 784-100-10.
fn mlp() -> Sequential {
    let layers = [Flatten::new().into(), Dense::new(100).activation("relu").into(), Dense::new(10).activation("softmax").into()];
    Sequential::new(layers).seed(1).name("fashion_mnist_mlp").input_shape([28, 28, 1])
}

/// Two convolutions, each with pooling, and two dense layers.
fn cnn() -> Sequential {
    let layers = [
        Conv2D::new(32, 5).activation("relu").into(),
        MaxPooling2D::new(2).into(),
        Conv2D::new(64, 5).activation("relu").into(),
        MaxPooling2D::new(2).into(),
        Flatten::new().into(),
        Dense::new(64).activation("relu").into(),
        Dense::new(10).activation("softmax").into(),
    ];
    Sequential::new(layers).seed(1).name("fashion_mnist_cnn").input_shape([28, 28, 1])
}

fn train_and_test(network: Sequential, epochs: usize, train: &Split, test: &Split) -> Result<()> {
    let mut model = network.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])?;
    println!("\n{}", model.summary());
    model.fit(&train.images, &train.labels, Fit::epochs(epochs).batch_size(32))?;

    let predictions = model.predict(&test.images)?;
    let confusion = confusion_matrix(&test.labels, &predictions, FashionMnist::CLASSES.len())?.with_names(FashionMnist::CLASSES);
    println!("\n{confusion}\n");
    let file = format!("{}.safetensors", model.name());
    model.save_weights(&file)?;
    println!("weights saved to {file}");
    println!("test accuracy {:.4}", confusion.accuracy());
    Ok(())
}

struct Options {
    device: Option<String>,
    epochs: Option<usize>,
    mlp: bool,
    cnn: bool,
    train_limit: usize,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
        let mut options = Options { device: None, epochs: None, mlp: true, cnn: true, train_limit: usize::MAX };
        while let Some(option) = arguments.next() {
            if option == "--help" {
                println!("{USAGE}");
                std::process::exit(0);
            }
            let value = arguments.next().ok_or_else(|| anyhow!("{option} needs a value; {USAGE}"))?;
            let number = || value.parse().with_context(|| format!("{option} takes a number, not \"{value}\""));
            match option.as_str() {
                "--device" => options.device = Some(value),
                "--epochs" => options.epochs = Some(number()?),
                "--train-limit" => options.train_limit = number()?,
                "--model" => match value.as_str() {
                    "mlp" => options.cnn = false,
                    "cnn" => options.mlp = false,
                    _ => bail!("--model is mlp or cnn, not \"{value}\""),
                },
                _ => bail!("there is no option {option}; {USAGE}"),
            }
        }
        Ok(options)
    }
}
