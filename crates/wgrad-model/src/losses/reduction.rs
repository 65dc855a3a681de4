//! How the losses of samples become one number.

use super::{Loss, align::same_rank};
use crate::Logits;
use serde::{Deserialize, Serialize};
use wgrad_tensor::{DType, HostTensor, Shape, Tensor};

/// What is made of the losses of all samples (and positions).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// `sum(loss * weight) / n`, where `n` is the number of losses. Masked losses do not count: with a mask, `n` is that of the losses that stay.
    #[default]
    #[serde(alias = "auto")]
    SumOverBatchSize,
    /// `sum(loss * weight)`
    Sum,
    /// The same as `SumOverBatchSize`.
    Mean,
    /// `sum(loss * weight) / sum(weight)`
    MeanWithSampleWeight,
    /// `loss * weight`, as many numbers as there are losses.
    None,
}

/// The weighted losses, reduced (Keras `reduce_weighted_values`). `values`, `weight` and `mask` broadcast, after a last axis of length 1 was added or
/// dropped where the ranks differ by one: weights `[batch]` are for losses `[batch]`, weights `[batch, 1]` or `[batch, time]` for `[batch, time]`. Where
/// there is nothing to divide by, the result is 0.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::losses::{Reduction, reduce};
/// use wgrad_tensor::Tensor;
/// let (losses, weight) = (Tensor::from([1.0, 2.0, 6.0]), Tensor::from([1.0, 2.0, 0.0]));
/// assert_eq!(reduce(&losses, None, None, Reduction::Mean).to_string(), "3.0");
/// assert_eq!(reduce(&losses, Some(&weight), None, Reduction::Sum).to_string(), "5.0");
/// assert_eq!(reduce(&losses, None, Some(&Tensor::from([true, true, false])), Reduction::Mean).to_string(), "1.5");
/// ```
#[track_caller]
pub fn reduce(values: &Tensor, weight: Option<&Tensor>, mask: Option<&Tensor>, reduction: Reduction) -> Tensor {
    let weight = weight.map(|weight| weight.cast(values.dtype()));
    let weight = match (weight, mask.map(|mask| mask_weight(mask, values.dtype(), reduction))) {
        (Some(weight), Some(mask)) => {
            let (mask, weight) = same_rank(&mask, &weight);
            Some(weight * mask)
        }
        (weight, mask) => weight.or(mask),
    };
    let Some(weight) = weight else {
        return reduce_weighted(values, None, reduction);
    };
    let (values, weight) = same_rank(values, &weight);
    if values.shape().broadcast(weight.shape()).is_none() {
        let rule = format!("weights (or a mask) of {} do not broadcast to losses of {}", weight.shape(), values.shape());
        return Tensor::invalid("sample_weight", rule, &[&values, &weight]);
    }
    reduce_weighted(&(values * &weight), Some(&weight), reduction)
}

/// A mask as weights. For a mean they are scaled so that dividing by the number of all losses means dividing by the number of those that stay.
fn mask_weight(mask: &Tensor, dtype: DType, reduction: Reduction) -> Tensor {
    let stays = mask.cast(DType::Bool).cast(dtype);
    match reduction {
        Reduction::SumOverBatchSize | Reduction::Mean => &stays * divide_no_nan(&stays.full_like(1.0).sum(..), &stays.sum(..)),
        Reduction::Sum | Reduction::MeanWithSampleWeight | Reduction::None => stays,
    }
}

fn reduce_weighted(values: &Tensor, weight: Option<&Tensor>, reduction: Reduction) -> Tensor {
    // A loss that is one number is that of the whole batch.
    if reduction == Reduction::None || values.rank() == 0 {
        return values.clone();
    }
    let sum = values.sum(..);
    let number = sum.full_like(values.shape().numel() as f64);
    match (reduction, weight) {
        (Reduction::Sum, _) => sum,
        (Reduction::MeanWithSampleWeight, Some(weight)) => divide_no_nan(&sum, &weight.sum(..)),
        _ => divide_no_nan(&sum, &number),
    }
}

/// `a / b`, and 0 where `b` is 0.
fn divide_no_nan(a: &Tensor, b: &Tensor) -> Tensor {
    let divides = b.ne(0.0);
    // What is not chosen is finite too: its gradient would be 0 times infinity.
    divides.where_(a / divides.where_(b, 1.0), 0.0)
}

/// A loss with another reduction than its own.
#[derive(Clone, Debug)]
pub struct Reduced<L> {
    pub(super) loss: L,
    reduction: Reduction,
}

impl<L: Loss> Reduced<L> {
    pub(super) fn new(loss: L, reduction: Reduction) -> Reduced<L> {
        Reduced { loss, reduction }
    }
}

impl<L: Loss> Loss for Reduced<L> {
    fn name(&self) -> &'static str {
        self.loss.name()
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        self.loss.label_shape(labels, predictions)
    }

    fn check_labels(&self, labels: &HostTensor, predictions: &Shape) -> Result<(), String> {
        self.loss.check_labels(labels, predictions)
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>) -> Tensor {
        self.loss.call(y_true, y_pred, logits)
    }

    fn mask(&self, y_true: &Tensor, values: &Tensor) -> Option<Tensor> {
        self.loss.mask(y_true, values)
    }
}
