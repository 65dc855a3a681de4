//! Sums over windows, the elements at the first maximum of windows, and the adjoint of that.
//!
//! The trailing axes that no window reaches over (the channels of a pooling layer) are one vector: all loops run along it.

mod vectors;

use super::{
    lower::{Lower, Plain, invalid},
    machine::{Tables, Work},
    outs::{Out, Outs, in_pieces, pieces},
    simd::vectorize,
    storage::whole,
};
use bytemuck::Pod;
use std::ops::Range;
use vectors::{AddAll, Scatter, Select, Value};
use wgrad_tensor::{
    DType, Result, Window,
    plan::{BufferId, Operand, Target},
};

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
                Action::Select => T::select(Select { x, v: other, out: &mut out[number * inner..][..inner], pixels }),
                Action::Scatter => {
                    T::scatter(Scatter { x, g: &other.unwrap_or(&[])[window * inner..][..inner], out, pixels, first_vector })
                }
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

impl Plain {
    /// The elements of the stretch.
    pub(super) fn values<'a, T: Pod>(&self, tables: &'a Tables<'_>) -> Result<&'a [T]> {
        let all = whole::<T>(tables.bytes(self.buffer));
        all.get(self.offset..self.offset + self.len).ok_or_else(|| invalid("an operand leaves its buffer"))
    }
}
