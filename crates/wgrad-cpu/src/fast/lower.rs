//! From a plan to commands: operands that are not contiguous are copied first, kernels are compiled, memory is decided.

use super::{conv::Convolve, kernel::Fused, machine::Work, scan::Scan, storage::Counters};
use std::sync::Arc;
use wgrad_tensor::{
    DType, Error, Result,
    plan::{Buffer, BufferId, Code, Kernel, Level, Line, Operand, Place, Plan, Step, Target, View},
};

/// What a run does, in order.
#[derive(Debug)]
pub(super) enum Command {
    Kernel(Box<KernelCommand>),
    /// A step with one result and without an epilogue.
    Work(Box<dyn Work>),
    Conv(Box<Convolve>),
    Scan(Box<Scan>),
}

/// A kernel with the memory for its partial results and, after a matmul, the sums that it reads.
#[derive(Debug)]
pub(super) struct KernelCommand {
    pub(super) fused: Fused,
    pub(super) partials: Option<BufferId>,
    pub(super) acc: Option<BufferId>,
}

/// What a command does, for the profile.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// The step of the plan that it belongs to.
    pub(super) step: usize,
    pub(super) what: String,
    pub(super) flops: u64,
}

/// A stretch of a buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    pub(super) buffer: BufferId,
    pub(super) offset: usize,
    pub(super) len: usize,
}

/// A plan, lowered.
#[derive(Debug)]
pub(super) struct Lowered {
    pub(super) buffers: Vec<Buffer>,
    pub(super) slots: Vec<u64>,
    pub(super) outputs: Vec<BufferId>,
    /// Whether each input is written.
    pub(super) written: Vec<bool>,
    /// Bytes of each fresh output, by its place.
    pub(super) fresh: Vec<usize>,
    pub(super) commands: Vec<Command>,
    /// One for each command.
    pub(super) labels: Vec<Label>,
}

pub(super) struct Lower {
    buffers: Vec<Buffer>,
    slots: Vec<u64>,
    /// Slots of the step being lowered, and how many of them are taken.
    own_slots: Vec<usize>,
    taken: usize,
    commands: Vec<Command>,
}

impl Lowered {
    /// Lowers a plan.
    ///
    /// # Errors
    /// [`Error::InvalidProgram`] where it breaks the rules of plans.
    pub(super) fn new(plan: &Plan, counters: &Arc<Counters>) -> Result<Lowered> {
        let mut lower = Lower {
            buffers: plan.buffers.clone(),
            slots: plan.slots.clone(),
            own_slots: Vec::new(),
            taken: 0,
            commands: Vec::with_capacity(plan.steps.len()),
        };
        let mut labels = Vec::new();
        for (number, step) in plan.steps.iter().enumerate() {
            lower.taken = 0;
            lower.step(step, counters)?;
            labels.resize(lower.commands.len(), label(number, step));
        }
        let mut written = vec![false; plan.inputs.len()];
        let mut fresh = Vec::new();
        for target in plan.steps.iter().flat_map(Step::writes) {
            if let Place::Input(input) = plan.buffers[target.buffer].place {
                *written.get_mut(input).ok_or_else(|| invalid("a buffer of an input that is not there"))? = true;
            }
        }
        for buffer in &plan.buffers {
            if let Place::Output(output) = buffer.place {
                fresh.resize(fresh.len().max(output + 1), 0);
                fresh[output] = buffer.len * buffer.dtype.size();
            }
        }
        let Lower { buffers, slots, commands, .. } = lower;
        Ok(Lowered { buffers, slots, outputs: plan.outputs.clone(), written, fresh, commands, labels })
    }
}

impl Lower {
    fn step(&mut self, step: &Step, counters: &Arc<Counters>) -> Result<()> {
        match step {
            Step::Kernel(kernel) => self.kernel(kernel, None),
            Step::MatMul(matmul) => self.matmul(matmul),
            Step::Conv(conv) => self.conv(conv),
            Step::WindowSum { x, window, out } => self.window_sum(x, window, out),
            Step::WindowSelect { x, v, window, out } => self.window_select(x, v, window, out),
            Step::WindowScatter { x, g, window, out } => self.window_scatter(x, g, window, out),
            Step::Gather { x, indices, axis, out } => self.gather(x, indices, *axis, out),
            Step::ScatterAdd { x, indices, updates, axis, out } => self.scatter_add(x, indices, updates, *axis, out),
            Step::ArgSort { x, axis, descending, out } => self.argsort(x, *axis, *descending, out),
            Step::CumSum { x, axis, reverse, out } => self.cumsum(x, *axis, *reverse, out),
            Step::Random { key, stream, out } => self.random(key, *stream, out),
            Step::Scan(step) => {
                let scan = self.scan(step, counters)?;
                self.commands.push(Command::Scan(Box::new(scan)));
                Ok(())
            }
        }
    }

    /// A kernel, which may read the sums of a matmul.
    pub(super) fn kernel(&mut self, kernel: &Kernel, acc: Option<BufferId>) -> Result<()> {
        let fused = Fused::new(kernel, &self.buffers)?;
        let bytes = fused.partial_bytes();
        let partials = (bytes > 0).then(|| self.temporary(DType::F64, bytes.div_ceil(8)));
        self.commands.push(Command::Kernel(Box::new(KernelCommand { fused, partials, acc })));
        Ok(())
    }

    pub(super) fn push(&mut self, command: Command) {
        self.commands.push(command);
    }

    pub(super) fn work(&mut self, work: impl Work + 'static) {
        self.commands.push(Command::Work(Box::new(work)));
    }

    pub(super) fn dtype(&self, operand: &Operand) -> Result<DType> {
        Ok(self.buffers.get(operand.buffer).ok_or_else(|| invalid("an operand of a buffer that is not there"))?.dtype)
    }

    pub(super) fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// A buffer that lives during this step.
    pub(super) fn temporary(&mut self, dtype: DType, len: usize) -> BufferId {
        if self.taken == self.own_slots.len() {
            self.own_slots.push(self.slots.len());
            self.slots.push(0);
        }
        let slot = self.own_slots[self.taken];
        self.taken += 1;
        self.slots[slot] = self.slots[slot].max((len as u64).saturating_mul(dtype.size() as u64));
        self.buffers.push(Buffer { dtype, len, place: Place::Slot(slot) });
        self.buffers.len() - 1
    }

    /// The operand as a stretch of a buffer of `dtype`, copied where it is not one already.
    pub(super) fn plain(&mut self, operand: &Operand, dtype: DType) -> Result<Plain> {
        let own = self.dtype(operand)?;
        let len = operand.view.numel();
        if operand.view.is_contiguous() && own == dtype {
            return Ok(Plain { buffer: operand.buffer, offset: usize::try_from(operand.view.offset).unwrap_or(0), len });
        }
        let buffer = self.temporary(dtype, len);
        let target = Operand { buffer, view: View::contiguous(&[len]) };
        self.kernel(&copy(operand, own, target, dtype), None)?;
        Ok(Plain { buffer, offset: 0, len })
    }

    /// Lowers a step whose result is a stretch of a buffer of `dtype`, and copies the result where `out` is not one.
    pub(super) fn result(&mut self, out: &Target, dtype: DType, step: impl FnOnce(&mut Lower, Plain) -> Result<()>) -> Result<()> {
        let own = self.dtype(out)?;
        let len = out.view.numel();
        if out.view.is_contiguous() && own == dtype {
            return step(self, Plain { buffer: out.buffer, offset: usize::try_from(out.view.offset).unwrap_or(0), len });
        }
        let buffer = self.temporary(dtype, len);
        step(self, Plain { buffer, offset: 0, len })?;
        let result = Operand { buffer, view: View::contiguous(&out.view.shape) };
        self.kernel(&copy(&result, dtype, out.clone(), own), None)
    }
}

fn label(number: usize, step: &Step) -> Label {
    let (what, flops) = match step {
        Step::Kernel(kernel) => (format!(" of {} lines over {} x {}", kernel.code.len(), kernel.rows, kernel.cols), 0),
        Step::MatMul(m) => (format!(" {} x {} x {} x {}", m.batch, m.m, m.k, m.n), 2 * (m.batch * m.m * m.k * m.n) as u64),
        Step::Conv(conv) => {
            let (lhs, rhs) = (&conv.lhs.view.shape, &conv.rhs.view.shape);
            let sums = conv.out_shape.iter().chain(&rhs[..rhs.len() - 1]).product::<usize>();
            (format!(" {lhs:?} * {rhs:?} -> {:?}", conv.out_shape), 2 * sums as u64)
        }
        Step::WindowSum { .. }
        | Step::WindowSelect { .. }
        | Step::WindowScatter { .. }
        | Step::Gather { .. }
        | Step::ScatterAdd { .. }
        | Step::ArgSort { .. }
        | Step::CumSum { .. }
        | Step::Random { .. }
        | Step::Scan(_) => (format!(" -> {:?}", step.writes().first().map(|out| &out.view.shape)), 0),
    };
    Label { step: number, what: format!("{}{what}", step.name()), flops }
}

/// The kernel that copies `from` to `to`, with conversion.
fn copy(from: &Operand, from_dtype: DType, to: Target, to_dtype: DType) -> Kernel {
    let line = |code, dtype| Line { code, dtype, level: Level::Element };
    let mut code = vec![line(Code::Load(from.clone()), from_dtype)];
    if from_dtype != to_dtype {
        code.push(line(Code::Cast(0), to_dtype));
    }
    Kernel { rows: from.view.numel(), cols: 1, stores: vec![(code.len() - 1, to)], code }
}

pub(super) fn invalid(why: impl Into<String>) -> Error {
    Error::InvalidProgram(why.into())
}
