//! Means with weights, and losses as metrics.

use super::{Addend, Metric};
use crate::losses::Loss;
use std::sync::Arc;
use wgrad_tensor::{DType, Shape, Tensor};

/// The mean that a pair of sum and weight stands for; 0 where nothing was counted, as Keras' `Mean`.
pub fn mean_of(sums: &[f32]) -> f64 {
    match *sums {
        [sum, count] if count != 0.0 => f64::from(sum / count),
        _ => 0.0,
    }
}

/// What a metric that is a mean adds for a batch: the weighted sum of `values` and the sum of the weights, which are 1 where there are none.
/// Each sample counts with the mean over its positions (Keras' `Mean`). Weights are as [`expand_weight`] takes them.
#[track_caller]
pub fn weighted_mean(values: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
    let values = values.cast(DType::F32);
    let positions: usize = values.shape().iter().skip(1).product();
    let per_sample = |sum: Tensor| Addend::Elements(if positions == 1 { sum } else { sum / positions as f64 });
    match weight {
        None => vec![per_sample(values.sum(..)), Addend::Number(values.shape().first().copied().unwrap_or(1) as f32)],
        Some(weight) => {
            let weight = expand_weight(weight, values.shape());
            vec![per_sample((&values * &weight).sum(..)), per_sample(weight.sum(..))]
        }
    }
}

/// The f32 weight of each element of a tensor of `shape`. The axes of `weight` are the first ones of `shape`, or have length 1: `[batch]` weighs
/// samples, `[batch, time]` the positions of sequences.
#[track_caller]
pub fn expand_weight(weight: &Tensor, shape: &Shape) -> Tensor {
    let axes = |i: usize| weight.shape().get(i).copied().unwrap_or(1);
    let fits = (0..weight.rank().max(shape.rank())).all(|i| axes(i) == 1 || shape.get(i) == Some(&axes(i)));
    if !fits {
        return Tensor::invalid("weights", format!("{} are no weights for values of {shape}", weight.shape()), &[weight]);
    }
    weight.cast(DType::F32).reshape((0..shape.rank()).map(axes).collect::<Vec<_>>()).expand(shape)
}

/// The mean of a loss over all samples (Keras' metrics `MeanSquaredError`, `BinaryCrossentropy`, ...). It computes from the predictions.
#[derive(Clone, Debug)]
pub struct MeanLoss(pub Arc<dyn Loss>);

impl Metric for MeanLoss {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        self.0.label_shape(labels, predictions).map(drop)
    }

    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        match self.0.label_shape(y_true.shape(), y_pred.shape()) {
            Ok(shape) => weighted_mean(&self.0.call(&y_true.reshape(shape), y_pred, None), weight),
            Err(rule) => vec![Addend::Elements(Tensor::invalid(self.name(), rule, &[y_true, y_pred]))],
        }
    }
}
