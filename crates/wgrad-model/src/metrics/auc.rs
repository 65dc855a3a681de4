//! The area under a curve of rates.

use super::{
    Addend, Direction, Metric,
    counts::{CELLS, Cells, Counter, Levels, mean, ratio},
};
use crate::layers::arguments::arguments;
use serde::{Deserialize, Serialize};
use wgrad_tensor::{Shape, Tensor};

/// Which curve an [`AUC`] is under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Curve {
    /// True positive rate over false positive rate: the receiver operating characteristic.
    #[default]
    #[serde(alias = "roc")]
    ROC,
    /// Precision over recall.
    #[serde(alias = "pr")]
    PR,
    /// Precision gain over recall gain (Flach and Kull, 2015).
    #[serde(alias = "prgain")]
    PRGAIN,
}

/// How an [`AUC`] adds up the area between two thresholds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SummationMethod {
    /// By trapezoids; for the PR curve by interpolation of the true positives (Davis and Goadrich, 2006).
    #[default]
    #[serde(alias = "Interpolation")]
    Interpolation,
    /// With the smaller height.
    #[serde(alias = "Minoring")]
    Minoring,
    /// With the larger height.
    #[serde(alias = "Majoring")]
    Majoring,
}

arguments! {
    /// The approximate area under the ROC or PR curve (Keras `AUC`): predictions in `[0, 1]` are compared with thresholds, and the area between the
    /// points of the curve is added up.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::metrics::{AUC, MetricState};
    /// use wgrad_tensor::Tensor;
    ///
    /// let mut auc = MetricState::new(AUC::new().num_thresholds(3));
    /// auc.update(&Tensor::from([0.0f32, 0.0, 1.0, 1.0]), &Tensor::from([0.0f32, 0.5, 0.3, 0.9]), None)?;
    /// assert_eq!(auc.result()?, 0.75);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct AUC() {
        /// How many thresholds from 0 to 1 there are, where `thresholds` does not list them; 200 by default.
        takes num_thresholds: usize = 200;
        /// The curve; ROC by default.
        takes curve: Curve = Curve::default();
        /// How the area is added up; by interpolation by default.
        takes summation_method: SummationMethod = SummationMethod::default();
        /// Thresholds of one's own, to which one below 0 and one above 1 are added.
        may_take thresholds: Vec<f64>;
        /// Whether each position of the last axis has a curve of its own; the result is their mean.
        takes multi_label: bool = false;
        /// The number of labels with `multi_label`, where it should be checked.
        may_take num_labels: usize;
        /// The weight of each label: of its area with `multi_label`, else of its samples.
        may_take label_weights: Vec<f64>;
        /// Whether predictions are logits, of which the sigmoid is taken.
        takes from_logits: bool = false;
    }
}

impl AUC {
    fn counter(&self) -> Counter<'_> {
        let levels = match &self.thresholds {
            Some(thresholds) => Levels::beyond_both_ends(thresholds.clone()),
            None => Levels::Even { count: self.num_thresholds, all_above_first: true },
        };
        Counter { multi_label: self.multi_label, label_weights: self.label_weights.as_deref(), ..Counter::new(levels) }
    }

    /// The area under the curve of one label, whose points are in the order of the thresholds.
    fn area(&self, points: &[Cells]) -> f64 {
        let between = points.iter().zip(points.iter().skip(1));
        if self.curve == Curve::PR && self.summation_method == SummationMethod::Interpolation {
            return between.map(|(a, b)| interpolated_precision(*a, *b)).sum();
        }
        let point = |cells: &Cells| match self.curve {
            Curve::ROC => (ratio(cells.fp, cells.fp + cells.tn), cells.recall()),
            Curve::PR => (cells.recall(), cells.precision()),
            Curve::PRGAIN => gains(*cells),
        };
        let area = |(a, b): (&Cells, &Cells)| {
            let ((x0, y0), (x1, y1)) = (point(a), point(b));
            let height = match self.summation_method {
                SummationMethod::Interpolation => (y0 + y1) / 2.0,
                SummationMethod::Minoring => y0.min(y1),
                SummationMethod::Majoring => y0.max(y1),
            };
            (x0 - x1) * height
        };
        between.map(area).sum()
    }
}

/// The area under the PR curve between two thresholds, where true positives grow evenly with positive predictions.
fn interpolated_precision(a: Cells, b: Cells) -> f64 {
    let (positives_a, positives_b) = (a.tp + a.fp, b.tp + b.fp);
    let slope = ratio(a.tp - b.tp, (positives_a - positives_b).max(0.0));
    let intercept = b.tp - slope * positives_b;
    let growth = if positives_a > 0.0 && positives_b > 0.0 { positives_a / positives_b } else { 1.0 };
    ratio(slope * (a.tp - b.tp + intercept * growth.ln()), (b.tp + b.fn_).max(0.0))
}

/// Recall gain and precision gain.
fn gains(cells: Cells) -> (f64, f64) {
    if cells.tp == 0.0 {
        return (0.0, 1.0);
    }
    let odds = ratio(cells.tp + cells.fn_, cells.tn + cells.fp);
    ((1.0 - odds * cells.fn_ / cells.tp).max(0.0), 1.0 - odds * cells.fp / cells.tp)
}

impl Metric for AUC {
    fn name(&self) -> &str {
        "auc"
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        if self.thresholds.is_none() && self.num_thresholds < 2 {
            return Err(format!("num_thresholds must be at least 2, got {}", self.num_thresholds));
        }
        let last = predictions.last().copied().unwrap_or(1);
        match self.num_labels {
            Some(_) if !self.multi_label => return Err("num_labels is for multi_label only".into()),
            Some(n) if n != last => return Err(format!("num_labels is {n}, but there are {last} predictions")),
            Some(_) | None => {}
        }
        self.counter().check(labels, predictions)
    }

    fn sums(&self, _labels: &Shape, predictions: &Shape) -> usize {
        let labels = if self.multi_label { predictions.last().copied().unwrap_or(1) } else { 1 };
        self.counter().levels.len().saturating_mul(labels).saturating_mul(CELLS.len())
    }

    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        let probabilities = if self.from_logits { y_pred.sigmoid() } else { y_pred.clone() };
        self.counter().count(&CELLS, y_true, &probabilities, weight)
    }

    fn result(&self, sums: &[f32]) -> f64 {
        let cells = Cells::of(sums);
        let labels = cells.len() / self.counter().levels.len().max(1);
        let points = |label: usize| cells.iter().copied().skip(label).step_by(labels.max(1)).collect::<Vec<_>>();
        let areas: Vec<f64> = (0..labels).map(|label| self.area(&points(label))).collect();
        match self.label_weights.as_ref().filter(|_| self.multi_label) {
            Some(weights) => ratio(areas.iter().zip(weights).map(|(area, weight)| area * weight).sum(), weights.iter().sum()),
            None => mean(&areas),
        }
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }
}
