//! Sums over all patches: the gradient of a kernel.

use super::{
    super::{
        gemm::{Gemm, Matrix},
        lower::invalid,
        machine::Tables,
        outs::{Out, Outs, in_pieces, pieces},
        simd::vectorize,
        storage::{Buffer, whole},
    },
    Convolve, Form, PARTS,
    direct::{AddAll, MulAdd},
    taps::{self, Met},
    with_scratch,
};
use pulp::Arch;
use std::{cell::Cell, ops::Range};
use wgrad_tensor::Result;

/// Tiles that are enough for all threads, so that none needs sums of its own.
const FEWEST_TILES: usize = 16;

impl Convolve {
    /// `patches^T . filters`, summed over blocks of rows; parts of the sum on several threads, added in their order.
    pub(super) fn run_transposed<T: Gemm + MulAdd>(&self, tables: &Tables<'_>, sums: &mut [T]) -> Result<()> {
        let (rows, cols) = (self.patches.rows(), self.patches.cols());
        let filters = self.groups.n * self.groups.filters;
        let numel = cols * filters;
        let sums = sums.get_mut(..numel).ok_or_else(|| invalid("the sums of a convolution leave their buffer"))?;
        let cost = rows.saturating_mul(cols).saturating_mul(filters);
        if let Form::Met(met) = &self.form
            && met.tiles() >= FEWEST_TILES
        {
            let out = Outs::new([Out::new(bytemuck::cast_slice_mut(sums), size_of::<T>())].into_iter());
            return in_pieces(0..met.tiles(), pieces(cost), out, &|tile, _| met.row(tile) * filters, &|tiles, mut outs| {
                let (base, out) = outs.get(0).values::<f32>();
                self.met(met, tables, 0..self.patches.batch.n, tiles.clone(), &mut out[met.row(tiles.start) * filters - base..]);
                Ok(())
            });
        }
        let block = self.block::<T>().min(rows.max(1));
        let blocks = if matches!(self.form, Form::Met(_)) { self.patches.batch.n } else { rows.div_ceil(block) };
        let parts = blocks.clamp(1, PARTS);
        let part = |part: usize, sums: &mut [T]| {
            let range = blocks * part / parts..blocks * (part + 1) / parts;
            match &self.form {
                Form::Met(met) => self.met(met, tables, range, 0..met.tiles(), bytemuck::cast_slice_mut(sums)),
                Form::Rows | Form::Seen(_) | Form::Transposed | Form::Scatter | Form::Depthwise => {
                    return self.part::<T>(tables, range, block, sums);
                }
            }
            Ok(())
        };
        if parts == 1 {
            return part(0, sums);
        }
        with_part_sums::<T>((parts - 1) * numel, |rest| {
            let width = numel * size_of::<T>();
            let all =
                Outs::new([Out::new(bytemuck::cast_slice_mut(sums), width), Out::new(bytemuck::cast_slice_mut(rest), width)].into_iter());
            let cut = |task: usize, out: usize| if out == 0 { task.min(1) } else { task.saturating_sub(1) };
            in_pieces(0..parts, pieces(cost), all, &cut, &|tasks, mut outs| {
                for task in tasks {
                    let (base, values) = outs.get(task.min(1)).values::<T>();
                    let first = (task.saturating_sub(1) - base) * numel;
                    part(task, &mut values[first..first + numel])?;
                }
                Ok(())
            })?;
            rest.chunks_exact(numel).for_each(|part| vectorize(AddAll(sums, part)));
            Ok(())
        })
    }

    /// Some tiles of the sums over some elements of the batch, without patches.
    fn met(&self, met: &Met, tables: &Tables<'_>, batch: Range<usize>, tiles: Range<usize>, out: &mut [f32]) {
        let filters = self.filters::<f32>(tables, 0);
        Arch::new().dispatch(taps::Sums {
            met,
            tiles,
            batch,
            x: whole(tables.bytes(self.lhs)),
            x_start: self.lhs_offset,
            x_step: self.patches.batch.stride,
            g: &filters.data[filters.offset as usize..],
            g_row: filters.row as usize,
            filters: self.groups.n * self.groups.filters,
            out,
        });
    }

    /// The sums over some blocks.
    fn part<T: Gemm>(&self, tables: &Tables<'_>, blocks: Range<usize>, block: usize, sums: &mut [T]) -> Result<()> {
        let (rows, cols) = (self.patches.rows(), self.patches.cols());
        let x: &[T] = whole(tables.bytes(self.lhs));
        let stride = self.groups.n * self.groups.filters;
        if blocks.is_empty() {
            sums.fill(T::zeroed());
        }
        with_scratch::<T>([block * cols, 0], |patches, _| {
            for group in 0..self.groups.n {
                let mut filters = self.filters(tables, group);
                let offset = filters.offset;
                for b in blocks.clone() {
                    let range = b * block..((b + 1) * block).min(rows);
                    let k = range.len();
                    let patches = &mut patches[..k * cols];
                    filters.offset = offset + filters.row * range.start as isize;
                    self.patches.fill(x, self.lhs_offset + self.groups.lhs * group as isize, range, patches);
                    let rows = self.patches.matrix(patches, k);
                    let a = Matrix { row: rows.col, col: rows.row, ..rows };
                    let c = &mut sums[group * self.groups.filters..];
                    T::gemm([cols, self.groups.filters, k], (c, stride), a, filters, b > blocks.start)?;
                }
            }
            Ok(())
        })
    }
}

thread_local! {
    static PART_SUMS: Cell<Buffer> = Cell::default();
}

/// Lends this thread's memory for the sums of parts.
fn with_part_sums<T: Gemm>(len: usize, f: impl FnOnce(&mut [T]) -> Result<()>) -> Result<()> {
    let mut buffer = PART_SUMS.take();
    if buffer.bytes().len() < len * size_of::<T>() {
        buffer = Buffer::new(len * size_of::<T>())?;
    }
    let result = f(&mut buffer.values_mut()[..len]);
    PART_SUMS.set(buffer);
    result
}
