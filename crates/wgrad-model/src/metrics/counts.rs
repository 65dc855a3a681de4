//! Counts of the binary confusion matrix at thresholds: what `Precision`, `Recall`, `AUC` and their relatives are made of.

use super::{
    Addend, expand_weight,
    shapes::{aligned, same_shape},
};
use crate::losses::EPSILON;
use serde::{Deserialize, Serialize};
use wgrad_tensor::{DType, Shape, Tensor};

/// What predictions outside the best `k` become; above it are all others.
pub(super) const NEVER: f64 = -1e10;

/// Thresholds in `[0, 1]`: one, several, each of which gives a number of its own, or none, which stands for the metric's default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "OneOrSeveral")]
pub struct Thresholds(pub Vec<f64>);

/// As Keras writes them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrSeveral {
    One(f64),
    Several(Vec<f64>),
}

impl From<OneOrSeveral> for Thresholds {
    fn from(thresholds: OneOrSeveral) -> Self {
        match thresholds {
            OneOrSeveral::One(threshold) => threshold.into(),
            OneOrSeveral::Several(thresholds) => Thresholds(thresholds),
        }
    }
}

impl From<f64> for Thresholds {
    fn from(threshold: f64) -> Self {
        Thresholds(vec![threshold])
    }
}

impl<const N: usize> From<[f64; N]> for Thresholds {
    fn from(thresholds: [f64; N]) -> Self {
        Thresholds(thresholds.into())
    }
}

impl From<Vec<f64>> for Thresholds {
    fn from(thresholds: Vec<f64>) -> Self {
        Thresholds(thresholds)
    }
}

impl Thresholds {
    /// The rule that thresholds are in `[0, 1]`.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.0.iter().find(|threshold| !(0.0..=1.0).contains(*threshold)) {
            Some(threshold) => Err(format!("thresholds must be in [0, 1], got {threshold}")),
            None => Ok(()),
        }
    }

    /// What predictions are compared with; `default` where there is none.
    pub(super) fn levels(&self, default: f64) -> Levels {
        if self.0.is_empty() { Levels::listed(&[default]) } else { Levels::listed(&self.0) }
    }
}

/// A cell of the binary confusion matrix.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    TruePositives,
    FalsePositives,
    TrueNegatives,
    FalseNegatives,
}

/// All four, in the order of [`Rates`].
pub(super) const CELLS: [Cell; 4] = [Cell::TruePositives, Cell::FalsePositives, Cell::TrueNegatives, Cell::FalseNegatives];

/// Which predictions are positive.
#[derive(Clone, Debug)]
pub(super) enum Levels {
    /// Those above each of the thresholds.
    Listed(Vec<f64>),
    /// Those above `i / (count - 1)` for each `i`, compared as `p (count - 1) > i`, which is what Keras' buckets amount to. The first threshold
    /// is below 0 where `all_above_first`.
    Even { count: usize, all_above_first: bool },
}

impl Levels {
    /// Thresholds as listed; those that lie as evenly as `0, 0.5, 1` are found.
    pub(super) fn listed(thresholds: &[f64]) -> Levels {
        if is_even(thresholds) {
            Levels::Even { count: thresholds.len(), all_above_first: false }
        } else {
            Levels::Listed(thresholds.to_vec())
        }
    }

    /// Thresholds between one below 0 and one above 1.
    pub(super) fn beyond_both_ends(mut between: Vec<f64>) -> Levels {
        between.sort_by(f64::total_cmp);
        let inner = between.iter().copied();
        if is_even(&[0.0].into_iter().chain(inner.clone()).chain([1.0]).collect::<Vec<_>>()) {
            return Levels::Even { count: between.len() + 2, all_above_first: true };
        }
        Levels::Listed([-EPSILON].into_iter().chain(inner).chain([1.0 + EPSILON]).collect())
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Levels::Listed(thresholds) => thresholds.len(),
            Levels::Even { count, .. } => *count,
        }
    }

    /// `[levels, ...]`: whether each prediction is above each level.
    #[track_caller]
    fn positive(&self, y_pred: &Tensor) -> Tensor {
        let column: Vec<usize> = std::iter::once(self.len()).chain(y_pred.shape().iter().map(|_| 1)).collect();
        match self {
            Levels::Listed(thresholds) => {
                let thresholds: Vec<f32> = thresholds.iter().map(|t| *t as f32).collect();
                y_pred.unsqueeze(0).gt(Tensor::from_vec(thresholds, column))
            }
            Levels::Even { count, all_above_first } => {
                let level = Tensor::iota(column, 0, DType::F32);
                let level = if *all_above_first { level.eq(0.0).where_(-1.0, level) } else { level };
                (y_pred.clip(0.0, 1.0) * (*count as f64 - 1.0)).unsqueeze(0).gt(level)
            }
        }
    }
}

fn is_even(thresholds: &[f64]) -> bool {
    let last = thresholds.len() as f64 - 1.0;
    let is_near = |(i, threshold): (usize, &f64)| (threshold - i as f64 / last).abs() <= EPSILON + 1e-5 * i as f64 / last;
    thresholds.len() >= 3 && thresholds.iter().enumerate().all(is_near)
}

/// Counts predictions and labels, which are true where they are not 0.
#[derive(Clone, Debug)]
pub(super) struct Counter<'a> {
    pub(super) levels: Levels,
    /// Only the `k` largest predictions of a row can be positive.
    pub(super) top_k: Option<usize>,
    /// The only class that counts.
    pub(super) class_id: Option<usize>,
    /// Counts each position of the last axis on its own.
    pub(super) multi_label: bool,
    /// The weight of each position of the last axis.
    pub(super) label_weights: Option<&'a [f64]>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(levels: Levels) -> Counter<'a> {
        Counter { levels, top_k: None, class_id: None, multi_label: false, label_weights: None }
    }

    pub(super) fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        same_shape(labels, predictions)?;
        let classes = predictions.last().copied().unwrap_or(1);
        if let Some(k) = self.top_k.filter(|k| *k > classes) {
            return Err(format!("top_k is {k}, but there are only {classes} predictions"));
        }
        if let Some(class) = self.class_id.filter(|class| *class >= classes || predictions.rank() < 2) {
            return Err(format!("class_id is {class}, but the predictions have the shape {predictions}"));
        }
        if self.multi_label && predictions.rank() != 2 {
            return Err(format!("with multi_label the predictions must be [batch, labels], got the shape {predictions}"));
        }
        match self.label_weights {
            Some(weights) if weights.len() != classes => Err(format!("there are {} label_weights for {classes} labels", weights.len())),
            _ => Ok(()),
        }
    }

    /// For each cell the weight in it at each level (and for each label, `[levels, labels]`).
    #[track_caller]
    pub(super) fn count(&self, cells: &[Cell], y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        let (y_true, y_pred) = aligned("confusion matrix", y_true, y_pred);
        let y_pred = self.top_k.map_or_else(|| y_pred.clone(), |k| among_best(&y_pred, k).where_(&y_pred, NEVER));
        let of_class = |t: Tensor| self.class_id.map_or_else(|| t.clone(), |class| t.narrow(-1, class, 1));
        let (y_true, y_pred) = (of_class(y_true), of_class(y_pred));
        let flat = |t: Tensor| if self.multi_label { t } else { t.flatten() };
        let (weight, y_true) = (self.weight(weight, y_pred.shape()).map(flat), flat(y_true).ne(0.0));
        let positive = self.levels.positive(&flat(y_pred));
        let count = |cell: &Cell| {
            let (is_true, is_positive) = match cell {
                Cell::TruePositives => (true, true),
                Cell::FalsePositives => (false, true),
                Cell::TrueNegatives => (false, false),
                Cell::FalseNegatives => (true, false),
            };
            let label = if is_true { y_true.clone() } else { y_true.logical_not() };
            let of_label = label.where_(weight.clone().unwrap_or_else(|| Tensor::ones(())), 0.0);
            let in_cell = if is_positive { positive.where_(of_label, 0.0) } else { positive.where_(0.0, of_label) };
            Addend::Elements(in_cell.sum(1))
        };
        cells.iter().map(count).collect()
    }

    /// The weights of samples and labels together.
    #[track_caller]
    fn weight(&self, weight: Option<&Tensor>, shape: &Shape) -> Option<Tensor> {
        let weight = weight.map(|weight| expand_weight(weight, shape));
        let Some(labels) = self.label_weights.filter(|_| !self.multi_label) else { return weight };
        let labels = Tensor::from_vec(labels.iter().map(|w| *w as f32).collect::<Vec<_>>(), [labels.len()]);
        Some(weight.unwrap_or_else(|| Tensor::ones(shape)) * labels)
    }
}

/// Whether each element is among the `k` largest of its row; of equal ones the first are.
#[track_caller]
fn among_best(scores: &Tensor, k: usize) -> Tensor {
    let (_, best) = scores.top_k(k);
    let class = Tensor::iota([scores.shape().last().copied().unwrap_or(1)], 0, DType::I32);
    best.unsqueeze(-1).eq(class).any(-2)
}

/// `a / b`, and 0 where `b` is 0.
pub(super) fn ratio(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

/// The weights in the four cells at one threshold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cells {
    pub(super) tp: f64,
    pub(super) fp: f64,
    pub(super) tn: f64,
    pub(super) fn_: f64,
}

impl Cells {
    /// One for each level (and label), of the sums that [`Counter::count`] of [`CELLS`] gives.
    pub(super) fn of(sums: &[f32]) -> Vec<Cells> {
        let [tp, fp, tn, fn_] = parts(sums);
        let cells = tp.iter().zip(fp).zip(tn.iter().zip(fn_));
        cells.map(|((tp, fp), (tn, fn_))| Cells { tp: (*tp).into(), fp: (*fp).into(), tn: (*tn).into(), fn_: (*fn_).into() }).collect()
    }

    /// The share of positive predictions that are right.
    pub(super) fn precision(self) -> f64 {
        ratio(self.tp, self.tp + self.fp)
    }

    /// The share of true labels that are found, also called sensitivity.
    pub(super) fn recall(self) -> f64 {
        ratio(self.tp, self.tp + self.fn_)
    }

    /// The share of false labels that are found.
    pub(super) fn specificity(self) -> f64 {
        ratio(self.tn, self.tn + self.fp)
    }
}

/// Sums that stand one after the other, `N` times the same number of them.
pub(super) fn parts<const N: usize>(sums: &[f32]) -> [&[f32]; N] {
    let length = sums.len() / N.max(1);
    std::array::from_fn(|i| sums.get(i * length..(i + 1) * length).unwrap_or_default())
}

/// The mean of several results; 0 of none.
pub(super) fn mean(results: &[f64]) -> f64 {
    ratio(results.iter().sum(), results.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_thresholds_are_found() {
        assert!(matches!(Levels::listed(&[0.0, 0.5, 1.0]), Levels::Even { count: 3, all_above_first: false }));
        assert!(matches!(Levels::listed(&[0.0, 1.0]), Levels::Listed(_)));
        assert!(matches!(Levels::beyond_both_ends(vec![0.75, 0.25, 0.5]), Levels::Even { count: 5, all_above_first: true }));
        assert!(matches!(Levels::beyond_both_ends(vec![0.25, 0.6]), Levels::Listed(list) if list.len() == 4 && list[0] < 0.0));
    }
}
