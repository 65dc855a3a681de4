//! Convolutions in f32 of contiguous channels read the lhs where it lies: [`places`] has the forms that go over places of the result, [`taps`]
//! the gradient of a kernel. The others are matrix products of patches, a cache-sized block of patches at a time:
//!
//! * Forward and input gradient: each row of the patch matrix has what one position of the result sees; `out = patches . kernel`, and the epilogue
//!   runs on each block of rows while it is in the cache.
//! * Kernel gradient, where few positions of the result see very much: each row has what one element of the *kernel* meets, and
//!   `out = patches^T . kernel` is summed over the blocks. The planner's view has batch and channels exchanged, so these rows are the
//!   contiguous ones.
//! * Where the result has many more positions than the lhs (input gradients of kernels without padding, or with strides), the other way round:
//!   each position of the lhs is multiplied by all taps of the kernel, and the products are added to the positions that they belong to.
//! * Depthwise: one multiplication per channel, without patches; its kernel's gradient is that of [`taps`], a channel for each filter.

mod direct;
mod lower;
mod patches;
mod places;
mod taps;
mod transposed;

use super::{
    gemm::{Gemm, Matrix},
    kernel::{Fused, Memory},
    lower::invalid,
    machine::Tables,
    outs::{Out, Outs, in_pieces, pieces},
    storage::{Buffer, whole},
};
use direct::MulAdd;
use patches::Patches;
use places::Seen;
use pulp::Arch;
use std::{cell::Cell, ops::Range};
use taps::Met;
use wgrad_tensor::{Result, plan::BufferId};

/// Bytes of a block of patches: half of a usual second-level cache.
const PATCH_BYTES: usize = 512 << 10;
/// Into how many parts, at most, a sum over patches is cut for the threads. A constant, so that the bits do not depend on their number.
const PARTS: usize = 8;

/// Groups: where each begins in the lhs, in the rhs and in the columns of the result.
#[derive(Debug)]
struct Groups {
    n: usize,
    lhs: isize,
    filters: usize,
}

/// The right matrix of the product: rows as those of the patches' other side.
#[derive(Debug)]
struct Filters {
    buffer: BufferId,
    offset: isize,
    row: isize,
    col: isize,
}

#[derive(Debug)]
pub(super) struct Convolve {
    form: Form,
    patches: Patches,
    groups: Groups,
    lhs: BufferId,
    lhs_offset: isize,
    filters: Filters,
    f64: bool,
    /// The buffers that it writes: those of the epilogue, or that of the sums.
    outs: Vec<BufferId>,
    sizes: Vec<usize>,
    sink: Sink,
}

#[derive(Debug)]
enum Form {
    /// `patches . filters`
    Rows,
    /// The same without patches.
    Seen(Seen),
    /// `patches^T . filters`
    Transposed,
    /// The same without patches.
    Met(Met),
    /// `lhs . filters`, added to the positions that see each element.
    Scatter,
    Depthwise,
}

/// Where sums go.
#[derive(Debug)]
enum Sink {
    /// To a stretch of the first buffer.
    Store { offset: usize },
    /// Through the epilogue, block by block.
    Epilogue(Box<Fused>),
}

thread_local! {
    /// A block of patches, and the sums of a block.
    static SCRATCH: Cell<[Buffer; 2]> = Cell::default();
}

/// Lends two stretches of this thread's scratch memory.
fn with_scratch<T: Gemm>(sizes: [usize; 2], f: impl FnOnce(&mut [T], &mut [T]) -> Result<()>) -> Result<()> {
    let mut scratch = SCRATCH.take();
    for (buffer, size) in scratch.iter_mut().zip(sizes) {
        if buffer.bytes().len() < size * size_of::<T>() {
            *buffer = Buffer::new(size * size_of::<T>())?;
        }
    }
    let [a, b] = &mut scratch;
    let result = f(&mut a.values_mut()[..sizes[0]], &mut b.values_mut()[..sizes[1]]);
    SCRATCH.set(scratch);
    result
}

impl Convolve {
    /// The buffers that it writes.
    pub(super) fn outs(&self) -> &[BufferId] {
        &self.outs
    }

    pub(super) fn run(&self, tables: &Tables<'_>, memory: &mut [Buffer]) -> Result<()> {
        if self.f64 { self.run_in::<f64>(tables, memory) } else { self.run_in::<f32>(tables, memory) }
    }

    fn run_in<T: Gemm + MulAdd>(&self, tables: &Tables<'_>, memory: &mut [Buffer]) -> Result<()> {
        match self.form {
            Form::Rows | Form::Seen(_) | Form::Depthwise | Form::Scatter => {
                let sizes = self.sizes.iter().copied();
                let outs = Outs::new(memory.iter_mut().zip(sizes).map(|(out, size)| Out::new(out.bytes_mut(), size)));
                self.run_rows::<T>(tables, outs)
            }
            Form::Transposed | Form::Met(_) => {
                let Sink::Store { offset } = self.sink else { return Err(invalid("sums over patches go through an epilogue")) };
                let sums = memory.first_mut().and_then(|sums| sums.values_mut().get_mut(offset..)).unwrap_or(&mut []);
                self.run_transposed::<T>(tables, sums)
            }
        }
    }

    /// Rows of a block.
    fn block<T>(&self) -> usize {
        match &self.form {
            // A whole element of the batch.
            Form::Scatter => self.patches.places.iter().product(),
            Form::Seen(seen) => seen.block(self.groups.filters),
            Form::Rows | Form::Transposed | Form::Met(_) | Form::Depthwise => {
                (PATCH_BYTES / (self.patches.cols().max(1) * size_of::<T>())).clamp(16, 1024)
            }
        }
    }

    /// Elements of scratch memory for the patches (or products) of a block of rows.
    fn scratch<T>(&self, rows: usize) -> usize {
        match self.form {
            Form::Scatter => self.lines::<T>() * self.products(),
            Form::Rows | Form::Transposed => rows * self.patches.cols(),
            Form::Seen(_) | Form::Met(_) | Form::Depthwise => 0,
        }
    }

    fn filters<'a, T: Gemm>(&self, tables: &'a Tables<'_>, group: usize) -> Matrix<'a, T> {
        let Filters { buffer, offset, row, col } = self.filters;
        Matrix { data: whole(tables.bytes(buffer)), offset: offset + (group * self.groups.filters) as isize * col, row, col }
    }

    fn run_rows<T: Gemm + MulAdd>(&self, tables: &Tables<'_>, outs: Outs<'_>) -> Result<()> {
        let rows = self.patches.rows();
        let filters = self.groups.n * self.groups.filters;
        let block = self.block::<T>().min(rows);
        let blocks = rows.div_ceil(block.max(1));
        let cost = rows.saturating_mul(self.patches.cols()).saturating_mul(filters);
        let pieces = match &self.sink {
            Sink::Store { .. } => pieces(cost),
            Sink::Epilogue(fused) => {
                if fused.is_divisible() {
                    pieces(cost)
                } else {
                    1
                }
            }
        };
        let cut = |task: usize, out: usize| {
            let position = (task * block).min(rows) * filters;
            match &self.sink {
                Sink::Store { offset } => offset + position,
                Sink::Epilogue(fused) => fused.cut_at(position, out),
            }
        };
        in_pieces(0..blocks, pieces, outs, &cut, &|tasks, mut outs| {
            let own_sums = if matches!(self.sink, Sink::Epilogue(_)) { block * filters } else { 0 };
            with_scratch::<T>([self.scratch::<T>(block), own_sums], |patches, sums| {
                for task in tasks {
                    let range = task * block..((task + 1) * block).min(rows);
                    let positions = range.start * filters..range.end * filters;
                    match &self.sink {
                        Sink::Store { offset } => {
                            let (base, out) = outs.get(0).values::<T>();
                            self.sums(tables, range, patches, &mut out[offset + positions.start - base..][..positions.len()])?;
                        }
                        Sink::Epilogue(fused) => {
                            let sums = &mut sums[..positions.len()];
                            self.sums(tables, range, patches, sums)?;
                            let acc = Memory { acc: bytemuck::cast_slice(sums), acc_base: positions.start, ..Memory::new(tables) };
                            fused.run_range(positions, acc, &mut outs)?;
                        }
                    }
                }
                Ok(())
            })
        })
    }

    /// The sums of some rows of the result.
    fn sums<T: Gemm + MulAdd>(&self, tables: &Tables<'_>, rows: Range<usize>, patches: &mut [T], out: &mut [T]) -> Result<()> {
        let x: &[T] = whole(tables.bytes(self.lhs));
        match &self.form {
            Form::Depthwise => return self.depthwise(tables, x, rows, out),
            Form::Scatter => return self.scatter(tables, x, rows, patches, out),
            Form::Seen(seen) => {
                self.seen(seen, tables, rows, bytemuck::cast_slice_mut(out));
                return Ok(());
            }
            Form::Rows | Form::Transposed | Form::Met(_) => {}
        }
        let (m, k) = (rows.len(), self.patches.cols());
        let stride = self.groups.n * self.groups.filters;
        for group in 0..self.groups.n {
            let patches = &mut patches[..m * k];
            self.patches.fill(x, self.lhs_offset + self.groups.lhs * group as isize, rows.clone(), patches);
            let a = self.patches.matrix(patches, m);
            let c = &mut out[group * self.groups.filters..];
            T::gemm([m, self.groups.filters, k], (c, stride), a, self.filters(tables, group), false)?;
        }
        Ok(())
    }

    /// The sums of some places of one element of the batch.
    fn seen(&self, seen: &Seen, tables: &Tables<'_>, rows: Range<usize>, out: &mut [f32]) {
        let places: usize = self.patches.places.iter().product();
        let filters = self.filters::<f32>(tables, 0);
        let element = rows.start / places;
        Arch::new().dispatch(places::Sums {
            seen,
            places: rows.start - element * places..rows.end - element * places,
            x: whole(tables.bytes(self.lhs)),
            x_start: self.lhs_offset + self.patches.batch.stride * element as isize,
            w: &filters.data[filters.offset as usize..],
            w_row: filters.row as usize,
            filters: self.groups.filters,
            out,
        });
    }
}
