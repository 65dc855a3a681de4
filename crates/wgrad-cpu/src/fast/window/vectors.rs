//! Loops along the vectors of windows.

use super::super::tile::{load, store};
use bytemuck::Pod;
use pulp::{Arch, NullaryFnOnce, Simd, WithSimd};

/// The elements at the first maxima of a window.
pub(super) struct Select<'a, T> {
    pub(super) x: &'a [T],
    /// `None` where it is `x`.
    pub(super) v: Option<&'a [T]>,
    pub(super) out: &'a mut [T],
    pub(super) pixels: &'a [usize],
}

/// A vector for each window, added at its first maxima.
pub(super) struct Scatter<'a, T> {
    pub(super) x: &'a [T],
    pub(super) g: &'a [T],
    pub(super) out: &'a mut [T],
    pub(super) pixels: &'a [usize],
    /// The number of the first vector of `out`.
    pub(super) first_vector: usize,
}

/// The arithmetic of windows.
pub(super) trait Value: Pod + Send + Sync {
    const ZERO: Self;
    fn plus(self, other: Self) -> Self;
    fn select(work: Select<'_, Self>);
    fn scatter(work: Scatter<'_, Self>);
}

impl Value for f32 {
    const ZERO: f32 = 0.0;
    #[inline(always)]
    fn plus(self, other: f32) -> f32 {
        self + other
    }
    fn select(work: Select<'_, f32>) {
        Arch::new().dispatch(work);
    }
    fn scatter(work: Scatter<'_, f32>) {
        Arch::new().dispatch(work);
    }
}

impl Value for f64 {
    const ZERO: f64 = 0.0;
    #[inline(always)]
    fn plus(self, other: f64) -> f64 {
        self + other
    }
    fn select(Select { x, v, out, pixels }: Select<'_, f64>) {
        let inner = out.len();
        for (i, out) in out.iter_mut().enumerate() {
            *out = first_maximum(x, inner, i, pixels).map_or(0.0, |pixel| v.unwrap_or(x)[pixel * inner + i]);
        }
    }
    fn scatter(Scatter { x, g, out, pixels, first_vector }: Scatter<'_, f64>) {
        let inner = g.len();
        for (i, g) in g.iter().enumerate() {
            if let Some(pixel) = first_maximum(x, inner, i, pixels) {
                out[(pixel - first_vector) * inner + i] += g;
            }
        }
    }
}

/// The first of the vectors that has the maximum of element `i`.
fn first_maximum(x: &[f64], inner: usize, i: usize, pixels: &[usize]) -> Option<usize> {
    let at = |pixel: usize| x[pixel * inner + i];
    // NaN is above everything; the first of equals stays.
    let above = |x: f64, best: f64| x > best || (x.is_nan() && !best.is_nan());
    pixels.iter().copied().reduce(|best, pixel| if above(at(pixel), at(best)) { pixel } else { best })
}

/// Where the elements from `first` on have their maxima: these and the numbers of their vectors in the window.
#[inline(always)]
fn first_maxima<S: Simd, const PART: bool>(
    simd: S,
    (x, inner): (&[f32], usize),
    (first, width): (usize, usize),
    pixels: &[usize],
) -> (S::f32s, S::f32s) {
    let zero = simd.splat_f32s(0.0);
    let Some((pixel, rest)) = pixels.split_first() else { return (zero, zero) };
    let [mut best] = load::<S, 1, PART>(simd, &x[pixel * inner + first..][..width]);
    let mut from = zero;
    for (number, pixel) in rest.iter().enumerate() {
        let [x] = load::<S, 1, PART>(simd, &x[pixel * inner + first..][..width]);
        // NaN is above everything; the first of equals stays.
        let (kept, known) = (simd.less_than_or_equal_f32s(x, best), simd.equal_f32s(best, best));
        let number = simd.splat_f32s((number + 1) as f32);
        from = simd.select_f32s(known, simd.select_f32s(kept, from, number), from);
        best = simd.select_f32s(known, simd.select_f32s(kept, best, x), best);
    }
    (best, from)
}

impl WithSimd for Select<'_, f32> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let inner = self.out.len();
        for first in (0..inner).step_by(S::F32_LANES) {
            match inner - first {
                part if part < S::F32_LANES => self.vector::<S, true>(simd, first, part),
                _ => self.vector::<S, false>(simd, first, S::F32_LANES),
            }
        }
    }
}

impl Select<'_, f32> {
    #[inline(always)]
    fn vector<S: Simd, const PART: bool>(&mut self, simd: S, first: usize, width: usize) {
        let inner = self.out.len();
        let (mut chosen, from) = first_maxima::<S, PART>(simd, (self.x, inner), (first, width), self.pixels);
        if let Some(v) = self.v {
            chosen = simd.splat_f32s(0.0);
            for (number, pixel) in self.pixels.iter().enumerate() {
                let [v] = load::<S, 1, PART>(simd, &v[pixel * inner + first..][..width]);
                chosen = simd.select_f32s(simd.equal_f32s(from, simd.splat_f32s(number as f32)), v, chosen);
            }
        }
        store::<S, 1, PART>(simd, &mut self.out[first..][..width], [chosen]);
    }
}

impl WithSimd for Scatter<'_, f32> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let inner = self.g.len();
        for first in (0..inner).step_by(S::F32_LANES) {
            match inner - first {
                part if part < S::F32_LANES => self.vector::<S, true>(simd, first, part),
                _ => self.vector::<S, false>(simd, first, S::F32_LANES),
            }
        }
    }
}

impl Scatter<'_, f32> {
    #[inline(always)]
    fn vector<S: Simd, const PART: bool>(&mut self, simd: S, first: usize, width: usize) {
        let inner = self.g.len();
        let (_, from) = first_maxima::<S, PART>(simd, (self.x, inner), (first, width), self.pixels);
        let [g] = load::<S, 1, PART>(simd, &self.g[first..][..width]);
        for (number, pixel) in self.pixels.iter().enumerate() {
            let out = &mut self.out[(pixel - self.first_vector) * inner + first..][..width];
            let [sum] = load::<S, 1, PART>(simd, out);
            let here = simd.equal_f32s(from, simd.splat_f32s(number as f32));
            store::<S, 1, PART>(simd, out, [simd.add_f32s(sum, simd.select_f32s(here, g, simd.splat_f32s(0.0)))]);
        }
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
