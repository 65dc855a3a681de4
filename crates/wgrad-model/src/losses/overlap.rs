//! Overlap of regions, for segmentation.

use super::{EPSILON, Loss, align::compared};
use crate::{
    Logits,
    layers::{AxisList, arguments::arguments},
};
use wgrad_tensor::{Axes, Tensor};

arguments! {
    /// `1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred) + 1e-7)` (Keras `Dice`).
    pub struct Dice() {
        /// The axes of the sums; all by default, the batch among them.
        may_convert axis: AxisList;
    }
}

arguments! {
    /// `1 - t / (t + alpha fp + beta fn + 1e-7)` with `t = sum(y_true y_pred)`, `fp = sum(y_true (1 - y_pred))` and `fn = sum((1 - y_true) y_pred)` (Keras
    /// `Tversky`, [Salehi et al., 2017](https://arxiv.org/abs/1706.05721)).
    pub struct Tversky() {
        /// The weight of what is labelled but not predicted; 1/2 by default.
        takes alpha: f64 = 0.5;
        /// The weight of what is predicted but not labelled; 1/2 by default.
        takes beta: f64 = 0.5;
        /// The axes of the sums; all by default, the batch among them.
        may_convert axis: AxisList;
    }
}

impl Loss for Dice {
    fn name(&self) -> &'static str {
        "dice"
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        let (y, p) = compared(y_true, y_pred);
        let sum = |x: &Tensor| x.sum(axes(self.axis.as_ref()));
        1.0 - sum(&(&y * &p)) * 2.0 / (sum(&y) + sum(&p) + EPSILON)
    }
}

impl Loss for Tversky {
    fn name(&self) -> &'static str {
        "tversky"
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        let (y, p) = compared(y_true, y_pred);
        let sum = |x: Tensor| x.sum(axes(self.axis.as_ref()));
        let both = sum(&y * &p);
        let (missed, invented) = (sum((1.0 - &p) * &y), sum((1.0 - &y) * &p));
        1.0 - &both / (&both + missed * self.alpha + invented * self.beta + EPSILON)
    }
}

fn axes(axis: Option<&AxisList>) -> Axes {
    match axis {
        None => ().into(),
        Some(AxisList::One(axis)) => (*axis).into(),
        Some(AxisList::Several(axes)) => axes.clone().into(),
    }
}
