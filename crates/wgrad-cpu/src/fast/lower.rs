//! From a plan to commands: operands that are not contiguous are copied first, kernels are compiled, memory is decided.

use super::{
    conv::Convolve,
    kernel::Fused,
    machine::{Recording, Work},
    scan::Scan,
    storage::Counters,
};
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
    /// For each command the step that it belongs to, numbered with the steps of the bodies of loops.
    pub(super) steps: Vec<usize>,
}

pub(super) struct Lower {
    buffers: Vec<Buffer>,
    slots: Vec<u64>,
    /// Slots of the step being lowered, and how many of them are taken.
    own_slots: Vec<usize>,
    taken: usize,
    commands: Vec<Command>,
    /// For the body of a loop: the first number of its steps.
    body: Option<Recording>,
}

impl Lowered {
    /// Lowers a plan.
    ///
    /// # Errors
    /// [`Error::InvalidProgram`] where it breaks the rules of plans.
    pub(super) fn new(plan: &Plan, counters: &Arc<Counters>, recording: Option<&Recording>) -> Result<Lowered> {
        let mut lower = Lower {
            buffers: plan.buffers.clone(),
            slots: plan.slots.clone(),
            own_slots: Vec::new(),
            taken: 0,
            commands: Vec::with_capacity(plan.steps.len()),
            body: None,
        };
        let (mut steps, mut number) = (Vec::new(), 0);
        for step in &plan.steps {
            lower.taken = 0;
            lower.body = recording.map(|recording| Recording { first: recording.first + number + 1, ..recording.clone() });
            lower.step(step, counters)?;
            steps.resize(lower.commands.len(), number);
            number += step.count();
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
        Ok(Lowered { buffers, slots, outputs: plan.outputs.clone(), written, fresh, commands, steps })
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

    /// Where the steps of a loop's body are recorded.
    pub(super) fn body_recording(&self) -> Option<Recording> {
        self.body.clone()
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
