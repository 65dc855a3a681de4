//! True against predicted values.

use crate::{
    Figure, Numbers,
    chart::{Axes, LABEL, Range, is_shown, title},
    color::{AXIS, MUTED, palette},
    error::invalid,
    scene::{Rect, Scene, Stroke, Style},
};
use wgrad_model::Result;

const SIDE: f64 = 400.0;

/// Each predicted value over its true one; what is right lies on the dashed line. Above it the coefficient of determination and the mean absolute error.
///
/// # Errors
/// No values; other numbers of true and predicted ones.
pub fn true_against_predicted(y_true: impl Into<Numbers>, y_pred: impl Into<Numbers>) -> Result<Figure> {
    let (y_true, y_pred) = pairs("true_against_predicted", y_true.into(), y_pred.into())?;
    let range = Range::of(y_true.iter().chain(&y_pred).copied(), 6).padded(0.04);
    let axes = Axes { area: Rect::new(76.0, 64.0, SIDE, SIDE), x: range.clone(), y: range.clone() };
    let mut scene = Scene::new(SIDE + 104.0, SIDE + 124.0);
    title(&mut scene, (76.0, 28.0), "True against predicted");
    let (r2, error) = quality(&y_true, &y_pred);
    scene.text((76.0, 47.0), format!("R² = {r2:.4}, mean absolute error {error:.4}"), Style::new(LABEL, MUTED));
    axes.draw(&mut scene);
    axes.label(&mut scene, "true", "predicted");
    let ends = (axes.at(range.min, range.min), axes.at(range.max, range.max));
    scene.line(ends.0, ends.1, Stroke::new(AXIS, 1.5).dashed([5.0, 4.0]));
    let opacity = opacity(y_true.len());
    for (x, y) in y_true.iter().zip(&y_pred).filter(|(x, y)| is_shown(**x) && is_shown(**y)) {
        scene.dot(axes.at(*x, *y), 3.0, palette(0), opacity, None);
    }
    Ok(Figure(scene))
}

/// True and predicted values, as many of each.
pub(crate) fn pairs(place: &str, y_true: Numbers, y_pred: Numbers) -> Result<(Vec<f64>, Vec<f64>)> {
    let (y_true, y_pred) = (y_true.get()?, y_pred.get()?);
    if y_true.len() != y_pred.len() || y_true.is_empty() {
        let rule = format!("it takes as many predicted as true values, and some, got {} and {}", y_pred.len(), y_true.len());
        return Err(invalid(place, rule));
    }
    Ok((y_true, y_pred))
}

/// Dots of many samples are lighter, so that it shows where they are dense.
pub(crate) fn opacity(n: usize) -> f64 {
    (30.0 / (n as f64).sqrt()).clamp(0.15, 0.8)
}

/// `1 - sum((y - p)^2) / sum((y - mean(y))^2)` and the mean of `|y - p|`.
fn quality(y_true: &[f64], y_pred: &[f64]) -> (f64, f64) {
    let n = y_true.len() as f64;
    let mean = y_true.iter().sum::<f64>() / n;
    let squares: f64 = y_true.iter().zip(y_pred).map(|(y, p)| (y - p).powi(2)).sum();
    let around: f64 = y_true.iter().map(|y| (y - mean).powi(2)).sum();
    (1.0 - squares / around, y_true.iter().zip(y_pred).map(|(y, p)| (y - p).abs()).sum::<f64>() / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_of_predictions() {
        assert_eq!(quality(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), (1.0, 0.0));
        assert_eq!(quality(&[1.0, 2.0, 3.0], &[2.0, 2.0, 2.0]), (0.0, 2.0 / 3.0));
    }
}
