//! The distribution of errors.

use crate::{
    Figure, Numbers,
    chart::{Axes, LABEL, Range, is_shown, title},
    color::{MUTED, WHITE, palette},
    scatter::pairs,
    scene::{Rect, Scene, Stroke, Style},
};
use wgrad_model::Result;

const SIZE: (f64, f64) = (480.0, 280.0);
const MOST: usize = 60;

/// How often the error `predicted - true` falls between certain limits; buckets as wide as Freedman and Diaconis (1981) advise. The line is the mean error.
///
/// # Errors
/// No values; other numbers of true and predicted ones.
pub fn error_histogram(y_true: impl Into<Numbers>, y_pred: impl Into<Numbers>) -> Result<Figure> {
    let (y_true, y_pred) = pairs("error_histogram", y_true.into(), y_pred.into())?;
    let mut errors: Vec<f64> = y_pred.iter().zip(&y_true).map(|(p, y)| p - y).filter(|error| is_shown(*error)).collect();
    errors.sort_by(f64::total_cmp);
    let (limits, counts) = histogram(&errors, MOST);
    let mut scene = Scene::new(SIZE.0 + 104.0, SIZE.1 + 124.0);
    let n = errors.len().max(1) as f64;
    let mean = errors.iter().sum::<f64>() / n;
    let deviation = (errors.iter().map(|error| (error - mean).powi(2)).sum::<f64>() / n).sqrt();
    title(&mut scene, (76.0, 28.0), "Errors of the predictions");
    scene.text((76.0, 47.0), format!("mean {mean:.4}, standard deviation {deviation:.4}").replace('-', "−"), Style::new(LABEL, MUTED));
    let x = Range::between(limits.first().copied().unwrap_or(0.0), limits.last().copied().unwrap_or(1.0), 7);
    let y = Range::of([0.0, counts.iter().copied().max().unwrap_or(0) as f64], 5).whole().rounded();
    let axes = Axes { area: Rect::new(76.0, 64.0, SIZE.0, SIZE.1), x, y };
    axes.draw_grid(&mut scene);
    bars(&mut scene, &axes, &limits, &counts);
    axes.draw_x_numbers(&mut scene);
    axes.draw_y_numbers(&mut scene);
    let at = axes.at_x(mean);
    scene.line((at, axes.area.y), (at, axes.area.bottom()), Stroke::new(palette(1), 2.0));
    axes.label(&mut scene, "predicted − true", "samples");
    Ok(Figure(scene))
}

/// The bars of a histogram.
pub(crate) fn bars(scene: &mut Scene, axes: &Axes, limits: &[f64], counts: &[usize]) {
    for (limits, count) in limits.windows(2).zip(counts) {
        let (left, right, top) = (axes.at_x(limits[0]), axes.at_x(limits[1]), axes.at_y(*count as f64));
        if *count > 0 {
            let rect = Rect::new(left, top, right - left, axes.area.bottom() - top);
            scene.frame(rect, 0.0, Some(palette(0).mix(WHITE, 0.25)), Stroke::new(WHITE, 0.5));
        }
    }
}

/// The limits of buckets, one more than there are counts; `values` is sorted.
pub(crate) fn histogram(values: &[f64], most: usize) -> (Vec<f64>, Vec<usize>) {
    let range = Range::of(values.iter().copied(), 7);
    let quantile = |share: f64| values.get((values.len() as f64 * share) as usize).copied().unwrap_or(0.0);
    let width = 2.0 * (quantile(0.75) - quantile(0.25)) / (values.len().max(1) as f64).cbrt();
    let wanted = ((range.max - range.min) / width).ceil();
    let buckets = if wanted.is_finite() { (wanted as usize).clamp(1, most) } else { 10.min(most) };
    let width = (range.max - range.min) / buckets as f64;
    let mut counts = vec![0; buckets];
    for value in values {
        counts[(((value - range.min) / width) as usize).min(buckets - 1)] += 1;
    }
    ((0..=buckets).map(|i| range.min + i as f64 * width).collect(), counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_a_bucket() {
        for values in [&[][..], &[1.0], &[1.0, 1.0, 1.0], &[0.0, 1.0, 2.0, 3.0, 1e9], &[-1e140, 1e140]] {
            let (limits, counts) = histogram(values, 20);
            assert_eq!((limits.len(), counts.iter().sum::<usize>()), (counts.len() + 1, values.len()), "{values:?}");
        }
    }
}
