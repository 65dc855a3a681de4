//! Sums over windows, the elements at the first maximum of windows, and the adjoint of that.
//!
//! The trailing axes that no window reaches over (the channels of a pooling layer) are one vector: all loops run along it.

use super::{
    lower::{Lower, Plain, invalid},
    machine::{Tables, Work},
    outs::{Out, Outs, in_pieces, pieces},
    simd::vectorize,
    storage::whole,
};
use bytemuck::Pod;
use pulp::NullaryFnOnce;
use std::ops::Range;
use wgrad_tensor::{
    DType, Result, Window,
    plan::{BufferId, Operand, Target},
};

/// Elements of a vector that are worked on at once.
const LANES: usize = 64;

#[derive(Clone, Copy, Debug)]
enum Action {
    Sum,
    Select,
    Scatter,
}

#[derive(Debug)]
struct Windows {
    action: Action,
    x: Plain,
    /// `v` or `g`.
    other: Option<Plain>,
    out: Plain,
    axes: Vec<Axis>,
    /// Length of the vectors.
    inner: usize,
    f64: bool,
}

#[derive(Clone, Copy, Debug)]
struct Axis {
    n: usize,
    places: usize,
    size: usize,
    step: usize,
    dilation: usize,
    low: usize,
}

impl Axis {
    /// Whether each element is a window of its own.
    fn is_trivial(&self) -> bool {
        self.size == 1 && self.step == 1 && self.low == 0 && self.places == self.n
    }

    /// The taps of the window at `place` that are not padding.
    fn taps(&self, place: usize) -> Range<usize> {
        let start = place * self.step;
        let first = self.low.saturating_sub(start).div_ceil(self.dilation).min(self.size);
        let room = (self.n + self.low).saturating_sub(start).div_ceil(self.dilation).min(self.size);
        first..room.max(first)
    }

    fn element(&self, place: usize, tap: usize) -> usize {
        place * self.step + tap * self.dilation - self.low
    }
}

impl Lower {
    pub(super) fn window_sum(&mut self, x: &Operand, window: &Window, out: &Target) -> Result<()> {
        self.windows(Action::Sum, x, None, window, &out.view.shape.clone(), out)
    }

    pub(super) fn window_select(&mut self, x: &Operand, v: &Operand, window: &Window, out: &Target) -> Result<()> {
        self.windows(Action::Select, x, Some(v), window, &out.view.shape.clone(), out)
    }

    pub(super) fn window_scatter(&mut self, x: &Operand, g: &Operand, window: &Window, out: &Target) -> Result<()> {
        self.windows(Action::Scatter, x, Some(g), window, &g.view.shape, out)
    }

    fn windows(
        &mut self,
        action: Action,
        x: &Operand,
        other: Option<&Operand>,
        window: &Window,
        places: &[usize],
        out: &Target,
    ) -> Result<()> {
        let shape = &x.view.shape;
        let rank = shape.len();
        if [places.len(), window.size.len(), window.strides.len(), window.dilation.len(), window.padding.len()].iter().any(|&n| n != rank) {
            return Err(invalid(format!("windows of rank {} over {shape:?}", places.len())));
        }
        let axis = |i: usize| Axis {
            n: shape[i],
            places: places[i],
            size: window.size[i],
            step: window.strides[i],
            dilation: window.dilation[i],
            low: window.padding[i].0,
        };
        let mut axes: Vec<Axis> = (0..rank).map(axis).collect();
        let mut inner = 1;
        while let Some(last) = axes.pop_if(|axis| axis.is_trivial()) {
            inner *= last.n;
        }
        let own = self.dtype(x)?;
        let wide = if own == DType::F64 { DType::F64 } else { DType::F32 };
        let same = other == Some(x);
        let x = self.plain(x, wide)?;
        let other = match other {
            None => None,
            Some(_) if same => Some(x),
            Some(other) => Some(self.plain(other, wide)?),
        };
        self.result(out, wide, |lower, out| {
            lower.work(Windows { action, x, other, out, axes, inner, f64: wide == DType::F64 });
            Ok(())
        })
    }
}

impl Work for Windows {
    fn out(&self) -> BufferId {
        self.out.buffer
    }

    fn run(&self, tables: &Tables<'_>, out: &mut [u8]) -> Result<()> {
        if self.f64 { self.run_in::<f64>(tables, out) } else { self.run_in::<f32>(tables, out) }
    }
}

impl Windows {
    /// Elements of the tensor in one element of the leading axis, where windows do not reach over it, and their number.
    fn batches(&self) -> usize {
        self.axes.first().map_or(1, |axis| if axis.is_trivial() { axis.n } else { 1 })
    }

    fn run_in<T: Value>(&self, tables: &Tables<'_>, out: &mut [u8]) -> Result<()> {
        let x = self.x.values::<T>(tables)?;
        let other = match &self.other {
            Some(plain) => plain.values::<T>(tables)?,
            None => &[],
        };
        let places: usize = self.axes.iter().map(|axis| axis.places).product();
        let taps: usize = self.axes.iter().map(|axis| axis.size).product();
        let pieces = pieces(places.saturating_mul(taps).saturating_mul(self.inner).saturating_mul(2));
        let scatter = matches!(self.action, Action::Scatter);
        // Windows write one vector each, except for the scatter, where those of an element of the batch share vectors.
        let tasks = if scatter { self.batches() } else { places };
        let windows = places.checked_div(tasks).unwrap_or(0);
        let per_task = self.out.len.checked_div(tasks).unwrap_or(0);
        let (offset, inner) = (self.out.offset, self.inner);
        let outs = Outs::new([Out::new(out, size_of::<T>())].into_iter());
        in_pieces(0..tasks, pieces, outs, &|task, _| offset + task * per_task, &|tasks, mut outs| {
            let (base, out) = outs.get(0).values::<T>();
            let start = offset + tasks.start * per_task - base;
            let out = &mut out[start..start + tasks.len() * per_task];
            if scatter {
                out.fill(T::ZERO);
            }
            let first_vector = (tasks.start * per_task).checked_div(inner).unwrap_or(0);
            self.each(tasks.start * windows..tasks.end * windows, |window, number, pixels| match self.action {
                Action::Sum => {
                    let out = &mut out[number * inner..][..inner];
                    out.fill(T::ZERO);
                    pixels.iter().for_each(|pixel| vectorize(AddAll(out, &x[pixel * inner..][..inner])));
                }
                Action::Select => vectorize(Select { x, v: other, out: &mut out[number * inner..][..inner], pixels }),
                Action::Scatter => vectorize(Scatter { x, g: &other[window * inner..][..inner], out, pixels, first_vector }),
            });
            Ok(())
        })
    }

    /// Calls `f(window, number from the first, numbers of the vectors in it in row-major order)`.
    fn each(&self, windows: Range<usize>, mut f: impl FnMut(usize, usize, &[usize])) {
        let mut place = vec![0; self.axes.len()];
        let mut pixels = Vec::new();
        let mut rest = windows.start;
        for (place, axis) in place.iter_mut().zip(&self.axes).rev() {
            *place = rest % axis.places.max(1);
            rest /= axis.places.max(1);
        }
        for (number, window) in windows.enumerate() {
            pixels.clear();
            self.pixels(0, 0, &place, &mut pixels);
            f(window, number, &pixels);
            for (place, axis) in place.iter_mut().zip(&self.axes).rev() {
                *place += 1;
                if *place < axis.places {
                    break;
                }
                *place = 0;
            }
        }
    }

    fn pixels(&self, axis: usize, pixel: usize, place: &[usize], pixels: &mut Vec<usize>) {
        let Some(this) = self.axes.get(axis) else { return pixels.push(pixel) };
        for tap in this.taps(place[axis]) {
            self.pixels(axis + 1, pixel * this.n + this.element(place[axis], tap), place, pixels);
        }
    }
}

/// For each lane of some vectors of `x`, the number of the first one with the maximum.
#[inline(always)]
fn first_maxima<T: Value>(x: &[T], inner: usize, lanes: Range<usize>, pixels: &[usize]) -> [u32; LANES] {
    let n = lanes.len();
    let mut best = [T::ZERO; LANES];
    let mut from = [0u32; LANES];
    for (number, pixel) in pixels.iter().enumerate() {
        let x = &x[pixel * inner + lanes.start..][..n];
        if number == 0 {
            best[..n].copy_from_slice(x);
            continue;
        }
        for ((best, from), &v) in best.iter_mut().zip(&mut from).zip(x) {
            // NaN is above everything; the first of equals stays.
            let better = v > *best || (v.is_nan() && !best.is_nan());
            *best = if better { v } else { *best };
            *from = if better { number as u32 } else { *from };
        }
    }
    from
}

/// The pieces of a vector.
#[inline(always)]
fn pieces_of(inner: usize) -> impl Iterator<Item = Range<usize>> {
    (0..inner).step_by(LANES).map(move |first| first..inner.min(first + LANES))
}

struct Select<'a, T> {
    x: &'a [T],
    v: &'a [T],
    out: &'a mut [T],
    pixels: &'a [usize],
}

impl<T: Value> NullaryFnOnce for Select<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let inner = self.out.len();
        self.out.fill(T::ZERO);
        for lanes in pieces_of(inner) {
            let from = first_maxima(self.x, inner, lanes.clone(), self.pixels);
            for (number, pixel) in self.pixels.iter().enumerate() {
                let v = &self.v[pixel * inner + lanes.start..][..lanes.len()];
                for ((out, &from), &v) in self.out[lanes.clone()].iter_mut().zip(&from).zip(v) {
                    *out = if from == number as u32 { v } else { *out };
                }
            }
        }
    }
}

struct Scatter<'a, T> {
    x: &'a [T],
    g: &'a [T],
    out: &'a mut [T],
    pixels: &'a [usize],
    /// The number of the first vector of `out`.
    first_vector: usize,
}

impl<T: Value> NullaryFnOnce for Scatter<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let inner = self.g.len();
        for lanes in pieces_of(inner) {
            let from = first_maxima(self.x, inner, lanes.clone(), self.pixels);
            for (number, pixel) in self.pixels.iter().enumerate() {
                let out = &mut self.out[(pixel - self.first_vector) * inner + lanes.start..][..lanes.len()];
                for ((out, &from), &g) in out.iter_mut().zip(&from).zip(&self.g[lanes.clone()]) {
                    *out = out.plus(if from == number as u32 { g } else { T::ZERO });
                }
            }
        }
    }
}

/// The arithmetic of windows.
trait Value: Pod + PartialOrd + Send + Sync {
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

struct AddAll<'a, T>(&'a mut [T], &'a [T]);

impl<T: Value> NullaryFnOnce for AddAll<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        self.0.iter_mut().zip(self.1).for_each(|(out, &v)| *out = out.plus(v));
    }
}

impl Plain {
    /// The elements of the stretch.
    pub(super) fn values<'a, T: Pod>(&self, tables: &'a Tables<'_>) -> Result<&'a [T]> {
        let all = whole::<T>(tables.bytes(self.buffer));
        all.get(self.offset..self.offset + self.len).ok_or_else(|| invalid("an operand leaves its buffer"))
    }
}
