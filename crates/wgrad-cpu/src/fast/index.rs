//! Steps along one axis: gather, scatter-add, order, running sums.

use super::{
    lower::{Lower, Plain, invalid},
    machine::{Tables, Work},
    outs::{Out, Outs, in_pieces, pieces},
    storage::whole_mut,
};
use bytemuck::Pod;
use half::f16;
use std::cmp::Ordering;
use wgrad_tensor::{
    DType, Result,
    plan::{BufferId, Operand, Target},
};

/// A shape seen from one axis.
#[derive(Clone, Copy, Debug)]
struct Around {
    outer: usize,
    length: usize,
    inner: usize,
}

impl Around {
    fn new(shape: &[usize], axis: usize) -> Result<Around> {
        let length = *shape.get(axis).ok_or_else(|| invalid(format!("axis {axis} of {shape:?}")))?;
        Ok(Around { outer: shape[..axis].iter().product(), length, inner: shape[axis + 1..].iter().product() })
    }

    fn row(&self, index: i32) -> Option<usize> {
        usize::try_from(index).ok().filter(|&index| index < self.length)
    }
}

impl Lower {
    pub(super) fn gather(&mut self, x: &Operand, indices: &Operand, axis: usize, out: &Target) -> Result<()> {
        let around = Around::new(&x.view.shape, axis)?;
        let dtype = self.dtype(x)?;
        let x = self.plain(x, dtype)?;
        let indices = self.plain(indices, DType::I32)?;
        self.result(out, dtype, |lower, out| {
            lower.work(Gather { x, indices, out, around, size: dtype.size() });
            Ok(())
        })
    }

    pub(super) fn scatter_add(&mut self, x: &Operand, indices: &Operand, updates: &Operand, axis: usize, out: &Target) -> Result<()> {
        let around = Around::new(&x.view.shape, axis)?;
        let own = self.dtype(x)?;
        let wide = if own == DType::F16 { DType::F32 } else { own };
        let x = self.plain(x, wide)?;
        let indices = self.plain(indices, DType::I32)?;
        let updates = self.plain(updates, wide)?;
        self.result(out, wide, |lower, out| {
            lower.work(Scatter { x, indices, updates, out, around, dtype: wide });
            Ok(())
        })
    }

    pub(super) fn argsort(&mut self, x: &Operand, axis: usize, descending: bool, out: &Target) -> Result<()> {
        let around = Around::new(&x.view.shape, axis)?;
        let dtype = self.dtype(x)?;
        let x = self.plain(x, dtype)?;
        self.result(out, DType::I32, |lower, out| {
            lower.work(Sort { x, out, around, dtype, descending });
            Ok(())
        })
    }

    pub(super) fn cumsum(&mut self, x: &Operand, axis: usize, reverse: bool, out: &Target) -> Result<()> {
        let around = Around::new(&x.view.shape, axis)?;
        let own = self.dtype(x)?;
        let wide = if own == DType::F16 { DType::F32 } else { own };
        let x = self.plain(x, wide)?;
        self.result(out, wide, |lower, out| {
            lower.work(Sums { x, out, around, dtype: wide, reverse });
            Ok(())
        })
    }
}

#[derive(Debug)]
struct Gather {
    x: Plain,
    indices: Plain,
    out: Plain,
    around: Around,
    size: usize,
}

impl Work for Gather {
    fn out(&self) -> BufferId {
        self.out.buffer
    }

    fn run(&self, tables: &Tables<'_>, out: &mut [u8]) -> Result<()> {
        let Around { outer, length, inner } = self.around;
        let indices = self.indices.values::<i32>(tables)?;
        let bytes = inner * self.size;
        let x = tables.bytes(self.x.buffer).get(self.x.offset * self.size..).unwrap_or(&[]);
        let tasks = outer * indices.len();
        let outs = Outs::new([Out::new(out, self.size)].into_iter());
        let offset = self.out.offset;
        in_pieces(0..tasks, pieces(tasks * bytes), outs, &|task, _| offset + task * inner, &|tasks, mut outs| {
            let size = self.size;
            let (base, out) = outs.get(0).values::<u8>();
            let first = (offset + tasks.start * inner - base) * size;
            let out = &mut out[first..first + tasks.len() * bytes];
            for (task, out) in tasks.zip(out.chunks_exact_mut(bytes.max(1))) {
                match self.around.row(indices[task % indices.len()]) {
                    Some(row) => out.copy_from_slice(&x[(task / indices.len() * length + row) * bytes..][..bytes]),
                    None => out.fill(0),
                }
            }
            Ok(())
        })
    }
}

/// Runs `$body` with `$T` as the number type of a dtype other than f16 and bool.
macro_rules! by_number {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            DType::I32 => {
                type $T = i32;
                $body
            }
            DType::U32 => {
                type $T = u32;
                $body
            }
            DType::F32 => {
                type $T = f32;
                $body
            }
            DType::F64 => {
                type $T = f64;
                $body
            }
            DType::Bool | DType::F16 => Err(invalid("a sum of bool or of f16 that was not widened")),
        }
    };
}

#[derive(Debug)]
struct Scatter {
    x: Plain,
    indices: Plain,
    updates: Plain,
    out: Plain,
    around: Around,
    dtype: DType,
}

impl Work for Scatter {
    fn out(&self) -> BufferId {
        self.out.buffer
    }

    fn run(&self, tables: &Tables<'_>, out: &mut [u8]) -> Result<()> {
        by_number!(self.dtype, T => self.run_in::<T>(tables, whole_mut(out)))
    }
}

impl Scatter {
    fn run_in<T: Number>(&self, tables: &Tables<'_>, out: &mut [T]) -> Result<()> {
        let Around { length, inner, .. } = self.around;
        let out = self.out.of(out)?;
        let indices = self.indices.values::<i32>(tables)?;
        let updates = self.updates.values::<T>(tables)?;
        if self.x.buffer != self.out.buffer {
            out.copy_from_slice(self.x.values(tables)?);
        }
        if inner == 0 || indices.is_empty() {
            return Ok(());
        }
        for (i, updates) in updates.chunks_exact(inner).enumerate() {
            let Some(row) = self.around.row(indices[i % indices.len()]) else { continue };
            let out = &mut out[(i / indices.len() * length + row) * inner..][..inner];
            out.iter_mut().zip(updates).for_each(|(out, &v)| *out = out.plus(v));
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Sort {
    x: Plain,
    out: Plain,
    around: Around,
    dtype: DType,
    descending: bool,
}

impl Work for Sort {
    fn out(&self) -> BufferId {
        self.out.buffer
    }

    fn run(&self, tables: &Tables<'_>, out: &mut [u8]) -> Result<()> {
        let out = whole_mut(out);
        match self.dtype {
            DType::Bool => self.run_in::<u8>(tables, out),
            DType::I32 => self.run_in::<i32>(tables, out),
            DType::U32 => self.run_in::<u32>(tables, out),
            DType::F16 => self.run_in::<f16>(tables, out),
            DType::F32 => self.run_in::<f32>(tables, out),
            DType::F64 => self.run_in::<f64>(tables, out),
        }
    }
}

impl Sort {
    fn run_in<T: Pod + PartialOrd>(&self, tables: &Tables<'_>, out: &mut [i32]) -> Result<()> {
        let Around { outer, length, inner } = self.around;
        let out = self.out.of(out)?;
        let x = self.x.values::<T>(tables)?;
        let mut order: Vec<i32> = Vec::with_capacity(length);
        for lane in 0..outer * inner {
            let at = |i: usize| (lane / inner * length + i) * inner + lane % inner;
            order.clear();
            order.extend(0..length as i32);
            order.sort_by(|&i, &j| compare(x[at(i as usize)], x[at(j as usize)], self.descending));
            order.iter().enumerate().for_each(|(i, &position)| out[at(i)] = position);
        }
        Ok(())
    }
}

/// NaN is last in both directions.
fn compare<T: PartialOrd>(a: T, b: T, descending: bool) -> Ordering {
    let is_nan = |v: &T| v.partial_cmp(v).is_none();
    match a.partial_cmp(&b) {
        Some(order) if descending => order.reverse(),
        Some(order) => order,
        None => is_nan(&a).cmp(&is_nan(&b)),
    }
}

#[derive(Debug)]
struct Sums {
    x: Plain,
    out: Plain,
    around: Around,
    dtype: DType,
    reverse: bool,
}

impl Work for Sums {
    fn out(&self) -> BufferId {
        self.out.buffer
    }

    fn run(&self, tables: &Tables<'_>, out: &mut [u8]) -> Result<()> {
        by_number!(self.dtype, T => self.run_in::<T>(tables, whole_mut(out)))
    }
}

impl Sums {
    fn run_in<T: Number>(&self, tables: &Tables<'_>, out: &mut [T]) -> Result<()> {
        let Around { outer, length, inner } = self.around;
        let out = self.out.of(out)?;
        let x = self.x.values::<T>(tables)?;
        for lane in 0..outer * inner {
            let mut sum = T::WIDE_ZERO;
            for i in 0..length {
                let i = if self.reverse { length - 1 - i } else { i };
                let at = (lane / inner * length + i) * inner + lane % inner;
                sum = T::wide_plus(sum, x[at]);
                out[at] = T::narrow(sum);
            }
        }
        Ok(())
    }
}

/// What is added up: `Wide` is f64 for floats, the type itself for integers.
trait Number: Pod {
    type Wide: Copy;
    const WIDE_ZERO: Self::Wide;
    fn plus(self, other: Self) -> Self;
    fn wide_plus(sum: Self::Wide, v: Self) -> Self::Wide;
    fn narrow(sum: Self::Wide) -> Self;
}

macro_rules! number {
    ($type:ty, $wide:ty, $plus:expr, $wide_plus:expr) => {
        impl Number for $type {
            type Wide = $wide;
            const WIDE_ZERO: $wide = 0 as $wide;
            fn plus(self, other: $type) -> $type {
                $plus(self, other)
            }
            fn wide_plus(sum: $wide, v: $type) -> $wide {
                $wide_plus(sum, v)
            }
            fn narrow(sum: $wide) -> $type {
                sum as $type
            }
        }
    };
}

number!(i32, i32, i32::wrapping_add, i32::wrapping_add);
number!(u32, u32, u32::wrapping_add, u32::wrapping_add);
number!(f32, f64, |a: f32, b: f32| a + b, |sum: f64, v: f32| sum + f64::from(v));
number!(f64, f64, |a: f64, b: f64| a + b, |sum: f64, v: f64| sum + v);

impl Plain {
    /// The stretch of its buffer, to be written.
    pub(super) fn of<'a, T>(&self, buffer: &'a mut [T]) -> Result<&'a mut [T]> {
        buffer.get_mut(self.offset..self.offset + self.len).ok_or_else(|| invalid("a result leaves its buffer"))
    }
}
