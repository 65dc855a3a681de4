//! Convolutions without patches: depthwise ones, and those whose result is much larger than the lhs.

use super::{
    super::{
        gemm::{Gemm, Matrix},
        lower::invalid,
        machine::Tables,
        simd::vectorize,
    },
    Convolve, PATCH_BYTES,
    patches::Spatial,
};
use pulp::NullaryFnOnce;
use std::ops::Range;
use wgrad_tensor::Result;

impl Convolve {
    /// Products of a line along the last spatial axis of the lhs with all taps.
    pub(super) fn products(&self) -> usize {
        let last = self.patches.spatial[self.patches.spatial.len() - 1].n;
        last * self.patches.taps.iter().product::<usize>() * self.groups.filters
    }

    /// How many lines are multiplied at once.
    pub(super) fn lines<T>(&self) -> usize {
        (PATCH_BYTES / (self.products() * size_of::<T>()).max(1)).max(1)
    }
    /// Whole elements of the batch: the products of each element of the lhs with all taps, added where they belong.
    pub(super) fn scatter<T: Gemm + MulAdd>(
        &self,
        tables: &Tables<'_>,
        x: &[T],
        rows: Range<usize>,
        products: &mut [T],
        out: &mut [T],
    ) -> Result<()> {
        let patches = &self.patches;
        let filters = self.groups.filters;
        let places: usize = patches.places.iter().product();
        let taps: usize = patches.taps.iter().product();
        let (last, outer) = patches.spatial.split_last().ok_or_else(|| invalid("a convolution without spatial axes"))?;
        let lines: usize = outer.iter().map(|axis| axis.n).product();
        // Where lines follow each other in memory, several are one matrix.
        let joined = patches.spatial.windows(2).all(|pair| pair[0].stride == pair[1].stride * pair[1].n as isize);
        let width = taps * filters;
        out.fill(T::zeroed());
        for (batch, out) in (rows.start / places..rows.end / places).zip(out.chunks_exact_mut(places * filters)) {
            for first in (0..lines).step_by(self.lines::<T>()) {
                let chunk = first..lines.min(first + self.lines::<T>());
                let products = &mut products[..chunk.len() * last.n * width];
                let step = if joined { chunk.len() } else { 1 };
                for line in chunk.clone().step_by(step) {
                    let mut rest = line;
                    let mut offset = self.lhs_offset + patches.batch.stride * batch as isize;
                    for axis in outer.iter().rev() {
                        offset += axis.stride * (rest % axis.n) as isize;
                        rest /= axis.n;
                    }
                    let a = Matrix { data: x, offset, row: last.stride, col: 1 };
                    let c = &mut products[(line - first) * last.n * width..];
                    T::gemm([step * last.n, width, patches.channels.n], (c, width), a, self.filters(tables, 0), false)?;
                }
                for (seen, products) in products.chunks_exact(width).enumerate() {
                    for (tap, product) in products.chunks_exact(filters).enumerate() {
                        if let Some(place) = self.place_of(first * last.n + seen, tap) {
                            vectorize(AddAll(&mut out[place * filters..][..filters], product));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The position of the result that sees an element of the lhs under a tap, where every position is one step from the last.
    fn place_of(&self, seen: usize, tap: usize) -> Option<usize> {
        let (mut seen, mut tap, mut place, mut step) = (seen, tap, 0, 1);
        for axis in (0..self.patches.spatial.len()).rev() {
            let Spatial { n, tap_step, low, dilation, .. } = self.patches.spatial[axis];
            let taps = self.patches.taps[axis];
            let at = (seen % n * dilation) as isize + low - (tap % taps * tap_step) as isize;
            if at < 0 || at as usize >= self.patches.places[axis] {
                return None;
            }
            place += at as usize * step;
            (seen, tap, step) = (seen / n, tap / taps, step * self.patches.places[axis]);
        }
        Some(place)
    }

    /// One channel in, one out, for each group.
    pub(super) fn depthwise<T: Gemm + MulAdd>(&self, tables: &Tables<'_>, x: &[T], rows: Range<usize>, out: &mut [T]) -> Result<()> {
        let filters: Matrix<'_, T> = self.filters(tables, 0);
        let channels = self.groups.n;
        let per_batch: usize = self.patches.places.iter().product::<usize>().max(1);
        let taps: usize = self.patches.taps.iter().product();
        for (row, out) in rows.zip(out.chunks_exact_mut(channels)) {
            out.fill(T::zeroed());
            for tap in 0..taps {
                let (mut place, mut rest) = (row % per_batch, tap);
                let mut from = Some(self.lhs_offset + self.patches.batch.stride * (row / per_batch) as isize);
                for axis in (0..self.patches.taps.len()).rev() {
                    let (places, taps) = (self.patches.places[axis], self.patches.taps[axis]);
                    let met = self.patches.meet(axis, place % places, rest % taps);
                    from = from.zip(met).map(|(from, i)| from + self.patches.spatial[axis].stride * i as isize);
                    (place, rest) = (place / places, rest / taps);
                }
                let Some(from) = from else { continue };
                let first = filters.offset + filters.row * tap as isize;
                let x = &x[from as usize..][..channels];
                if filters.col == 1 {
                    vectorize(MulAddAll(out, x, &filters.data[first as usize..][..channels]));
                } else {
                    for (c, (out, &x)) in out.iter_mut().zip(x).enumerate() {
                        *out = x.mul_add(filters.data[(first + filters.col * c as isize) as usize], *out);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The arithmetic of the loops here.
pub(super) trait MulAdd: Copy {
    fn mul_add(self, b: Self, c: Self) -> Self;
    fn plus(self, b: Self) -> Self;
}

macro_rules! mul_add {
    ($type:ty) => {
        impl MulAdd for $type {
            #[inline(always)]
            fn mul_add(self, b: $type, c: $type) -> $type {
                <$type>::mul_add(self, b, c)
            }
            #[inline(always)]
            fn plus(self, b: $type) -> $type {
                self + b
            }
        }
    };
}

mul_add!(f32);
mul_add!(f64);

struct MulAddAll<'a, T>(&'a mut [T], &'a [T], &'a [T]);

impl<T: MulAdd> NullaryFnOnce for MulAddAll<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for ((out, &a), &b) in self.0.iter_mut().zip(self.1).zip(self.2) {
            *out = a.mul_add(b, *out);
        }
    }
}

pub(super) struct AddAll<'a, T>(pub(super) &'a mut [T], pub(super) &'a [T]);

impl<T: MulAdd> NullaryFnOnce for AddAll<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (out, &a) in self.0.iter_mut().zip(self.1) {
            *out = out.plus(a);
        }
    }
}
