//! Loops along the vectors of windows.

use bytemuck::Pod;
use pulp::NullaryFnOnce;

/// Elements of a vector that are worked on at once.
const LANES: usize = 32;

/// A piece of a vector, filled up with zeros.
#[inline(always)]
fn lanes_of<T: Value>(values: &[T], first: usize) -> [T; LANES] {
    let values = &values[first..];
    if let Some(lanes) = values.first_chunk() {
        return *lanes;
    }
    let mut lanes = [T::ZERO; LANES];
    lanes[..values.len()].copy_from_slice(values);
    lanes
}

/// For each lane of some vectors of `x`, the maximum and the number of the first vector that has it.
#[inline(always)]
fn first_maxima<T: Value>(x: &[T], inner: usize, first: usize, pixels: &[usize]) -> ([T; LANES], [u32; LANES]) {
    let mut from = [0u32; LANES];
    let Some((pixel, rest)) = pixels.split_first() else { return ([T::ZERO; LANES], from) };
    let mut best = lanes_of(&x[pixel * inner..][..inner], first);
    for (number, pixel) in rest.iter().enumerate() {
        let x = lanes_of(&x[pixel * inner..][..inner], first);
        for i in 0..LANES {
            // NaN is above everything; the first of equals stays.
            let better = x[i] > best[i] || (x[i].is_nan() && !best[i].is_nan());
            best[i] = if better { x[i] } else { best[i] };
            from[i] = if better { number as u32 + 1 } else { from[i] };
        }
    }
    (best, from)
}

pub(super) struct Select<'a, T> {
    pub(super) x: &'a [T],
    /// `None` where it is `x`.
    pub(super) v: Option<&'a [T]>,
    pub(super) out: &'a mut [T],
    pub(super) pixels: &'a [usize],
}

impl<T: Value> NullaryFnOnce for Select<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let inner = self.out.len();
        for (piece, out) in self.out.chunks_mut(LANES).enumerate() {
            let first = piece * LANES;
            let (mut chosen, from) = first_maxima(self.x, inner, first, self.pixels);
            if let Some(v) = self.v {
                chosen = [T::ZERO; LANES];
                for (number, pixel) in self.pixels.iter().enumerate() {
                    let v = lanes_of(&v[pixel * inner..][..inner], first);
                    for i in 0..LANES {
                        chosen[i] = if from[i] == number as u32 { v[i] } else { chosen[i] };
                    }
                }
            }
            out.copy_from_slice(&chosen[..out.len()]);
        }
    }
}

pub(super) struct Scatter<'a, T> {
    pub(super) x: &'a [T],
    pub(super) g: &'a [T],
    pub(super) out: &'a mut [T],
    pub(super) pixels: &'a [usize],
    /// The number of the first vector of `out`.
    pub(super) first_vector: usize,
}

impl<T: Value> NullaryFnOnce for Scatter<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let inner = self.g.len();
        for first in (0..inner).step_by(LANES) {
            let n = LANES.min(inner - first);
            let (_, from) = first_maxima(self.x, inner, first, self.pixels);
            let g = lanes_of(self.g, first);
            for (number, pixel) in self.pixels.iter().enumerate() {
                let place = &mut self.out[(pixel - self.first_vector) * inner..][..inner];
                let mut out = lanes_of(place, first);
                for i in 0..LANES {
                    out[i] = out[i].plus(if from[i] == number as u32 { g[i] } else { T::ZERO });
                }
                place[first..first + n].copy_from_slice(&out[..n]);
            }
        }
    }
}

/// The arithmetic of windows.
pub(super) trait Value: Pod + PartialOrd + Send + Sync {
    const ZERO: Self;
    fn plus(self, other: Self) -> Self;
    fn is_nan(self) -> bool;
}

impl Value for f32 {
    const ZERO: f32 = 0.0;
    #[inline(always)]
    fn plus(self, other: f32) -> f32 {
        self + other
    }
    #[inline(always)]
    fn is_nan(self) -> bool {
        f32::is_nan(self)
    }
}

impl Value for f64 {
    const ZERO: f64 = 0.0;
    #[inline(always)]
    fn plus(self, other: f64) -> f64 {
        self + other
    }
    #[inline(always)]
    fn is_nan(self) -> bool {
        f64::is_nan(self)
    }
}

pub(super) struct AddAll<'a, T>(pub(super) &'a mut [T], pub(super) &'a [T]);

impl<T: Value> NullaryFnOnce for AddAll<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        self.0.iter_mut().zip(self.1).for_each(|(out, &v)| *out = out.plus(v));
    }
}
