//! The order of elements.

use super::{
    index::{around, filled},
    number::Ordered,
};
use std::cmp::Ordering;
use wgrad_tensor::{HostData, Result, Shape, each_dtype};

/// The positions along `axis` that sort `x`; stable; NaN last.
pub(super) fn argsort(axis: usize, descending: bool, x: &HostData, shape: &Shape) -> Result<HostData> {
    fn lanes<T: Ordered>(x: &[T], shape: &Shape, axis: usize, descending: bool) -> Result<HostData> {
        let (outer, length, inner) = around(shape, axis);
        let mut out = filled(x.len(), 0)?;
        for lane in 0..outer * inner {
            let at = |i: usize| lane / inner * length * inner + i * inner + lane % inner;
            let mut order: Vec<usize> = (0..length).collect();
            order.sort_by(|&i, &j| compare(x[at(i)], x[at(j)], descending));
            for (i, position) in order.into_iter().enumerate() {
                out[at(i)] = position as i32;
            }
        }
        Ok(HostData::I32(out))
    }
    each_dtype!(x, x => lanes(x, shape, axis, descending))
}

fn compare<T: Ordered>(a: T, b: T, descending: bool) -> Ordering {
    match a.partial_cmp(&b) {
        Some(order) if descending => order.reverse(),
        Some(order) => order,
        None => a.is_nan().cmp(&b.is_nan()),
    }
}
