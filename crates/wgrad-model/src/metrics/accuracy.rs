//! The share of right predictions.

use super::{Addend, Metric, weighted_mean};
use crate::losses::show_batch;
use std::sync::Arc;
use wgrad_tensor::{DType, Shape, Tensor};

/// What `accuracy` means, as Keras decides it: binary where there is one output, sparse where the labels are class numbers, else categorical.
pub(super) fn for_shapes(labels: &Shape, predictions: &Shape) -> Arc<dyn Metric> {
    let last = predictions.last().copied().unwrap_or(1);
    let numbers = labels.rank() < predictions.rank() || labels.last() == Some(&1);
    match (last, numbers) {
        (1, _) => Arc::new(BinaryAccuracy::default()),
        (_, true) => Arc::new(SparseCategoricalAccuracy {}),
        (_, false) => Arc::new(CategoricalAccuracy {}),
    }
}

/// The share of elements with `y_true == (y_pred > threshold)` (Keras `BinaryAccuracy`).
#[derive(Clone, Copy, Debug)]
pub struct BinaryAccuracy {
    /// What counts as 1; 0.5 by default.
    pub threshold: f64,
}

impl Default for BinaryAccuracy {
    fn default() -> Self {
        BinaryAccuracy { threshold: 0.5 }
    }
}

impl Metric for BinaryAccuracy {
    fn name(&self) -> &str {
        "binary_accuracy"
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        same_elements(labels, predictions)
    }

    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        let predicted = y_pred.gt(self.threshold).cast(y_pred.dtype());
        let right = y_true.reshape(y_pred.shape()).cast(y_pred.dtype()).eq(&predicted);
        weighted_mean(&right, weight)
    }
}

/// The share of rows with `argmax(y_true) == argmax(y_pred)` (Keras `CategoricalAccuracy`).
#[derive(Clone, Copy, Debug, Default)]
pub struct CategoricalAccuracy {}

impl Metric for CategoricalAccuracy {
    fn name(&self) -> &str {
        "categorical_accuracy"
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        same_elements(labels, predictions)
    }

    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        weighted_mean(&y_true.argmax(-1).eq(y_pred.argmax(-1)), weight)
    }
}

/// The share of rows with `y_true == argmax(y_pred)`, for class numbers (Keras `SparseCategoricalAccuracy`).
#[derive(Clone, Copy, Debug, Default)]
pub struct SparseCategoricalAccuracy {}

impl Metric for SparseCategoricalAccuracy {
    fn name(&self) -> &str {
        "sparse_categorical_accuracy"
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        let rows: usize = predictions.iter().rev().skip(1).product();
        if rows == labels.numel() && predictions.rank() > 1 {
            return Ok(());
        }
        let rule = "the labels must be class numbers, one for each row of the predictions";
        Err(format!("{rule} {}, got {}", show_batch(predictions), show_batch(labels)))
    }

    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        let predicted = y_pred.argmax(-1);
        let labels = y_true.reshape(predicted.shape()).cast(DType::I32);
        weighted_mean(&labels.eq(&predicted), weight)
    }
}

fn same_elements(labels: &Shape, predictions: &Shape) -> Result<(), String> {
    if labels.numel() == predictions.numel() {
        return Ok(());
    }
    Err(format!("the labels must have the shape of the predictions, {}, got {}", show_batch(predictions), show_batch(labels)))
}
