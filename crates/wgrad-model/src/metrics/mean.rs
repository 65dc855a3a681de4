//! Means, and losses as metrics.

use super::{Addend, Metric, sum_and_count};
use crate::losses::Loss;
use std::sync::Arc;
use wgrad_tensor::{Shape, Tensor};

/// The mean that a pair of sum and number stands for; 0 where nothing was counted, as Keras' `Mean`.
pub fn mean_of(sums: &[f32]) -> f64 {
    match *sums {
        [sum, count] if count != 0.0 => f64::from(sum / count),
        _ => 0.0,
    }
}

/// The mean of a loss over all samples (Keras' metrics `MeanSquaredError`, `BinaryCrossentropy`, ...). It computes from the predictions.
#[derive(Clone, Debug)]
pub struct MeanLoss(pub Arc<dyn Loss>);

impl Metric for MeanLoss {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        self.0.label_shape(labels, predictions).map(drop)
    }

    fn update(&self, y_true: &Tensor, y_pred: &Tensor) -> Vec<Addend> {
        match self.0.label_shape(y_true.shape(), y_pred.shape()) {
            Ok(shape) => sum_and_count(&self.0.call(&y_true.reshape(shape), y_pred, None)),
            Err(rule) => vec![Addend::Elements(Tensor::invalid(self.name(), rule, &[y_true, y_pred]))],
        }
    }
}
