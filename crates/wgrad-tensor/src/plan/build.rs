//! From a program to its plan.

use super::{
    Code, Convolution, Loop, MatMul, Operand, Plan, PlanOptions, Step,
    column_sums::attach_column_sums,
    emit::emit,
    group::{Form, GroupId, group},
    memory::{assign_slots, drop_unused, store_over_operands},
    prepare::prepare,
    store::store,
};
use crate::{Program, Result};
use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

impl Plan {
    /// Plans a program.
    ///
    /// # Errors
    /// [`crate::Error::InvalidProgram`] where the program is not a legal one.
    pub fn new(program: &Program, options: &PlanOptions) -> Result<Plan> {
        program.verify()?;
        let program = prepare(program, options);
        let mut grouping = group(&program, options);
        let stored = grouping.stored();
        let storage = store(&mut grouping);
        let before: Vec<BTreeSet<GroupId>> = (0..grouping.groups.len()).map(|g| grouping.before(g)).collect();
        let priority = |g: GroupId| grouping.groups[g].members.last().copied().unwrap_or(0);
        let mut steps = Vec::new();
        for g in in_order(&before, priority) {
            if grouping.groups[g].form != Form::Gone {
                steps.extend(emit(&grouping, &storage, &stored, g, options)?);
            }
        }
        if options.fuse {
            attach_column_sums(&mut steps, options.max_buffers);
        }
        let mut plan = Plan { buffers: storage.buffers, inputs: storage.inputs, outputs: storage.outputs, slots: vec![], steps };
        if options.fuse {
            store_over_operands(&mut plan);
        }
        drop_unused(&mut plan);
        assign_slots(&mut plan);
        plan.verify()?;
        Ok(plan)
    }
}

/// The groups in an order that respects `before`; of those that may run next, the one that the program finished first.
fn in_order(before: &[BTreeSet<GroupId>], priority: impl Fn(GroupId) -> usize) -> Vec<GroupId> {
    let mut waiting: Vec<usize> = before.iter().map(BTreeSet::len).collect();
    let mut after = vec![Vec::new(); before.len()];
    for (group, needed) in before.iter().enumerate() {
        for &first in needed {
            after[first].push(group);
        }
    }
    let mut ready: BinaryHeap<Reverse<(usize, GroupId)>> =
        (0..before.len()).filter(|&g| waiting[g] == 0).map(|g| Reverse((priority(g), g))).collect();
    let mut order = Vec::with_capacity(before.len());
    while let Some(Reverse((_, group))) = ready.pop() {
        order.push(group);
        for &next in &after[group] {
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(Reverse((priority(next), next)));
            }
        }
    }
    order
}

impl Step {
    /// What the step reads.
    pub fn reads(&self) -> Vec<&Operand> {
        match self {
            Step::Kernel(kernel) => kernel.reads().collect(),
            Step::MatMul(matmul) => [&matmul.a, &matmul.b].into_iter().chain(matmul.epilogue.reads()).collect(),
            Step::Conv(conv) => [&conv.lhs, &conv.rhs].into_iter().chain(conv.epilogue.reads()).collect(),
            Step::WindowSum { x, .. } | Step::ArgSort { x, .. } | Step::CumSum { x, .. } => vec![x],
            Step::WindowSelect { x, v, .. } => vec![x, v],
            Step::WindowScatter { x, g, .. } => vec![x, g],
            Step::Gather { x, indices, .. } => vec![x, indices],
            Step::ScatterAdd { x, indices, updates, .. } => vec![x, indices, updates],
            Step::Random { key, .. } => vec![key],
            Step::Scan(scan) => scan.carries.iter().chain(&scan.sequences).chain(&scan.constants).collect(),
        }
    }

    /// What the step writes.
    pub fn writes(&self) -> Vec<&Operand> {
        match self {
            Step::Kernel(kernel) => kernel.writes().collect(),
            Step::MatMul(matmul) => matmul.epilogue.writes().chain(&matmul.b_sum).collect(),
            Step::Conv(conv) => conv.epilogue.writes().collect(),
            Step::WindowSum { out, .. }
            | Step::WindowSelect { out, .. }
            | Step::WindowScatter { out, .. }
            | Step::Gather { out, .. }
            | Step::ScatterAdd { out, .. }
            | Step::ArgSort { out, .. }
            | Step::CumSum { out, .. }
            | Step::Random { out, .. } => vec![out],
            Step::Scan(scan) => scan.out.iter().collect(),
        }
    }

    /// What the step reads and writes.
    pub(super) fn operands_mut(&mut self) -> Vec<&mut Operand> {
        match self {
            Step::Kernel(kernel) => kernel.operands_mut().collect(),
            Step::MatMul(MatMul { a, b, epilogue, b_sum, .. }) => [a, b].into_iter().chain(epilogue.operands_mut()).chain(b_sum).collect(),
            Step::Conv(Convolution { lhs, rhs, epilogue, .. }) => [lhs, rhs].into_iter().chain(epilogue.operands_mut()).collect(),
            Step::WindowSum { x, out, .. } | Step::ArgSort { x, out, .. } | Step::CumSum { x, out, .. } => vec![x, out],
            Step::WindowSelect { x, v, out, .. } => vec![x, v, out],
            Step::WindowScatter { x, g, out, .. } => vec![x, g, out],
            Step::Gather { x, indices, out, .. } => vec![x, indices, out],
            Step::ScatterAdd { x, indices, updates, out, .. } => vec![x, indices, updates, out],
            Step::Random { key, out, .. } => vec![key, out],
            Step::Scan(scan) => {
                let Loop { carries, sequences, constants, out, .. } = &mut **scan;
                carries.iter_mut().chain(sequences).chain(constants).chain(out).collect()
            }
        }
    }
}

impl super::Kernel {
    /// What the kernel loads.
    pub fn reads(&self) -> impl Iterator<Item = &Operand> {
        self.code.iter().filter_map(|line| match &line.code {
            Code::Load(operand) => Some(operand),
            Code::Acc
            | Code::Constant(_)
            | Code::Index { .. }
            | Code::Unary(..)
            | Code::Binary(..)
            | Code::Select(..)
            | Code::Cast(_)
            | Code::Reduce(..) => None,
        })
    }

    /// What the kernel stores.
    pub fn writes(&self) -> impl Iterator<Item = &Operand> {
        self.stores.iter().map(|(_, target)| target)
    }

    fn operands_mut(&mut self) -> impl Iterator<Item = &mut Operand> {
        let loads = self.code.iter_mut().filter_map(|line| if let Code::Load(operand) = &mut line.code { Some(operand) } else { None });
        loads.chain(self.stores.iter_mut().map(|(_, target)| target))
    }
}
