//! Cross-entropies, from probabilities and from logits.
//!
//! Where the prediction comes straight from the model's softmax or sigmoid, its argument is used, which is exact for every input; else
//! probabilities are clipped to `[1e-7, 1 - 1e-7]`, as Keras does.

use super::{Loss, same_shape, show_batch};
use crate::Logits;
use wgrad_tensor::{DType, HostTensor, Shape, Tensor};

/// Keras' `epsilon()`.
const EPSILON: f64 = 1e-7;

/// `-log(p[y_true])` for integer labels, `[batch, ...]` (or with a last axis of length 1) against `[batch, ..., classes]`
/// (Keras `SparseCategoricalCrossentropy`).
#[derive(Clone, Copy, Debug, Default)]
pub struct SparseCategoricalCrossentropy {
    /// Whether the predictions are logits, not probabilities.
    pub from_logits: bool,
}

impl SparseCategoricalCrossentropy {
    /// For probabilities.
    pub fn new() -> Self {
        Self::default()
    }

    /// For predictions that are logits.
    pub fn from_logits(self, from_logits: bool) -> Self {
        SparseCategoricalCrossentropy { from_logits }
    }
}

impl Loss for SparseCategoricalCrossentropy {
    fn name(&self) -> &'static str {
        "sparse_categorical_crossentropy"
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        let Some((&classes, expected)) = predictions.split_last().filter(|(_, rest)| !rest.is_empty()) else {
            return Err(format!("the predictions must be [batch, ..., classes], got {}", show_batch(predictions)));
        };
        let expected = Shape::from(expected);
        let with_one: Shape = expected.iter().copied().chain([1]).collect();
        if *labels == expected || *labels == with_one {
            return Ok(expected);
        }
        let rule = format!("the labels must be class numbers, one for each prediction: {}", show_batch(&expected));
        let one_hot = if labels == predictions { "; one-hot labels need categorical_crossentropy" } else { "" };
        Err(format!("{rule} (the predictions have {classes} classes){one_hot}"))
    }

    fn check_labels(&self, labels: &HostTensor, predictions: &Shape) -> Result<(), String> {
        let classes = predictions.last().copied().unwrap_or(0);
        let is_class = |v: f64| v >= 0.0 && v < classes as f64 && v.fract() == 0.0;
        match labels.data().to_f64().into_iter().enumerate().find(|(_, v)| !is_class(*v)) {
            Some((i, value)) => Err(format!("label {i} is {value}, but the predictions have the classes 0 to {}", classes as i64 - 1)),
            None => Ok(()),
        }
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>) -> Tensor {
        let log_p = match logits {
            Some(Logits::Softmax(z)) if !self.from_logits => z.log_softmax(-1),
            _ if self.from_logits => y_pred.log_softmax(-1),
            // Softmax once more, as TensorFlow's kernel does: it only sees logs of what may not sum up to 1.
            _ => y_pred.clip(EPSILON, 1.0 - EPSILON).log().log_softmax(-1),
        };
        let classes = Tensor::iota(log_p.shape(), -1, DType::I32);
        let labels = y_true.cast(DType::I32).unsqueeze(-1);
        // A choice, not a product with a one-hot row: 0 times the log of nothing would be NaN.
        -labels.eq(&classes).where_(&log_p, log_p.zeros_like()).sum(-1)
    }
}

/// `-sum over classes of y_true log(p)`, `[batch, ..., classes]` (Keras `CategoricalCrossentropy`).
#[derive(Clone, Copy, Debug, Default)]
pub struct CategoricalCrossentropy {
    /// Whether the predictions are logits, not probabilities.
    pub from_logits: bool,
    /// Labels become `y (1 - s) + s / classes`.
    pub label_smoothing: f64,
}

impl CategoricalCrossentropy {
    /// For probabilities, without smoothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// For predictions that are logits.
    pub fn from_logits(self, from_logits: bool) -> Self {
        CategoricalCrossentropy { from_logits, ..self }
    }

    /// How much of each label is spread over all classes.
    pub fn label_smoothing(self, label_smoothing: f64) -> Self {
        CategoricalCrossentropy { label_smoothing, ..self }
    }
}

impl Loss for CategoricalCrossentropy {
    fn name(&self) -> &'static str {
        "categorical_crossentropy"
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        if labels == predictions && labels.rank() > 1 {
            return Ok(labels.clone());
        }
        let numbers = if labels.rank() < predictions.rank() { "; class numbers need sparse_categorical_crossentropy" } else { "" };
        Err(format!("the labels must be one-hot rows of the predictions' shape, {}{numbers}", show_batch(predictions)))
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>) -> Tensor {
        let y_true = y_true.cast(y_pred.dtype());
        let classes = y_pred.shape().last().copied().unwrap_or(1).max(1) as f64;
        let y_true = match self.label_smoothing {
            0.0 => y_true,
            s => y_true * (1.0 - s) + s / classes,
        };
        let log_p = match logits {
            Some(Logits::Softmax(z)) if !self.from_logits => z.log_softmax(-1),
            _ if self.from_logits => y_pred.log_softmax(-1),
            _ => (y_pred / y_pred.sum_keep(-1)).clip(EPSILON, 1.0 - EPSILON).log(),
        };
        -(y_true * log_p).sum(-1)
    }
}

/// `mean(-y_true log(p) - (1 - y_true) log(1 - p))` over the last axis (Keras `BinaryCrossentropy`).
#[derive(Clone, Copy, Debug, Default)]
pub struct BinaryCrossentropy {
    /// Whether the predictions are logits, not probabilities.
    pub from_logits: bool,
    /// Labels become `y (1 - s) + s / 2`.
    pub label_smoothing: f64,
}

impl BinaryCrossentropy {
    /// For probabilities, without smoothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// For predictions that are logits.
    pub fn from_logits(self, from_logits: bool) -> Self {
        BinaryCrossentropy { from_logits, ..self }
    }

    /// How far the labels are moved towards 1/2.
    pub fn label_smoothing(self, label_smoothing: f64) -> Self {
        BinaryCrossentropy { label_smoothing, ..self }
    }
}

impl Loss for BinaryCrossentropy {
    fn name(&self) -> &'static str {
        "binary_crossentropy"
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        same_shape(labels, predictions)
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>) -> Tensor {
        let y_true = y_true.cast(y_pred.dtype());
        let y = match self.label_smoothing {
            0.0 => y_true,
            s => y_true * (1.0 - s) + s * 0.5,
        };
        let from_logits = |z: &Tensor| z.relu() - z * &y + (-z.abs()).exp().log1p();
        let each = match logits {
            Some(Logits::Sigmoid(z)) if !self.from_logits => from_logits(z),
            _ if self.from_logits => from_logits(y_pred),
            _ => {
                let p = y_pred.clip(EPSILON, 1.0 - EPSILON);
                -(&y * p.log() + (1.0 - &y) * (1.0 - &p).log())
            }
        };
        each.mean(-1)
    }
}
