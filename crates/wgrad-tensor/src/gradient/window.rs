//! Gradient rule of the sum over windows.

use super::{
    expand, reshape,
    structural::{pad_zeros, slice_axes},
    zeros,
};
use crate::{Op, Padding, Range, Tensor, Window};

/// Element `i` is in the windows `o` with `o * stride + tap * dilation - low = i`: its gradient is the sum of theirs.
pub(super) fn sum(window: &Window, x: &Tensor, g: &Tensor) -> Tensor {
    if g.shape().contains(&0) {
        return zeros(x.spec());
    }
    let touching = (0..x.rank()).all(|axis| window.size[axis] == window.strides[axis] && window.dilation[axis] == 1);
    if touching { repeat(window, x, g) } else { slide(window, x, g) }
}

/// Windows that lie side by side: each element of the gradient is repeated over its window. A movement, which costs nothing.
fn repeat(window: &Window, x: &Tensor, g: &Tensor) -> Tensor {
    let axes = || g.shape().iter().zip(&window.size);
    let lengths =
        |repeated: bool| axes().flat_map(move |(&n, &size)| if size == 1 { vec![n] } else { vec![n, if repeated { size } else { 1 }] });
    let repeated = expand(&reshape(g, &lengths(false).collect()), &lengths(true).collect());
    let repeated = reshape(&repeated, &axes().map(|(&n, &size)| n.saturating_mul(size)).collect());
    if repeated.error().is_some() {
        return repeated;
    }
    // Without what repeats padding, and with zeros where no window reaches.
    let inside = |axis: usize| {
        let (start, n) = (window.padding[axis].0, repeated.shape()[axis]);
        Range { start, len: n.saturating_sub(start).min(x.shape()[axis]), step: 1 }
    };
    let covered = slice_axes(&repeated, (0..x.rank()).map(inside).collect());
    let beyond = |axis: usize| Padding { high: x.shape()[axis] - covered.shape()[axis], ..Padding::default() };
    pad_zeros(&covered, (0..x.rank()).map(beyond).collect())
}

/// Windows in general: the gradient, dilated by the strides, is summed over windows.
fn slide(window: &Window, x: &Tensor, g: &Tensor) -> Tensor {
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
    if padded.error().is_some() {
        return padded;
    }
    let crop = |axis: usize| {
        let (low, high) = (positive(-margins[axis].0), positive(-margins[axis].1));
        Range { start: low, len: padded.shape()[axis].saturating_sub(low).saturating_sub(high), step: 1 }
    };
    let cropped = slice_axes(&padded, axes.map(crop).collect());
    let one = vec![1; x.rank()];
    let window = Window { size: window.size.clone(), strides: one, dilation: window.dilation.clone(), padding: vec![(0, 0); x.rank()] };
    Tensor::apply(Op::WindowSum(window), vec![cropped])
}
