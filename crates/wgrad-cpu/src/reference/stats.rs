//! What a run costs: every instruction reads its operands and writes its result.

use super::interpret::last_uses;
use wgrad_tensor::{Instr, Op, Program, Spec, device::Stats};

/// The cost of interpreting a program.
pub(super) fn stats(program: &Program) -> Stats {
    let bytes = |values: &[usize]| values.iter().fold(0u64, |sum, &value| sum.saturating_add(program.spec(value).bytes() as u64));
    let mut stats = Stats { dispatches: program.instrs.len(), temporary_bytes: temporaries(program), ..Stats::default() };
    for instr in &program.instrs {
        stats.bytes_read = stats.bytes_read.saturating_add(bytes(&instr.operands));
        stats.bytes_written = stats.bytes_written.saturating_add(results(instr));
        stats.flops = stats.flops.saturating_add(flops(program, instr));
    }
    let inputs: Vec<usize> = (0..program.inputs.len()).collect();
    let ends = bytes(&inputs).saturating_add(bytes(&program.outputs));
    stats.peak_bytes = stats.temporary_bytes.saturating_add(ends);
    stats
}

/// The most bytes of results that are held at once, but for those of outputs. Reshapes share the storage of their operand.
fn temporaries(program: &Program) -> u64 {
    let last_use = last_uses(program);
    let first = program.inputs.len();
    let (mut held, mut peak) = (0u64, 0);
    for (i, instr) in program.instrs.iter().enumerate() {
        if last_use[first + i] < program.instrs.len() {
            held = held.saturating_add(results(instr));
        }
        peak = held.max(peak);
        let mut dead: Vec<usize> = instr.operands.iter().copied().filter(|&value| value >= first && last_use[value] == i).collect();
        dead.sort_unstable();
        dead.dedup();
        held = dead.into_iter().fold(held, |held, value| held.saturating_sub(results(&program.instrs[value - first])));
    }
    peak
}

/// Bytes that an instruction writes.
fn results(instr: &Instr) -> u64 {
    match &instr.op {
        Op::Scan(scan) => scan.results().iter().fold(0, |sum: u64, spec| sum.saturating_add(spec.bytes() as u64)),
        Op::Reshape(_) | Op::StopGradient | Op::Barrier | Op::Part(_) => 0,
        Op::Unary(_)
        | Op::Binary(_)
        | Op::Reduce { .. }
        | Op::CumSum { .. }
        | Op::Constant(_)
        | Op::Iota { .. }
        | Op::Random { .. }
        | Op::Select
        | Op::Cast(_)
        | Op::Permute(_)
        | Op::Expand(_)
        | Op::Slice(_)
        | Op::Pad { .. }
        | Op::Concat { .. }
        | Op::MatMul
        | Op::Conv(_)
        | Op::WindowSum(_)
        | Op::WindowSelect(_)
        | Op::WindowScatter(_)
        | Op::Gather { .. }
        | Op::ScatterAdd { .. }
        | Op::ArgSort { .. } => instr.spec.bytes() as u64,
    }
}

/// Operations on floats; movements and integers count nothing.
fn flops(program: &Program, instr: &Instr) -> u64 {
    let operand = |i: usize| instr.operands.get(i).map_or(Spec::new(instr.spec.dtype, ()), |&value| program.spec(value).clone());
    let (x, out) = (operand(0), instr.spec.shape.numel() as u64);
    let each = match &instr.op {
        Op::Scan(scan) => return stats(&scan.body).flops.saturating_mul(scan.length as u64),
        Op::Unary(_) | Op::Binary(_) if x.dtype.is_float() => 1,
        Op::Reduce { .. } | Op::CumSum { .. } if x.dtype.is_float() => return x.shape.numel() as u64,
        Op::MatMul => 2 * x.shape.last().copied().unwrap_or(0) as u64,
        Op::Conv(conv) => return conv.flops(&x.shape, &operand(1).shape, &instr.spec.shape),
        Op::WindowSum(w) | Op::WindowSelect(w) => w.size.iter().fold(1u64, |n, &k| n.saturating_mul(k as u64)),
        Op::WindowScatter(w) => {
            let windows = operand(1).shape.numel() as u64;
            return w.size.iter().fold(windows, |n, &k| n.saturating_mul(k as u64));
        }
        Op::ScatterAdd { .. } => return operand(2).shape.numel() as u64,
        Op::Unary(_)
        | Op::Binary(_)
        | Op::Reduce { .. }
        | Op::CumSum { .. }
        | Op::Constant(_)
        | Op::Iota { .. }
        | Op::Random { .. }
        | Op::Select
        | Op::Cast(_)
        | Op::StopGradient
        | Op::Barrier
        | Op::Reshape(_)
        | Op::Permute(_)
        | Op::Expand(_)
        | Op::Slice(_)
        | Op::Pad { .. }
        | Op::Concat { .. }
        | Op::Gather { .. }
        | Op::ArgSort { .. }
        | Op::Part(_) => 0,
    };
    out.saturating_mul(each)
}
