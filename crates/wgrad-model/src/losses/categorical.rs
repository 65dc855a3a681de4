//! Cross-entropies of distributions over classes.

use super::{
    EPSILON, Loss,
    align::{compared, show_batch},
};
use crate::{Logits, layers::arguments::arguments};
use wgrad_tensor::{Shape, Tensor};

arguments! {
    /// `-sum(y_true log(p))` over the axis of the classes (Keras `CategoricalCrossentropy`).
    ///
    /// Where the prediction comes straight from a softmax, its argument is used, which is exact for every input; else probabilities are divided by their
    /// sum and clipped to `[1e-7, 1 - 1e-7]`.
    pub struct CategoricalCrossentropy() {
        /// Whether the predictions are logits, not probabilities.
        takes from_logits: bool = false;
        /// Labels become `y (1 - s) + s / classes`.
        takes label_smoothing: f64 = 0.0;
        /// The axis of the classes; the last by default.
        takes axis: i64 = -1;
    }
}

arguments! {
    /// `-sum(alpha (1 - p)^gamma y_true log(p))` over the axis of the classes: what is easy counts less (Keras `CategoricalFocalCrossentropy`, [Lin et al.,
    /// 2018](https://arxiv.org/abs/1708.02002)). Probabilities are divided by their sum and clipped to `[1e-7, 1 - 1e-7]`.
    pub struct CategoricalFocalCrossentropy() {
        /// A factor of the loss; 0.25 by default.
        takes alpha: f64 = 0.25;
        /// How much less an easy answer counts; 2 by default.
        takes gamma: f64 = 2.0;
        /// Whether the predictions are logits, not probabilities.
        takes from_logits: bool = false;
        /// Labels become `y (1 - s) + s / classes`.
        takes label_smoothing: f64 = 0.0;
        /// The axis of the classes; the last by default.
        takes axis: i64 = -1;
    }
}

impl Loss for CategoricalCrossentropy {
    fn name(&self) -> &'static str {
        "categorical_crossentropy"
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        one_hot_shape(labels, predictions)
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>) -> Tensor {
        let (y, p) = compared(y_true, y_pred);
        let log_p = match logits {
            Some(Logits::Softmax(z)) => z.cast(p.dtype()).log_softmax(self.axis),
            _ if self.from_logits => p.log_softmax(self.axis),
            _ => normalized(&p, self.axis).log(),
        };
        -(smooth(&y, self.label_smoothing) * log_p).sum(self.axis)
    }
}

impl Loss for CategoricalFocalCrossentropy {
    fn name(&self) -> &'static str {
        "categorical_focal_crossentropy"
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        one_hot_shape(labels, predictions)
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        let (y, p) = compared(y_true, y_pred);
        let p = normalized(&if self.from_logits { p.softmax(self.axis) } else { p }, self.axis);
        let entropy = -smooth(&y, self.label_smoothing) * p.log();
        ((1.0 - p).powf(self.gamma) * self.alpha * entropy).sum(self.axis)
    }
}

fn one_hot_shape(labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
    if labels == predictions && labels.rank() > 1 {
        return Ok(labels.clone());
    }
    let numbers = if labels.rank() < predictions.rank() { "; class numbers need sparse_categorical_crossentropy" } else { "" };
    Err(format!("the labels must be one-hot rows of the predictions' shape, {}{numbers}", show_batch(predictions)))
}

/// The number of classes is the length of the last axis, as in Keras, whatever the axis of the classes.
fn smooth(y: &Tensor, smoothing: f64) -> Tensor {
    let classes = y.shape().last().copied().unwrap_or(1).max(1) as f64;
    if smoothing == 0.0 { y.clone() } else { y * (1.0 - smoothing) + smoothing / classes }
}

#[track_caller]
fn normalized(p: &Tensor, axis: i64) -> Tensor {
    (p / p.sum_keep(axis)).clip(EPSILON, 1.0 - EPSILON)
}
