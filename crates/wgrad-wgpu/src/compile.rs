//! From a plan to commands: the shaders of its steps and the memory that they bind.

use crate::codegen::{self, Bound, Shader, Target, buffer_bytes};
use crate::gpu::{Gpu, Pipeline};
use crate::steps;
use std::sync::Arc;
use wgrad_tensor::Result;
use wgrad_tensor::plan::{Buffer, Place, Plan, Step};

/// What an executable does, in order.
#[derive(Debug)]
pub(crate) enum Command {
    Dispatch(Dispatch),
    /// Commands that are repeated.
    Repeat(usize, Vec<Command>),
}

/// One start of a compute shader.
#[derive(Debug)]
pub(crate) struct Dispatch {
    /// Counts the dispatches of an executable: where its bind groups are kept.
    pub(crate) number: usize,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) bound: Vec<Bound>,
    pub(crate) groups: [u32; 3],
}

/// A compiled plan.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub(crate) commands: Vec<Command>,
    /// Bytes of each temporary.
    pub(crate) slots: Vec<u64>,
    /// Which inputs are overwritten.
    pub(crate) written: Vec<bool>,
    /// The number of different places for bind groups.
    pub(crate) dispatches: usize,
    /// Dispatches of a run, loops unrolled.
    pub(crate) started: usize,
    /// The text of every shader.
    pub(crate) source: String,
}

/// Compiles a plan: generates, specialises and checks every shader.
pub(crate) fn compile(gpu: &Gpu, plan: &Plan) -> Result<Compiled> {
    let mut compiler = Compiler { gpu, target: gpu.target(), compiled: Compiled::default() };
    compiler.compiled.slots = slot_bytes(plan);
    compiler.compiled.written = vec![false; plan.inputs.len()];
    for (i, buffer) in plan.buffers.iter().enumerate() {
        gpu.check_size(
            &|| format!("buffer {i} of the plan, {} elements of {},", buffer.len, buffer.dtype),
            buffer_bytes(buffer.dtype, buffer.len),
        )?;
    }
    compiler.compiled.commands = compiler.steps(plan, &plan.buffers)?;
    compiler.compiled.started = started(&compiler.compiled.commands);
    Ok(compiler.compiled)
}

/// Bytes of each slot on the device, where a bool takes four.
pub(crate) fn slot_bytes(plan: &Plan) -> Vec<u64> {
    let mut slots = vec![4; plan.slots.len()];
    for buffer in &plan.buffers {
        if let Place::Slot(slot) = buffer.place {
            if let Some(bytes) = slots.get_mut(slot) {
                *bytes = buffer_bytes(buffer.dtype, buffer.len).max(*bytes);
            }
        }
    }
    slots
}

fn started(commands: &[Command]) -> usize {
    let count = |command: &Command| match command {
        Command::Dispatch(_) => 1,
        Command::Repeat(times, commands) => times.saturating_mul(started(commands)),
    };
    commands.iter().map(count).fold(0, usize::saturating_add)
}

/// Collects commands.
pub(crate) struct Compiler<'a> {
    pub(crate) gpu: &'a Gpu,
    pub(crate) target: Target,
    pub(crate) compiled: Compiled,
}

impl Compiler<'_> {
    /// The commands of all steps of a plan, whose buffers are placed in the memory of the whole program.
    pub(crate) fn steps(&mut self, plan: &Plan, buffers: &[Buffer]) -> Result<Vec<Command>> {
        let mut commands = Vec::new();
        for (number, step) in plan.steps.iter().enumerate() {
            self.step(number, step, buffers, &mut commands)?;
        }
        Ok(commands)
    }

    fn step(&mut self, number: usize, step: &Step, buffers: &[Buffer], commands: &mut Vec<Command>) -> Result<()> {
        let shaders = match step {
            Step::Kernel(kernel) => codegen::kernel(kernel, buffers, &self.target)?.into_iter().collect(),
            Step::Scan(scan) => return self.scan(number, scan, buffers, commands),
            Step::MatMul(_)
            | Step::Conv(_)
            | Step::WindowSum { .. }
            | Step::WindowSelect { .. }
            | Step::WindowScatter { .. }
            | Step::Gather { .. }
            | Step::ScatterAdd { .. }
            | Step::ArgSort { .. }
            | Step::CumSum { .. }
            | Step::Random { .. } => {
                let first_slot = self.compiled.slots.len();
                let started = steps::started(step, buffers, &self.target, first_slot)?;
                started.map_or_else(Vec::new, |started| {
                    self.compiled.slots.extend(started.scratch);
                    started.shaders
                })
            }
        };
        for shader in shaders {
            commands.push(self.dispatch(&format!("step {number}: {}", name(step)), shader)?);
        }
        Ok(())
    }

    /// The command that starts a shader.
    pub(crate) fn dispatch(&mut self, label: &str, shader: Shader) -> Result<Command> {
        let writable: Vec<bool> = shader.bound.iter().map(|bound| bound.write).collect();
        self.compiled.source += &format!("// {label}: {:?} workgroups\n{}\n", shader.groups, shader.source);
        let pipeline = self.gpu.pipeline(label, &shader.source, &writable)?;
        for bound in &shader.bound {
            if let (Place::Input(input), true) = (bound.place, bound.write) {
                if let Some(written) = self.compiled.written.get_mut(input) {
                    *written = true;
                }
            }
        }
        let number = self.compiled.dispatches;
        self.compiled.dispatches += 1;
        Ok(Command::Dispatch(Dispatch { number, pipeline, bound: shader.bound, groups: shader.groups }))
    }
}

fn name(step: &Step) -> &'static str {
    match step {
        Step::Kernel(_) => "kernel",
        Step::MatMul(_) => "matmul",
        Step::Conv(_) => "conv",
        Step::WindowSum { .. } => "window_sum",
        Step::WindowSelect { .. } => "window_select",
        Step::WindowScatter { .. } => "window_scatter",
        Step::Gather { .. } => "gather",
        Step::ScatterAdd { .. } => "scatter_add",
        Step::ArgSort { .. } => "argsort",
        Step::CumSum { .. } => "cumsum",
        Step::Random { .. } => "random",
        Step::Scan(_) => "scan",
    }
}
