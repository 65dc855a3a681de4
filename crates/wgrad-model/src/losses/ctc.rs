//! Sequences of labels that are shorter than the sequences of predictions.

use super::{
    Loss,
    align::{float, show_batch},
    sparse::check_class_numbers,
};
use crate::{Logits, layers::arguments::arguments};
use wgrad_tensor::{DType, HostTensor, Shape, Tensor, scan};

/// The logarithm of probability 0: far below every other, and finite, so that no difference of two is NaN.
const IMPOSSIBLE: f64 = -1e30;

/// The logarithm of 1e-307, TensorFlow's probability of a path that ends before the last label.
const UNFINISHED: f64 = -706.893_623_549_172_2;

arguments! {
    /// `-log(P)`, where `P` is the probability of all paths through the classes of which the labels are left when repetitions are joined and blanks are
    /// dropped (Keras `CTC`, [Graves et al., 2006](https://www.cs.toronto.edu/~graves/icml_2006.pdf)).
    ///
    /// The labels are class numbers `[batch, length]`, filled up with 0 at the end: 0 is the blank. The predictions are logits `[batch, time, classes]`.
    /// Paths that end before the last label count with the factor 1e-307, as in TensorFlow: labels for which there are too few steps have a loss of about
    /// 707, with a gradient.
    pub struct CTC() {}
}

impl Loss for CTC {
    fn name(&self) -> &'static str {
        "ctc"
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        match (labels.rank(), predictions.rank()) {
            (2, 3) => Ok(labels.clone()),
            (_, 3) => Err("the labels must be class numbers, [batch, length]".into()),
            _ => Err(format!("the predictions must be [batch, time, classes], got {}", show_batch(predictions))),
        }
    }

    fn check_labels(&self, labels: &HostTensor, predictions: &Shape) -> Result<(), String> {
        check_class_numbers(labels, predictions, -1, None)
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        let (&[batch, length], &[_, time, _]) = (&y_true.shape()[..], &y_pred.shape()[..]) else {
            let rule = "takes labels [batch, length] and logits [batch, time, classes]";
            return Tensor::invalid("ctc", rule, &[y_true, y_pred]);
        };
        // States: the labels with a blank before, between and after them.
        let states = 2 * length + 1;
        let labels = y_true.cast(DType::I32);
        let blanks = labels.zeros_like();
        let state = Tensor::stack(&[blanks, labels.clone()], -1).reshape([batch, 2 * length]);
        let state = state.pad(&[(0, 0), (0, 1)], 0.0);
        let later = |x: &Tensor, by: usize, fill: f64| x.pad(&[(0, 0), (by, 0)], fill).narrow(1, 0, states);
        // A blank between two labels may be left out unless they are equal.
        let may_skip = state.ne(later(&state, 2, -1.0));

        let log_p = float(y_pred).log_softmax(-1);
        let of_states = log_p.take_along_axis(&state.unsqueeze(1).expand([batch, time, states]), 2).permute([1, 0, 2]);
        let number = Tensor::iota([batch, states], 1, DType::I32);
        let start = number.eq(0).where_(0.0, IMPOSSIBLE).cast(log_p.dtype());
        let (end, _) = scan(&[start], &[of_states], &[may_skip], |paths, log_p, may_skip| {
            let skipped = may_skip[0].where_(later(&paths[0], 2, IMPOSSIBLE), IMPOSSIBLE);
            let from = Tensor::stack(&[paths[0].clone(), later(&paths[0], 1, IMPOSSIBLE), skipped], 0);
            (vec![from.logsumexp(0) + &log_p[0]], vec![])
        });
        // The last label, or the blank after it.
        let last = labels.ne(0).cast(DType::I32).sum_keep(1) * 2;
        let is_end = number.eq(&last).logical_or(number.eq(&last - 1));
        -(is_end.where_(0.0, UNFINISHED).cast(log_p.dtype()) + &end[0]).logsumexp(1)
    }
}
