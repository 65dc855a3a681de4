//! Which lines of a kernel are needed where: by what, and after how many passes over the row.

use wgrad_tensor::plan::{Code, Kernel, Level, LineId};
use wgrad_tensor::{Error, Result};

/// The lines that a line reads.
pub(crate) fn operands(code: &Code) -> Vec<LineId> {
    match *code {
        Code::Load(_) | Code::Acc | Code::Constant(_) | Code::Index { .. } => Vec::new(),
        Code::Unary(_, x) | Code::Cast(x) | Code::Reduce(_, x) => vec![x],
        Code::Binary(_, a, b) => vec![a, b],
        Code::Select(condition, a, b) => vec![condition, a, b],
    }
}

/// Fails where an operand does not come before its use, so that nothing below indexes out of range.
pub(crate) fn check(kernel: &Kernel) -> Result<()> {
    let ordered = kernel.code.iter().enumerate().all(|(id, line)| operands(&line.code).iter().all(|&operand| operand < id));
    let stored = kernel.stores.iter().all(|(id, _)| *id < kernel.code.len());
    if ordered && stored { Ok(()) } else { Err(Error::InvalidProgram("a kernel uses a line before it is defined".into())) }
}

/// The lines that `roots` need, themselves included, in order; not looking behind reductions, which are complete by then.
pub(crate) fn needed(kernel: &Kernel, roots: impl IntoIterator<Item = LineId>) -> Vec<LineId> {
    let mut needed = vec![false; kernel.code.len()];
    for root in roots {
        needed[root] = true;
    }
    for id in (0..kernel.code.len()).rev() {
        if needed[id] && !matches!(kernel.code[id].code, Code::Reduce(..)) {
            operands(&kernel.code[id].code).into_iter().for_each(|operand| needed[operand] = true);
        }
    }
    (0..kernel.code.len()).filter(|&id| needed[id]).collect()
}

/// All lines that the stores need, reductions and what they reduce included.
pub(crate) fn live(kernel: &Kernel) -> Vec<bool> {
    let mut live = vec![false; kernel.code.len()];
    kernel.stores.iter().for_each(|(id, _)| live[*id] = true);
    for id in (0..kernel.code.len()).rev() {
        if live[id] {
            operands(&kernel.code[id].code).into_iter().for_each(|operand| live[operand] = true);
        }
    }
    live
}

/// The number of passes over the row that must be complete before each line can be computed.
pub(crate) fn phases(kernel: &Kernel) -> Vec<usize> {
    let mut phases = Vec::with_capacity(kernel.code.len());
    for line in &kernel.code {
        let before = operands(&line.code).into_iter().map(|operand| phases[operand]).max().unwrap_or(0);
        phases.push(before + usize::from(matches!(line.code, Code::Reduce(..))));
    }
    phases
}

/// Whether a line has one value for each row.
pub(crate) fn is_row(kernel: &Kernel, line: LineId) -> bool {
    kernel.code[line].level == Level::Row
}
