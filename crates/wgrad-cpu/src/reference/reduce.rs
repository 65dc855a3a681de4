//! Reductions over axes and running sums along one.

use super::{
    index::{around, collect, filled, offsets},
    number::{Number, Ordered, each_number},
};
use wgrad_tensor::{HostData, Reduce, Result, Shape, each_dtype};

/// `op` over `axes` of `x`, which stay with length 1.
pub(super) fn reduce(op: Reduce, axes: &[usize], x: &HostData, shape: &Shape) -> Result<HostData> {
    let groups = Groups::new(axes, shape);
    match op {
        Reduce::Sum => each_number!(op.name(), x, x => groups.sum(x)),
        Reduce::Prod => each_number!(op.name(), x, x => groups.product(x)),
        Reduce::Max => each_dtype!(x, x => groups.fold(x, Ordered::LOWEST, Ordered::max)),
        Reduce::Min => each_dtype!(x, x => groups.fold(x, Ordered::HIGHEST, Ordered::min)),
        Reduce::ArgMax => each_dtype!(x, x => groups.position(x, |new, best| PartialOrd::gt(&new, &best))),
        Reduce::ArgMin => each_dtype!(x, x => groups.position(x, |new, best| PartialOrd::lt(&new, &best))),
    }
}

/// Which elements of the operand belong to which element of the result.
struct Groups<'a> {
    shape: &'a Shape,
    /// Strides of the result, 0 along reduced axes.
    kept: Vec<isize>,
    /// Strides of the position within a group, 0 along the other axes.
    within: Vec<isize>,
    /// The number of elements of the result.
    len: usize,
}

impl<'a> Groups<'a> {
    fn new(axes: &[usize], shape: &'a Shape) -> Groups<'a> {
        let part = |reduced: bool| -> (Vec<isize>, usize) {
            let lengths: Shape = shape.iter().enumerate().map(|(i, &n)| if axes.contains(&i) == reduced { n } else { 1 }).collect();
            let strides = lengths.strides().into_iter().enumerate();
            (strides.map(|(i, stride)| if axes.contains(&i) == reduced { stride } else { 0 }).collect(), lengths.numel())
        };
        let (kept, len) = part(false);
        Groups { shape, kept, within: part(true).0, len }
    }

    /// For each element, the group that it belongs to.
    fn owners(&self) -> impl Iterator<Item = usize> {
        offsets(self.shape, &self.kept, 0)
    }

    fn sum<T: Number>(&self, x: &[T]) -> Result<HostData> {
        self.accumulate(x, 0, T::wide_add)
    }

    fn product<T: Number>(&self, x: &[T]) -> Result<HostData> {
        self.accumulate(x, 1, T::wide_mul)
    }

    fn accumulate<T: Number>(&self, x: &[T], start: u8, add: fn(T::Wide, T::Wide) -> T::Wide) -> Result<HostData> {
        let mut wide = filled(self.len, T::wide(start))?;
        for (owner, &v) in self.owners().zip(x) {
            wide[owner] = add(wide[owner], v.widen());
        }
        Ok(T::into_data(collect(self.len, wide.into_iter().map(T::narrow))?))
    }

    fn fold<T: Ordered>(&self, x: &[T], start: T, better: fn(T, T) -> T) -> Result<HostData> {
        let mut out = filled(self.len, start)?;
        for (owner, &v) in self.owners().zip(x) {
            out[owner] = better(out[owner], v);
        }
        Ok(T::into_data(out))
    }

    /// The position in each group of the first element that no other is better than; the first NaN, if there is one, as in NumPy.
    fn position<T: Ordered>(&self, x: &[T], better: fn(T, T) -> bool) -> Result<HostData> {
        let mut best: Vec<Option<T>> = filled(self.len, None)?;
        let mut out = filled(self.len, 0)?;
        let within = offsets(self.shape, &self.within, 0);
        for ((owner, position), &v) in self.owners().zip(within).zip(x) {
            if best[owner].is_none_or(|best| better(v, best) || (v.is_nan() && !best.is_nan())) {
                best[owner] = Some(v);
                out[owner] = position as i32;
            }
        }
        Ok(HostData::I32(out))
    }
}

/// The running sum along `axis`, from the end where `reverse`.
pub(super) fn cumsum(axis: usize, reverse: bool, x: &HostData, shape: &Shape) -> Result<HostData> {
    fn lanes<T: Number>(x: &[T], shape: &Shape, axis: usize, reverse: bool) -> Result<HostData> {
        let (outer, length, inner) = around(shape, axis);
        let mut out = filled(x.len(), T::default())?;
        for lane in 0..outer * inner {
            let first = lane / inner * length * inner + lane % inner;
            let mut sum = T::wide(0);
            for i in 0..length {
                let at = first + if reverse { length - 1 - i } else { i } * inner;
                sum = T::wide_add(sum, x[at].widen());
                out[at] = T::narrow(sum);
            }
        }
        Ok(T::into_data(out))
    }
    each_number!("cumsum", x, x => lanes(x, shape, axis, reverse))
}
