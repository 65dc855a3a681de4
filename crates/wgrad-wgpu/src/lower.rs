//! From a plan to shaders: the text of every dispatch and the memory that it binds. Needs no GPU.

use crate::codegen::{self, Shader, Target, buffer_bytes};
use crate::steps;
use crate::tune::Choice;
use wgrad_tensor::Result;
use wgrad_tensor::plan::{Buffer, Place, Plan, Step};

/// What an executable does, in order. `D` is a dispatch: first a [`Dispatch`] with its text, then one with its pipeline.
#[derive(Debug)]
pub(crate) enum Command<D> {
    Dispatch(D),
    /// Commands that are repeated.
    Repeat(usize, Vec<Command<D>>),
}

/// A shader, and what people call it.
#[derive(Debug)]
pub(crate) struct Dispatch {
    /// The number of the plan's step, as in [`Plan::costs`].
    pub(crate) step: usize,
    pub(crate) label: String,
    pub(crate) shader: Shader,
    /// What it could be as well.
    pub(crate) choice: Option<Choice>,
}

/// The shaders of a plan.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) commands: Vec<Command<Dispatch>>,
    /// Bytes of each temporary.
    pub(crate) slots: Vec<u64>,
}

/// The shaders of all steps of a plan.
pub(crate) fn lower(plan: &Plan, target: Target) -> Result<Lowered> {
    let mut lowering = Lowering { target, slots: slot_bytes(plan), next_step: 0 };
    let commands = lowering.steps(plan, &plan.buffers)?;
    Ok(Lowered { commands, slots: lowering.slots })
}

/// Bytes of each slot on the device.
pub(crate) fn slot_bytes(plan: &Plan) -> Vec<u64> {
    let mut slots = vec![buffer_bytes(wgrad_tensor::DType::U32, 1); plan.slots.len()];
    for buffer in &plan.buffers {
        if let Place::Slot(slot) = buffer.place
            && let Some(bytes) = slots.get_mut(slot)
        {
            *bytes = buffer_bytes(buffer.dtype, buffer.len).max(*bytes);
        }
    }
    slots
}

/// Collects temporaries while it writes shaders.
pub(crate) struct Lowering {
    pub(crate) target: Target,
    pub(crate) slots: Vec<u64>,
    /// The number of the next step, those of the bodies of loops counted after their loop.
    next_step: usize,
}

impl Lowering {
    /// The commands of all steps of a plan, whose buffers are placed in the memory of the whole program.
    pub(crate) fn steps(&mut self, plan: &Plan, buffers: &[Buffer]) -> Result<Vec<Command<Dispatch>>> {
        let mut commands = Vec::new();
        for (number, step) in plan.steps.iter().enumerate() {
            let at = self.next_step;
            self.next_step += 1;
            let (shaders, mut choice) = match step {
                Step::Kernel(kernel) => (codegen::kernel(kernel, buffers, &self.target)?.into_iter().collect(), None),
                Step::Scan(scan) => {
                    self.scan((at, number), scan, buffers, &mut commands)?;
                    continue;
                }
                Step::MatMul(_)
                | Step::Conv(_)
                | Step::WindowSum { .. }
                | Step::WindowSelect { .. }
                | Step::WindowScatter { .. }
                | Step::Gather { .. }
                | Step::ScatterAdd { .. }
                | Step::ArgSort { .. }
                | Step::CumSum { .. }
                | Step::Random { .. } => self.own(step, buffers)?,
            };
            let label = format!("step {number}: {}", step.name());
            // Of several shaders, the first is that with a choice.
            let dispatch = |shader| Dispatch { step: at, label: label.clone(), shader, choice: choice.take() };
            commands.extend(shaders.into_iter().map(dispatch).map(Command::Dispatch));
        }
        Ok(commands)
    }

    /// The shaders of a step that has a hand-written kernel, and what the first could be as well.
    fn own(&mut self, step: &Step, buffers: &[Buffer]) -> Result<(Vec<Shader>, Option<Choice>)> {
        let started = steps::started(step, buffers, &self.target, self.slots.len())?;
        Ok(started.map_or_else(Default::default, |started| {
            self.slots.extend(started.scratch);
            (started.shaders, started.choice)
        }))
    }

    /// A new temporary.
    pub(crate) fn slot(&mut self, bytes: u64) -> Place {
        self.slots.push(bytes);
        Place::Slot(self.slots.len() - 1)
    }
}
