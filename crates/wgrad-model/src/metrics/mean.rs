//! Means with weights.

use super::{Addend, Metric};
use crate::layers::arguments::arguments;
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
    let axis = |i: usize| weight.shape().get(i).copied().unwrap_or(1);
    let fits = (0..weight.rank().max(shape.rank())).all(|i| axis(i) == 1 || shape.get(i) == Some(&axis(i)));
    if !fits {
        return Tensor::invalid(
            "metric",
            format!("weights of the shape {} do not fit values of the shape {shape}", weight.shape()),
            &[weight],
        );
    }
    weight.cast(DType::F32).reshape((0..shape.rank()).map(axis).collect::<Vec<_>>()).expand(shape)
}

/// Implements [`Metric`] for means of functions (Keras' `MeanMetricWrapper`). Each row has a type, its name, the direction, the rule for the shapes,
/// and the function of the metric, the labels and the predictions.
macro_rules! mean_function {
    ($($metric:ident = $name:literal, $direction:ident, $check:expr, $function:expr;)*) => {$(
        impl $crate::Metric for $metric {
            fn name(&self) -> &str {
                $name
            }

            fn check(&self, labels: &wgrad_tensor::Shape, predictions: &wgrad_tensor::Shape) -> Result<(), String> {
                $check(labels, predictions)
            }

            fn update(
                &self,
                y_true: &wgrad_tensor::Tensor,
                y_pred: &wgrad_tensor::Tensor,
                weight: Option<&wgrad_tensor::Tensor>,
            ) -> Vec<$crate::metrics::Addend> {
                let function: fn(&$metric, &wgrad_tensor::Tensor, &wgrad_tensor::Tensor) -> wgrad_tensor::Tensor = $function;
                $crate::metrics::weighted_mean(&function(self, y_true, y_pred), weight)
            }

            fn uses_mask(&self) -> bool {
                true
            }

            fn direction(&self) -> Option<$crate::metrics::Direction> {
                Some($crate::metrics::Direction::$direction)
            }
        }
    )*};
}
pub(super) use mean_function;

arguments! {
    /// The mean of values that stand in the place of the labels; predictions are not looked at (Keras `Mean`).
    pub struct Mean() {}
}

arguments! {
    /// The sum of values that stand in the place of the labels; predictions are not looked at (Keras `Sum`).
    pub struct Sum() {}
}

impl Metric for Mean {
    fn name(&self) -> &str {
        "mean"
    }

    fn update(&self, y_true: &Tensor, _y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        weighted_mean(y_true, weight)
    }
}

impl Metric for Sum {
    fn name(&self) -> &str {
        "sum"
    }

    fn sums(&self, _labels: &Shape, _predictions: &Shape) -> usize {
        1
    }

    fn update(&self, y_true: &Tensor, _y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        let values = y_true.cast(DType::F32);
        let weighted = weight.map_or_else(|| values.clone(), |weight| &values * expand_weight(weight, values.shape()));
        vec![Addend::Elements(weighted.sum(..))]
    }

    fn result(&self, sums: &[f32]) -> f64 {
        sums.first().copied().unwrap_or(0.0).into()
    }
}
