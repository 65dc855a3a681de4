//! Losses of class numbers against distributions over the classes.

use super::{
    EPSILON, Loss,
    align::{float, show_batch},
};
use crate::{Logits, layers::arguments::arguments};
use wgrad_tensor::{DType, HostTensor, Shape, Tensor};

arguments! {
    /// `-log(p[y_true])` for class numbers `[batch, ...]` (or with an axis of length 1 in place of the classes) against `[batch, ..., classes]` (Keras
    /// `SparseCategoricalCrossentropy`).
    ///
    /// Where the prediction comes straight from a softmax, its argument is used, which is exact for every input; else probabilities are clipped to
    /// `[1e-7, 1 - 1e-7]`.
    pub struct SparseCategoricalCrossentropy() {
        /// Whether the predictions are logits, not probabilities.
        takes from_logits: bool = false;
        /// The label of what does not count, for example -1 or 255.
        may_take ignore_class: i64;
        /// The axis of the classes; the last by default.
        takes axis: i64 = -1;
    }
}

arguments! {
    /// `(1 - p[y_true]^q) / q` for class numbers `[batch]` or `[batch, 1]` against `[batch, classes]`; robust against wrong labels (Keras
    /// `CategoricalGeneralizedCrossEntropy`, [Zhang and Sabuncu, 2018](https://arxiv.org/abs/1805.07836)).
    pub struct CategoricalGeneralizedCrossEntropy() {
        /// Between 0 and 1: towards 0 a cross-entropy, towards 1 a mean absolute error; 1/2 by default.
        takes q: f64 = 0.5;
    }
}

impl Loss for SparseCategoricalCrossentropy {
    fn name(&self) -> &'static str {
        "sparse_categorical_crossentropy"
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        class_number_shape(labels, predictions, self.axis)
    }

    fn check_labels(&self, labels: &HostTensor, predictions: &Shape) -> Result<(), String> {
        check_class_numbers(labels, predictions, self.axis, self.ignore_class)
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>) -> Tensor {
        let p = float(y_pred);
        let log_p = match logits {
            Some(Logits::Softmax(z)) => z.cast(p.dtype()).log_softmax(self.axis),
            _ if self.from_logits => p.log_softmax(self.axis),
            // Softmax once more, as TensorFlow's kernel does: it only sees logs of what may not sum up to 1.
            _ => p.clip(EPSILON, 1.0 - EPSILON).log().log_softmax(self.axis),
        };
        let values = -pick(y_true, &log_p, self.axis);
        match self.mask(y_true, &values) {
            Some(counts) => counts.where_(values, 0.0),
            None => values,
        }
    }

    fn mask(&self, y_true: &Tensor, values: &Tensor) -> Option<Tensor> {
        // Values that carry an error have no shape to mask.
        let ignored = self.ignore_class.filter(|_| values.error().is_none())?;
        Some(y_true.cast(DType::I32).reshape(values.shape()).ne(ignored))
    }
}

impl Loss for CategoricalGeneralizedCrossEntropy {
    fn name(&self) -> &'static str {
        "categorical_generalized_cross_entropy"
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        class_number_shape(labels, predictions, -1)
    }

    fn check_labels(&self, labels: &HostTensor, predictions: &Shape) -> Result<(), String> {
        check_class_numbers(labels, predictions, -1, None)
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        if !(self.q > 0.0 && self.q < 1.0) {
            return Tensor::invalid(self.name(), format!("q must be between 0 and 1, got {}", self.q), &[y_pred]);
        }
        (1.0 - pick(y_true, &float(y_pred), -1).powf(self.q)) / self.q
    }
}

/// The elements of `x` at the class numbers along an axis. A choice, not a product with a one-hot row: 0 times infinity would be NaN.
#[track_caller]
fn pick(classes: &Tensor, x: &Tensor, axis: i64) -> Tensor {
    if x.error().is_some() {
        return x.clone();
    }
    let classes = classes.cast(DType::I32);
    let classes = if classes.rank() < x.rank() { classes.unsqueeze(axis) } else { classes };
    classes.eq(Tensor::iota(x.shape(), axis, DType::I32)).where_(x, 0.0).sum(axis)
}

/// The class axis and the shape without it, or the broken rule.
fn class_axis(predictions: &Shape, axis: i64) -> Result<(usize, Shape), String> {
    let from_zero = if axis < 0 { axis + predictions.rank() as i64 } else { axis };
    let axis = usize::try_from(from_zero).ok().filter(|&axis| axis > 0 && axis < predictions.rank());
    let axis = axis.ok_or_else(|| format!("the predictions must be [batch, ..., classes], got {}", show_batch(predictions)))?;
    let others = predictions.iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, &n)| n).collect();
    Ok((axis, others))
}

pub(super) fn class_number_shape(labels: &Shape, predictions: &Shape, axis: i64) -> Result<Shape, String> {
    let (axis, expected) = class_axis(predictions, axis)?;
    let with_one: Shape = predictions.iter().enumerate().map(|(i, &n)| if i == axis { 1 } else { n }).collect();
    if *labels == expected || *labels == with_one {
        return Ok(expected);
    }
    let rule = format!("the labels must be class numbers, one for each prediction: {}", show_batch(&expected));
    let one_hot = if labels == predictions { "; one-hot labels need categorical_crossentropy" } else { "" };
    Err(format!("{rule} (the predictions have {} classes){one_hot}", predictions[axis]))
}

pub(super) fn check_class_numbers(labels: &HostTensor, predictions: &Shape, axis: i64, ignored: Option<i64>) -> Result<(), String> {
    let (axis, _) = class_axis(predictions, axis)?;
    let classes = predictions[axis];
    let is_class = |v: f64| v >= 0.0 && v < classes as f64 && v.fract() == 0.0;
    let is_ignored = |v: f64| ignored.is_some_and(|class| v == class as f64);
    match labels.data().to_f64().into_iter().enumerate().find(|(_, v)| !is_class(*v) && !is_ignored(*v)) {
        Some((i, value)) => Err(format!("label {i} is {value}, but the predictions have the classes 0 to {}", classes as i64 - 1)),
        None => Ok(()),
    }
}
