//! Trains a small model with the TensorBoard callback, writes one value of each kind by hand, and prints as JSON what a reader must find:
//! `cargo run -p wgrad-board --example events -- FOLDER`. `tests/tensorboard/read_back.py` compares.

use serde_json::json;
use wgrad_board::{SummaryWriter, TensorBoard, UpdateFreq};
use wgrad_cpu as _;
use wgrad_model::{Fit, Functional, Layer, Model, Result, Sequential, Symbol, layers::*};
use wgrad_tensor::{Device, HostData, HostTensor, Tensor};

/// Two branches, one of them a model of its own.
fn model() -> Result<Model> {
    let x = Symbol::input([6, 6, 1]).named("image");
    let features = Sequential::new([
        Conv2D::new(4, 3).activation("relu").named("conv"),
        Flatten::new().named("flatten"),
        Dense::new(8).activation("tanh").named("dense"),
    ]);
    let deep = features.input_shape([6, 6, 1]).name("features").on(&x);
    let wide = Flatten::new().named("wide").on(&x);
    let y = Dense::new(3).activation("softmax").named("classes").on(&Concatenate::new().named("join").on([&deep, &wide]));
    Functional::new(&x, &y).device(&Device::open("cpu")?).compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
}

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "logs".into());
    let mut model = model()?;
    let x: Vec<f32> = (0..24 * 36).map(|i| ((i * 37) % 101) as f32 / 101.0).collect();
    let (x, y) = (Tensor::from_vec(x, [24, 6, 6, 1]), Tensor::from_vec((0..24).map(|i| i % 3).collect::<Vec<i32>>(), [24]));
    let board = TensorBoard::new(&folder).histogram_freq(1).write_images(true).write_gradients(&x, &y);
    let board = board.update_freq(UpdateFreq::Steps(1)).write_steps_per_second(true);
    let history = model.fit(&x, &y, Fit::epochs(3).batch_size(8).validation_split(0.25).verbose(0).callback(board))?;

    let mut writer = SummaryWriter::new(format!("{folder}/by_hand"))?;
    let numbers = [0.0, -1.5, 1e-30, 3.25e7, f32::MAX];
    for (step, &number) in numbers.iter().enumerate() {
        writer.scalar("numbers/all", number, step as u64)?;
    }
    writer.histogram("spread", (0..1000).map(|i| f64::from(i) * 0.01), 5)?;
    let shades = HostTensor::new([2, 3], HostData::F32(vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0]));
    let colors = HostTensor::new([1, 2, 3], HostData::F32(vec![1.0, 0.0, 0.0, 0.0, 0.0, 1.0]));
    for (tag, image) in [("shades", shades), ("colors", colors)] {
        image.iter().try_for_each(|image| writer.image(tag, image, 1))?;
    }
    writer.text("note", "Grüße, **TensorBoard**", 2)?;
    writer
        .hparams([("rate", 0.01.into()), ("layers", 0.into()), ("optimizer", "adam".into()), ("bias", false.into())], &["numbers/all"])?;
    writer.flush()?;

    let weights: Vec<_> = model.weights()?.iter().map(|(path, value)| (path.clone(), value.data().to_f64())).collect();
    let epochs: Vec<_> = history.epochs().iter().map(|logs| logs.iter().collect::<std::collections::BTreeMap<_, _>>()).collect();
    println!("{}", json!({"epochs": epochs, "weights": weights, "numbers": numbers, "iterations": model.iterations()}));
    Ok(())
}
