//! Gradient rule of the sum over windows.

use super::{
    structural::{pad_zeros, slice_axes},
    zeros,
};
use crate::{Op, Padding, Range, Tensor, Window};

/// Element `i` is in the windows `o` with `o * stride + tap * dilation - low = i`: its gradient is a sum over windows of the gradient, dilated by the
/// strides.
pub(super) fn sum(window: &Window, x: &Tensor, g: &Tensor) -> Tensor {
    if g.shape().contains(&0) {
        return zeros(x.spec());
    }
    let axes = 0..x.rank();
    let interior = |axis: usize| if g.shape()[axis] > 1 { window.strides[axis] - 1 } else { 0 };
    // Positive: zeros before the first and after the last window. Negative: windows that hold padding only.
    let margin = |axis: usize| {
        let reach = (window.size[axis] as i128 - 1) * window.dilation[axis] as i128;
        let low = reach - window.padding[axis].0 as i128;
        let length = (g.shape()[axis] as i128 - 1) * (interior(axis) as i128 + 1) + 1;
        (low, x.shape()[axis] as i128 + reach - low - length)
    };
    let margins: Vec<(i128, i128)> = axes.clone().map(margin).collect();
    let positive = |n: i128| usize::try_from(n).unwrap_or(0);
    let padding = |axis: usize| Padding { low: positive(margins[axis].0), high: positive(margins[axis].1), interior: interior(axis) };
    let padded = pad_zeros(g, axes.clone().map(padding).collect());
    let crop = |axis: usize| {
        let (low, high) = (positive(-margins[axis].0), positive(-margins[axis].1));
        Range { start: low, len: padded.shape()[axis].saturating_sub(low).saturating_sub(high), step: 1 }
    };
    let cropped = slice_axes(&padded, axes.map(crop).collect());
    let one = vec![1; x.rank()];
    let window = Window { size: window.size.clone(), strides: one, dilation: window.dilation.clone(), padding: vec![(0, 0); x.rank()] };
    Tensor::apply(Op::WindowSum(window), vec![cropped])
}
