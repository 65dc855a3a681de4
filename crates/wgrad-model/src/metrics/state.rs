//! Metrics in loops of the user's own.

use super::{MetricArgument, argument::NamedMetric, metric::join_addends};
use crate::{Error, Result};
use wgrad_tensor::{Device, Shape, Tensor};

/// A metric and its sums on the host (Keras' `update_state`, `result`, `reset_state`).
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::metrics::MetricState;
/// use wgrad_tensor::Tensor;
///
/// let mut accuracy = MetricState::new("binary_accuracy");
/// accuracy.update(&Tensor::from([1.0f32, 0.0]), &Tensor::from([0.9f32, 0.2]), None)?;
/// accuracy.update(&Tensor::from([1.0f32, 1.0]), &Tensor::from([0.4f32, 0.7]), Some(&Tensor::from([2.0f32, 0.0])))?;
/// assert_eq!(accuracy.result()?, 0.5);
/// accuracy.reset();
/// assert_eq!(accuracy.result()?, 0.0);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MetricState {
    argument: MetricArgument,
    device: Option<Device>,
    /// The metric for the shapes that it has seen, and its sums.
    current: Option<(NamedMetric, Vec<f32>)>,
}

impl MetricState {
    /// A metric by name, value or function, which has seen nothing yet. It computes on the default device.
    pub fn new(metric: impl Into<MetricArgument>) -> MetricState {
        MetricState { argument: metric.into(), device: None, current: None }
    }

    /// Computes on `device`.
    #[must_use]
    pub fn device(self, device: &Device) -> MetricState {
        MetricState { device: Some(device.clone()), ..self }
    }

    /// Adds a batch. `weight` weighs samples `[batch]` or positions `[batch, ...]`; all are 1 without it.
    ///
    /// # Errors
    /// A name that does not exist; shapes that the metric does not take, or others than before where its sums depend on them; those of the device.
    pub fn update(&mut self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Result<&mut MetricState> {
        let (labels, predictions) = (y_true.shape(), y_pred.shape());
        let (NamedMetric { name, metric, sums: length }, mut sums) = match self.current.take() {
            Some(current) => current,
            None => self.begin(labels, predictions)?,
        };
        let place = || format!("metric {name}");
        let added = match metric.check(labels, predictions) {
            Err(rule) => Err(Error::invalid(place(), rule)),
            Ok(()) if metric.sums(labels, predictions) != length => {
                Err(Error::invalid(place(), format!("predictions of the shape {predictions} do not go with those before; reset it first")))
            }
            Ok(()) => self.read(&join_addends(&metric.update(y_true, y_pred, weight), length)),
        };
        if let Ok(added) = &added {
            sums.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
        }
        self.current = Some((NamedMetric { name, metric, sums: length }, sums));
        added.map(|_| self)
    }

    /// Adds values to a metric of values: [`Mean`](super::Mean) or [`Sum`](super::Sum).
    ///
    /// # Errors
    /// As [`MetricState::update`].
    pub fn update_values(&mut self, values: &Tensor, weight: Option<&Tensor>) -> Result<&mut MetricState> {
        self.update(values, values, weight)
    }

    /// The metric of all batches since the last reset. Of several numbers it is the mean.
    ///
    /// # Errors
    /// A name that does not exist.
    pub fn result(&self) -> Result<f64> {
        let (metric, sums) = self.seen()?;
        Ok(metric.metric.result(&sums))
    }

    /// The numbers of a metric that has several: one for each class, threshold or output.
    ///
    /// # Errors
    /// A name that does not exist.
    pub fn results(&self) -> Result<Vec<f64>> {
        let (metric, sums) = self.seen()?;
        Ok(metric.metric.results(&sums))
    }

    /// Forgets all batches.
    pub fn reset(&mut self) {
        self.current = None;
    }

    fn begin(&self, labels: &Shape, predictions: &Shape) -> Result<(NamedMetric, Vec<f32>)> {
        let metric = self.argument.clone().resolve(labels, predictions)?;
        let sums = vec![0.0; metric.sums];
        Ok((metric, sums))
    }

    /// What has been seen; the sums for a single number where nothing has.
    fn seen(&self) -> Result<(NamedMetric, Vec<f32>)> {
        let one = Shape::from([1, 1]);
        self.current.clone().map_or_else(|| self.begin(&one, &one), Ok)
    }

    fn read(&self, sums: &Tensor) -> Result<Vec<f32>> {
        let sums = match &self.device {
            Some(device) => sums.to_host_on(device)?,
            None => sums.to_host()?,
        };
        sums.to_vec::<f32>().ok_or_else(|| Error::mismatch("sums of a metric", "f32", sums.dtype().name()))
    }
}
