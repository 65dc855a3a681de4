//! The activations that take more than a line. Where the branches of a choice are both computed, the one that is not chosen must be finite with finite
//! derivatives, or its gradient would not be a number.

use wgrad_tensor::Tensor;

/// `x` from `threshold` to `max_value`, `max_value` above, `negative_slope (x - threshold)` below.
#[track_caller]
pub(super) fn relu(x: &Tensor, negative_slope: f64, max_value: Option<f64>, threshold: f64) -> Tensor {
    let above = if threshold == 0.0 { x.relu() } else { x.gt(threshold).where_(x, 0.0) };
    let above = match max_value {
        Some(max_value) => above.clip(0.0, max_value),
        None => above,
    };
    if negative_slope == 0.0 { above } else { above - (threshold - x).relu() * negative_slope }
}

/// `x` if positive, else `alpha (exp(x) - 1)`.
#[track_caller]
pub(super) fn elu(x: &Tensor, alpha: f64) -> Tensor {
    x.gt(0.0).where_(x, x.minimum(0.0).expm1() * alpha)
}

/// `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`
#[track_caller]
pub(super) fn gelu_tanh(x: &Tensor) -> Tensor {
    // From 8 on the tanh is 1; the cube stays finite.
    let near = x.clip(-8.0, 8.0);
    let cubic = &near + near.square() * &near * 0.044715;
    x * 0.5 * ((cubic * (2.0 / std::f64::consts::PI).sqrt()).tanh() + 1.0)
}

/// `a sigmoid(b)` of the halves `a` and `b`.
#[track_caller]
pub(super) fn glu(x: &Tensor, axis: i64) -> Tensor {
    match x.split(2, axis).as_slice() {
        [a, b] => a * b.sigmoid(),
        _ => Tensor::invalid("glu", format!("axis {axis} of {} cannot be cut in two halves", x.shape()), &[x]),
    }
}

/// `(x + sqrt(x^2 + b)) / 2`; where `x` is negative as `b / 2 / (sqrt(x^2 + b) - x)`, which does not cancel.
#[track_caller]
pub(super) fn squareplus(x: &Tensor, b: f64) -> Tensor {
    let root = (x.square() + b).sqrt();
    let negative = (root.full_like(b / 2.0)) / (&root - x.minimum(0.0));
    x.lt(0.0).where_(negative, (x + &root) * 0.5)
}

/// `max(x - tau, 0)` with the `tau` of Keras, see [`super::Activation::Sparsemax`].
#[track_caller]
pub(super) fn sparsemax(x: &Tensor, axis: i64) -> Tensor {
    let sorted = x.sort(axis, true);
    let rank = Tensor::ones(x.shape()).cast(x.dtype()).cumsum(axis);
    // What belongs to the support does not change with the largest element; without it the first one is in it whatever its size.
    let shifted = (&sorted - x.max_keep(axis)).stop_gradient();
    let support = (&shifted - (shifted.cumsum(axis) - 1.0) / rank).gt(0.0);
    let size = support.cast(x.dtype()).sum_keep(axis);
    let tau = (support.where_(sorted.cumsum(axis), 0.0).sum_keep(axis) - 1.0) / size;
    (x - tau).maximum(0.0)
}
