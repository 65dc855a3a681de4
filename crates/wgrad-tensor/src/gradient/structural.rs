//! Gradient rules of reductions, movement and matrix products.

use super::{expand as expand_to, permute, reshape, vjp, zeros};
use crate::{Op, Padding, Range, Reduce, Scalar, Tensor};

pub(super) fn reduce(op: Reduce, axes: &[usize], x: &Tensor, y: &Tensor, g: &Tensor) -> Option<Tensor> {
    match op {
        Reduce::Sum => Some(expand_to(g, x.shape())),
        Reduce::Prod => product(axes, x, g),
        Reduce::Max | Reduce::Min => Some(extremum(axes, x, y, g)),
        Reduce::ArgMax | Reduce::ArgMin => None,
    }
}

/// The elements that attain the extremum share its gradient equally, as in TensorFlow.
fn extremum(axes: &[usize], x: &Tensor, y: &Tensor, g: &Tensor) -> Tensor {
    let attained = x.eq(y);
    let ties = sum(&attained.cast(x.dtype()), axes);
    attained.where_(g / ties, 0.0)
}

/// The gradient of a product is that of a tree of multiplications: exact also where elements are 0, to any order, unlike `y / x`.
fn product(axes: &[usize], x: &Tensor, g: &Tensor) -> Option<Tensor> {
    if x.shape().contains(&0) {
        return Some(zeros(x.spec()));
    }
    let kept = (0..x.rank()).filter(|axis| !axes.contains(axis));
    let order: Vec<usize> = kept.chain(axes.iter().copied()).collect();
    let mut length: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
    let rows = x.shape().numel() / length;
    let mut level = reshape(&permute(x, &order), &[rows, length].into());
    let columns = |x: &Tensor, start: usize, len: usize| {
        let all_rows = Range { start: 0, len: rows, step: 1 };
        Tensor::apply(Op::Slice(vec![all_rows, Range { start, len, step: 1 }]), vec![x.clone()])
    };
    while length > 1 {
        let half = length / 2;
        let pairs = columns(&level, 0, half) * columns(&level, half, half);
        let odd = (length % 2 == 1).then(|| columns(&level, length - 1, 1));
        level = match odd {
            Some(last) => Tensor::apply(Op::Concat { axis: 1 }, vec![pairs, last]),
            None => pairs,
        };
        length = length.div_ceil(2);
    }
    vjp(&[&reshape(&level, g.shape())], &[g], &[x]).remove(0)
}

/// The sum over `axes`, which stay with length 1.
fn sum(x: &Tensor, axes: &[usize]) -> Tensor {
    Tensor::apply(Op::Reduce { op: Reduce::Sum, axes: axes.to_vec() }, vec![x.clone()])
}

pub(super) fn permute_back(axes: &[usize], g: &Tensor) -> Tensor {
    let mut inverse = vec![0; axes.len()];
    for (i, &axis) in axes.iter().enumerate() {
        inverse[axis] = i;
    }
    permute(g, &inverse)
}

/// The sum over the axes that were repeated.
pub(super) fn expand(x: &Tensor, g: &Tensor) -> Tensor {
    let axes: Vec<usize> = (0..x.rank()).filter(|&axis| x.shape()[axis] != g.shape()[axis]).collect();
    if axes.is_empty() { g.clone() } else { sum(g, &axes) }
}

/// Puts the gradient back to where the elements were taken from.
pub(super) fn slice(ranges: &[Range], x: &Tensor, g: &Tensor) -> Tensor {
    let flips: Vec<bool> = ranges.iter().map(|range| range.step < 0).collect();
    let g = flip(g, &flips);
    let axis = |(range, &n): (&Range, &usize)| {
        let Some(last) = range.len.checked_sub(1) else { return Padding { low: n, high: 0, interior: 0 } };
        let step = range.step.unsigned_abs();
        let span = last * step;
        let low = if range.step > 0 { range.start } else { range.start - span };
        Padding { low, high: n - 1 - low - span, interior: if last > 0 { step - 1 } else { 0 } }
    };
    let padding = ranges.iter().zip(x.shape().iter()).map(axis).collect();
    pad_zeros(&g, padding)
}

pub(super) fn pad(padding: &[Padding], x: &Tensor, g: &Tensor) -> Tensor {
    let axis = |(padding, &len): (&Padding, &usize)| {
        // Where there are no neighbours, the step is of no account and must not overflow.
        let step = if len > 1 { padding.interior as isize + 1 } else { 1 };
        Range { start: padding.low, len, step }
    };
    let ranges = padding.iter().zip(x.shape().iter()).map(axis).collect();
    Tensor::apply(Op::Slice(ranges), vec![g.clone()])
}

pub(super) fn concat(axis: usize, operands: &[Tensor], g: &Tensor) -> Vec<Option<Tensor>> {
    let mut start = 0;
    let part = |operand: &Tensor| {
        let mut ranges: Vec<Range> = operand.shape().iter().map(|&len| Range { start: 0, len, step: 1 }).collect();
        ranges[axis].start = start;
        start += operand.shape()[axis];
        Some(Tensor::apply(Op::Slice(ranges), vec![g.clone()]))
    };
    operands.iter().map(part).collect()
}

/// `da = g b^T`, `db = a^T g`
pub(super) fn matmul(a: &Tensor, b: &Tensor, g: &Tensor) -> [Option<Tensor>; 2] {
    let transposed = |x: &Tensor| {
        let mut axes: Vec<usize> = (0..x.rank()).collect();
        axes.swap(x.rank() - 2, x.rank() - 1);
        permute(x, &axes)
    };
    let product = |a: Tensor, b: Tensor| Some(Tensor::apply(Op::MatMul, vec![a, b]));
    [product(g.clone(), transposed(b)), product(transposed(a), g.clone())]
}

/// The tensor with the axes reversed that are marked.
pub(super) fn flip(x: &Tensor, axes: &[bool]) -> Tensor {
    let range = |(&flip, &len): (&bool, &usize)| {
        if flip { Range { start: len.saturating_sub(1), len, step: -1 } } else { Range { start: 0, len, step: 1 } }
    };
    slice_axes(x, axes.iter().zip(x.shape().iter()).map(range).collect())
}

/// The elements in `ranges`; the tensor itself where that is all of them in their order.
pub(super) fn slice_axes(x: &Tensor, ranges: Vec<Range>) -> Tensor {
    let whole = |(range, &len): (&Range, &usize)| *range == Range { start: 0, len, step: 1 };
    if ranges.iter().zip(x.shape().iter()).all(whole) { x.clone() } else { Tensor::apply(Op::Slice(ranges), vec![x.clone()]) }
}

pub(super) fn pad_zeros(x: &Tensor, padding: Vec<Padding>) -> Tensor {
    if padding.iter().all(|padding| *padding == Padding::default()) {
        return x.clone();
    }
    let fill = Scalar::from_f64(0.0, x.dtype());
    Tensor::apply(Op::Pad { padding, fill }, vec![x.clone()])
}
