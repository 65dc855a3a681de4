//! Gradient rules of the general convolution: both are convolutions again. After JAX's `_conv_general_dilated_transpose_lhs` and `_rhs`.
//!
//! Shapes: `lhs [N, s..., C]`, `rhs [k..., I, O]`, `g [N', s'..., O]`; `d(n)` is the length of `n` dilated elements, `(n - 1) * dilation + 1`.

use super::{permute, reshape, structural::flip, zeros};
use crate::{Conv, Op, Tensor};

/// The gradient of the lhs: the gradient, dilated by the strides, is convolved with the flipped kernel, whose channels change places.
pub(super) fn lhs(conv: &Conv, lhs: &Tensor, rhs: &Tensor, g: &Tensor) -> Tensor {
    let axes = conv.strides.len();
    if spatial(g).contains(&0) {
        return zeros(lhs.spec());
    }
    let groups = conv.feature_groups.max(conv.batch_groups);
    let padding = |axis: usize| {
        let input = dilated(spatial(lhs)[axis], conv.lhs_dilation[axis]);
        let kernel = dilated(rhs.shape()[axis], conv.rhs_dilation[axis]);
        let output = dilated(spatial(g)[axis], conv.strides[axis]);
        let low = kernel - 1 - conv.padding[axis].0 as i128;
        (clamp(low), clamp(input + kernel - 1 - output - low))
    };
    let transposed = Conv {
        strides: conv.lhs_dilation.clone(),
        padding: (0..axes).map(padding).collect(),
        lhs_dilation: conv.strides.clone(),
        rhs_dilation: conv.rhs_dilation.clone(),
        feature_groups: groups,
        batch_groups: 1,
    };
    let flips: Vec<bool> = (0..axes + 2).map(|axis| axis < axes).collect();
    let kernel = transpose_kernel(&flip(rhs, &flips), groups);
    let dx = Tensor::apply(Op::Conv(transposed), vec![g.clone(), kernel]);
    if conv.batch_groups == 1 || dx.error().is_some() { dx } else { channels_to_batch(&dx, groups) }
}

/// The gradient of the rhs: the lhs is convolved with the gradient; batch and channels change places, strides and kernel dilation too, and so do
/// feature groups and batch groups.
pub(super) fn rhs(conv: &Conv, lhs: &Tensor, rhs: &Tensor, g: &Tensor) -> Tensor {
    let axes = conv.strides.len();
    if spatial(g).contains(&0) {
        return zeros(rhs.spec());
    }
    let padding = |axis: usize| {
        let input = dilated(spatial(lhs)[axis], conv.lhs_dilation[axis]);
        let kernel = dilated(rhs.shape()[axis], conv.rhs_dilation[axis]);
        let output = dilated(spatial(g)[axis], conv.strides[axis]);
        let low = conv.padding[axis].0;
        (low, clamp(output + kernel - 1 - input - low as i128))
    };
    let transposed = Conv {
        strides: conv.rhs_dilation.clone(),
        padding: (0..axes).map(padding).collect(),
        lhs_dilation: conv.lhs_dilation.clone(),
        rhs_dilation: conv.strides.clone(),
        feature_groups: conv.batch_groups,
        batch_groups: conv.feature_groups,
    };
    let ends = |x: &Tensor, first: usize, last: usize| {
        let middle = (0..x.rank()).filter(|axis| *axis != first && *axis != last);
        permute(x, &[first].into_iter().chain(middle).chain([last]).collect::<Vec<_>>())
    };
    let input = ends(lhs, axes + 1, 0); // [C, s..., N]
    let kernel = permute(g, &(1..=axes).chain([0, axes + 1]).collect::<Vec<_>>()); // [s'..., N', O]
    let dk = Tensor::apply(Op::Conv(transposed), vec![input, kernel]); // [I, k..., O]
    permute(&dk, &(1..=axes).chain([0, axes + 1]).collect::<Vec<_>>())
}

/// `[k..., I, G * O'] -> [k..., O', G * I]`
fn transpose_kernel(rhs: &Tensor, groups: usize) -> Tensor {
    let axes = rhs.rank() - 2;
    let (k, i, o) = (&rhs.shape()[..axes], rhs.shape()[axes], rhs.shape()[axes + 1] / groups);
    let grouped = reshape(rhs, &[k, &[i, groups, o]].concat().into());
    let order: Vec<usize> = (0..axes).chain([axes + 2, axes + 1, axes]).collect();
    // `G * I` is at most the number of input channels, or of what the batch groups fold into them.
    reshape(&permute(&grouped, &order), &[k, &[o, groups.saturating_mul(i)]].concat().into())
}

/// `[N', s..., G * C] -> [G * N', s..., C]`
fn channels_to_batch(x: &Tensor, groups: usize) -> Tensor {
    let axes = x.rank() - 2;
    let (n, s, c) = (x.shape()[0], spatial(x), x.shape()[axes + 1] / groups);
    let grouped = reshape(x, &[&[n], s, &[groups, c]].concat().into());
    let order: Vec<usize> = [axes + 1].into_iter().chain(0..=axes).chain([axes + 2]).collect();
    reshape(&permute(&grouped, &order), &[&[groups.saturating_mul(n)], s, &[c]].concat().into())
}

fn spatial(x: &Tensor) -> &[usize] {
    &x.shape()[1..x.rank() - 1]
}

fn dilated(n: usize, dilation: usize) -> i128 {
    if n == 0 { 0 } else { (n as i128 - 1) * dilation as i128 + 1 }
}

/// Only beyond what memory could hold does this change a number; the shape rule then refuses the convolution.
fn clamp(n: i128) -> isize {
    isize::try_from(n).unwrap_or(if n < 0 { isize::MIN } else { isize::MAX })
}
