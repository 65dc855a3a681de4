//! The share of right predictions.

use super::{
    Metric,
    mean::mean_function,
    shapes::{aligned, one_for_each_row, same_shape},
};
use crate::layers::arguments::arguments;
use std::sync::Arc;
use wgrad_tensor::{DType, Shape};

/// What `accuracy` means, as Keras decides it: binary where there is one output, sparse where the labels are class numbers, else categorical.
pub(super) fn for_shapes(labels: &Shape, predictions: &Shape) -> Arc<dyn Metric> {
    let last = predictions.last().copied().unwrap_or(1);
    let numbers = labels.rank() < predictions.rank() || labels.last() == Some(&1);
    match (last, numbers) {
        (1, _) => Arc::new(BinaryAccuracy::new()),
        (_, true) => Arc::new(SparseCategoricalAccuracy::new()),
        (_, false) => Arc::new(CategoricalAccuracy::new()),
    }
}

arguments! {
    /// The share of elements with `y_true == y_pred` (Keras `Accuracy`). By its name, `"accuracy"`, one gets the kind of accuracy that fits the
    /// shapes.
    pub struct Accuracy() {}
}

arguments! {
    /// The share of elements with `y_true == (y_pred > threshold)` (Keras `BinaryAccuracy`).
    pub struct BinaryAccuracy() {
        /// Above what a prediction counts as 1; 0.5 by default.
        takes threshold: f64 = 0.5;
    }
}

arguments! {
    /// The share of rows with `argmax(y_true) == argmax(y_pred)` (Keras `CategoricalAccuracy`).
    pub struct CategoricalAccuracy() {}
}

arguments! {
    /// The share of rows with `y_true == argmax(y_pred)`, for class numbers (Keras `SparseCategoricalAccuracy`).
    pub struct SparseCategoricalAccuracy() {}
}

mean_function! {
    Accuracy = "accuracy", Up, same_shape, |_, y_true, y_pred| {
        let (y_true, y_pred) = aligned("accuracy", y_true, y_pred);
        y_true.eq(&y_pred)
    };
    BinaryAccuracy = "binary_accuracy", Up, same_shape, |metric, y_true, y_pred| {
        let (y_true, y_pred) = aligned("binary_accuracy", y_true, y_pred);
        y_true.eq(y_pred.gt(metric.threshold).cast(DType::F32))
    };
    CategoricalAccuracy = "categorical_accuracy", Up, same_shape, |_, y_true, y_pred| {
        let (y_true, y_pred) = aligned("categorical_accuracy", y_true, y_pred);
        y_true.argmax(-1).eq(y_pred.argmax(-1))
    };
    SparseCategoricalAccuracy = "sparse_categorical_accuracy", Up, one_for_each_row, |_, y_true, y_pred| {
        // Labels with fractions keep them: 1.5 is no class.
        let dtype = if y_true.dtype().is_float() { DType::F32 } else { DType::I32 };
        let predicted = y_pred.argmax(-1).cast(dtype);
        y_true.reshape(predicted.shape()).cast(dtype).eq(&predicted)
    };
}
