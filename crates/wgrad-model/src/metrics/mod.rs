//! Metrics, one file for each family. A metric is a sum that the program adds to, and a number that the host makes of it.

use crate::{ByName, Error, Result, by_name::canonical, error::UnknownName};
use std::{fmt, sync::Arc};
use wgrad_tensor::{DType, Shape, Tensor};

mod accuracy;
mod confusion;
mod mean;

pub use accuracy::{BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy};
pub use confusion::{ConfusionMatrix, confusion_matrix};
pub use mean::{MeanLoss, expand_weight, mean_of, weighted_mean};

/// A measure of how good predictions are, over any number of batches.
pub trait Metric: fmt::Debug + Send + Sync {
    /// The name in histories, as in Keras: `binary_accuracy`.
    fn name(&self) -> &str;

    /// Whether labels of a shape and predictions of another, both batch first, can be compared.
    ///
    /// # Errors
    /// The broken rule.
    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        let _ = (labels, predictions);
        Ok(())
    }

    /// How many numbers it sums up for labels and predictions of these shapes, whatever the batch.
    fn sums(&self, labels: &Shape, predictions: &Shape) -> usize {
        let _ = (labels, predictions);
        2
    }

    /// What a batch adds to the sums, one after the other. `weight` weighs samples `[batch]` or positions `[batch, ...]`; all are 1 without it.
    #[track_caller]
    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend>;

    /// The metric of the sums. By default their mean, 0 where nothing was counted; for metrics of several numbers the mean of
    /// [`Metric::results`].
    fn result(&self, sums: &[f32]) -> f64 {
        mean_of(sums)
    }

    /// The numbers of the sums: one for each class or threshold, where the metric has several.
    fn results(&self, sums: &[f32]) -> Vec<f64> {
        vec![self.result(sums)]
    }

    /// Whether a mask of the predictions weighs positions too (0 or 1), as it does in Keras for all metrics that are means of a function of labels
    /// and predictions.
    fn uses_mask(&self) -> bool {
        false
    }
}

/// A metric of a model for labels and predictions of certain shapes.
#[derive(Clone, Debug)]
pub(crate) struct NamedMetric {
    /// The name that histories show.
    pub(crate) name: String,
    pub(crate) metric: Arc<dyn Metric>,
    /// How many numbers it sums up.
    pub(crate) sums: usize,
}

/// What is added to some of the sums of a metric.
#[derive(Clone, Debug)]
pub enum Addend {
    /// One number that does not depend on the data.
    Number(f32),
    /// As many numbers as the tensor has elements.
    Elements(Tensor),
}

/// All addends one after the other, f32 of `[length]`. A sum of padded parts, because of a few numbers that is a single kernel, where a
/// concatenation is one kernel for each.
#[track_caller]
pub(crate) fn join_addends(addends: &[Addend], length: usize) -> Tensor {
    let index = Tensor::iota([length], 0, DType::F32);
    let mut start = 0;
    addends.iter().fold(Tensor::zeros([length]), |sum, addend| match addend {
        Addend::Number(number) => {
            start += 1;
            index.eq((start - 1) as f32).where_(sum.full_like(f64::from(*number)), &sum)
        }
        Addend::Elements(part) => {
            let n = part.shape().numel();
            start += n;
            sum + part.reshape([n as i64]).pad(&[(start - n, length.saturating_sub(start))], 0.0)
        }
    })
}

/// A metric by name or value.
pub type MetricArgument = ByName<dyn Metric>;

impl<M: Metric + 'static> From<M> for MetricArgument {
    fn from(metric: M) -> Self {
        ByName::Value(Arc::new(metric))
    }
}

/// The names that there are.
pub const NAMES: &[&str] = &[
    "accuracy",
    "acc",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "mean_squared_error",
    "mse",
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
];

impl MetricArgument {
    /// The metric for labels and predictions of these shapes (batch first).
    pub(crate) fn resolve(self, labels: &Shape, predictions: &Shape) -> Result<NamedMetric> {
        let (name, metric) = match self {
            ByName::Value(metric) => (metric.name().to_string(), metric),
            ByName::Name(name) => {
                let metric = by_name(&name, labels, predictions)?;
                (name, metric)
            }
        };
        let sums = metric.sums(labels, predictions);
        Ok(NamedMetric { name, metric, sums })
    }
}

fn by_name(name: &str, labels: &Shape, predictions: &Shape) -> Result<Arc<dyn Metric>> {
    Ok(match canonical(name).as_str() {
        "accuracy" | "acc" => accuracy::for_shapes(labels, predictions),
        "binaryaccuracy" => Arc::new(BinaryAccuracy::default()),
        "categoricalaccuracy" => Arc::new(CategoricalAccuracy {}),
        "sparsecategoricalaccuracy" => Arc::new(SparseCategoricalAccuracy {}),
        "meansquarederror" | "mse" | "binarycrossentropy" | "categoricalcrossentropy" | "sparsecategoricalcrossentropy" => {
            Arc::new(MeanLoss(crate::LossArgument::from(name).resolve()?))
        }
        _ => return Err(Error::from(UnknownName::new("metric", name, NAMES.iter().copied()))),
    })
}
