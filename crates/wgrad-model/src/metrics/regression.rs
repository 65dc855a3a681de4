//! Metrics of numbers that are not means of a loss.

use super::{
    Addend, Direction, Metric,
    counts::mean,
    expand_weight, mean_of,
    shapes::{aligned, same_shape, two_axes},
    weighted_mean,
};
use crate::layers::arguments::arguments;
use serde::{Deserialize, Serialize};
use wgrad_tensor::{Shape, Tensor};

arguments! {
    /// `sqrt(mean((y_true - y_pred)^2))` over all elements (Keras `RootMeanSquaredError`).
    pub struct RootMeanSquaredError() {}
}

impl Metric for RootMeanSquaredError {
    fn name(&self) -> &str {
        "root_mean_squared_error"
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        same_shape(labels, predictions)
    }

    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        let (y_true, y_pred) = aligned(self.name(), y_true, y_pred);
        weighted_mean(&(y_pred - y_true).square(), weight)
    }

    fn result(&self, sums: &[f32]) -> f64 {
        mean_of(sums).sqrt()
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Down)
    }
}

/// How the scores of several outputs become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassAggregation {
    /// Not at all: there are as many results as outputs.
    None,
    /// Their mean.
    #[default]
    UniformAverage,
    /// Their mean, weighted with the variance of the labels.
    VarianceWeightedAverage,
}

arguments! {
    /// `1 - sum((y_true - y_pred)^2) / sum((y_true - mean(y_true))^2)` of each output, for labels and predictions `[batch, outputs]`, and the mean
    /// of that: the share of the labels' variance that is explained (Keras `R2Score`). 0 for an output whose labels are all equal.
    pub struct R2Score() {
        /// How the scores of several outputs become one number.
        takes class_aggregation: ClassAggregation = ClassAggregation::default();
        /// The number of independent regressors, for the adjusted score; 0 for the plain one.
        takes num_regressors: usize = 0;
    }
}

impl R2Score {
    /// The score adjusted for the number of regressors, where there are more samples than those.
    fn adjusted(&self, score: f32, samples: f32) -> f32 {
        let regressors = self.num_regressors as f32;
        if self.num_regressors == 0 || regressors >= samples - 1.0 {
            return score;
        }
        1.0 - (1.0 - score) * (samples - 1.0) / (samples - regressors - 1.0)
    }
}

impl Metric for R2Score {
    fn name(&self) -> &str {
        "r2_score"
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        two_axes(labels, predictions)
    }

    fn sums(&self, _labels: &Shape, predictions: &Shape) -> usize {
        predictions.last().copied().unwrap_or(1).saturating_mul(4).saturating_add(1)
    }

    /// The number of labels, and for each output the sums of labels, their squares, the squares of the errors, and the weights.
    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        let (y_true, y_pred) = aligned(self.name(), y_true, y_pred);
        let weight = weight.map_or_else(|| y_true.ones_like(), |weight| expand_weight(weight, y_true.shape()));
        let weighted = &y_true * &weight;
        let sums = [weighted.clone(), &y_true * weighted, (&y_true - y_pred).square() * &weight, weight];
        let sums = sums.into_iter().map(|values| Addend::Elements(values.sum(0)));
        std::iter::once(Addend::Number(y_true.shape().numel() as f32)).chain(sums).collect()
    }

    fn result(&self, sums: &[f32]) -> f64 {
        mean(&self.results(sums))
    }

    /// In f32 and in Keras' order: whether the variance is 0 depends on the rounding.
    fn results(&self, sums: &[f32]) -> Vec<f64> {
        let Some((&samples, sums)) = sums.split_first() else { return vec![0.0] };
        let [sum, squares, errors, count] = super::counts::parts(sums);
        let variance = |i: usize| squares[i] - sum[i] * (sum[i] / count[i]);
        let score = |i: usize| Some(1.0 - errors[i] / variance(i)).filter(|score| !score.is_infinite()).unwrap_or(0.0);
        let outputs = 0..count.len();
        let n = outputs.len() as f32;
        let scores = match self.class_aggregation {
            ClassAggregation::None => outputs.map(score).collect(),
            ClassAggregation::UniformAverage => vec![outputs.map(score).sum::<f32>() / n],
            ClassAggregation::VarianceWeightedAverage => {
                let total: f32 = outputs.clone().map(variance).sum();
                vec![outputs.map(|i| variance(i) * score(i)).sum::<f32>() / total]
            }
        };
        scores.into_iter().map(|score| self.adjusted(score, samples).into()).collect()
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }
}
