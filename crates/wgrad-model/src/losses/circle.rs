//! Distances within and between classes of embeddings.

use super::{Loss, align::float, sparse::class_number_shape};
use crate::{Logits, layers::arguments::arguments};
use wgrad_tensor::{DType, Shape, Tensor};

/// What is left out of a sum of exponentials: far below every logarithm, and finite, so that no difference of two is NaN.
const ABSENT: f64 = -1e30;

arguments! {
    /// `log(1 + sum(e^(gamma a_n (s_n - margin))) sum(e^(-gamma a_p (s_p - 1 + margin))))` for each sample, over the cosines `s_n` to samples of other
    /// classes and `s_p` to those of its own, with `a_n = max(s_n + margin, 0)` and `a_p = max(1 + margin - s_p, 0)` (Keras `Circle`, [Sun et al.,
    /// 2020](https://arxiv.org/abs/2002.10857)).
    ///
    /// The labels are integers, `[batch]` or `[batch, 1]`; the predictions are embeddings of length 1, `[batch, features]`. Samples whose loss is 0,
    /// because there is no other of their class or none of another class, do not count.
    pub struct Circle() {
        /// The scale of the exponents; 80 by default.
        takes gamma: f64 = 80.0;
        /// How far cosines may be from 1 and 0 before they cost; 0.4 by default.
        takes margin: f64 = 0.4;
        /// Whether a sample is not compared with itself; true by default.
        takes remove_diagonal: bool = true;
    }
}

impl Loss for Circle {
    fn name(&self) -> &'static str {
        "circle"
    }

    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        match predictions.rank() {
            2 => class_number_shape(labels, predictions, -1),
            _ => Err(format!("the predictions must be [batch, features], got {predictions}")),
        }
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        let embeddings = float(y_pred);
        let labels = y_true.cast(DType::I32).reshape([-1, 1]);
        let same = labels.eq(labels.transpose());
        let others = same.logical_not();
        let is_other = Tensor::iota(same.shape(), 0, DType::I32).ne(Tensor::iota(same.shape(), 1, DType::I32));
        let same = if self.remove_diagonal { same.logical_and(is_other) } else { same };

        let distance = (1.0 - embeddings.matmul(&embeddings.transpose())).maximum(0.0);
        let near = (&distance + self.margin).maximum(0.0) * (&distance - self.margin);
        let far = (1.0 + self.margin - &distance).maximum(0.0) * (1.0 - self.margin - &distance);
        let log_sum = |mask: &Tensor, exponents: Tensor| mask.where_(exponents * self.gamma, ABSENT).logsumexp(1);
        (log_sum(&same, near) + log_sum(&others, far)).softplus()
    }

    fn mask(&self, _y_true: &Tensor, values: &Tensor) -> Option<Tensor> {
        Some(values.gt(0.0))
    }
}
