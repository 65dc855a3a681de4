//! Operations that only move elements.

use super::{
    index::{around, collect, filled, offsets},
    number::{Ordered, view},
    scalar,
};
use wgrad_tensor::{HostData, Padding, Range, Result, Scalar, Shape, each_dtype};

/// `out.shape[i] = in.shape[axes[i]]`.
pub(super) fn permute(axes: &[usize], x: &HostData, shape: &Shape, out: &Shape) -> Result<HostData> {
    let strides = shape.strides();
    let strides: Vec<_> = axes.iter().map(|&axis| strides[axis]).collect();
    strided(x, out, &strides, 0)
}

/// Axes of length 1 are repeated.
pub(super) fn expand(x: &HostData, shape: &Shape, out: &Shape) -> Result<HostData> {
    let strides: Vec<_> = shape.strides().into_iter().zip(shape.iter()).map(|(stride, &n)| if n == 1 { 0 } else { stride }).collect();
    strided(x, out, &strides, 0)
}

/// The elements `start, start + step, ...` of each axis.
pub(super) fn slice(ranges: &[Range], x: &HostData, shape: &Shape, out: &Shape) -> Result<HostData> {
    let strides = shape.strides();
    let first = ranges.iter().zip(&strides).map(|(range, stride)| range.start as isize * stride).sum();
    let strides: Vec<_> = ranges.iter().zip(&strides).map(|(range, stride)| range.step.wrapping_mul(*stride)).collect();
    strided(x, out, &strides, first)
}

/// The element at `offset + sum of index * stride` for each position of `shape`.
fn strided(x: &HostData, shape: &Shape, strides: &[isize], offset: isize) -> Result<HostData> {
    fn read<T: Ordered>(x: &[T], len: usize, places: impl Iterator<Item = usize>) -> Result<HostData> {
        Ok(T::into_data(collect(len, places.map(|place| x[place]))?))
    }
    each_dtype!(x, x => read(x, shape.numel(), offsets(shape, strides, offset)))
}

/// New elements before, after and between the old ones.
pub(super) fn pad(padding: &[Padding], fill: Scalar, x: &HostData, shape: &Shape, out: &Shape) -> Result<HostData> {
    fn write<T: Ordered>(x: &[T], fill: &HostData, len: usize, places: impl Iterator<Item = usize>) -> Result<HostData> {
        let mut out = filled(len, view::<T>(fill)?[0])?;
        for (place, &v) in places.zip(x) {
            out[place] = v;
        }
        Ok(T::into_data(out))
    }
    let strides = out.strides();
    let first = padding.iter().zip(&strides).map(|(p, stride)| (p.low as isize).wrapping_mul(*stride)).fold(0, isize::wrapping_add);
    let strides: Vec<_> = padding.iter().zip(&strides).map(|(p, stride)| (p.interior as isize + 1).wrapping_mul(*stride)).collect();
    let fill = scalar::constant(fill);
    each_dtype!(x, x => write(x, &fill, out.numel(), offsets(shape, &strides, first)))
}

/// The operands one after the other along `axis`.
pub(super) fn concat(axis: usize, parts: &[(&HostData, &Shape)], out: &Shape) -> Result<HostData> {
    fn join<T: Ordered>(_: &[T], parts: &[(&HostData, &Shape)], axis: usize, out: &Shape) -> Result<HostData> {
        let parts = parts.iter().map(|(data, shape)| Ok((view::<T>(data)?, shape[axis..].iter().product::<usize>())));
        let parts: Vec<(&[T], usize)> = parts.collect::<Result<_>>()?;
        let (outer, _, _) = around(out, axis);
        let rows = (0..outer).flat_map(|i| parts.iter().flat_map(move |&(data, len)| &data[i * len..(i + 1) * len]));
        Ok(T::into_data(collect(out.numel(), rows.copied())?))
    }
    each_dtype!(parts[0].0, first => join(first, parts, axis, out))
}
