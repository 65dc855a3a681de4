//! Losses of a margin between classes.

use super::formulas::formulas;
use wgrad_tensor::Tensor;

formulas! {
    /// `mean(max(1 - y_true y_pred, 0))` over the last axis, for labels -1 and 1; a batch that has only labels 0 and 1 is taken as -1 and 1 (Keras
    /// `Hinge`).
    Hinge = "hinge": |y, p| below_margin(&y, &p).mean(-1);

    /// `mean(max(1 - y_true y_pred, 0)^2)` over the last axis, with labels as [`Hinge`] (Keras `SquaredHinge`).
    SquaredHinge = "squared_hinge": |y, p| below_margin(&y, &p).square().mean(-1);

    /// `max(max((1 - y_true) y_pred) - sum(y_true y_pred) + 1, 0)` over the last axis, for one-hot labels (Keras `CategoricalHinge`).
    CategoricalHinge = "categorical_hinge": |y, p| {
        let (right, wrong) = ((&y * &p).sum(-1), ((1.0 - &y) * &p).max(-1));
        (wrong - right + 1.0).maximum(0.0)
    };
}

/// How far each prediction is on the wrong side of its margin.
#[track_caller]
fn below_margin(y: &Tensor, p: &Tensor) -> Tensor {
    let is_binary = y.eq(0.0).logical_or(y.eq(1.0)).all(..);
    let sign = is_binary.where_(y * 2.0 - 1.0, y);
    (1.0 - sign * p).maximum(0.0)
}
