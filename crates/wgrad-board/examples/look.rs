//! A training to look at: `cargo run -p wgrad-board --example look` in a terminal shows it live, and writes `look.html`.

use wgrad_board::{Report, TerminalView};
use wgrad_cpu as _;
use wgrad_model::{Fit, Layer, Result, Sequential, layers::Dense};
use wgrad_tensor::{Device, Tensor};

fn main() -> Result<()> {
    let epochs = std::env::args().nth(1).and_then(|epochs| epochs.parse().ok()).unwrap_or(100);
    let layers = [
        Dense::new(64).activation("relu").named("hidden"),
        Dense::new(64).activation("relu").named("more"),
        Dense::new(3).activation("softmax").named("classes"),
    ];
    let model = Sequential::new(layers).input_shape([2]).name("spirals").device(&Device::open("cpu")?);
    let mut model = model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])?;
    let (x, y) = spirals(3000);
    let fit = Fit::epochs(epochs).batch_size(32).validation_split(0.2).verbose(0);
    let history = model.fit(&x, &y, fit.callback(TerminalView::new()).callback(Report::new("look.html").profile(true)))?;
    println!("the best accuracy was {:.4}", history.get("val_accuracy").into_iter().fold(0.0, f64::max));
    Ok(())
}

/// Points of three arms around the middle, in an order without pattern.
fn spirals(n: usize) -> (Tensor, Tensor) {
    let arm = |i: usize| (i * 7 % 3) as i32;
    let point = |i: usize| {
        let radius = ((i * 2_654_435_761) % 10_007) as f32 / 10_007.0;
        let angle = radius * 5.0 + arm(i) as f32 * 2.1 + ((i * 40_503) % 997) as f32 / 2500.0;
        [radius * angle.cos(), radius * angle.sin()]
    };
    (Tensor::from_vec((0..n).flat_map(point).collect::<Vec<f32>>(), [n, 2]), Tensor::from_vec((0..n).map(arm).collect::<Vec<i32>>(), [n]))
}
