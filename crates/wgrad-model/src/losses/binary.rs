//! Cross-entropies of probabilities that are independent of each other.

use super::{EPSILON, Loss, align::compared};
use crate::{Logits, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// `mean(-y_true log(p) - (1 - y_true) log(1 - p))` over an axis (Keras `BinaryCrossentropy`).
    ///
    /// Where the prediction comes straight from a sigmoid, its argument is used, which is exact for every input; else probabilities are clipped to
    /// `[1e-7, 1 - 1e-7]`.
    pub struct BinaryCrossentropy() {
        /// Whether the predictions are logits, not probabilities.
        takes from_logits: bool = false;
        /// Labels become `y (1 - s) + s / 2`.
        takes label_smoothing: f64 = 0.0;
        /// The axis of the mean; the last by default.
        takes axis: i64 = -1;
    }
}

arguments! {
    /// `mean((1 - q)^gamma (-y_true log(p) - (1 - y_true) log(1 - p)))` over an axis, where `q = y_true p + (1 - y_true) (1 - p)` is the probability of the
    /// right answer: what is easy counts less (Keras `BinaryFocalCrossentropy`, [Lin et al., 2018](https://arxiv.org/abs/1708.02002)).
    pub struct BinaryFocalCrossentropy() {
        /// Whether class 1 has the weight `alpha`, and class 0 the weight `1 - alpha`.
        takes apply_class_balancing: bool = false;
        /// The weight of class 1 with `apply_class_balancing`; 0.25 by default.
        takes alpha: f64 = 0.25;
        /// How much less an easy answer counts; 2 by default.
        takes gamma: f64 = 2.0;
        /// Whether the predictions are logits, not probabilities.
        takes from_logits: bool = false;
        /// Labels become `y (1 - s) + s / 2`.
        takes label_smoothing: f64 = 0.0;
        /// The axis of the mean; the last by default.
        takes axis: i64 = -1;
    }
}

impl Loss for BinaryCrossentropy {
    fn name(&self) -> &'static str {
        "binary_crossentropy"
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>) -> Tensor {
        let (y, p) = compared(y_true, y_pred);
        let y = smooth(&y, self.label_smoothing);
        let entropy = match sigmoid_argument(logits, &p) {
            Some(z) => of_logits(&y, &z),
            None if self.from_logits => of_logits(&y, &p),
            None => of_probabilities(&y, &p),
        };
        entropy.mean(self.axis)
    }
}

impl Loss for BinaryFocalCrossentropy {
    fn name(&self) -> &'static str {
        "binary_focal_crossentropy"
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>) -> Tensor {
        let (y, p) = compared(y_true, y_pred);
        let y = smooth(&y, self.label_smoothing);
        // With `from_logits`, what is given is taken as logits even where a sigmoid gave it.
        let (z, p) = if self.from_logits { (Some(p.clone()), p.sigmoid()) } else { (sigmoid_argument(logits, &p), p) };
        let entropy = z.map_or_else(|| of_probabilities(&y, &p), |z| of_logits(&y, &z));
        let right = &y * &p + (1.0 - &y) * (1.0 - &p);
        let focal = (1.0 - right).powf(self.gamma) * entropy;
        let focal = if self.apply_class_balancing { (&y * self.alpha + (1.0 - &y) * (1.0 - self.alpha)) * focal } else { focal };
        focal.mean(self.axis)
    }
}

fn smooth(y: &Tensor, smoothing: f64) -> Tensor {
    if smoothing == 0.0 { y.clone() } else { y * (1.0 - smoothing) + 0.5 * smoothing }
}

/// The argument of the sigmoid that gave `p`.
fn sigmoid_argument(logits: Option<&Logits>, p: &Tensor) -> Option<Tensor> {
    match logits {
        Some(Logits::Sigmoid(z)) => Some(z.cast(p.dtype()).reshape(p.shape())),
        Some(Logits::Softmax(_)) | None => None,
    }
}

/// `log(1 + e^z) - y z`. The choice by the sign, not `relu` and `abs`, gives the right gradient at 0, too.
#[track_caller]
fn of_logits(y: &Tensor, z: &Tensor) -> Tensor {
    let positive = z.ge(0.0);
    positive.where_(z, 0.0) - z * y + positive.where_(-z, z).exp().log1p()
}

#[track_caller]
fn of_probabilities(y: &Tensor, p: &Tensor) -> Tensor {
    let p = p.clip(EPSILON, 1.0 - EPSILON);
    -(y * p.log() + (1.0 - y) * (1.0 - &p).log())
}
