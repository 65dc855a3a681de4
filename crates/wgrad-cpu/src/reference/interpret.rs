//! The interpreter: one instruction after the other.

use super::{conv, gather, matmul, movement, random, reduce, scalar, scan, sort, window};
use std::sync::Arc;
use wgrad_tensor::{Error, HostData, Instr, Op, Program, Result, Shape, Spec};

/// The results of an instruction: one, but for loops, which have as many as they say.
type Results = Vec<Arc<HostData>>;

/// Runs a program on the elements of its inputs, which are as its specs say.
pub(super) fn run(program: &Program, inputs: Vec<Arc<HostData>>) -> Result<Vec<Arc<HostData>>> {
    let last_use = last_uses(program);
    let mut values: Vec<Results> = inputs.into_iter().map(|data| vec![data]).collect();
    for (i, instr) in program.instrs.iter().enumerate() {
        let results = execute(program, instr, &values)?;
        values.push(results);
        for &operand in &instr.operands {
            if last_use[operand] == i {
                values[operand].clear();
            }
        }
    }
    let output = |&value: &usize| values.get(value).and_then(|results| results.first()).cloned().ok_or_else(missing);
    program.outputs.iter().map(output).collect()
}

/// For each value the last instruction that reads it; the number of instructions for outputs, which are kept.
pub(super) fn last_uses(program: &Program) -> Vec<usize> {
    let mut last = vec![0; program.len()];
    for (i, instr) in program.instrs.iter().enumerate() {
        instr.operands.iter().for_each(|&operand| last[operand] = i);
    }
    program.outputs.iter().for_each(|&output| last[output] = program.instrs.len());
    last
}

fn execute(program: &Program, instr: &Instr, values: &[Results]) -> Result<Results> {
    if let Op::Part(part) = instr.op {
        let result = instr.operands.first().and_then(|&operand| values[operand].get(part));
        return Ok(vec![result.ok_or_else(missing)?.clone()]);
    }
    let operands = instr.operands.iter().map(|&operand| values[operand].first().cloned().ok_or_else(missing));
    let operands = operands.collect::<Result<Vec<_>>>()?;
    match &instr.op {
        Op::Scan(body) => scan::scan(body, &operands),
        Op::Reshape(_) | Op::StopGradient | Op::Barrier => Ok(operands),
        op => {
            let args: Vec<_> = operands.iter().zip(&instr.operands).map(|(data, &value)| (&**data, &program.spec(value).shape)).collect();
            Ok(vec![Arc::new(evaluate(op, &args, &instr.spec)?)])
        }
    }
}

/// The elements of the result of one operation.
fn evaluate(op: &Op, args: &[(&HostData, &Shape)], out: &Spec) -> Result<HostData> {
    let len = out.shape.numel();
    // Without this, loops over the outer axes of an empty tensor would run for nothing, perhaps for very long.
    if len == 0 {
        return Ok(HostData::zeros(out.dtype, 0));
    }
    match (op, args) {
        (Op::Constant(value), []) => Ok(scalar::constant(*value)),
        (Op::Iota { dtype, shape, axis }, []) => scalar::iota(*dtype, shape, *axis),
        (Op::Random { stream, .. }, [(key, _)]) => random::random(key, *stream, len),
        (Op::Unary(op), [(x, _)]) => scalar::unary(*op, x),
        (Op::Binary(op), [(a, _), (b, _)]) => scalar::binary(*op, a, b),
        (Op::Select, [(condition, _), (a, _), (b, _)]) => scalar::select(condition, a, b),
        (Op::Cast(dtype), [(x, _)]) => scalar::cast(x, *dtype),
        (Op::Reduce { op, axes }, [(x, shape)]) => reduce::reduce(*op, axes, x, shape),
        (Op::Permute(axes), [(x, shape)]) => movement::permute(axes, x, shape, &out.shape),
        (Op::Expand(_), [(x, shape)]) => movement::expand(x, shape, &out.shape),
        (Op::Slice(ranges), [(x, shape)]) => movement::slice(ranges, x, shape, &out.shape),
        (Op::Pad { padding, fill }, [(x, shape)]) => movement::pad(padding, *fill, x, shape, &out.shape),
        (Op::Concat { axis }, [_, ..]) => movement::concat(*axis, args, &out.shape),
        (Op::MatMul, [(a, shape), (b, _)]) => matmul::matmul(a, b, shape, &out.shape),
        (Op::Conv(conv), [(lhs, lhs_shape), (rhs, rhs_shape)]) => conv::conv(conv, lhs, rhs, lhs_shape, rhs_shape, &out.shape),
        (Op::WindowSum(window), [(x, shape)]) => window::sum(window, x, shape, &out.shape),
        (Op::WindowSelect(window), [(x, shape), (v, _)]) => window::select(window, x, v, shape, &out.shape),
        (Op::WindowScatter(window), [(x, shape), (g, places)]) => window::scatter(window, x, g, shape, places),
        (Op::Gather { axis }, [(x, shape), (indices, _)]) => gather::gather(*axis, x, indices, shape, &out.shape),
        (Op::ScatterAdd { axis }, [(x, shape), (indices, _), (updates, _)]) => gather::scatter_add(*axis, x, indices, updates, shape),
        (Op::ArgSort { axis, descending }, [(x, shape)]) => sort::argsort(*axis, *descending, x, shape),
        (Op::CumSum { axis, reverse }, [(x, shape)]) => reduce::cumsum(*axis, *reverse, x, shape),
        (
            Op::Constant(_)
            | Op::Iota { .. }
            | Op::Random { .. }
            | Op::Unary(_)
            | Op::Binary(_)
            | Op::Select
            | Op::Cast(_)
            | Op::StopGradient
            | Op::Barrier
            | Op::Reduce { .. }
            | Op::Reshape(_)
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
            | Op::ArgSort { .. }
            | Op::CumSum { .. }
            | Op::Scan(_)
            | Op::Part(_),
            _,
        ) => Err(Error::InvalidProgram(format!("{op} with {} operands", args.len()))),
    }
}

fn missing() -> Error {
    Error::InvalidProgram("an operand that no earlier instruction defines".into())
}
