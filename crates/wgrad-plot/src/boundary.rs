//! What a classifier says of each point of a plane.

use crate::{
    Figure, Labels,
    chart::{Axes, Key, Range, is_shown, legend, title},
    color::{Color, WHITE, palette},
    error::invalid,
    numbers::{class_name, host},
    scene::{Bitmap, Rect, Scene, Stroke},
};
use wgrad_model::{Model, Result};
use wgrad_tensor::Tensor;

const SIDE: f64 = 420.0;
/// Points of the plane in a row, each of which the model is asked about.
const GRID: usize = 140;

/// The classes that a model predicts over the plane of its two inputs, and the samples `[n, 2]` with their labels: a colour for each class, the lighter the less
/// sure the model is. The model has one output: a probability for each class, or a single one of class 1.
///
/// # Errors
/// Samples of another shape, or another number of labels; those of the model's predictions.
pub fn decision_boundary(model: &mut Model, x: &Tensor, labels: impl Into<Labels>, class_names: &[&str]) -> Result<Figure> {
    decision_boundary_of(|points| model.predict_with(points, 1024), x, labels, class_names)
}

/// [`decision_boundary`] of any classifier: `predict` gives, for points `[n, 2]`, a probability for each class, `[n, classes]`, or that of class 1, `[n, 1]`.
///
/// # Errors
/// As [`decision_boundary`]; what `predict` says.
pub fn decision_boundary_of(
    predict: impl FnOnce(&Tensor) -> Result<Tensor>,
    x: &Tensor,
    labels: impl Into<Labels>,
    class_names: &[&str],
) -> Result<Figure> {
    let (labels, (shape, samples)) = (labels.into().get()?, host(x)?);
    if shape != [labels.len(), 2] || labels.is_empty() {
        let rule = format!("samples are [n, 2], with a label each, and there are some, got {} and {} labels", x.shape(), labels.len());
        return Err(invalid("decision_boundary", rule));
    }
    let range = |column: usize| Range::of(samples.iter().skip(column).step_by(2).copied(), 6).padded(0.08);
    let axes = Axes { area: Rect::new(64.0, 0.0, SIDE, SIDE), x: range(0), y: range(1) };
    let at = |range: &Range, i: usize| (range.min + (range.max - range.min) * (i as f64 + 0.5) / GRID as f64) as f32;
    let points = (0..GRID * GRID).flat_map(|i| [at(&axes.x, i % GRID), at(&axes.y, GRID - 1 - i / GRID)]);
    let points = Tensor::from_vec(points.collect::<Vec<f32>>(), [GRID * GRID, 2]);
    let (shape, probabilities) = host(&predict(&points)?)?;
    let classes = match shape[..] {
        [_, classes] if classes > 0 => classes,
        _ => return Err(invalid("decision_boundary", format!("the model must give [n, classes], gives {shape:?}"))),
    };
    let pixels = probabilities.chunks(classes).map(color).collect();
    let named = labels.iter().copied().max().map_or(0, |label| label + 1).min(20);
    let entries: Vec<(Key, String)> = (0..named).map(|class| (Key::Dot(palette(class)), class_name(class_names, class))).collect();
    let mut scratch = Scene::new(SIDE + 92.0, 0.0);
    title(&mut scratch, (64.0, 28.0), "Decision boundary");
    let top = legend(&mut scratch, (64.0, 50.0), SIDE + 64.0, &entries) - 6.0;
    let axes = Axes { area: Rect { y: top, ..axes.area }, ..axes };
    let mut scene = Scene::new(scratch.width, top + SIDE + 60.0);
    scene.marks = scratch.marks;
    scene.bitmap(axes.area, Bitmap { columns: GRID, pixels });
    axes.draw_x_numbers(&mut scene);
    axes.draw_y_numbers(&mut scene);
    for (sample, label) in samples.chunks(2).zip(&labels) {
        if let [x, y] = *sample
            && is_shown(x)
            && is_shown(y)
        {
            scene.dot(axes.at(x, y), 3.5, palette(*label), 1.0, Some(Stroke::new(WHITE, 1.0)));
        }
    }
    axes.label(&mut scene, "input 1", "input 2");
    Ok(Figure(scene))
}

/// The colour of the likeliest class, the lighter the less likely it is.
fn color(probabilities: &[f64]) -> Color {
    let of_one = |p: f64| vec![1.0 - p, p];
    let probabilities = if let [p] = *probabilities { of_one(p) } else { probabilities.to_vec() };
    let best = (0..probabilities.len()).max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]).then(b.cmp(&a)));
    let Some(class) = best else { return WHITE };
    let even = 1.0 / probabilities.len() as f64;
    let sure = ((probabilities[class] - even) / (1.0 - even)).clamp(0.0, 1.0);
    palette(class).mix(WHITE, 0.9 - 0.5 * if sure.is_nan() { 0.0 } else { sure })
}
