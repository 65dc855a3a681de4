//! F-scores: precision and recall in one number.

use super::{
    Addend, Direction, Metric,
    counts::{mean, parts},
    expand_weight,
    shapes::{aligned, two_axes},
};
use crate::{layers::arguments::arguments, losses::EPSILON};
use serde::{Deserialize, Serialize};
use wgrad_tensor::{DType, Shape, Tensor};

/// How the scores of the classes become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Average {
    /// The score of the counts of all classes together.
    Micro,
    /// The mean of the scores.
    Macro,
    /// The mean of the scores, each weighted with the number of true labels of its class.
    Weighted,
}

arguments! {
    /// `(1 + beta^2) precision recall / (beta^2 precision + recall)` of each class, for predictions and one-hot (or several-hot) labels
    /// `[batch, classes]` (Keras `FBetaScore`). Where nothing averages, there are as many results as classes.
    pub struct FBetaScore() {
        /// How the scores of the classes become one number; by default they do not.
        may_take average: Average;
        /// How many times recall is as important as precision; 1 by default.
        takes beta: f64 = 1.0;
        /// Above what predictions are positive, above 0 and at most 1; by default the largest of each row are.
        may_take threshold: f64;
    }
}

arguments! {
    /// `2 precision recall / (precision + recall)` of each class, for predictions and one-hot (or several-hot) labels `[batch, classes]`
    /// (Keras `F1Score`). Where nothing averages, there are as many results as classes.
    pub struct F1Score() {
        /// How the scores of the classes become one number; by default they do not.
        may_take average: Average;
        /// Above what predictions are positive, above 0 and at most 1; by default the largest of each row are.
        may_take threshold: f64;
    }
}

macro_rules! f_scores {
    ($($metric:ident $name:literal |$score:ident| $beta:expr;)*) => {$(
        impl Metric for $metric {
            fn name(&self) -> &str {
                $name
            }

            fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
                let $score = self;
                check(self.threshold, $beta)?;
                two_axes(labels, predictions)
            }

            fn sums(&self, _labels: &Shape, predictions: &Shape) -> usize {
                predictions.last().copied().unwrap_or(1).saturating_mul(4)
            }

            fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
                count($name, self.threshold, y_true, y_pred, weight)
            }

            fn result(&self, sums: &[f32]) -> f64 {
                mean(&self.results(sums))
            }

            fn results(&self, sums: &[f32]) -> Vec<f64> {
                let $score = self;
                scores(self.average, $beta, sums)
            }

            fn direction(&self) -> Option<Direction> {
                Some(Direction::Up)
            }
        }
    )*};
}

f_scores! {
    FBetaScore "fbeta_score" |score| score.beta;
    F1Score "f1_score" |_score| 1.0;
}

fn check(threshold: Option<f64>, beta: f64) -> Result<(), String> {
    if let Some(threshold) = threshold.filter(|t| !(*t > 0.0 && *t <= 1.0)) {
        return Err(format!("threshold must be above 0 and at most 1, got {threshold}"));
    }
    if beta > 0.0 { Ok(()) } else { Err(format!("beta must be above 0, got {beta}")) }
}

/// True positives, false positives, false negatives and true labels of each class.
#[track_caller]
fn count(name: &str, threshold: Option<f64>, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
    let (y_true, y_pred) = aligned(name, y_true, y_pred);
    let positive = match threshold {
        Some(threshold) => y_pred.gt(threshold),
        None => y_pred.ge(y_pred.max_keep(-1)).logical_and(y_pred.abs().gt(1e-9)),
    };
    let positive = positive.cast(DType::F32);
    let weight = weight.map(|weight| expand_weight(weight, y_pred.shape()));
    let sum = |values: Tensor| Addend::Elements(weight.as_ref().map_or_else(|| values.clone(), |w| &values * w).sum(0));
    vec![sum(&positive * &y_true), sum(&positive * (1.0 - &y_true)), sum((1.0 - &positive) * &y_true), sum(y_true.clone())]
}

fn scores(average: Option<Average>, beta: f64, sums: &[f32]) -> Vec<f64> {
    let [tp, fp, fn_, labels] = parts(sums).map(|part| part.iter().copied().map(f64::from).collect::<Vec<_>>());
    let score = |tp: f64, fp: f64, fn_: f64| {
        let (precision, recall) = (tp / (tp + fp + EPSILON), tp / (tp + fn_ + EPSILON));
        precision * recall / (beta * beta * precision + recall + EPSILON) * (1.0 + beta * beta)
    };
    let total = |of: &[f64]| of.iter().sum::<f64>();
    let each = || tp.iter().zip(&fp).zip(&fn_).map(|((tp, fp), fn_)| score(*tp, *fp, *fn_));
    match average {
        None => each().collect(),
        Some(Average::Micro) => vec![score(total(&tp), total(&fp), total(&fn_))],
        Some(Average::Macro) => vec![mean(&each().collect::<Vec<_>>())],
        Some(Average::Weighted) => vec![each().zip(&labels).map(|(score, n)| score * n / (total(&labels) + EPSILON)).sum()],
    }
}
