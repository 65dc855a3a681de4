//! Convolutions as matrix products of patches, a cache-sized block of patches at a time.
//!
//! * Forward and input gradient: each row of the patch matrix has what one position of the result sees; `out = patches . kernel`, and the epilogue
//!   runs on each block of rows while it is in the cache.
//! * Kernel gradient, where few positions of the result see very much: each row has what one element of the *kernel* meets, and
//!   `out = patches^T . kernel` is summed over the blocks. The planner's view has batch and channels exchanged, so these rows are the
//!   contiguous ones.
//! * Where the result has many more positions than the lhs (input gradients of kernels without padding, or with strides), the other way round:
//!   each position of the lhs is multiplied by all taps of the kernel, and the products are added to the positions that they belong to.
//! * Depthwise: one multiplication per channel, without patches.

use super::{
    gemm::{Gemm, Matrix},
    kernel::{Fused, Memory},
    lower::{Command, Lower, invalid},
    machine::Tables,
    matmul::stored_as_is,
    outs::{Out, Outs, in_pieces, pieces},
    simd::vectorize,
    storage::{Buffer, whole},
};
use pulp::NullaryFnOnce;
use std::{cell::Cell, ops::Range};
use wgrad_tensor::{
    DType, Result,
    plan::{BufferId, Code, Convolution, Kernel, Operand, View},
};

/// Bytes of a block of patches: half of a usual second-level cache.
const PATCH_BYTES: usize = 512 << 10;
/// Into how many parts, at most, a sum over patches is cut for the threads. A constant, so that the bits do not depend on their number.
const PARTS: usize = 8;

/// Which elements of the lhs a row of the patch matrix has.
#[derive(Debug)]
struct Patches {
    /// Rows are numbered by batch, then by place.
    batch: Axis,
    places: Vec<usize>,
    /// Columns are numbered by tap, then by channel.
    taps: Vec<usize>,
    channels: Axis,
    /// Along each spatial axis, place `p` and tap `t` meet element `(p * place_step + t * tap_step - low) / dilation`.
    spatial: Vec<Spatial>,
}

#[derive(Clone, Copy, Debug)]
struct Axis {
    n: usize,
    stride: isize,
}

#[derive(Clone, Copy, Debug)]
struct Spatial {
    n: usize,
    stride: isize,
    place_step: usize,
    tap_step: usize,
    low: isize,
    dilation: usize,
}

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

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// `patches . filters`
    Rows,
    /// `patches^T . filters`
    Transposed,
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

impl Patches {
    fn rows(&self) -> usize {
        self.batch.n * self.places.iter().product::<usize>()
    }

    fn cols(&self) -> usize {
        self.channels.n * self.taps.iter().product::<usize>()
    }

    /// Whether the taps of the last axis follow each other in memory.
    fn has_long_runs(&self) -> bool {
        let last = self.spatial[self.spatial.len() - 1];
        let contiguous = self.channels.stride == 1 || self.channels.n == 1;
        contiguous && last.dilation == 1 && last.tap_step == 1 && last.stride == self.channels.n as isize
    }

    /// How many elements of a row follow each other in memory.
    fn run(&self) -> usize {
        let contiguous = self.channels.stride == 1 || self.channels.n == 1;
        match (self.has_long_runs(), contiguous) {
            (true, _) => self.channels.n * self.taps[self.taps.len() - 1],
            (false, true) => self.channels.n,
            (false, false) => 1,
        }
    }

    /// Whether patches lie column by column: with one channel the rows of a tap follow each other in memory.
    fn by_columns(&self) -> bool {
        let last = self.spatial[self.spatial.len() - 1];
        self.channels.n == 1 && last.stride == 1 && last.place_step == 1 && last.dilation == 1
    }

    /// The block of `rows` patches that was filled, as a matrix.
    fn matrix<'a, T>(&self, patches: &'a [T], rows: usize) -> Matrix<'a, T> {
        let (row, col) = if self.by_columns() { (1, rows as isize) } else { (self.cols() as isize, 1) };
        Matrix { data: patches, offset: 0, row, col }
    }

    /// Writes rows `rows` of the patch matrix, column by column.
    fn fill_columns<T: Gemm>(&self, x: &[T], offset: isize, rows: Range<usize>, out: &mut [T]) {
        let per_batch: usize = self.places.iter().product::<usize>().max(1);
        let last = self.spatial.len() - 1;
        let Spatial { n, tap_step, low, .. } = self.spatial[last];
        let (taps, line) = (self.taps[last], self.places[last].max(1));
        let total = rows.len();
        let mut row = rows.start;
        while row < rows.end {
            // Rows up to the end of the line.
            let run = (line - row % line).min(rows.end - row);
            let first = row % line;
            let base = offset + self.batch.stride * (row / per_batch) as isize;
            for outer in 0..self.cols() / taps.max(1) {
                let line_start = self.line(base, row % per_batch / line, outer);
                for tap in 0..taps {
                    let at = (outer * taps + tap) * total + row - rows.start;
                    let out = &mut out[at..at + run];
                    let Some(line_start) = line_start else {
                        out.fill(T::zeroed());
                        continue;
                    };
                    let from = (first + tap * tap_step) as isize - low;
                    let begin = (-from).clamp(0, run as isize) as usize;
                    let end = (n as isize - from).clamp(begin as isize, run as isize) as usize;
                    out[..begin].fill(T::zeroed());
                    out[end..].fill(T::zeroed());
                    if end > begin {
                        let start = (line_start + from + begin as isize) as usize;
                        out[begin..end].copy_from_slice(&x[start..start + end - begin]);
                    }
                }
            }
            row += run;
        }
    }

    /// The first element of the line along the last axis where places and taps of the other axes meet.
    fn line(&self, base: isize, place: usize, tap: usize) -> Option<isize> {
        let (mut place, mut tap, mut start) = (place, tap, base);
        for axis in (0..self.spatial.len() - 1).rev() {
            let (places, taps) = (self.places[axis].max(1), self.taps[axis].max(1));
            start += self.spatial[axis].stride * self.meet(axis, place % places, tap % taps)? as isize;
            (place, tap) = (place / places, tap / taps);
        }
        Some(start)
    }

    /// The element along one axis where a place and a tap meet.
    fn meet(&self, axis: usize, place: usize, tap: usize) -> Option<usize> {
        let Spatial { n, place_step, tap_step, low, dilation, .. } = self.spatial[axis];
        let at = (place * place_step + tap * tap_step) as isize - low;
        let inside = at >= 0 && (at as usize).is_multiple_of(dilation) && (at as usize / dilation) < n;
        inside.then(|| at as usize / dilation)
    }

    /// Writes rows `rows` of the patch matrix of the elements from `x[offset]` on; see [`Patches::matrix`].
    fn fill<T: Gemm>(&self, x: &[T], offset: isize, rows: Range<usize>, out: &mut [T]) {
        if self.by_columns() {
            return self.fill_columns(x, offset, rows, out);
        }
        let per_batch: usize = self.places.iter().product::<usize>().max(1);
        let long = self.has_long_runs();
        let mut places = [0; MAX_SPATIAL];
        for (row, out) in rows.zip(out.chunks_exact_mut(self.cols().max(1))) {
            let mut rest = row % per_batch;
            for axis in (0..self.places.len()).rev() {
                places[axis] = rest % self.places[axis];
                rest /= self.places[axis];
            }
            let base = offset + self.batch.stride * (row / per_batch) as isize;
            self.fill_axis(x, 0, base, &places, long, out);
        }
    }

    /// The taps of the axes from `axis` on.
    fn fill_axis<T: Gemm>(&self, x: &[T], axis: usize, base: isize, places: &[usize; MAX_SPATIAL], long: bool, out: &mut [T]) {
        let taps = self.taps[axis];
        let stride = self.spatial[axis].stride;
        let last = axis + 1 == self.taps.len();
        if last && long {
            let Spatial { n, place_step, low, .. } = self.spatial[axis];
            let first = (places[axis] * place_step) as isize - low;
            let begin = (-first).clamp(0, taps as isize) as usize;
            let end = (n as isize - first).clamp(begin as isize, taps as isize) as usize;
            let channels = self.channels.n;
            out[..begin * channels].fill(T::zeroed());
            out[end * channels..].fill(T::zeroed());
            if end > begin {
                let from = (base + (first + begin as isize) * stride) as usize;
                out[begin * channels..end * channels].copy_from_slice(&x[from..from + (end - begin) * channels]);
            }
            return;
        }
        for (tap, out) in out.chunks_exact_mut((out.len() / taps.max(1)).max(1)).enumerate() {
            match self.meet(axis, places[axis], tap) {
                None => out.fill(T::zeroed()),
                Some(i) if !last => self.fill_axis(x, axis + 1, base + stride * i as isize, places, long, out),
                Some(i) => {
                    let from = base + stride * i as isize;
                    if self.channels.stride == 1 {
                        out.copy_from_slice(&x[from as usize..][..out.len()]);
                    } else {
                        let element = |c: usize| x[(from + self.channels.stride * c as isize) as usize];
                        out.iter_mut().enumerate().for_each(|(c, out)| *out = element(c));
                    }
                }
            }
        }
    }
}

/// The most spatial axes.
const MAX_SPATIAL: usize = 8;

impl Lower {
    pub(super) fn conv(&mut self, step: &Convolution) -> Result<()> {
        let wide = if step.dtype == DType::F64 { DType::F64 } else { DType::F32 };
        let axes = step.conv.strides.len();
        if axes == 0 || axes > MAX_SPATIAL || step.lhs.view.shape.len() != axes + 2 || step.rhs.view.shape.len() != axes + 2 {
            return Err(invalid(format!("a convolution in {axes} axes; 1 to {MAX_SPATIAL} are supported")));
        }
        let numel: usize = step.out_shape.iter().product();
        if numel == 0 {
            return Ok(());
        }
        let lhs = self.dense(&step.lhs, wide)?;
        let rhs = self.dense(&step.rhs, wide)?;
        let groups = groups(step, &lhs);
        let rows = patches(step, &lhs, false);
        let transposed = patches(step, &lhs, true);
        let channels = step.rhs.view.shape[axes];
        let depthwise =
            channels == 1 && groups.filters == 1 && groups.n > 1 && step.conv.batch_groups == 1 && lhs.view.strides[axes + 1] == 1;
        let form = match () {
            () if depthwise => Form::Depthwise,
            // The longer runs; where both are short, the smaller number of rows is on the side that is summed.
            () if (transposed.run(), transposed.rows()) > (rows.run(), rows.rows()) => Form::Transposed,
            () if is_sparse(step) && groups.n == 1 => Form::Scatter,
            () => Form::Rows,
        };
        let outer_first = form == Form::Transposed;
        let filters = match form {
            Form::Scatter => self.all_taps(&rhs, wide)?,
            Form::Rows | Form::Transposed | Form::Depthwise => self.filters(&rhs, wide, outer_first)?,
        };
        let patches = if outer_first { transposed } else { rows };
        let (lhs, lhs_offset) = (lhs.buffer, lhs.view.offset);
        let f64 = wide == DType::F64;
        let convolve = |outs, sizes, sink| Convolve { form, patches, groups, lhs, lhs_offset, filters, f64, outs, sizes, sink };
        if form == Form::Transposed {
            // The sums are in the order of taps, then batch.
            let sums = self.temporary(wide, numel);
            self.push(Command::Conv(Box::new(convolve(vec![sums], vec![wide.size()], Sink::Store { offset: 0 }))));
            let acc = Operand { buffer: sums, view: taps_first(&step.out_shape) };
            let acc = match step.dtype {
                DType::F16 => {
                    let plain = self.plain(&acc, DType::F16)?;
                    Operand { buffer: plain.buffer, view: View::contiguous(&[numel]) }
                }
                DType::Bool | DType::I32 | DType::U32 | DType::F32 | DType::F64 => acc,
            };
            return self.kernel(&with_loaded_acc(&step.epilogue, &acc), None);
        }
        if let Some(target) = stored_as_is(&step.epilogue, wide) {
            let sink = Sink::Store { offset: target.view.offset as usize };
            self.push(Command::Conv(Box::new(convolve(vec![target.buffer], vec![wide.size()], sink))));
            return Ok(());
        }
        let fused = Fused::new(&step.epilogue, self.buffers())?;
        let sizes = fused.outs.iter().map(|&out| self.buffers()[out].dtype.size()).collect();
        let outs = fused.outs.clone();
        self.push(Command::Conv(Box::new(convolve(outs, sizes, Sink::Epilogue(Box::new(fused))))));
        Ok(())
    }

    /// The operand in f32 or f64, without a mask.
    fn dense(&mut self, operand: &Operand, dtype: DType) -> Result<Operand> {
        let own = self.buffers().get(operand.buffer).ok_or_else(|| invalid("an operand of a buffer that is not there"))?.dtype;
        if own == dtype && operand.view.mask.is_none() {
            return Ok(operand.clone());
        }
        let plain = self.plain(operand, dtype)?;
        Ok(Operand { buffer: plain.buffer, view: View { offset: plain.offset as isize, ..View::contiguous(&operand.view.shape) } })
    }

    /// The kernel as a matrix `[I, k... O]`.
    fn all_taps(&mut self, rhs: &Operand, dtype: DType) -> Result<Filters> {
        let axes = rhs.view.shape.len() - 2;
        let order: Vec<usize> = std::iter::once(axes).chain(0..axes).chain(std::iter::once(axes + 1)).collect();
        let shape: Vec<usize> = order.iter().map(|&axis| rhs.view.shape[axis]).collect();
        let strides = order.iter().map(|&axis| rhs.view.strides[axis]).collect();
        let row = shape[1..].iter().product::<usize>() as isize;
        let view = View { shape, strides, offset: rhs.view.offset, mask: None };
        let plain = self.plain(&Operand { buffer: rhs.buffer, view }, dtype)?;
        Ok(Filters { buffer: plain.buffer, offset: plain.offset as isize, row, col: 1 })
    }

    /// The kernel as a matrix with rows `[k..., I]`, or `[I, k...]` where `channels_first`.
    fn filters(&mut self, rhs: &Operand, dtype: DType, channels_first: bool) -> Result<Filters> {
        let axes = rhs.view.shape.len() - 2;
        let mut order: Vec<usize> = (0..=axes).collect();
        if channels_first {
            order.rotate_right(1);
        }
        order.push(axes + 1);
        let pick = |from: &[usize]| order.iter().map(|&axis| from[axis]).collect::<Vec<_>>();
        let shape = pick(&rhs.view.shape);
        let strides: Vec<isize> = order.iter().map(|&axis| rhs.view.strides[axis]).collect();
        let view = View { shape: shape.clone(), strides, offset: rhs.view.offset, mask: None };
        let mut row = None;
        let mut expected = 0;
        let mut uniform = true;
        for axis in (0..=axes).rev().filter(|&axis| shape[axis] > 1) {
            uniform &= row.is_none() || view.strides[axis] == expected;
            row = row.or(Some(view.strides[axis]));
            expected = view.strides[axis] * shape[axis] as isize;
        }
        if uniform {
            return Ok(Filters { buffer: rhs.buffer, offset: rhs.view.offset, row: row.unwrap_or(0), col: view.strides[axes + 1] });
        }
        let filters = shape[axes + 1] as isize;
        let plain = self.plain(&Operand { buffer: rhs.buffer, view: View { offset: view.offset, ..view } }, dtype)?;
        Ok(Filters { buffer: plain.buffer, offset: plain.offset as isize, row: filters, col: 1 })
    }
}

/// The patches of a convolution, or of its transposed form: batch and channels, places and taps exchanged.
fn patches(step: &Convolution, lhs: &Operand, transposed: bool) -> Patches {
    let axes = step.conv.strides.len();
    let View { shape, strides, .. } = &lhs.view;
    let out = &step.out_shape;
    let batch = Axis { n: out[0], stride: strides[0] };
    let channels = Axis { n: step.rhs.view.shape[axes], stride: strides[axes + 1] };
    let spatial = |axis: usize| {
        let (stride, dilation) = (step.conv.strides[axis], step.conv.rhs_dilation[axis]);
        Spatial {
            n: shape[axis + 1],
            stride: strides[axis + 1],
            place_step: if transposed { dilation } else { stride },
            tap_step: if transposed { stride } else { dilation },
            low: step.conv.padding[axis].0,
            dilation: step.conv.lhs_dilation[axis],
        }
    };
    let spatial = (0..axes).map(spatial).collect();
    let (places, taps) = (out[1..=axes].to_vec(), step.rhs.view.shape[..axes].to_vec());
    if transposed {
        Patches { batch: channels, places: taps, taps: places, channels: batch, spatial }
    } else {
        Patches { batch, places, taps, channels, spatial }
    }
}

/// Whether the result has many more positions than the lhs, so that most of a patch would be padding or gaps.
fn is_sparse(step: &Convolution) -> bool {
    let axes = step.conv.strides.len();
    let seen: usize = step.lhs.view.shape[1..=axes].iter().product();
    let places: usize = step.out_shape[1..=axes].iter().product();
    // Channels follow each other in memory, so that an element of the lhs is a row of a matrix.
    step.conv.strides.iter().all(|&stride| stride == 1) && places > seen + seen / 4 && step.lhs.view.strides[axes + 1] == 1
}

fn groups(step: &Convolution, lhs: &Operand) -> Groups {
    let axes = step.conv.strides.len();
    let n = step.conv.feature_groups.max(step.conv.batch_groups).max(1);
    let lhs = if step.conv.batch_groups > 1 {
        lhs.view.strides[0] * step.out_shape[0] as isize
    } else {
        lhs.view.strides[axes + 1] * step.rhs.view.shape[axes] as isize
    };
    Groups { n, lhs, filters: step.out_shape[axes + 1] / n }
}

/// The view of shape `[N, s..., O]` of sums that are in the order `[s..., N, O]`.
fn taps_first(out: &[usize]) -> View {
    let last = out.len() - 1;
    let stored: Vec<usize> = [&out[1..last], &out[..1], &out[last..]].concat();
    let strides = View::contiguous(&stored).strides;
    let mut order = strides.clone();
    order[0] = strides[last - 1];
    order[1..last].copy_from_slice(&strides[..last - 1]);
    View { shape: out.to_vec(), strides: order, offset: 0, mask: None }
}

/// The epilogue with its sums read from a buffer.
fn with_loaded_acc(epilogue: &Kernel, acc: &Operand) -> Kernel {
    let mut kernel = epilogue.clone();
    for line in &mut kernel.code {
        if line.code == Code::Acc {
            line.code = Code::Load(acc.clone());
        }
    }
    kernel
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
            Form::Rows | Form::Depthwise | Form::Scatter => {
                let sizes = self.sizes.iter().copied();
                let outs = Outs::new(memory.iter_mut().zip(sizes).map(|(out, size)| Out::new(out.bytes_mut(), size)));
                self.run_rows::<T>(tables, outs)
            }
            Form::Transposed => memory.first_mut().map_or(Ok(()), |sums| self.run_transposed::<T>(tables, sums.values_mut())),
        }
    }

    /// Rows of a block.
    fn block<T>(&self) -> usize {
        let bytes = self.patches.cols().max(1) * size_of::<T>();
        if self.form == Form::Scatter {
            // A whole element of the batch.
            return self.patches.places.iter().product();
        }
        (PATCH_BYTES / bytes).clamp(16, 1024)
    }

    /// Elements of scratch memory for the patches (or products) of a block of rows.
    fn scratch<T>(&self, rows: usize) -> usize {
        match self.form {
            Form::Scatter => self.lines::<T>() * self.products(),
            Form::Rows | Form::Transposed => rows * self.patches.cols(),
            Form::Depthwise => 0,
        }
    }

    /// Products of a line along the last spatial axis of the lhs with all taps.
    fn products(&self) -> usize {
        let last = self.patches.spatial[self.patches.spatial.len() - 1].n;
        last * self.patches.taps.iter().product::<usize>() * self.groups.filters
    }

    /// How many lines are multiplied at once.
    fn lines<T>(&self) -> usize {
        (PATCH_BYTES / (self.products() * size_of::<T>()).max(1)).max(1)
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
        match self.form {
            Form::Depthwise => return self.depthwise(tables, x, rows, out),
            Form::Scatter => return self.scatter(tables, x, rows, patches, out),
            Form::Rows | Form::Transposed => {}
        }
        let (m, k) = (rows.len(), self.patches.cols());
        let stride = self.groups.n * self.groups.filters;
        for group in 0..self.groups.n {
            let patches = &mut patches[..m * k];
            self.patches.fill(x, self.lhs_offset + self.groups.lhs * group as isize, rows.clone(), patches);
            let a = self.patches.matrix(patches, m);
            let c = &mut out[group * self.groups.filters..];
            T::gemm([m, self.groups.filters, k], (c, stride), a, self.filters(tables, group), false, false)?;
        }
        Ok(())
    }

    /// Whole elements of the batch: the products of each element of the lhs with all taps, added where they belong.
    fn scatter<T: Gemm + MulAdd>(&self, tables: &Tables<'_>, x: &[T], rows: Range<usize>, products: &mut [T], out: &mut [T]) -> Result<()> {
        let patches = &self.patches;
        let filters = self.groups.filters;
        let places: usize = patches.places.iter().product();
        let taps: usize = patches.taps.iter().product();
        let (last, outer) = patches.spatial.split_last().ok_or_else(|| invalid("a convolution without spatial axes"))?;
        let lines: usize = outer.iter().map(|axis| axis.n).product();
        // Where lines follow each other in memory, several are one matrix.
        let joined = patches.spatial.windows(2).all(|pair| pair[0].stride == pair[1].stride * pair[1].n as isize);
        let width = taps * filters;
        out.fill(T::zeroed());
        for (batch, out) in (rows.start / places..rows.end / places).zip(out.chunks_exact_mut(places * filters)) {
            for first in (0..lines).step_by(self.lines::<T>()) {
                let chunk = first..lines.min(first + self.lines::<T>());
                let products = &mut products[..chunk.len() * last.n * width];
                let step = if joined { chunk.len() } else { 1 };
                for line in chunk.clone().step_by(step) {
                    let mut rest = line;
                    let mut offset = self.lhs_offset + patches.batch.stride * batch as isize;
                    for axis in outer.iter().rev() {
                        offset += axis.stride * (rest % axis.n) as isize;
                        rest /= axis.n;
                    }
                    let a = Matrix { data: x, offset, row: last.stride, col: 1 };
                    let c = &mut products[(line - first) * last.n * width..];
                    T::gemm([step * last.n, width, patches.channels.n], (c, width), a, self.filters(tables, 0), false, false)?;
                }
                for (seen, products) in products.chunks_exact(width).enumerate() {
                    for (tap, product) in products.chunks_exact(filters).enumerate() {
                        if let Some(place) = self.place_of(first * last.n + seen, tap) {
                            vectorize(AddAll(&mut out[place * filters..][..filters], product));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The position of the result that sees an element of the lhs under a tap, where every position is one step from the last.
    fn place_of(&self, seen: usize, tap: usize) -> Option<usize> {
        let (mut seen, mut tap, mut place, mut step) = (seen, tap, 0, 1);
        for axis in (0..self.patches.spatial.len()).rev() {
            let Spatial { n, tap_step, low, dilation, .. } = self.patches.spatial[axis];
            let taps = self.patches.taps[axis];
            let at = (seen % n * dilation) as isize + low - (tap % taps * tap_step) as isize;
            if at < 0 || at as usize >= self.patches.places[axis] {
                return None;
            }
            place += at as usize * step;
            (seen, tap, step) = (seen / n, tap / taps, step * self.patches.places[axis]);
        }
        Some(place)
    }

    /// One channel in, one out, for each group.
    fn depthwise<T: Gemm + MulAdd>(&self, tables: &Tables<'_>, x: &[T], rows: Range<usize>, out: &mut [T]) -> Result<()> {
        let filters: Matrix<'_, T> = self.filters(tables, 0);
        let channels = self.groups.n;
        let per_batch: usize = self.patches.places.iter().product::<usize>().max(1);
        let taps: usize = self.patches.taps.iter().product();
        for (row, out) in rows.zip(out.chunks_exact_mut(channels)) {
            out.fill(T::zeroed());
            for tap in 0..taps {
                let (mut place, mut rest) = (row % per_batch, tap);
                let mut from = Some(self.lhs_offset + self.patches.batch.stride * (row / per_batch) as isize);
                for axis in (0..self.patches.taps.len()).rev() {
                    let (places, taps) = (self.patches.places[axis], self.patches.taps[axis]);
                    let met = self.patches.meet(axis, place % places, rest % taps);
                    from = from.zip(met).map(|(from, i)| from + self.patches.spatial[axis].stride * i as isize);
                    (place, rest) = (place / places, rest / taps);
                }
                let Some(from) = from else { continue };
                let first = filters.offset + filters.row * tap as isize;
                let x = &x[from as usize..][..channels];
                if filters.col == 1 {
                    vectorize(MulAddAll(out, x, &filters.data[first as usize..][..channels]));
                } else {
                    for (c, (out, &x)) in out.iter_mut().zip(x).enumerate() {
                        *out = x.mul_add(filters.data[(first + filters.col * c as isize) as usize], *out);
                    }
                }
            }
        }
        Ok(())
    }

    /// `patches^T . filters`, summed over blocks of rows; parts of the sum on several threads, added in their order.
    fn run_transposed<T: Gemm + MulAdd>(&self, tables: &Tables<'_>, sums: &mut [T]) -> Result<()> {
        let (rows, cols) = (self.patches.rows(), self.patches.cols());
        let filters = self.groups.n * self.groups.filters;
        let numel = cols * filters;
        let sums = sums.get_mut(..numel).ok_or_else(|| invalid("the sums of a convolution leave their buffer"))?;
        let block = self.block::<T>().min(rows.max(1));
        let blocks = rows.div_ceil(block);
        let parts = blocks.clamp(1, PARTS);
        let cost = rows.saturating_mul(cols).saturating_mul(filters);
        let part = |part: usize, sums: &mut [T]| {
            let range = blocks * part / parts..blocks * (part + 1) / parts;
            self.part::<T>(tables, range, block, sums)
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
                    T::gemm([cols, self.groups.filters, k], (c, stride), a, filters, b > blocks.start, false)?;
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

/// The arithmetic of the loops here.
trait MulAdd: Copy {
    fn mul_add(self, b: Self, c: Self) -> Self;
    fn plus(self, b: Self) -> Self;
}

macro_rules! mul_add {
    ($type:ty) => {
        impl MulAdd for $type {
            #[inline(always)]
            fn mul_add(self, b: $type, c: $type) -> $type {
                <$type>::mul_add(self, b, c)
            }
            #[inline(always)]
            fn plus(self, b: $type) -> $type {
                self + b
            }
        }
    };
}

mul_add!(f32);
mul_add!(f64);

struct MulAddAll<'a, T>(&'a mut [T], &'a [T], &'a [T]);

impl<T: MulAdd> NullaryFnOnce for MulAddAll<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for ((out, &a), &b) in self.0.iter_mut().zip(self.1).zip(self.2) {
            *out = a.mul_add(b, *out);
        }
    }
}

struct AddAll<'a, T>(&'a mut [T], &'a [T]);

impl<T: MulAdd> NullaryFnOnce for AddAll<'_, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (out, &a) in self.0.iter_mut().zip(self.1) {
            *out = out.plus(a);
        }
    }
}
