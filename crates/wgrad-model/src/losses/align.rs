//! Labels and predictions as losses take them: floats of one dtype and one rank.

use crate::any_length::show_length;
use wgrad_tensor::{DType, Shape, Tensor};

/// Labels and predictions of one dtype and rank. Losses are computed in f32 at least, as Keras does under `mixed_float16`.
#[track_caller]
pub(crate) fn compared(y_true: &Tensor, y_pred: &Tensor) -> (Tensor, Tensor) {
    let y_pred = float(y_pred);
    same_rank(&y_true.cast(y_pred.dtype()), &y_pred)
}

/// f64 as it is, all others as f32.
#[track_caller]
pub(crate) fn float(x: &Tensor) -> Tensor {
    if x.dtype() == DType::F64 { x.clone() } else { x.cast(DType::F32) }
}

/// Where one has one axis more, of length 1 at the end, it is dropped; a tensor of rank 1 gets it instead (Keras
/// `squeeze_or_expand_to_same_rank`).
#[track_caller]
pub(crate) fn same_rank(a: &Tensor, b: &Tensor) -> (Tensor, Tensor) {
    let has_one_more = |long: &Tensor, short: &Tensor| long.rank() == short.rank() + 1 && long.shape().last() == Some(&1);
    if has_one_more(a, b) {
        return if b.rank() == 1 { (a.clone(), b.unsqueeze(-1)) } else { (a.squeeze(-1), b.clone()) };
    }
    if has_one_more(b, a) {
        return if a.rank() == 1 { (a.unsqueeze(-1), b.clone()) } else { (a.clone(), b.squeeze(-1)) };
    }
    (a.clone(), b.clone())
}

/// Labels of the predictions' shape; one of the two may have one more axis of length 1 at the end. Of rank 1 they get it.
pub(crate) fn same_shape(labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
    let without_last = |shape: &Shape| shape.split_last().filter(|(last, _)| **last == 1).map(|(_, rest)| Shape::from(rest));
    if labels == predictions || without_last(labels).as_ref() == Some(predictions) {
        return Ok(predictions.clone());
    }
    if without_last(predictions).as_ref() == Some(labels) {
        return Ok(if labels.rank() == 1 { predictions.clone() } else { labels.clone() });
    }
    Err(format!("the labels must have the shape of the predictions, {}", show_batch(predictions)))
}

/// A shape without the number of its batch: `[batch, 10]`.
pub(crate) fn show_batch(shape: &Shape) -> String {
    let lengths = shape.iter().skip(1).map(|&n| show_length(n));
    format!("[{}]", std::iter::once("batch".to_string()).chain(lengths).collect::<Vec<_>>().join(", "))
}
