//! Mean 0 and variance 1 by statistics of the data.

use super::{float, numbers::Numbers};
use crate::{
    Error, Initializer, Layer, Result, Scope,
    layers::{AxisList, arguments::setter},
};
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use wgrad_tensor::{DType, Tensor};

/// `(x - mean) / max(sqrt(variance), 1e-7)`, or back with `invert`: `mean + x * max(sqrt(variance), 1e-7)` (Keras `Normalization`).
///
/// The statistics have one value for each position of `axis`. They are `mean` and `variance`, or what [`Normalization::adapt`] finds; as in Keras
/// those of data are variables that do not learn (`mean`, `variance` and an unused `count`), which are saved with the model's weights, not with its
/// configuration. A layer with neither has mean 0 and variance 1 until weights are loaded.
///
/// Errors: only one of `mean` and `variance`, or of different shapes, or with more axes than `axis`; an axis that the input does not have.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{Sequential, layers::Normalization};
/// use wgrad_tensor::Tensor;
/// let mut layer = Normalization::new();
/// layer.adapt(&Tensor::from([[0f32, 7.0], [2.0, 9.0], [0.0, 7.0], [2.0, 9.0]]))?;
/// let mut model = Sequential::new([layer.into()]).input_shape([2]).build()?;
/// assert_eq!(model.predict(&Tensor::from([[1f32, 9.0]]))?.to_vec::<f32>()?, [0.0, 1.0]);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Normalization {
    /// The axes with statistics of their own.
    pub axis: AxisList,
    /// The mean, where it is known: a number, or an array of the lengths of the last of the axes.
    pub mean: Option<Numbers>,
    /// The variance, where it is known, in the same form.
    pub variance: Option<Numbers>,
    /// Whether to go back from normal values to those of the data.
    pub invert: bool,
    #[serde(skip)]
    adapted: Option<Statistics>,
}

/// What `adapt` found.
#[derive(Clone, Debug)]
struct Statistics {
    /// The lengths of the kept axes.
    kept: Vec<usize>,
    mean: Vec<f64>,
    variance: Vec<f64>,
    count: f64,
}

impl Statistics {
    /// The statistics of both parts (Chan, Golub and LeVeque 1979).
    fn merge(mut self, other: &Statistics) -> Statistics {
        let count = self.count + other.count;
        let share = other.count / count;
        for (i, (mean, variance)) in self.mean.iter_mut().zip(&mut self.variance).enumerate() {
            let shift = other.mean[i] - *mean;
            *variance += share * (other.variance[i] - *variance) + share * (1.0 - share) * shift * shift;
            *mean += share * shift;
        }
        self.count = count;
        self
    }
}

impl Default for Normalization {
    fn default() -> Self {
        Normalization { axis: AxisList::One(-1), mean: None, variance: None, invert: false, adapted: None }
    }
}

impl Normalization {
    /// With Keras' defaults.
    pub fn new() -> Normalization {
        Normalization::default()
    }

    setter!(
        /// The axes with statistics of their own; the last one by default, `[]` for one mean and variance of everything.
        converts axis: AxisList, self.axis
    );
    setter!(
        /// The mean, where it is known: a number, or an array of the lengths of the last of the axes.
        may_convert mean: Numbers, self.mean
    );
    setter!(
        /// The variance, where it is known, in the same form.
        may_convert variance: Numbers, self.variance
    );
    setter!(
        /// Whether to go back from normal values to those of the data; `false` by default.
        takes invert: bool, self.invert
    );

    /// Takes mean and variance from `data`, `[batch, ...]`; to call before the model is built.
    ///
    /// # Errors
    /// Data without elements or without the axes; a layer that has `mean` and `variance`; a device that fails.
    pub fn adapt(&mut self, data: &Tensor) -> Result<()> {
        self.adapt_batches([data])
    }

    /// [`Normalization::adapt`] of data in batches.
    ///
    /// # Errors
    /// No batch, or batches of different shapes; else those of [`Normalization::adapt`].
    pub fn adapt_batches<T: Borrow<Tensor>>(&mut self, batches: impl IntoIterator<Item = T>) -> Result<()> {
        if self.mean.is_some() {
            return Err(invalid("mean and variance are given, so there is nothing to adapt".into()));
        }
        let mut all: Option<Statistics> = None;
        for batch in batches {
            let new = self.statistics(batch.borrow())?;
            all = Some(match all {
                None => new,
                Some(all) if all.kept == new.kept => all.merge(&new),
                Some(all) => return Err(invalid(format!("a batch has the lengths {:?} on axis, those before it {:?}", new.kept, all.kept))),
            });
        }
        self.adapted = Some(all.ok_or_else(|| invalid("it cannot adapt to no batches".into()))?);
        Ok(())
    }

    fn statistics(&self, data: &Tensor) -> Result<Statistics> {
        let kept = self.axis.resolve(data.shape()).map_err(invalid)?;
        if data.shape().numel() == 0 {
            return Err(invalid(format!("it cannot adapt to data of shape {}, which has no elements", data.shape())));
        }
        let reduced: Vec<i64> = (0..data.rank()).filter(|axis| !kept.contains(axis)).map(|axis| axis as i64).collect();
        let x = float(data);
        let (mean, variance) = if reduced.is_empty() { (x.clone(), x.zeros_like()) } else { (x.mean(reduced.clone()), x.var(reduced)) };
        let numbers = |x: Tensor| -> Result<Vec<f64>> { Ok(x.cast(DType::F32).to_vec::<f32>()?.into_iter().map(f64::from).collect()) };
        let lengths: Vec<usize> = kept.iter().map(|&axis| data.shape()[axis]).collect();
        let count = data.shape().numel() as f64 / lengths.iter().product::<usize>() as f64;
        Ok(Statistics { kept: lengths, mean: numbers(mean)?, variance: numbers(variance)?, count })
    }

    /// Mean and variance that broadcast to `x`, or the rule that an argument breaks.
    #[track_caller]
    fn broadcast(&self, scope: &mut Scope, x: &Tensor) -> Result<(Tensor, Tensor), String> {
        let kept = self.axis.resolve(x.shape())?;
        let lengths: Vec<usize> = kept.iter().map(|&axis| x.shape()[axis]).collect();
        match (&self.mean, &self.variance) {
            (None, None) => {
                let (mean, variance) = self.variables(scope, &lengths)?;
                let shape = aligned(x.rank(), &kept, &lengths);
                Ok((mean.reshape(shape.clone()), variance.reshape(shape)))
            }
            (Some(mean), Some(variance)) if mean.shape != variance.shape => {
                Err(format!("mean and variance must have the same shape, got {:?} and {:?}", mean.shape, variance.shape))
            }
            (Some(mean), Some(_)) if mean.shape.len() > kept.len() => {
                Err(format!("mean and variance have {} axes, but axis has {}", mean.shape.len(), kept.len()))
            }
            (Some(mean), Some(_)) if lengths.iter().rev().zip(mean.shape.iter().rev()).any(|(n, given)| given != n && *given != 1) => Err(format!(
                "mean and variance have the shape {:?}, but the axes {kept:?} of the input {} the lengths {lengths:?}",
                mean.shape,
                x.shape()
            )),
            (Some(mean), Some(variance)) => {
                let shape = aligned(x.rank(), &kept[kept.len() - mean.shape.len()..], &mean.shape);
                Ok((mean.tensor(x.dtype()).reshape(shape.clone()), variance.tensor(x.dtype()).reshape(shape)))
            }
            _ => Err("mean and variance must be given together".into()),
        }
    }

    /// The variables, which start as what `adapt` found.
    #[track_caller]
    fn variables(&self, scope: &mut Scope, lengths: &[usize]) -> Result<(Tensor, Tensor), String> {
        let (mean, variance) = match &self.adapted {
            None => (Initializer::Zeros, Initializer::Ones),
            Some(found) if found.kept == lengths => (adapted(&found.mean), adapted(&found.variance)),
            Some(found) => return Err(format!("it was adapted to data with the lengths {:?} on axis, but the input has {lengths:?}", found.kept)),
        };
        let pair = (scope.state("mean", lengths, &mean), scope.state("variance", lengths, &variance));
        scope.state("count", (), &Initializer::Zeros); // part of Keras' files
        Ok(pair)
    }
}

/// A shape of `rank` axes with `lengths` on the axes `kept`, else 1.
fn aligned(rank: usize, kept: &[usize], lengths: &[usize]) -> Vec<usize> {
    let mut shape = vec![1; rank];
    for (&axis, &length) in kept.iter().zip(lengths) {
        shape[axis] = length;
    }
    shape
}

fn adapted(values: &[f64]) -> Initializer {
    let values: Vec<f32> = values.iter().map(|&v| v as f32).collect();
    Initializer::custom("adapted", move |_, _, _| Ok(values.clone()))
}

fn invalid(rule: String) -> Error {
    Error::invalid("Normalization", rule)
}

impl Layer for Normalization {
    fn class_name(&self) -> &'static str {
        "Normalization"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let x = float(x);
        let (mean, variance) = match self.broadcast(scope, &x) {
            Ok(statistics) => statistics,
            Err(rule) => return Tensor::invalid("Normalization", rule, &[&x]),
        };
        let deviation = variance.sqrt().maximum(1e-7).cast(x.dtype());
        let mean = mean.cast(x.dtype());
        if self.invert { mean + x * deviation } else { (x - mean) / deviation }
    }
}
