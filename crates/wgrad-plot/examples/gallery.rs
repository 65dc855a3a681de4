//! Draws every kind of picture into a folder, as SVG and PNG: `cargo run -p wgrad-plot --example gallery -- FOLDER`.

use std::path::PathBuf;
use wgrad_cpu as _;
use wgrad_model::{Entry, Fit, Functional, History, Layer, Model, Result, Sequential, Symbol, layers::*};
use wgrad_plot::{
    Figure, Plot, PlotModel, RankDir, confusion_matrix, decision_boundary, error_histogram, pair_plot, plot_history, plot_model,
    sample_images, true_against_predicted,
};
use wgrad_tensor::{Device, Tensor};

/// Every kind of picture, with a name.
pub(crate) fn gallery() -> Result<Vec<(&'static str, Figure)>> {
    let (x, labels) = rings(400);
    let y = Tensor::from_vec(labels.clone(), [labels.len()]);
    let (mut small, mut large) = (classifier(4)?, classifier(16)?);
    let histories = [fit(&mut small, &x, &y)?, fit(&mut large, &x, &y)?];
    let predictions = large.predict(&x)?.to_vec::<f32>()?;
    let predicted: Vec<usize> = predictions.chunks(3).map(|p| (0..3).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap_or(0)).collect();
    let labels: Vec<usize> = labels.into_iter().map(|label| label as usize).collect();
    let rings = ["inner", "middle", "outer"];
    let (truth, guess) = prices(600);
    let all = PlotModel::new().show_shapes(true).show_dtype(true).show_layer_activations(true).show_trainable(true);
    let branches = branches()?;
    let (images, likely, kinds) = shapes();
    let ((many, noisy), hundred) = (many_classes(10), many_classes(100));
    let table = flowers();
    let columns = || ["sepal length", "sepal width", "petal length", "petal width"].into_iter().zip(&table.0);
    Ok(vec![
        ("history", plot_history(&histories[1])?),
        ("histories", plot_history([("4 units", &histories[0]), ("16 units", &histories[1])])?),
        ("confusion", confusion_matrix(&labels, &predicted, &rings)?),
        ("confusion_many", confusion_matrix(&many, &noisy, &CLOTHES)?),
        ("confusion_hundred", confusion_matrix(&hundred.0, &hundred.1, &[])?),
        ("samples", sample_images(&images, &likely, &kinds, &["disc", "box", "cross"])?),
        ("true_against_predicted", true_against_predicted(&truth, &guess)?),
        ("errors", error_histogram(&truth, &guess)?),
        ("boundary", decision_boundary(&mut large, &x, &labels, &rings)?),
        ("pairs", pair_plot(columns(), Some((&table.1).into()), &["setosa", "versicolor", "virginica"])?),
        ("pairs_plain", pair_plot(columns().take(3), None, &[])?),
        ("plot", fit_of_a_line()?),
        ("model", plot_model(&small, all)?),
        ("model_names", plot_model(&branches, PlotModel::new())?),
        ("model_branches", plot_model(&branches, all)?),
        ("model_nested", plot_model(&branches, all.expand_nested(true))?),
        ("model_sideways", plot_model(&branches, PlotModel::new().show_shapes(true).rankdir(RankDir::LeftToRight).expand_nested(true))?),
        ("model_dense", plot_model(&dense_block()?, PlotModel::new().show_shapes(true).show_layer_names(false))?),
    ])
}

const CLOTHES: [&str; 10] = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

/// Numbers between 0 and 1 that are the same each time.
fn noise(seed: u32) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / 16_777_216.0
    }
}

/// Points of three rings around each other, and which.
fn rings(n: usize) -> (Tensor, Vec<i32>) {
    let mut random = noise(1);
    let labels: Vec<i32> = (0..n as i32).map(|i| i % 3).collect();
    let point = |label: &i32| {
        let (angle, radius) = (random() * 6.3, *label as f32 + 0.4 + 0.5 * random());
        [radius * angle.cos(), radius * angle.sin()]
    };
    (Tensor::from_vec(labels.iter().flat_map(point).collect::<Vec<f32>>(), [n, 2]), labels)
}

fn cpu() -> Result<Device> {
    Ok(Device::open("cpu")?)
}

fn classifier(units: usize) -> Result<Model> {
    let layers: [Entry; 4] = [
        Dense::new(units).activation("tanh").named("first"),
        Dropout::new(0.1).named("dropout"),
        Dense::new(units).activation("tanh").named("second"),
        Dense::new(3).activation("softmax").named("classes"),
    ];
    let model = Sequential::new(layers).input_shape([2]).device(&cpu()?);
    let mut model = model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])?;
    model.set_learning_rate(0.02)?;
    Ok(model)
}

fn fit(model: &mut Model, x: &Tensor, y: &Tensor) -> Result<History> {
    model.fit(x, y, Fit::epochs(30).batch_size(20).validation_split(0.25).verbose(0))
}

/// An image with its numbers and two texts through shared layers, one of the branches a model of its own.
fn branches() -> Result<Model> {
    let image = Symbol::input([28, 28, 1]).named("image");
    let (title, body) = (Symbol::input([20]).named("title"), Symbol::input([80]).named("body"));
    let vision = Sequential::new([
        Conv2D::new(16, 3).activation("relu").named("conv"),
        MaxPooling2D::new(2).named("pool"),
        Flatten::new().named("flatten"),
    ]);
    let seen = vision.input_shape([28, 28, 1]).name("vision").on(&image);
    let words = Embedding::new(5000, 32).named("words").trainable(false);
    let read = |text: &Symbol, name: &str| LSTM::new(24).named(name).on(&words.on(text));
    let both = Concatenate::new().named("join").on([&seen, &read(&title, "read_title"), &read(&body, "read_body")]);
    let hidden = Dense::new(32).activation("relu").named("hidden").on(&both);
    let more = Dense::new(32).activation("relu").named("more").on(&hidden);
    let sum = Add::new().named("residual").on([&hidden, &more]);
    let topic = Dense::new(8).activation("softmax").named("topic").on(&sum);
    let rank = Dense::new(1).activation("sigmoid").named("rank").on(&sum);
    Functional::new([&image, &title, &body], [&topic, &rank]).device(&cpu()?).build()
}

/// Every layer reads all before it.
fn dense_block() -> Result<Model> {
    let mut results = vec![Symbol::input([8, 8, 4])];
    for _ in 0..4 {
        let read = if let [only] = results.as_slice() { only.clone() } else { Concatenate::new().on(&results) };
        results.push(Conv2D::new(4, 3).padding("same").on(&read));
    }
    Functional::new(&results[0], &results[4]).device(&cpu()?).build()
}

fn prices(n: usize) -> (Vec<f32>, Vec<f32>) {
    let mut random = noise(5);
    let truth: Vec<f32> = (0..n).map(|_| 40.0 + 400.0 * random() * random()).collect();
    let guess = truth.iter().map(|price| price * 0.93 + 15.0 + 60.0 * (random() + random() + random() - 1.5)).collect();
    (truth, guess)
}

/// A line among dots, some of them ringed.
fn fit_of_a_line() -> Result<Figure> {
    let mut random = noise(3);
    let x: Vec<f32> = (0..40).map(|i| i as f32 / 10.0).collect();
    let y: Vec<f32> = x.iter().map(|x| 1.5 * x - 1.0 + random() + random()).collect();
    let ends = [0.0, 3.9];
    let plot = Plot::new("Temperature over the day").note("slope 1.5, offset -0.5").axes("hours", "degrees");
    let plot = plot.dots("measured", &x, &y).line("fitted", &ends, &[0.0, 5.85]).dashes("", &ends, &[1.0, 6.85]);
    plot.dashes("", &ends, &[-1.0, 4.85]).rings("first five", &x[..5], &y[..5]).draw()
}

/// Small pictures of three kinds, and what somebody thinks of them.
fn shapes() -> (Tensor, Tensor, Vec<usize>) {
    let mut random = noise(9);
    let (n, side) = (12, 16);
    let kinds: Vec<usize> = (0..n).map(|i| i % 3).collect();
    let mut pixels = Vec::new();
    for &kind in &kinds {
        let (cx, cy, r) = (6.0 + 4.0 * random(), 6.0 + 4.0 * random(), 3.0 + 2.0 * random());
        for (y, x) in (0..side * side).map(|i| ((i / side) as f32, (i % side) as f32)) {
            let (dx, dy) = ((x - cx).abs(), (y - cy).abs());
            let is_on = [dx * dx + dy * dy < r * r, dx.max(dy) < r * 0.8, dx.min(dy) < 1.2 && dx.max(dy) < r][kind];
            pixels.push(if is_on { 0.7 + 0.3 * random() } else { 0.15 * random() });
        }
    }
    let mut likely = Vec::new();
    for (i, &kind) in kinds.iter().enumerate() {
        let seen = if i % 5 == 4 { (kind + 1) % 3 } else { kind };
        let raw: Vec<f32> = (0..3).map(|class| 0.05 + 0.4 * random() + if class == seen { 0.8 } else { 0.0 }).collect();
        likely.extend(raw.iter().map(|value| value / raw.iter().sum::<f32>()));
    }
    (Tensor::from_vec(pixels, [n, side, side]), Tensor::from_vec(likely, [n, 3]), kinds)
}

fn many_classes(classes: usize) -> (Vec<usize>, Vec<usize>) {
    let mut random = noise(3);
    let labels: Vec<usize> = (0..5000).map(|i| i % classes).collect();
    let any = |share: f32| ((share * classes as f32) as usize).min(classes - 1);
    let predicted = labels.iter().map(|&label| if random() < 0.82 { label } else { any(random()) }).collect();
    (labels, predicted)
}

/// Four measures of three kinds of flowers.
fn flowers() -> (Vec<Vec<f32>>, Vec<usize>) {
    let mut random = noise(7);
    let means = [[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.5, 2.0]];
    let kinds: Vec<usize> = (0..150).map(|i| i / 50).collect();
    let mut columns = vec![Vec::new(); 4];
    for &kind in &kinds {
        let size = random() + random() - 1.0;
        for (column, mean) in columns.iter_mut().zip(means[kind]) {
            column.push(mean + mean * 0.12 * size + 0.15 * (random() + random() - 1.0));
        }
    }
    (columns, kinds)
}

#[allow(dead_code)] // The test of the gallery includes this file.
fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "gallery".into()));
    std::fs::create_dir_all(&folder).map_err(|e| wgrad_model::Error::File { path: folder.display().to_string(), why: e.to_string() })?;
    for (name, figure) in gallery()? {
        figure.save(folder.join(format!("{name}.svg")))?;
        figure.save(folder.join(format!("{name}.png")))?;
    }
    Ok(())
}
