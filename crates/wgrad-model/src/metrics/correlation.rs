//! Correlations along an axis.

use super::{
    mean::mean_function,
    shapes::{aligned, same_shape},
};
use crate::{layers::arguments::arguments, losses::EPSILON};
use wgrad_tensor::Tensor;

arguments! {
    /// `mean((t - mean(t)) (p - mean(p))) / (std(t) std(p))` of labels and predictions along an axis, then the mean over all rows (Keras
    /// `PearsonCorrelation`). NaN where labels or predictions are all equal.
    pub struct PearsonCorrelation() {
        /// The axis along which numbers are correlated; the last by default.
        takes axis: i64 = -1;
    }
}

arguments! {
    /// How far predictions are from `y_true = y_pred` (Keras `ConcordanceCorrelation`; Lin, 1989):
    /// `2 cov(t, p) / (var(t) + var(p) + (mean(t) - mean(p))^2)` along an axis, then the mean over all rows.
    pub struct ConcordanceCorrelation() {
        /// The axis along which numbers are correlated; the last by default.
        takes axis: i64 = -1;
    }
}

mean_function! {
    PearsonCorrelation = "pearson_correlation", Up, same_shape, |metric, y_true, y_pred| {
        let axis = metric.axis;
        let (y_true, y_pred) = aligned("pearson_correlation", y_true, y_pred);
        let standard = |t: &Tensor| {
            let centered = t - t.mean_keep(axis);
            &centered / centered.std_keep(axis)
        };
        (standard(&y_true) * standard(&y_pred)).mean(axis)
    };
    ConcordanceCorrelation = "concordance_correlation", Up, same_shape, |metric, y_true, y_pred| {
        let axis = metric.axis;
        let (y_true, y_pred) = aligned("concordance_correlation", y_true, y_pred);
        let (mean_true, mean_pred) = (y_true.mean_keep(axis), y_pred.mean_keep(axis));
        // The labels lose the mean of the predictions, as in Keras: over the whole axis the covariance is the same.
        let covariance = (&y_true - &mean_pred) * (&y_pred - &mean_pred);
        let norm = y_true.var_keep(axis) + y_pred.var_keep(axis) + (mean_true - mean_pred).square();
        (covariance * 2.0 / (norm + EPSILON)).mean(axis)
    };
}
