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
const LANES: usize = 32;

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
    /// `v`, unless it is `x`; `g`.
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
        // Max-pooling selects from the tensor that it compares.
        let same = other == Some(x) && matches!(action, Action::Select);
        let x = self.plain(x, wide)?;
        let other = match other {
            None => None,
            Some(_) if same => None,
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
            Some(plain) => Some(plain.values::<T>(tables)?),
            None => None,
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
                Action::Scatter => vectorize(Scatter { x, g: &other.unwrap_or(&[])[window * inner..][..inner], out, pixels, first_vector }),
            });
            Ok(())
        })
    }

    /// Calls `f(window, number from the first, numbers of the vectors in it in row-major order)`.
    fn each(&self, windows: Range<usize>, mut f: impl FnMut(usize, usize, &[usize])) {
        let mut place = vec![0; self.axes.len()];
        let mut pixels = Vec::new();
        // Windows without padding are all alike.
        let mut like = Vec::new();
        self.like(0, 0, &mut like);
        let mut rest = windows.start;
        for (place, axis) in place.iter_mut().zip(&self.axes).rev() {
            *place = rest % axis.places.max(1);
            rest /= axis.places.max(1);
        }
        for (number, window) in windows.enumerate() {
            pixels.clear();
            if place.iter().zip(&self.axes).all(|(&place, axis)| axis.taps(place) == (0..axis.size)) {
                let first = place.iter().zip(&self.axes).fold(0, |pixel, (&place, axis)| pixel * axis.n + axis.element(place, 0));
                pixels.extend(like.iter().map(|offset| first + offset));
            } else {
                self.pixels(0, 0, &place, &mut pixels);
            }
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

    /// The vectors of a window without padding, counted from its first.
    fn like(&self, axis: usize, offset: usize, offsets: &mut Vec<usize>) {
        let Some(this) = self.axes.get(axis) else { return offsets.push(offset) };
        (0..this.size).for_each(|tap| self.like(axis + 1, offset * this.n + tap * this.dilation, offsets));
    }

    fn pixels(&self, axis: usize, pixel: usize, place: &[usize], pixels: &mut Vec<usize>) {
        let Some(this) = self.axes.get(axis) else { return pixels.push(pixel) };
        for tap in this.taps(place[axis]) {
            self.pixels(axis + 1, pixel * this.n + this.element(place[axis], tap), place, pixels);
        }
    }
}

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

struct Select<'a, T> {
    x: &'a [T],
    /// `None` where it is `x`.
    v: Option<&'a [T]>,
    out: &'a mut [T],
    pixels: &'a [usize],
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
