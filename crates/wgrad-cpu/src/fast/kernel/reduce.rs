//! Reductions of blocks into accumulators, in an order that depends on the shape alone.

use super::super::simd::vectorize;
use super::{compile::WIDEST_COLUMN_BLOCK, ops::Lane};
use pulp::NullaryFnOnce;
use wgrad_tensor::{DType, Reduce};

/// Independent partial results along a row, so that the loop can use vectors: 2 of the widest for f32.
const PARTS: usize = 32;

/// The value that an accumulator begins with.
pub(super) fn identity<T: Lane>(op: Reduce, dtype: DType) -> T {
    match op {
        Reduce::Sum => T::ZERO,
        Reduce::Prod => T::ONE,
        Reduce::Max | Reduce::ArgMax if dtype == DType::Bool => T::ZERO,
        Reduce::Min | Reduce::ArgMin if dtype == DType::Bool => T::ONE,
        Reduce::Max | Reduce::ArgMax => T::LOWEST,
        Reduce::Min | Reduce::ArgMin => T::HIGHEST,
    }
}

struct Fold<'a, T, F>(&'a [T], T, F);

impl<T: Lane, F: Fn(T, T) -> T> NullaryFnOnce for Fold<'_, T, F> {
    type Output = T;
    #[inline(always)]
    fn call(self) -> T {
        let Fold(values, identity, f) = self;
        let mut parts = [identity; PARTS];
        let mut chunks = values.chunks_exact(PARTS);
        for chunk in &mut chunks {
            for (part, &v) in parts.iter_mut().zip(chunk) {
                *part = f(*part, v);
            }
        }
        let mut width = PARTS / 2;
        while width > 0 {
            for i in 0..width {
                parts[i] = f(parts[i], parts[i + width]);
            }
            width /= 2;
        }
        chunks.remainder().iter().fold(parts[0], |a, &b| f(a, b))
    }
}

/// Reduces each row of a block that lies row after row.
pub(super) fn rows<T: Lane>(op: Reduce, dtype: DType, total: &mut [T], values: &[T], cols: usize) {
    if cols == 0 {
        return;
    }
    let id = identity::<T>(op, dtype);
    let all = total.iter_mut().zip(values.chunks_exact(cols));
    match op {
        Reduce::Sum => all.for_each(|(total, row)| *total = total.add(fold(row, id, T::add))),
        Reduce::Prod => all.for_each(|(total, row)| *total = total.mul(fold(row, id, T::mul))),
        Reduce::Max => all.for_each(|(total, row)| *total = Lane::max(*total, fold(row, id, Lane::max))),
        Reduce::Min => all.for_each(|(total, row)| *total = Lane::min(*total, fold(row, id, Lane::min))),
        Reduce::ArgMax | Reduce::ArgMin => {}
    }
}

fn fold<T: Lane>(values: &[T], identity: T, f: impl Fn(T, T) -> T) -> T {
    if values.len() < PARTS {
        return values.iter().fold(identity, |a, &b| f(a, b));
    }
    vectorize(Fold(values, identity, f))
}

/// Columns that are added up before they are added to the total, which keeps rounding errors small.
const COLUMNS: usize = 32;

/// Totals, columns, identity, function.
struct Columns<'a, T, F>(&'a mut [T], &'a [T], T, F);

impl<T: Lane, F: Fn(T, T) -> T> NullaryFnOnce for Columns<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Columns(total, values, identity, f) = self;
        let rows = total.len();
        let mut part = [identity; WIDEST_COLUMN_BLOCK];
        let part = &mut part[..rows];
        for columns in values.chunks(rows * COLUMNS) {
            part.fill(identity);
            for column in columns.chunks_exact(rows) {
                part.iter_mut().zip(column).for_each(|(part, &v)| *part = f(*part, v));
            }
            total.iter_mut().zip(&*part).for_each(|(total, &v)| *total = f(*total, v));
        }
    }
}

/// Reduces a block that lies column after column; a block of one column combines two partial results.
pub(super) fn columns<T: Lane>(op: Reduce, dtype: DType, total: &mut [T], values: &[T]) {
    if total.is_empty() {
        return;
    }
    let id = identity::<T>(op, dtype);
    match op {
        Reduce::Sum => vectorize(Columns(total, values, id, T::add)),
        Reduce::Prod => vectorize(Columns(total, values, id, T::mul)),
        Reduce::Max => vectorize(Columns(total, values, id, Lane::max)),
        Reduce::Min => vectorize(Columns(total, values, id, Lane::min)),
        Reduce::ArgMax | Reduce::ArgMin => {}
    }
}

/// Whether `new` takes the place of `old` as the first extreme value. NaN is above and below everything.
#[inline(always)]
pub(super) fn beats<T: Lane>(op: Reduce, new: T, old: T) -> bool {
    match op {
        Reduce::ArgMin => new < old || new.is_nan() && !old.is_nan(),
        Reduce::ArgMax | Reduce::Sum | Reduce::Prod | Reduce::Max | Reduce::Min => new > old || new.is_nan() && !old.is_nan(),
    }
}
