//! Operations that move elements.

use super::{
    convert::cast,
    graph::Graph,
    proto::Attribute::{Int, Ints},
};
use wgrad_tensor::{DType, HostData, HostTensor, Padding, Range, Scalar};

pub(super) fn signed(lengths: &[usize]) -> Vec<i64> {
    lengths.iter().map(|&length| length as i64).collect()
}

pub(super) fn reshape(graph: &mut Graph, x: &str, shape: &[usize]) -> String {
    let shape = graph.integers(&signed(shape));
    graph.node("Reshape", &[x, &shape], &[("allowzero", Int(1))])
}

pub(super) fn transpose(graph: &mut Graph, x: &str, axes: &[usize]) -> String {
    graph.node("Transpose", &[x], &[("perm", Ints(signed(axes)))])
}

/// The numbers of an axis: as a list, which is then repeated along the others.
pub(super) fn iota(graph: &mut Graph, dtype: DType, shape: &[usize], axis: usize) -> String {
    let length = shape.get(axis).copied().unwrap_or(0);
    let numbers = HostData::I32((0..length).map(|i| i as i32).collect());
    let along: Vec<usize> = (0..shape.len()).map(|i| if i == axis { length } else { 1 }).collect();
    let numbers = HostTensor::new(along, numbers).map(|numbers| graph.constant(&numbers)).unwrap_or_default();
    let numbers = cast(graph, &numbers, dtype);
    let shape = graph.integers(&signed(shape));
    graph.node("Expand", &[&numbers, &shape], &[])
}

pub(super) fn slice(graph: &mut Graph, x: &str, ranges: &[Range]) -> String {
    let end = |range: &Range| {
        let last = range.start as i64 + (range.len as i64 - 1) * range.step as i64;
        match (range.len, range.step > 0) {
            (0, _) => range.start as i64,
            (_, true) => last + 1,
            // Before the first element there is no position but one far away.
            (_, false) if last == 0 => i64::MIN + 1,
            (_, false) => last - 1,
        }
    };
    let starts = graph.integers(&ranges.iter().map(|range| range.start as i64).collect::<Vec<_>>());
    let ends = graph.integers(&ranges.iter().map(end).collect::<Vec<_>>());
    let axes = graph.integers(&(0..ranges.len() as i64).collect::<Vec<_>>());
    let steps = graph.integers(&ranges.iter().map(|range| range.step as i64).collect::<Vec<_>>());
    graph.node("Slice", &[x, &starts, &ends, &axes, &steps], &[])
}

pub(super) fn pad(graph: &mut Graph, x: &str, shape: &[usize], padding: &[Padding], fill: Scalar) -> String {
    if padding.iter().all(|padding| *padding == Padding::default()) {
        return x.into();
    }
    let fill = graph.scalar(fill);
    let (mut x, mut shape) = (x.to_string(), shape.to_vec());
    for (axis, padding) in padding.iter().enumerate().filter(|(_, padding)| padding.interior > 0) {
        x = spread(graph, &x, &mut shape, axis, padding.interior, &fill);
    }
    let ends: Vec<i64> = padding.iter().map(|p| p.low as i64).chain(padding.iter().map(|p| p.high as i64)).collect();
    if ends.iter().all(|&n| n == 0) {
        return x;
    }
    let ends = graph.integers(&ends);
    graph.node("Pad", &[&x, &ends, &fill], &[])
}

/// Puts `interior` new elements between each two neighbours of an axis: each element gets them behind it, and the last loses them.
pub(super) fn spread(graph: &mut Graph, x: &str, shape: &mut [usize], axis: usize, interior: usize, fill: &str) -> String {
    let length = shape.get(axis).copied().unwrap_or(0);
    let before: usize = shape.iter().take(axis).product();
    let after: usize = shape.iter().skip(axis + 1).product();
    let apart = reshape(graph, x, &[before, length, 1, after]);
    let behind = graph.integers(&[0, 0, 0, 0, 0, 0, interior as i64, 0]);
    let filled = graph.node("Pad", &[&apart, &behind, fill], &[]);
    let wide = length * (interior + 1);
    let flat = reshape(graph, &filled, &[before, wide, after]);
    let kept = wide.saturating_sub(interior);
    let all = |len| Range { start: 0, len, step: 1 };
    let cut = slice(graph, &flat, &[all(before), all(kept), all(after)]);
    shape[axis] = kept;
    reshape(graph, &cut, shape)
}
