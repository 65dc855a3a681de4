//! Overlap of regions, for segmentation.

use super::{EPSILON, Loss, align::compared, arguments::arguments};
use crate::Logits;
use serde::{Deserialize, Deserializer};
use wgrad_tensor::{Axes, Tensor};

arguments! {
    /// `1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred) + 1e-7)` (Keras `Dice`).
    Dice {
        /// The axes of the sums; all by default, the batch among them.
        #[serde(deserialize_with = "one_or_many")]
        axis: Option<Vec<i64>> = None,
    }
}

arguments! {
    /// `1 - t / (t + alpha fp + beta fn + 1e-7)` with `t = sum(y_true y_pred)`, `fp = sum(y_true (1 - y_pred))` and `fn = sum((1 - y_true) y_pred)` (Keras
    /// `Tversky`, [Salehi et al., 2017](https://arxiv.org/abs/1706.05721)).
    Tversky {
        /// The weight of what is labelled but not predicted; 1/2 by default.
        alpha: f64 = 0.5,
        /// The weight of what is predicted but not labelled; 1/2 by default.
        beta: f64 = 0.5,
        /// The axes of the sums; all by default, the batch among them.
        #[serde(deserialize_with = "one_or_many")]
        axis: Option<Vec<i64>> = None,
    }
}

impl Loss for Dice {
    fn name(&self) -> &'static str {
        "dice"
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        let (y, p) = compared(y_true, y_pred);
        let sum = |x: &Tensor| x.sum(axes(&self.axis));
        1.0 - sum(&(&y * &p)) * 2.0 / (sum(&y) + sum(&p) + EPSILON)
    }
}

impl Loss for Tversky {
    fn name(&self) -> &'static str {
        "tversky"
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        let (y, p) = compared(y_true, y_pred);
        let sum = |x: Tensor| x.sum(axes(&self.axis));
        let both = sum(&y * &p);
        let (missed, invented) = (sum((1.0 - &p) * &y), sum((1.0 - &y) * &p));
        1.0 - &both / (&both + missed * self.alpha + invented * self.beta + EPSILON)
    }
}

fn axes(axis: &Option<Vec<i64>>) -> Axes {
    axis.as_ref().map_or(().into(), |axes| axes.clone().into())
}

/// An axis, or a list of them.
fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<i64>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Axis {
        One(i64),
        Many(Vec<i64>),
    }
    Ok(Option::deserialize(from)?.map(|axis| match axis {
        Axis::One(axis) => vec![axis],
        Axis::Many(axes) => axes,
    }))
}
