//! The share of rows whose class is among the `k` best predictions.

use super::{
    mean::mean_function,
    shapes::{aligned, one_for_each_row, same_shape},
};
use crate::layers::arguments::arguments;
use wgrad_tensor::{DType, Shape, Tensor};

arguments! {
    /// The share of rows with `argmax(y_true)` among the `k` largest of `y_pred` (Keras `TopKCategoricalAccuracy`).
    ///
    /// Of equal predictions all are among the best where one is, as in TensorFlow; a row with a NaN or an infinity is never right.
    pub struct TopKCategoricalAccuracy() {
        /// How many predictions are looked at; 5 by default.
        takes k: usize = 5;
    }
}

arguments! {
    /// The share of rows with class number `y_true` among the `k` largest of `y_pred` (Keras `SparseTopKCategoricalAccuracy`).
    ///
    /// Of equal predictions all are among the best where one is, as in TensorFlow; a row with a NaN or an infinity is never right.
    pub struct SparseTopKCategoricalAccuracy() {
        /// How many predictions are looked at; 5 by default.
        takes k: usize = 5;
        /// Whether predictions are not scores of all classes but class numbers, the best first.
        takes from_sorted_ids: bool = false;
    }
}

mean_function! {
    TopKCategoricalAccuracy = "top_k_categorical_accuracy", Up, same_shape, |metric, y_true, y_pred| {
        let (y_true, y_pred) = aligned("top_k_categorical_accuracy", y_true, y_pred);
        in_top_k(&y_true.argmax(-1), &y_pred, metric.k)
    };
    SparseTopKCategoricalAccuracy = "sparse_top_k_categorical_accuracy", Up, one_for_each_row, |metric, y_true, y_pred| {
        let y_pred = y_pred.cast(DType::F32);
        let (width, rows) = y_pred.shape().split_last().map_or((0, Shape::default()), |(width, rows)| (*width, rows.into()));
        let classes = y_true.reshape(&rows);
        if metric.from_sorted_ids {
            let ids = y_pred.narrow(-1, 0, metric.k.min(width));
            return ids.eq(classes.cast(DType::F32).unsqueeze(-1)).any(-1);
        }
        in_top_k(&classes.cast(DType::I32), &y_pred, metric.k)
    };
}

/// Whether fewer than `k` scores of a row are larger than that of its class.
#[track_caller]
fn in_top_k(classes: &Tensor, scores: &Tensor, k: usize) -> Tensor {
    let is_class = Tensor::iota(scores.shape(), -1, DType::I32).eq(classes.unsqueeze(-1));
    let of_class = is_class.where_(scores, 0.0).sum_keep(-1);
    let larger = scores.gt(of_class).cast(DType::F32).sum(-1);
    larger.lt(k as f64).logical_and(is_class.any(-1)).logical_and(scores.is_finite().all(-1))
}
