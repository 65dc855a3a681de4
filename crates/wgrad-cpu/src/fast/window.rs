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
        // Windows write one element each, except for the scatter, where those of an element of the batch share elements.
        let tasks = if scatter { self.batches() } else { places };
        let per_task = self.out.len.checked_div(tasks).unwrap_or(0);
        let offset = self.out.offset;
        let outs = Outs::new([Out::new(out, size_of::<T>())].into_iter());
        in_pieces(0..tasks, pieces, outs, &|task, _| offset + task * per_task, &|tasks, mut outs| {
            let (base, out) = outs.get(0).values::<T>();
            let start = offset + tasks.start * per_task - base;
            let out = &mut out[start..start + tasks.len() * per_task];
            if scatter {
                out.fill(T::ZERO);
                let windows = places / self.batches().max(1);
                let first = tasks.start * per_task;
                self.each(tasks.start * windows..tasks.end * windows, |window, _, place| {
                    let g = &other[window * self.inner..][..self.inner];
                    self.maxima(x, place, |lanes, from| {
                        for (i, from) in from.iter().enumerate().filter(|(_, from)| **from != usize::MAX) {
                            let at = from * self.inner + lanes + i - first;
                            out[at] = out[at].plus(g[lanes + i]);
                        }
                    });
                });
                return Ok(());
            }
            self.each(tasks, |_, index, place| {
                let out = &mut out[index * self.inner..][..self.inner];
                match self.action {
                    Action::Sum => {
                        out.fill(T::ZERO);
                        self.taps(place, |pixel| vectorize(AddAll(out, &x[pixel * self.inner..][..self.inner])));
                    }
                    Action::Select | Action::Scatter => self.maxima(x, place, |lanes, from| {
                        for (i, &from) in from.iter().enumerate() {
                            let pixel = other.get(from.wrapping_mul(self.inner).wrapping_add(lanes + i));
                            out[lanes + i] = if from == usize::MAX { T::ZERO } else { pixel.copied().unwrap_or(T::ZERO) };
                        }
                    }),
                }
            });
            Ok(())
        })
    }

    /// Calls `f(window, number from the first, place along each axis)`.
    fn each(&self, windows: Range<usize>, mut f: impl FnMut(usize, usize, &[usize])) {
        let mut place = vec![0; self.axes.len()];
        let mut rest = windows.start;
        for (place, axis) in place.iter_mut().zip(&self.axes).rev() {
            *place = rest % axis.places.max(1);
            rest /= axis.places.max(1);
        }
        for (number, window) in windows.enumerate() {
            f(window, number, &place);
            for (place, axis) in place.iter_mut().zip(&self.axes).rev() {
                *place += 1;
                if *place < axis.places {
                    break;
                }
                *place = 0;
            }
        }
    }

    /// Calls `f` with the number of each vector in the window at `place`, in row-major order.
    fn taps(&self, place: &[usize], mut f: impl FnMut(usize)) {
        self.taps_from(0, 0, place, &mut f);
    }

    fn taps_from(&self, axis: usize, pixel: usize, place: &[usize], f: &mut impl FnMut(usize)) {
        let Some(this) = self.axes.get(axis) else { return f(pixel) };
        for tap in this.taps(place[axis]) {
            self.taps_from(axis + 1, pixel * this.n + this.element(place[axis], tap), place, f);
        }
    }

    /// Calls `f(first lane, vectors with the first maxima)` for pieces of the vectors; `usize::MAX` where a window has padding only.
    fn maxima<T: Value>(&self, x: &[T], place: &[usize], mut f: impl FnMut(usize, &[usize])) {
        for lanes in (0..self.inner).step_by(LANES) {
            let n = LANES.min(self.inner - lanes);
            let mut best = [T::ZERO; LANES];
            let mut from = [usize::MAX; LANES];
            let mut first = true;
            self.taps(place, |pixel| {
                let x = &x[pixel * self.inner + lanes..][..n];
                if first {
                    best[..n].copy_from_slice(x);
                    from[..n].fill(pixel);
                    first = false;
                } else {
                    vectorize(Better(&mut best[..n], &mut from[..n], x, pixel));
                }
            });
            f(lanes, &from[..n]);
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

struct Better<'a, T>(&'a mut [T], &'a mut [usize], &'a [T], usize);

impl<T: Value> NullaryFnOnce for Better<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for ((best, from), &v) in self.0.iter_mut().zip(self.1).zip(self.2) {
            // NaN is above everything; the first of equals stays.
            let better = v > *best || (v.is_nan() && !best.is_nan());
            *best = if better { v } else { *best };
            *from = if better { self.3 } else { *from };
        }
    }
}

impl Plain {
    /// The elements of the stretch.
    pub(super) fn values<'a, T: Pod>(&self, tables: &'a Tables<'_>) -> Result<&'a [T]> {
        let all = whole::<T>(tables.bytes(self.buffer));
        all.get(self.offset..self.offset + self.len).ok_or_else(|| invalid("an operand leaves its buffer"))
    }
}
