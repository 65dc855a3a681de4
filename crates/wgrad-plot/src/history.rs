//! Loss and metrics over the epochs.

use crate::{
    Figure,
    chart::{Axes, Key, Range, is_shown, legend, title},
    color::{Color, palette},
    error::invalid,
    scene::{Rect, Scene, Stroke},
};
use wgrad_model::{History, Logs, Result};

/// One training or several, each with a name.
#[derive(Clone, Debug, Default)]
pub struct Runs(Vec<(String, Vec<Logs>)>);

impl From<&History> for Runs {
    fn from(history: &History) -> Self {
        history.epochs().into()
    }
}

impl From<&[Logs]> for Runs {
    fn from(epochs: &[Logs]) -> Self {
        Runs(vec![(String::new(), epochs.to_vec())])
    }
}

impl From<&[(&str, &History)]> for Runs {
    fn from(runs: &[(&str, &History)]) -> Self {
        Runs(runs.iter().map(|(name, history)| ((*name).to_string(), history.epochs().to_vec())).collect())
    }
}

impl<const N: usize> From<[(&str, &History); N]> for Runs {
    fn from(runs: [(&str, &History); N]) -> Self {
        runs.as_slice().into()
    }
}

/// Panels in a row of the picture.
const COLUMNS: usize = 2;
const PANEL: (f64, f64) = (420.0, 250.0);
const LEFT: f64 = 70.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 48.0;

/// Loss and metrics over the epochs, a panel for each: of one training, or of several with their names, `[("small", &a), ("large", &b)]`. Where there was
/// validation its numbers are the dashed lines; a dot marks the best of them (else of the others): the least, or the largest of metrics whose name tells that
/// more is better.
///
/// # Errors
/// No epoch at all.
pub fn plot_history(runs: impl Into<Runs>) -> Result<Figure> {
    let Runs(runs) = runs.into();
    let names = metrics(&runs);
    if names.is_empty() {
        return Err(invalid("plot_history", "there is no epoch to show"));
    }
    let columns = COLUMNS.min(names.len());
    let rows = names.len().div_ceil(columns);
    let (width, entries) = (columns as f64 * (PANEL.0 + LEFT) + 24.0, entries(&runs));
    let mut scratch = Scene::new(width, 0.0);
    let top = legend(&mut scratch, (LEFT, 28.0), width - 20.0, &entries) - 14.0;
    let mut scene = Scene::new(width, top + rows as f64 * (PANEL.1 + TOP + BOTTOM));
    scene.marks = scratch.marks;
    for (i, name) in names.iter().enumerate() {
        let (column, row) = ((i % columns) as f64, (i / columns) as f64);
        let at = (LEFT + column * (PANEL.0 + LEFT), top + TOP + row * (PANEL.1 + TOP + BOTTOM));
        panel(&mut scene, Rect::new(at.0, at.1, PANEL.0, PANEL.1), &runs, name);
    }
    Ok(Figure(scene))
}

/// The names without `val_`, the loss first.
fn metrics(runs: &[(String, Vec<Logs>)]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in runs.iter().flat_map(|(_, epochs)| epochs).flat_map(Logs::iter).map(|(name, _)| name) {
        let name = name.strip_prefix("val_").unwrap_or(name);
        if !names.iter().any(|known| known == name) {
            names.push(name.into());
        }
    }
    names.sort_by_key(|name| (name != "loss", name.clone()));
    names
}

fn training(color: Color) -> Stroke {
    Stroke::new(color, 2.0)
}

fn validation(color: Color) -> Stroke {
    Stroke::new(color, 2.0).dashed([5.0, 4.0])
}

fn entries(runs: &[(String, Vec<Logs>)]) -> Vec<(Key, String)> {
    let validates = runs.iter().flat_map(|(_, epochs)| epochs).flat_map(Logs::iter).any(|(name, _)| name.starts_with("val_"));
    let gray = crate::color::MUTED;
    match runs {
        [_] if validates => {
            vec![(Key::Line(training(palette(0))), "training".into()), (Key::Line(validation(palette(0))), "validation".into())]
        }
        [_] => Vec::new(),
        runs => {
            let named = runs.iter().enumerate().map(|(i, (name, _))| (Key::Line(training(palette(i))), name.clone()));
            let kinds = [(Key::Line(training(gray)), "training".into()), (Key::Line(validation(gray)), "validation".into())];
            named.chain(kinds.into_iter().filter(|_| validates)).collect()
        }
    }
}

/// The values of `name` with the number of their epoch, from 1 on; NaN where a value is not shown.
fn curve(epochs: &[Logs], name: &str) -> Vec<(f64, f64)> {
    let shown = |value| if is_shown(value) { value } else { f64::NAN };
    epochs.iter().enumerate().filter_map(|(i, logs)| Some(((i + 1) as f64, shown(logs.get(name)?)))).collect()
}

fn panel(scene: &mut Scene, area: Rect, runs: &[(String, Vec<Logs>)], name: &str) {
    let validated = format!("val_{name}");
    let curves: Vec<_> = runs.iter().map(|(_, epochs)| (curve(epochs, name), curve(epochs, &validated))).collect();
    let points = || curves.iter().flat_map(|(training, validation)| training.iter().chain(validation));
    let last = runs.iter().map(|(_, epochs)| epochs.len()).max().unwrap_or(1) as f64;
    let x = if last > 1.0 { Range::between(1.0, last, 8).whole() } else { Range::between(0.0, 2.0, 2).whole() };
    let y = Range::of(points().map(|(_, value)| *value), 7).padded(0.05);
    let axes = Axes { area, x, y };
    title(scene, (area.x, area.y - 14.0), &name.replace('_', " "));
    axes.draw(scene);
    axes.label(scene, "epoch", "");
    for (i, (training_curve, validation_curve)) in curves.iter().enumerate() {
        let color = palette(i);
        for (curve, stroke) in [(training_curve, training(color)), (validation_curve, validation(color))] {
            if let [(x, y)] = curve.as_slice() {
                scene.dot(axes.at(*x, *y), 3.0, color, 1.0, None);
            }
            scene.polyline(curve.iter().map(|(x, y)| axes.at(*x, *y)), stroke);
        }
        let best = if validation_curve.is_empty() { training_curve } else { validation_curve };
        if let Some((x, y)) = best_of(best, name).filter(|_| name != "learning_rate") {
            scene.dot(axes.at(x, y), 4.0, color, 1.0, Some(Stroke::new(crate::color::WHITE, 1.5)));
        }
    }
}

/// The best point of a curve.
fn best_of(curve: &[(f64, f64)], name: &str) -> Option<(f64, f64)> {
    let more_is_better = ["acc", "auc", "precision", "recall", "f1", "score", "iou", "r2", "true_"].iter().any(|part| name.contains(part));
    let sign = if more_is_better { -1.0 } else { 1.0 };
    let finite = curve.iter().copied().filter(|(_, value)| value.is_finite());
    finite.min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)))
}
