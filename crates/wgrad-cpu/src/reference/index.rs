//! Walks over the positions of a shape.

use super::NAME;
use crate::memory;
use wgrad_tensor::{Result, Shape};

/// For each position of a shape in row-major order, `offset + sum of index * stride`.
pub(super) struct Offsets<'a> {
    shape: &'a [usize],
    strides: &'a [isize],
    index: Vec<usize>,
    offset: isize,
    left: usize,
}

/// The offsets of all positions of `shape` under `strides`, of which there are as many.
pub(super) fn offsets<'a>(shape: &'a [usize], strides: &'a [isize], offset: isize) -> Offsets<'a> {
    Offsets { shape, strides, index: vec![0; shape.len()], offset, left: Shape::from(shape).numel() }
}

impl Iterator for Offsets<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let current = self.offset as usize;
        for (axis, index) in self.index.iter_mut().enumerate().rev() {
            *index += 1;
            self.offset = self.offset.wrapping_add(self.strides[axis]);
            if *index < self.shape[axis] {
                break;
            }
            self.offset = self.offset.wrapping_sub(self.strides[axis].wrapping_mul(*index as isize));
            *index = 0;
        }
        Some(current)
    }
}

/// `shape` seen from one axis: the number of positions before it, its length, the number of positions after it.
pub(super) fn around(shape: &[usize], axis: usize) -> (usize, usize, usize) {
    (shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product())
}

/// `len` elements of an iterator, in memory that may be refused.
pub(super) fn collect<T>(len: usize, values: impl Iterator<Item = T>) -> Result<Vec<T>> {
    let mut out = memory::reserve(NAME, || format!("a tensor of {len} elements"), len)?;
    out.extend(values.take(len));
    Ok(out)
}

/// `len` times `value`, in memory that may be refused.
pub(super) fn filled<T: Clone>(len: usize, value: T) -> Result<Vec<T>> {
    collect(len, std::iter::repeat_n(value, len))
}
