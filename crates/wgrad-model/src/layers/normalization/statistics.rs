//! Means, variances and lengths in a precision that is good enough for them.

use wgrad_tensor::{DType, Tensor};

/// `x` as statistics need it: f64 stays, everything else becomes f32. Half precision overflows in squares and sums.
#[track_caller]
pub(super) fn precise(x: &Tensor) -> Tensor {
    if x.dtype() == DType::F64 { x.clone() } else { x.cast(DType::F32) }
}

/// A result in the dtype of the input; of integers in f32.
#[track_caller]
pub(super) fn like(y: &Tensor, x: &Tensor) -> Tensor {
    if x.dtype().is_float() { y.cast(x.dtype()) } else { y.clone() }
}

/// A weight in the dtype of `x`, laid along `axes` of it.
#[track_caller]
pub(super) fn along(weight: &Tensor, x: &Tensor, axes: &[usize]) -> Tensor {
    let weight = weight.cast(x.dtype());
    if axes.iter().copied().eq(x.rank() - axes.len().min(x.rank())..x.rank()) {
        return weight;
    }
    let shape: Vec<usize> = x.shape().iter().enumerate().map(|(axis, &n)| if axes.contains(&axis) { n } else { 1 }).collect();
    weight.reshape(shape)
}

/// `x / max(|x|, epsilon)` with the Euclidean length over axes.
#[track_caller]
pub(crate) fn unit_length(x: &Tensor, axes: &[usize], epsilon: f64) -> Tensor {
    // The maximum lies inside the root, so that neither it nor its derivative is infinite for zeros.
    let wide = precise(x);
    let squares = wide.square().sum_keep(axes);
    like(&(wide * squares.maximum(epsilon * epsilon).rsqrt()), x)
}
