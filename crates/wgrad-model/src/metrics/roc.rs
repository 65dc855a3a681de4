//! Numbers for reports beside the confusion matrix: the ROC curve with the area below it, and R2. As scikit-learn has them: exact, over all samples on the
//! host. (`AUC` and `R2Score` are Keras' metrics, which follow a training.)

use crate::{Error, Result};
use wgrad_tensor::Tensor;

/// What a binary classifier achieves at each threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct RocCurve {
    /// The share of negative samples with scores of at least the threshold; rising from 0 to 1.
    pub false_positive_rate: Vec<f64>,
    /// The share of positive samples with such scores; rising from 0 to 1.
    pub true_positive_rate: Vec<f64>,
    /// Falling from infinity, where no sample is called positive, to the least score.
    pub thresholds: Vec<f64>,
}

/// The curve of labels (0 or 1) and scores (larger for 1), of as many elements each. Points on a straight line between others are left out, as
/// scikit-learn's `roc_curve` does.
///
/// ```
/// # use wgrad_cpu as _;
/// # use wgrad_tensor::Tensor;
/// let curve = wgrad_model::metrics::roc_curve(&Tensor::from([0, 0, 1, 1]), &Tensor::from([0.1, 0.4, 0.35, 0.8]))?;
/// assert_eq!(curve.true_positive_rate, [0.0, 0.5, 0.5, 1.0, 1.0]);
/// assert_eq!(curve.auc(), 0.75);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
///
/// # Errors
/// Numbers of labels and scores that differ; a label other than 0 and 1; labels that are all equal; a score that is NaN.
pub fn roc_curve(labels: &Tensor, scores: &Tensor) -> Result<RocCurve> {
    let invalid = |rule: String| Error::invalid("roc_curve", rule);
    let (labels, scores) = (numbers(labels)?, numbers(scores)?);
    if labels.len() != scores.len() {
        return Err(Error::mismatch("roc_curve", format!("{} scores", labels.len()), scores.len().to_string()));
    }
    if let Some(label) = labels.iter().find(|label| ![0.0, 1.0].contains(*label)) {
        return Err(invalid(format!("labels are 0 or 1, got {label}")));
    }
    if scores.iter().any(|score| score.is_nan()) {
        return Err(invalid("a score is NaN".into()));
    }
    let mut samples: Vec<(f64, bool)> = scores.into_iter().zip(labels.iter().map(|&label| label == 1.0)).collect();
    samples.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = samples.iter().filter(|(_, positive)| *positive).count();
    let negatives = samples.len() - positives;
    if positives == 0 || negatives == 0 {
        return Err(invalid(format!("there must be samples of both classes, got {positives} positive and {negatives} negative ones")));
    }
    // How many negative and positive samples there are from each threshold on.
    let mut points: Vec<(f64, usize, usize)> = vec![(f64::INFINITY, 0, 0)];
    for ties in samples.chunk_by(|a, b| a.0 == b.0) {
        let (_, false_positives, true_positives) = points.last().copied().unwrap_or_default();
        let positive = ties.iter().filter(|(_, positive)| *positive).count();
        let threshold = ties.first().map_or(f64::NAN, |(score, _)| *score);
        points.push((threshold, false_positives + ties.len() - positive, true_positives + positive));
    }
    let is_corner = |i: usize| {
        let step = |i: usize| (points[i + 1].1 - points[i].1, points[i + 1].2 - points[i].2);
        // The first point is not one of a sample, so the second is always kept.
        i < 2 || i + 1 == points.len() || step(i - 1) != step(i)
    };
    let kept: Vec<_> = (0..points.len()).filter(|&i| is_corner(i)).map(|i| points[i]).collect();
    Ok(RocCurve {
        false_positive_rate: kept.iter().map(|point| point.1 as f64 / negatives as f64).collect(),
        true_positive_rate: kept.iter().map(|point| point.2 as f64 / positives as f64).collect(),
        thresholds: kept.iter().map(|point| point.0).collect(),
    })
}

impl RocCurve {
    /// The area below the curve: the probability that a positive sample has a larger score than a negative one.
    pub fn auc(&self) -> f64 {
        let (x, y) = (&self.false_positive_rate, &self.true_positive_rate);
        let trapezoids = x.windows(2).zip(y.windows(2)).map(|(x, y)| (x[1] - x[0]) * (y[0] + y[1]) / 2.0);
        trapezoids.sum()
    }
}

/// R2, the share of the variance that predictions explain: `1 - sum (y - p)^2 / sum (y - mean y)^2`; of `[n, outputs]` the mean over the outputs. A constant
/// output has 1 where it is met exactly, else 0 (scikit-learn's `r2_score`).
///
/// ```
/// # use wgrad_cpu as _;
/// # use wgrad_tensor::Tensor;
/// let r2 = wgrad_model::metrics::r2_score(&Tensor::from([3.0, -0.5, 2.0, 7.0]), &Tensor::from([2.5, 0.0, 2.0, 8.0]))?;
/// assert!((r2 - 0.9486081370449679).abs() < 1e-12);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
///
/// # Errors
/// Numbers of targets and predictions that differ; no samples; one that is NaN or infinite.
pub fn r2_score(targets: &Tensor, predictions: &Tensor) -> Result<f64> {
    let rows = |tensor: &Tensor| tensor.shape().first().copied().unwrap_or(1);
    let samples = rows(targets);
    let (y, p) = (numbers(targets)?, numbers(predictions)?);
    if y.len() != p.len() {
        return Err(Error::mismatch("r2_score", format!("{} predictions", y.len()), p.len().to_string()));
    }
    if samples != rows(predictions) {
        return Err(Error::mismatch("r2_score", format!("predictions of {samples} samples"), predictions.spec().to_string()));
    }
    if y.is_empty() {
        return Err(Error::invalid("r2_score", "there are no samples"));
    }
    if let Some(value) = y.iter().chain(&p).find(|value| !value.is_finite()) {
        return Err(Error::invalid("r2_score", format!("targets and predictions must be finite, got {value}")));
    }
    let outputs = y.len() / samples.max(1);
    let of_output = |output: usize| {
        let of = |values: &[f64]| values.iter().skip(output).step_by(outputs).copied().collect::<Vec<f64>>();
        let (y, p) = (of(&y), of(&p));
        let mean = y.iter().sum::<f64>() / y.len() as f64;
        let total: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
        let residual: f64 = y.iter().zip(&p).map(|(y, p)| (y - p).powi(2)).sum();
        match total {
            0.0 => f64::from(u8::from(residual == 0.0)),
            _ => 1.0 - residual / total,
        }
    };
    Ok((0..outputs).map(of_output).sum::<f64>() / outputs as f64)
}

fn numbers(tensor: &Tensor) -> Result<Vec<f64>> {
    Ok(tensor.to_host()?.data().to_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What scikit-learn raises on too.
    #[test]
    fn r2_of_other_data_is_refused() {
        let says = |targets: Tensor, predictions: Tensor| r2_score(&targets, &predictions).unwrap_err().to_string();
        let (two, three) = (Tensor::zeros([2, 3]), Tensor::zeros([3, 2]));
        assert_eq!(says(two, three), "r2_score: expected predictions of 2 samples, got f32[3, 2]");
        let broken = says(Tensor::from([1.0, 2.0]), Tensor::from([1.0, f64::NAN]));
        assert_eq!(broken, "r2_score: targets and predictions must be finite, got NaN");
        let infinite = says(Tensor::from([1.0, f64::INFINITY]), Tensor::from([1.0, 2.0]));
        assert_eq!(infinite, "r2_score: targets and predictions must be finite, got inf");
        // A column is as good as a vector.
        assert_eq!(r2_score(&Tensor::from([1.0, 2.0]), &Tensor::from([[1.0], [2.0]])).unwrap(), 1.0);
    }
}
