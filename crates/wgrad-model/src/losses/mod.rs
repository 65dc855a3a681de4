//! Losses, one file for each family.

use crate::{ByName, Error, Logits, Result, by_name::canonical, error::UnknownName};
use std::{fmt, sync::Arc};
use wgrad_tensor::{HostTensor, Shape, Tensor};

mod crossentropy;
mod mean_squared;

pub use crossentropy::{BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy};
pub use mean_squared::MeanSquaredError;

/// A loss: a number for each sample (and position), of which training lowers the mean.
pub trait Loss: fmt::Debug + Send + Sync {
    /// The name in error texts, as in Keras: `binary_crossentropy`.
    fn name(&self) -> &'static str;

    /// The shape of the labels, batch first, that predictions of `[batch, ...]` are compared with.
    ///
    /// # Errors
    /// The broken rule.
    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String>;

    /// What must hold for the values of the labels, which are of [`Loss::label_shape`]; looked at once, before training.
    ///
    /// # Errors
    /// The first value that breaks the rule.
    fn check_labels(&self, labels: &HostTensor, predictions: &Shape) -> Result<(), String> {
        let _ = (labels, predictions);
        Ok(())
    }

    /// The loss of each sample: one number for each element of all but the last axis of the predictions. `logits` are the argument of
    /// the softmax or sigmoid that made `y_pred`, where there was one.
    #[track_caller]
    fn call(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>) -> Tensor;
}

/// A loss by name or value.
pub type LossArgument = ByName<dyn Loss>;

impl<L: Loss + 'static> From<L> for LossArgument {
    fn from(loss: L) -> Self {
        ByName::Value(Arc::new(loss))
    }
}

/// The names that there are.
pub const NAMES: &[&str] =
    &["sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy", "mean_squared_error", "mse"];

impl LossArgument {
    pub(crate) fn resolve(self) -> Result<Arc<dyn Loss>> {
        let name = match self {
            ByName::Value(loss) => return Ok(loss),
            ByName::Name(name) => name,
        };
        Ok(match canonical(&name).as_str() {
            "sparsecategoricalcrossentropy" => Arc::new(SparseCategoricalCrossentropy::new()),
            "categoricalcrossentropy" => Arc::new(CategoricalCrossentropy::new()),
            "binarycrossentropy" | "bce" => Arc::new(BinaryCrossentropy::new()),
            "meansquarederror" | "mse" => Arc::new(MeanSquaredError::new()),
            _ => return Err(Error::from(UnknownName::new("loss", &name, NAMES.iter().copied()))),
        })
    }
}

/// Labels of the predictions' shape; where the predictions end in an axis of length 1, the labels may go without it.
fn same_shape(labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
    let without_last = predictions.split_last().filter(|(last, _)| **last == 1).map(|(_, rest)| rest);
    if labels == predictions || without_last == Some(&**labels) {
        return Ok(predictions.clone());
    }
    Err(format!("the labels must have the shape of the predictions, {}", show_batch(predictions)))
}

/// A shape without the number of its batch: `[batch, 10]`.
pub(crate) fn show_batch(shape: &Shape) -> String {
    let lengths = shape.iter().skip(1).map(usize::to_string);
    format!("[{}]", std::iter::once("batch".to_string()).chain(lengths).collect::<Vec<_>>().join(", "))
}
