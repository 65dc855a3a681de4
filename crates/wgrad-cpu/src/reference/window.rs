//! Windows: sums, and the places of first maxima.

use super::{
    index::{collect, filled, offsets},
    number::{Float, each_float, view},
};
use wgrad_tensor::{HostData, Result, Shape, Window};

/// The sum over each window; padding counts as 0.
pub(super) fn sum(window: &Window, x: &HostData, shape: &Shape, out: &Shape) -> Result<HostData> {
    fn sums<T: Float>(x: &[T], windows: Windows<'_>) -> Result<HostData> {
        let sum = |i: usize| T::narrow(windows.elements(i).map(|place| x[place].widen()).sum());
        Ok(T::into_data(collect(windows.len(), (0..windows.len()).map(sum))?))
    }
    each_float!("window_sum", x, x => sums(x, Windows::new(window, shape, out)))
}

/// For each window the element of `v` at the place of the first maximum of `x`; 0 where a window holds padding only.
pub(super) fn select(window: &Window, x: &HostData, v: &HostData, shape: &Shape, out: &Shape) -> Result<HostData> {
    fn chosen<T: Float>(x: &[T], v: &[T], windows: Windows<'_>) -> Result<HostData> {
        let element = |i: usize| windows.first_maximum(i, x).map_or_else(T::default, |place| v[place]);
        Ok(T::into_data(collect(windows.len(), (0..windows.len()).map(element))?))
    }
    each_float!("window_select", x, x => chosen(x, view(v)?, Windows::new(window, shape, out)))
}

/// Adds each window's element of `g` at the place of the first maximum of `x` in that window, in the order of the windows.
pub(super) fn scatter(window: &Window, x: &HostData, g: &HostData, shape: &Shape, out: &Shape) -> Result<HostData> {
    fn added<T: Float>(x: &[T], g: &[T], windows: Windows<'_>) -> Result<HostData> {
        let mut wide = filled(x.len(), 0.0)?;
        for (i, v) in g.iter().enumerate() {
            if let Some(place) = windows.first_maximum(i, x) {
                wide[place] += v.widen();
            }
        }
        Ok(T::into_data(collect(x.len(), wide.into_iter().map(T::narrow))?))
    }
    each_float!("window_scatter", x, x => added(x, view(g)?, Windows::new(window, shape, out)))
}

/// The windows of a tensor.
struct Windows<'a> {
    window: &'a Window,
    shape: &'a Shape,
    strides: Vec<isize>,
    /// How many windows there are along each axis.
    places: &'a Shape,
}

impl<'a> Windows<'a> {
    fn new(window: &'a Window, shape: &'a Shape, places: &'a Shape) -> Windows<'a> {
        Windows { window, shape, strides: shape.strides(), places }
    }

    fn len(&self) -> usize {
        self.places.numel()
    }

    /// The places of the elements of window `i` that are not padding, in row-major order.
    fn elements(&self, i: usize) -> impl Iterator<Item = usize> {
        let rank = self.shape.rank();
        let (mut counts, mut steps, mut first, mut rest) = (vec![0; rank], vec![0; rank], 0isize, i);
        for axis in (0..rank).rev() {
            let place = rest % self.places[axis];
            rest /= self.places[axis];
            let (start, count) = self.inside(axis, place);
            counts[axis] = count;
            steps[axis] = (self.window.dilation[axis] as isize).wrapping_mul(self.strides[axis]);
            first = first.wrapping_add((start as isize).wrapping_mul(self.strides[axis]));
        }
        let places: Vec<usize> = offsets(&counts, &steps, first).collect();
        places.into_iter()
    }

    /// Along one axis: the first element of the tensor in the window at `place`, and how many there are.
    fn inside(&self, axis: usize, place: usize) -> (usize, usize) {
        let (size, dilation) = (self.window.size[axis] as i128, self.window.dilation[axis] as i128);
        let start = place as i128 * self.window.strides[axis] as i128 - self.window.padding[axis].0 as i128;
        let skipped = if start < 0 { (-start + dilation - 1) / dilation } else { 0 };
        let start = start + skipped * dilation;
        let room = self.shape[axis] as i128 - start;
        let count = if room <= 0 { 0 } else { ((room - 1) / dilation + 1).min(size - skipped).max(0) };
        (start as usize, count as usize)
    }

    /// The place of the first maximum of `x` in window `i`; the first NaN, if there is one.
    fn first_maximum<T: Float>(&self, i: usize, x: &[T]) -> Option<usize> {
        let better = |best: usize, new: usize| {
            let (best_value, value) = (x[best], x[new]);
            if value > best_value || (value.is_nan() && !best_value.is_nan()) { new } else { best }
        };
        self.elements(i).reduce(better)
    }
}
