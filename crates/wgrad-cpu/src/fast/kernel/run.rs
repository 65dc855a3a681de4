//! Runs compiled kernels: tasks, phases, blocks, instructions.

use super::{
    super::{
        outs::{Out, Outs, in_pieces, pieces},
        storage::{Buffer, whole, whole_mut},
    },
    Fused, Instr, Level, Order, reduce, width,
};
use half::f16;
use std::{cell::Cell, ops::Range};
use wgrad_tensor::{Result, plan::BufferId};

/// The buffers that steps read.
pub(in crate::fast) trait Read: Sync {
    /// All bytes of a buffer; none where it is being written.
    fn bytes(&self, buffer: BufferId) -> &[u8];
}

/// What a kernel reads.
#[derive(Clone, Copy)]
pub(in crate::fast) struct Memory<'a> {
    pub(in crate::fast) buffers: &'a dyn Read,
    /// Sums of a matmul or convolution, of the positions from `acc_base` on.
    pub(in crate::fast) acc: &'a [u8],
    pub(in crate::fast) acc_base: usize,
    /// The buffers that the kernel writes, while nobody writes them.
    pub(in crate::fast) outs: Option<&'a Outs<'a>>,
}

impl<'a> Memory<'a> {
    /// Memory without sums.
    pub(in crate::fast) fn new(buffers: &'a dyn Read) -> Memory<'a> {
        Memory { buffers, acc: &[], acc_base: 0, outs: None }
    }
}

/// A rectangle of positions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) row: usize,
    pub(super) rows: usize,
    pub(super) col: usize,
    pub(super) cols: usize,
}

/// The registers of a thread, kept from run to run.
#[derive(Default)]
pub(in crate::fast) struct Scratch {
    pub(super) registers: Vec<Buffer>,
    /// For rounding to f16 and back.
    pub(super) halves: Vec<f16>,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

/// Lends the scratch memory of this thread.
fn with_scratch<R>(f: impl FnOnce(&mut Scratch) -> R) -> R {
    let mut scratch = SCRATCH.take();
    let result = f(&mut scratch);
    SCRATCH.set(scratch);
    result
}

impl Scratch {
    /// Registers of at least the given sizes.
    fn fit(&mut self, sizes: &[usize]) -> Result<()> {
        for (i, &size) in sizes.iter().enumerate() {
            match self.registers.get(i) {
                Some(register) if register.bytes().len() >= size => {}
                Some(_) => self.registers[i] = Buffer::new(size)?,
                None => self.registers.push(Buffer::new(size)?),
            }
        }
        Ok(())
    }
}

impl Fused {
    /// Rows of tasks, and tasks in a row.
    fn grid(&self) -> (usize, usize) {
        (self.rows.div_ceil(self.block_rows), self.cols.div_ceil(self.chunk_cols).max(1))
    }

    /// Bytes that [`Fused::run`] needs for partial results: totals of each row of tasks, and parts of each task.
    pub(in crate::fast) fn partial_bytes(&self) -> usize {
        let (row_blocks, chunks) = self.grid();
        if self.is_independent() { 0 } else { row_blocks * (chunks + 1) * self.partial_stride() }
    }

    /// Whether no task needs results of another.
    fn is_independent(&self) -> bool {
        self.grid().1 == 1 || self.accumulators.is_empty()
    }

    /// Bytes of the partial results of one task.
    fn partial_stride(&self) -> usize {
        let bytes = self.accumulators.iter().map(|a| self.part(width(a.dtype)) + a.index.map_or(0, |_| self.part(4)));
        bytes.sum::<usize>().next_multiple_of(64)
    }

    /// Bytes of a partial result with numbers of `width` bytes; a multiple of 8, so that all are aligned.
    fn part(&self, width: usize) -> usize {
        (width * self.block_rows).next_multiple_of(8)
    }

    /// Runs the whole kernel. `partials` has [`Fused::partial_bytes`] bytes.
    pub(in crate::fast) fn run(&self, memory: Memory<'_>, mut outs: Outs<'_>, partials: &mut [u8]) -> Result<()> {
        let (row_blocks, chunks) = self.grid();
        let cost = self.rows.saturating_mul(self.cols).saturating_mul(self.cost);
        let pieces = pieces(cost);
        let stride = self.partial_stride();
        let (totals, parts) = if self.is_independent() { (&mut [][..], &mut [][..]) } else { partials.split_at_mut(row_blocks * stride) };
        for (number, phase) in self.phases.iter().enumerate().filter(|(_, phase)| !phase.accumulators.is_empty() && !self.is_independent())
        {
            let memory = Memory { outs: Some(&outs), ..memory };
            self.run_parts(number, pieces, memory, totals, parts)?;
            for (total, parts) in totals.chunks_mut(stride).zip(parts.chunks(stride * chunks)) {
                self.merge(&phase.accumulators, total, parts);
            }
        }
        let totals = &*totals;
        let stores = self.is_independent() || self.phases.last().is_some_and(|phase| !phase.block.is_empty());
        if stores {
            let pieces = if self.divisible { pieces } else { 1 };
            let run = |tasks: Range<usize>, mut outs: Outs<'_>| self.run_tasks(tasks, memory, &mut outs, totals);
            in_pieces(0..row_blocks * chunks, pieces, outs.reborrow(), &|task, out| self.cut(task, out), &run)?;
        }
        if self.is_independent() || self.finish.is_empty() {
            return Ok(());
        }
        with_scratch(|scratch| {
            self.begin(memory, &mut outs, scratch)?;
            for row_block in 0..row_blocks {
                let block = self.block(row_block * chunks);
                self.restore(self.phases.len(), block, memory, &mut outs, scratch, &totals[row_block * stride..]);
                self.run_instrs(&self.finish, block, memory, &mut outs, scratch);
            }
            Ok(())
        })
    }

    /// Whether all positions are one row, as [`Fused::run_range`] wants it.
    pub(in crate::fast) fn is_flat(&self) -> bool {
        self.rows == 1
    }

    /// Whether stretches of positions can be run on different threads.
    pub(in crate::fast) fn is_divisible(&self) -> bool {
        self.divisible
    }

    /// The first element of an output that is written at or after a position of a kernel of element values.
    pub(in crate::fast) fn cut_at(&self, position: usize, out: usize) -> usize {
        self.stores.iter().find(|store| store.out == out).map_or(0, |store| store.walk.element(position))
    }

    /// Runs a kernel of element values on the positions `range`.
    pub(in crate::fast) fn run_range(&self, range: Range<usize>, memory: Memory<'_>, outs: &mut Outs<'_>) -> Result<()> {
        with_scratch(|scratch| {
            self.begin(memory, outs, scratch)?;
            let done = self.chain.as_ref().map_or(0, |chain| chain.run(self, range.clone(), memory, outs, scratch));
            for col in (range.start + done..range.end).step_by(self.block_cols) {
                let block = Block { row: 0, rows: 1, col, cols: self.block_cols.min(range.end - col) };
                self.phases.iter().for_each(|phase| self.run_instrs(&phase.block, block, memory, outs, scratch));
            }
            Ok(())
        })
    }

    /// The positions of a task.
    fn block(&self, task: usize) -> Block {
        let (_, chunks) = self.grid();
        let (row, col) = (task / chunks * self.block_rows, task % chunks * self.chunk_cols);
        Block { row, rows: self.block_rows.min(self.rows - row), col, cols: self.chunk_cols.min(self.cols - col) }
    }

    /// The first element of an output that is written by `task` or a later one.
    fn cut(&self, task: usize, out: usize) -> usize {
        let (row_blocks, chunks) = self.grid();
        let Some(store) = self.stores.iter().find(|store| store.out == out) else { return 0 };
        if task >= row_blocks * chunks {
            return usize::MAX;
        }
        let block = self.block(task);
        let position = match (store.level, self.order) {
            (Level::Element, Order::Rows) => block.row * self.cols + block.col,
            (Level::Element, Order::Columns) => block.col * self.rows,
            // The rows belong to the first task of each row.
            (Level::Row | Level::Uniform, _) if block.col > 0 => block.row + block.rows,
            (Level::Row | Level::Uniform, _) => block.row,
        };
        store.walk.element(position)
    }

    fn begin(&self, memory: Memory<'_>, outs: &mut Outs<'_>, scratch: &mut Scratch) -> Result<()> {
        scratch.fit(&self.registers)?;
        self.run_instrs(&self.prologue, Block { row: 0, rows: 1, col: 0, cols: 1 }, memory, outs, scratch);
        Ok(())
    }

    /// One phase of all tasks of a kernel with several chunks in a row; the accumulators go to `parts`.
    fn run_parts(&self, number: usize, pieces: usize, memory: Memory<'_>, totals: &[u8], parts: &mut [u8]) -> Result<()> {
        let (row_blocks, chunks) = self.grid();
        let stride = self.partial_stride();
        let phase = &self.phases[number];
        let run = |tasks: Range<usize>, mut parts: Outs<'_>| {
            with_scratch(|scratch| {
                let mut none = Outs::default();
                self.begin(memory, &mut none, scratch)?;
                let (_, parts) = parts.get(0).values::<u8>();
                for (task, part) in tasks.zip(parts.chunks_mut(stride)) {
                    let block = self.block(task);
                    self.restore(number, block, memory, &mut none, scratch, &totals[task / chunks * stride..]);
                    self.run_phase(number, block, memory, &mut none, scratch);
                    self.each_part(&phase.accumulators, part, |place, register| {
                        place.copy_from_slice(&scratch.registers[register].bytes()[..place.len()]);
                    });
                }
                Ok(())
            })
        };
        let parts = Outs::new([Out::new(parts, stride)].into_iter());
        in_pieces(0..row_blocks * chunks, pieces, parts, &|task, _| task, &run)
    }

    /// All phases of some tasks, or the last one where the totals are there already.
    fn run_tasks(&self, tasks: Range<usize>, memory: Memory<'_>, outs: &mut Outs<'_>, totals: &[u8]) -> Result<()> {
        let (_, chunks) = self.grid();
        let stride = self.partial_stride();
        with_scratch(|scratch| {
            self.begin(memory, outs, scratch)?;
            for task in tasks {
                let block = self.block(task);
                if self.is_independent() {
                    for number in 0..self.phases.len() {
                        self.run_instrs(&self.phases[number].rows, block, memory, outs, scratch);
                        self.run_phase(number, block, memory, outs, scratch);
                    }
                    self.run_instrs(&self.finish, block, memory, outs, scratch);
                } else if let Some(last) = self.phases.len().checked_sub(1) {
                    self.restore(last, block, memory, outs, scratch, &totals[task / chunks * stride..]);
                    self.run_phase(last, block, memory, outs, scratch);
                }
            }
            Ok(())
        })
    }

    /// Row values as they are at the beginning of phase `number`, from the totals of the row.
    fn restore(&self, number: usize, block: Block, memory: Memory<'_>, outs: &mut Outs<'_>, scratch: &mut Scratch, totals: &[u8]) {
        for phase in &self.phases[..number.min(self.phases.len())] {
            self.each_part(&phase.accumulators, totals, |place, register| {
                scratch.registers[register].bytes_mut()[..place.len()].copy_from_slice(place);
            });
        }
        for phase in self.phases.iter().take(number + 1) {
            self.run_instrs(&phase.rows, block, memory, outs, scratch);
        }
    }

    /// Calls `f(bytes, register)` for the places of accumulators in the partial results of a task.
    fn each_part<B: SplitBytes>(&self, accumulators: &[usize], mut bytes: B, mut f: impl FnMut(B, usize)) {
        for (i, accumulator) in self.accumulators.iter().enumerate() {
            let index = accumulator.index.map(|index| (index, 4));
            for (register, width) in [Some((accumulator.value, width(accumulator.dtype))), index].into_iter().flatten() {
                let (place, rest) = bytes.split(self.part(width));
                if accumulators.contains(&i) {
                    f(place.split(width * self.block_rows).0, register);
                }
                bytes = rest;
            }
        }
    }

    /// Combines the parts of all chunks of a row, in their order.
    fn merge(&self, accumulators: &[usize], total: &mut [u8], parts: &[u8]) {
        let stride = self.partial_stride();
        let mut offset = 0;
        for (i, accumulator) in self.accumulators.iter().enumerate() {
            let bytes = self.part(width(accumulator.dtype));
            let indices = accumulator.index.map_or(0, |_| self.part(4));
            if accumulators.contains(&i) {
                let (first, rest) = parts.split_at(stride);
                let end = offset + bytes + indices;
                total[offset..end].copy_from_slice(&first[offset..end]);
                let (total, index) = total[offset..end].split_at_mut(bytes);
                for part in rest.chunks(stride) {
                    let (part, part_index) = part[offset..end].split_at(bytes);
                    by_lane!(accumulator.dtype, T => {
                        let rows = self.block_rows;
                        let (total, part) = (&mut whole_mut::<T>(total)[..rows], &whole::<T>(part)[..rows]);
                        if indices == 0 {
                            reduce::columns(accumulator.op, accumulator.dtype, total, part);
                        } else {
                            let indices = whole_mut::<i32>(index).iter_mut().zip(whole::<i32>(part_index));
                            for ((total, &part), (index, &part_index)) in total.iter_mut().zip(part).zip(indices) {
                                if reduce::beats(accumulator.op, part, *total) {
                                    (*total, *index) = (part, part_index);
                                }
                            }
                        }
                    });
                }
            }
            offset += bytes + indices;
        }
    }

    /// The blocks of a task, for one phase.
    fn run_phase(&self, number: usize, task: Block, memory: Memory<'_>, outs: &mut Outs<'_>, scratch: &mut Scratch) {
        let phase = &self.phases[number];
        for &accumulator in &phase.accumulators {
            self.begin_accumulator(accumulator, task.rows, scratch);
        }
        let end = task.col + task.cols;
        if task.cols == 0 {
            return self.run_instrs(&phase.block, task, memory, outs, scratch);
        }
        let done = self.chain.as_ref().map_or(0, |chain| chain.run(self, task.col..end, memory, outs, scratch));
        for col in (task.col + done..end).step_by(self.block_cols) {
            let block = Block { col, cols: self.block_cols.min(end - col), ..task };
            self.run_instrs(&phase.block, block, memory, outs, scratch);
        }
    }

    pub(super) fn begin_accumulator(&self, accumulator: usize, rows: usize, scratch: &mut Scratch) {
        let accumulator = self.accumulators[accumulator];
        by_lane!(accumulator.dtype, T => {
            scratch.registers[accumulator.value].values_mut::<T>()[..rows].fill(reduce::identity(accumulator.op, accumulator.dtype))
        });
        if let Some(index) = accumulator.index {
            scratch.registers[index].values_mut::<i32>()[..rows].fill(0);
        }
    }

    fn run_instrs(&self, instrs: &[Instr], block: Block, memory: Memory<'_>, outs: &mut Outs<'_>, scratch: &mut Scratch) {
        for instr in instrs {
            self.run_instr(instr, block, memory, outs, scratch);
        }
    }
}

/// A slice of bytes, read or written, that can be cut.
trait SplitBytes: Sized {
    fn split(self, at: usize) -> (Self, Self);
}

impl SplitBytes for &[u8] {
    fn split(self, at: usize) -> (Self, Self) {
        self.split_at(at)
    }
}

impl SplitBytes for &mut [u8] {
    fn split(self, at: usize) -> (Self, Self) {
        self.split_at_mut(at)
    }
}
