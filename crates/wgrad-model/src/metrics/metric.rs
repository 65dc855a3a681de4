//! What a metric is: sums that a program adds to on the device, and a number that the host makes of them.

use super::mean::{mean_of, weighted_mean};
use std::{any::Any, fmt, sync::Arc};
use wgrad_tensor::{DType, Shape, Tensor};

/// A measure of how good predictions are, over any number of batches.
///
/// A function of labels and predictions is a metric too: the mean of what it gives, under the function's name.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{Metric, metrics::MetricState};
/// use wgrad_tensor::Tensor;
///
/// fn largest_error(y_true: &Tensor, y_pred: &Tensor) -> Tensor {
///     (y_true - y_pred).abs().max(-1)
/// }
/// assert_eq!(largest_error.name(), "largest_error");
/// let mut metric = MetricState::new(largest_error);
/// metric.update(&Tensor::from([[1.0f32, 2.0], [0.0, 0.0]]), &Tensor::from([[1.0f32, 5.0], [0.0, 1.0]]), None)?;
/// assert_eq!(metric.result()?, 2.0);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
pub trait Metric: Send + Sync + Any {
    /// The name in histories, as in Keras: `binary_accuracy`.
    fn name(&self) -> &str;

    /// Whether labels of a shape and predictions of another, both batch first, can be compared, and whether the settings make sense.
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

    /// Whether more is better, where Keras says so.
    fn direction(&self) -> Option<Direction> {
        None
    }

    /// This metric under a name of the user's own.
    fn named(self, name: impl Into<String>) -> Named
    where
        Self: Sized + 'static,
    {
        Named { name: name.into(), metric: Arc::new(self) }
    }
}

/// Prints the name.
impl fmt::Debug for dyn Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Metric({:?})", self.name())
    }
}

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is better, as of an accuracy.
    Up,
    /// Less is better, as of an error.
    Down,
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

/// A metric under a name of the user's own.
#[derive(Clone, Debug)]
pub struct Named {
    pub(super) name: String,
    pub(super) metric: Arc<dyn Metric>,
}

impl Named {
    /// A metric that others may share.
    pub fn new(name: impl Into<String>, metric: Arc<dyn Metric>) -> Named {
        Named { name: name.into(), metric }
    }
}

impl Metric for Named {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        self.metric.check(labels, predictions)
    }

    fn sums(&self, labels: &Shape, predictions: &Shape) -> usize {
        self.metric.sums(labels, predictions)
    }

    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        self.metric.update(y_true, y_pred, weight)
    }

    fn result(&self, sums: &[f32]) -> f64 {
        self.metric.result(sums)
    }

    fn results(&self, sums: &[f32]) -> Vec<f64> {
        self.metric.results(sums)
    }

    fn uses_mask(&self) -> bool {
        self.metric.uses_mask()
    }

    fn direction(&self) -> Option<Direction> {
        self.metric.direction()
    }
}

/// The mean of what a function of labels and predictions gives for each sample (Keras' `MeanMetricWrapper`).
impl<F: Fn(&Tensor, &Tensor) -> Tensor + Send + Sync + 'static> Metric for F {
    fn name(&self) -> &str {
        // `crate::module::largest_error`, and `crate::main::{{closure}}` for what has no name.
        match std::any::type_name::<F>().rsplit("::").next() {
            Some(name) if !name.contains('{') => name,
            _ => "function",
        }
    }

    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        weighted_mean(&self(y_true, y_pred), weight)
    }

    fn uses_mask(&self) -> bool {
        true
    }
}
