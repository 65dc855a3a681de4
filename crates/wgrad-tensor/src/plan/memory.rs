//! Temporary memory: element-wise results overwrite operands that die there, and buffers whose lives do not overlap share a slot.

use super::{BufferId, Code, Kernel, Level, Operand, Place, Plan, Step};

/// The first and the last step that use a buffer.
#[derive(Clone, Copy)]
struct Life {
    first: usize,
    last: usize,
}

impl Plan {
    /// The lives of buffers that are temporary.
    fn lives(&self) -> Vec<Option<Life>> {
        let mut lives: Vec<Option<Life>> = vec![None; self.buffers.len()];
        for (i, step) in self.steps.iter().enumerate() {
            let operands = step.reads().into_iter().chain(step.writes());
            for operand in operands.filter(|operand| matches!(self.buffers[operand.buffer].place, Place::Slot(_))) {
                let life = lives[operand.buffer].get_or_insert(Life { first: i, last: i });
                life.last = i;
            }
        }
        lives
    }

    /// Whether a view is all of its buffer, element by element.
    fn is_whole(&self, operand: &Operand) -> bool {
        let view = &operand.view;
        view.offset == 0 && view.is_contiguous() && view.numel() == self.buffers[operand.buffer].len
    }

    /// A temporary that kernel `step` reads for the last time, and that its result may overwrite: each position is loaded where it is stored.
    fn overwritten(&self, step: usize, kernel: &Kernel, (line, target): &(usize, Operand), lives: &[Option<Life>]) -> Option<BufferId> {
        let is_new = lives[target.buffer].is_some_and(|life| life.first == step);
        if !is_new || !self.is_whole(target) || kernel.code[*line].level != Level::Element {
            return None;
        }
        let dies = |operand: &&Operand| {
            let same = (self.buffers[operand.buffer].dtype, self.buffers[operand.buffer].len)
                == (self.buffers[target.buffer].dtype, self.buffers[target.buffer].len);
            // A device may store a value right after its line, so what is overwritten must be loaded before.
            let loads = kernel.code.iter().enumerate().filter_map(|(number, load)| match &load.code {
                Code::Load(view) if view.buffer == operand.buffer => {
                    Some(number < *line && load.level == Level::Element && self.is_whole(view))
                }
                _ => None,
            });
            let is_last = lives[operand.buffer].is_some_and(|life| life.last == step);
            same && is_last && loads.min() == Some(true) && kernel.writes().all(|write| write.buffer != operand.buffer)
        };
        kernel.reads().find(dies).map(|operand| operand.buffer)
    }
}

/// Lets kernels store over operands that nothing reads afterwards. Kernels with reductions may read a position again after they stored it.
pub(super) fn store_over_operands(plan: &mut Plan) {
    let mut lives = plan.lives();
    for at in 0..plan.steps.len() {
        let Step::Kernel(kernel) = &plan.steps[at] else { continue };
        if kernel.code.iter().any(|line| matches!(line.code, Code::Reduce(..))) {
            continue;
        }
        for store in 0..kernel.stores.len() {
            let Step::Kernel(kernel) = &plan.steps[at] else { continue };
            let result = kernel.stores[store].1.buffer;
            let Some(operand) = plan.overwritten(at, kernel, &kernel.stores[store], &lives) else { continue };
            for renamed in plan.steps[at..].iter_mut().flat_map(Step::operands_mut).filter(|renamed| renamed.buffer == result) {
                renamed.buffer = operand;
            }
            let last = lives[result].take().map(|life| life.last);
            lives[operand] = lives[operand].map(|life| Life { last: last.unwrap_or(life.last), ..life });
        }
    }
}

/// Drops the buffers that no step uses and numbers the others anew.
pub(super) fn drop_unused(plan: &mut Plan) {
    let mut used = vec![false; plan.buffers.len()];
    plan.inputs.iter().chain(&plan.outputs).for_each(|&buffer| used[buffer] = true);
    plan.steps.iter().flat_map(|step| step.reads().into_iter().chain(step.writes())).for_each(|operand| used[operand.buffer] = true);
    let number = |next: &mut BufferId, &used: &bool| {
        let number = *next;
        *next += usize::from(used);
        Some(number)
    };
    let numbers: Vec<BufferId> = used.iter().scan(0, number).collect();
    plan.inputs.iter_mut().chain(&mut plan.outputs).for_each(|buffer| *buffer = numbers[*buffer]);
    plan.steps.iter_mut().flat_map(Step::operands_mut).for_each(|operand| operand.buffer = numbers[operand.buffer]);
    let mut used = used.into_iter();
    plan.buffers.retain(|_| used.next() == Some(true));
}

/// Assigns slots, the largest buffers first: each goes to the first slot that is free for its whole life.
pub(super) fn assign_slots(plan: &mut Plan) {
    let lives = plan.lives();
    let mut order: Vec<usize> = (0..plan.buffers.len()).filter(|&b| lives[b].is_some()).collect();
    let bytes = |plan: &Plan, b: usize| (plan.buffers[b].len * plan.buffers[b].dtype.device_size()) as u64;
    order.sort_by_key(|&b| std::cmp::Reverse(bytes(plan, b)));
    let mut tenants: Vec<Vec<Life>> = Vec::new();
    for b in order {
        let Some(life) = lives[b] else { continue };
        let free = |tenants: &Vec<Life>| tenants.iter().all(|other| life.last < other.first || other.last < life.first);
        let slot = tenants.iter().position(free).unwrap_or_else(|| {
            tenants.push(Vec::new());
            plan.slots.push(bytes(plan, b));
            tenants.len() - 1
        });
        tenants[slot].push(life);
        plan.buffers[b].place = Place::Slot(slot);
    }
}
