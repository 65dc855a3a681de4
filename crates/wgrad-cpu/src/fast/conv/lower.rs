//! The choice of a form for a convolution.

use super::{
    super::{
        kernel::Fused,
        lower::{Command, Lower, invalid},
        matmul::{only_stored, stored_as_is},
    },
    Convolve, Filters, Form, Groups, Sink,
    patches::{Axis, MAX_SPATIAL, Patches, Spatial},
    places::Seen,
    taps::Met,
};
use wgrad_tensor::{
    DType, Result,
    plan::{Code, Convolution, Kernel, Operand, View},
};

/// With fewer filters most of a vector would be empty.
const FEWEST_FILTERS: usize = 8;

impl Lower {
    pub(in crate::fast) fn conv(&mut self, step: &Convolution) -> Result<()> {
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
        // The longer runs; where both are short, the smaller number of rows is on the side that is summed.
        let outer_first = !depthwise && (transposed.run(), transposed.rows()) > (rows.run(), rows.rows());
        let direct = wide == DType::F32 && groups.n == 1 && groups.filters >= FEWEST_FILTERS;
        // The kernel's gradient of a depthwise convolution: each group is an element of the lhs and a filter.
        let apart = wide == DType::F32 && groups.n > 1 && groups.filters == 1 && groups.lhs == 1 && transposed.channels.n == 1;
        let met = ((direct || apart) && outer_first).then(|| Met::new(&transposed, groups.n * groups.filters, apart)).flatten();
        let seen = (direct && !outer_first).then(|| Seen::new(&rows)).flatten();
        let form = match (met, seen) {
            (Some(met), _) => Form::Met(met),
            (_, Some(seen)) => Form::Seen(seen),
            _ if depthwise => Form::Depthwise,
            _ if outer_first => Form::Transposed,
            _ if is_sparse(step) && groups.n == 1 => Form::Scatter,
            _ => Form::Rows,
        };
        let filters = match form {
            Form::Scatter => self.all_taps(&rhs, wide)?,
            Form::Rows | Form::Transposed | Form::Depthwise => self.filters(&rhs, wide, outer_first, false)?,
            Form::Seen(_) | Form::Met(_) => self.filters(&rhs, wide, outer_first, true)?,
        };
        let patches = if outer_first { transposed } else { rows };
        let (lhs, lhs_offset) = (lhs.buffer, lhs.view.offset);
        let f64 = wide == DType::F64;
        let convolve = |outs, sizes, sink| Convolve { form, patches, groups, lhs, lhs_offset, filters, f64, outs, sizes, sink };
        if outer_first {
            // The sums are in the order of taps, then batch; so is the memory of a kernel's gradient.
            if let Some(target) = only_stored(&step.epilogue, wide).filter(|target| is_taps_first(&target.view, &step.out_shape)) {
                let sink = Sink::Store { offset: target.view.offset as usize };
                self.push(Command::Conv(Box::new(convolve(vec![target.buffer], vec![wide.size()], sink))));
                return Ok(());
            }
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
        if !fused.is_flat() {
            return Err(invalid("the epilogue of a convolution has rows"));
        }
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

    /// The kernel as a matrix with rows `[k..., I]`, or `[I, k...]` where `channels_first`; contiguous rows where `in_rows`.
    fn filters(&mut self, rhs: &Operand, dtype: DType, channels_first: bool, in_rows: bool) -> Result<Filters> {
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
        let (row, col) = (row.unwrap_or(0), view.strides[axes + 1]);
        if uniform && (!in_rows || (col == 1 && row >= 0)) {
            return Ok(Filters { buffer: rhs.buffer, offset: rhs.view.offset, row, col });
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

/// Whether a view of all positions reaches memory in the order of [`taps_first`].
fn is_taps_first(view: &View, out: &[usize]) -> bool {
    let (batch, filters) = (out[0], out[out.len() - 1]);
    let taps: usize = out[1..out.len() - 1].iter().product();
    let strides = [filters, batch * filters, 1].map(|stride| stride as isize);
    let permuted = view.mask.is_none() && view.shape == [batch, taps, filters] && view.strides == strides;
    permuted || (batch == 1 || taps == 1) && view.is_contiguous()
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
