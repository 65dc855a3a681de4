//! Reading and adding at indices.

use super::{
    index::{around, collect},
    number::{Number, Ordered, each_number, view},
};
use wgrad_tensor::{HostData, Result, Shape, each_dtype};

/// The elements of `x` at `indices` along `axis`; 0 outside the axis.
pub(super) fn gather(axis: usize, x: &HostData, indices: &HostData, shape: &Shape, out: &Shape) -> Result<HostData> {
    fn read<T: Ordered>(x: &[T], places: impl Iterator<Item = Option<usize>>, len: usize) -> Result<HostData> {
        Ok(T::into_data(collect(len, places.map(|place| place.map_or_else(T::default, |place| x[place])))?))
    }
    let places = places(axis, view(indices)?, shape);
    each_dtype!(x, x => read(x, places, out.numel()))
}

/// `x` with `updates` added at `indices` along `axis`, in their order; those outside the axis are ignored.
pub(super) fn scatter_add(axis: usize, x: &HostData, indices: &HostData, updates: &HostData, shape: &Shape) -> Result<HostData> {
    fn add<T: Number>(x: &[T], updates: &[T], places: impl Iterator<Item = Option<usize>>) -> Result<HostData> {
        let mut wide = collect(x.len(), x.iter().map(|v| v.widen()))?;
        for (place, v) in places.zip(updates) {
            if let Some(place) = place {
                wide[place] = T::wide_add(wide[place], v.widen());
            }
        }
        Ok(T::into_data(collect(x.len(), wide.into_iter().map(T::narrow))?))
    }
    let places = places(axis, view(indices)?, shape);
    each_number!("scatter_add", x, x => add(x, view(updates)?, places))
}

/// For each position of the gathered tensor, in row-major order, the place in `x` that it comes from.
fn places(axis: usize, indices: &[i32], shape: &Shape) -> impl Iterator<Item = Option<usize>> {
    let (outer, length, inner) = around(shape, axis);
    (0..outer).flat_map(move |before| {
        indices.iter().flat_map(move |&index| {
            let index = usize::try_from(index).ok().filter(|&index| index < length);
            (0..inner).map(move |after| index.map(|index| (before * length + index) * inner + after))
        })
    })
}
