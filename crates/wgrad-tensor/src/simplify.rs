//! Simplification: the same results with fewer instructions. Every rule keeps the results but for the sign of zero.

use crate::{Binary, Op, Padding, Program, Range, Reduce, Scalar, Spec, Unary, ValueId, builder::Builder, empty, windows};
use std::panic::Location;

impl Program {
    /// An equivalent program: equal instructions merged, constants folded, identities removed, movements joined, dead code gone.
    pub fn simplify(&self) -> Program {
        let mut builder = Builder::new(&self.inputs);
        let mut map: Vec<ValueId> = (0..self.inputs.len()).collect();
        let merged = self.without_dead().simplify_loops();
        for instr in &merged.instrs {
            let operands = instr.operands.iter().map(|&operand| map[operand]).collect();
            map.push(simplified(&mut builder, instr.op.clone(), operands, &instr.spec, instr.at));
        }
        let mut program = builder.program;
        program.outputs = merged.outputs.iter().map(|&output| map[output]).collect();
        program.donations = merged.donations;
        program.without_dead()
    }
}

type At = &'static Location<'static>;

/// The value of an instruction whose operands are simplified already.
pub(crate) fn simplified(b: &mut Builder, op: Op, operands: Vec<ValueId>, spec: &Spec, at: At) -> ValueId {
    if let Some(value) = empty::known(b, &op, &operands, spec, at) {
        return value;
    }
    let same_as_first = operands.first().is_some_and(|&x| b.program.spec(x) == spec);
    match &op {
        // A scan stands for its first result.
        Op::StopGradient | Op::Part(0) => return operands[0],
        Op::Barrier if b.uniform(operands[0]).is_some() => return operands[0],
        Op::Cast(_) | Op::Reshape(_) | Op::Expand(_) if same_as_first => return operands[0],
        Op::Permute(axes) if axes.iter().copied().eq(0..axes.len()) => return operands[0],
        Op::Slice(ranges) if same_as_first && ranges.iter().all(|r| r.start == 0 && (r.step == 1 || r.len <= 1)) => return operands[0],
        Op::Pad { padding, .. } if padding.iter().all(|p| *p == Padding::default()) => return operands[0],
        Op::Concat { .. } if operands.len() == 1 => return operands[0],
        Op::Reduce { op, .. } if !op.is_arg() && same_as_first => return operands[0],
        // The position of the only element.
        Op::Reduce { .. } if b.program.spec(operands[0]).shape == spec.shape => return b.fill(Scalar::I32(0), spec, at),
        Op::Reduce { op: Reduce::Sum, axes } => {
            if let Some(value) = windows::summed(b, axes, &operands, spec, at) {
                return value;
            }
        }
        Op::Unary(op) => {
            if let Some(value) = unary(b, *op, operands[0], spec, at) {
                return value;
            }
        }
        Op::Binary(op) => {
            if let Some(value) = binary(b, *op, operands[0], operands[1], spec, at) {
                return value;
            }
        }
        Op::Select => {
            if let Some(Scalar::Bool(condition)) = b.uniform(operands[0]) {
                return operands[if condition { 1 } else { 2 }];
            }
            if let Some(value) = windows::masked(b, &operands, spec, at) {
                return value;
            }
        }
        Op::Cast(dtype) => {
            if let Some(scalar) = b.uniform(operands[0]) {
                return b.fill(Scalar::from_f64(scalar.to_f64(), *dtype), spec, at);
            }
        }
        Op::Constant(_)
        | Op::Iota { .. }
        | Op::Random { .. }
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
        | Op::Part(_) => {}
    }
    if let Some(value) = movement(b, &op, &operands, spec, at) {
        return value;
    }
    b.push(op, operands, spec.clone(), at)
}

/// Joins a movement with the movement, constant or index that it moves.
fn movement(b: &mut Builder, op: &Op, operands: &[ValueId], spec: &Spec, at: At) -> Option<ValueId> {
    if !matches!(op, Op::Reshape(_) | Op::Expand(_) | Op::Permute(_) | Op::Slice(_)) {
        return None;
    }
    if let Some(scalar) = b.uniform(operands[0]) {
        return Some(b.fill(scalar, spec, at));
    }
    let (inner, inner_operands) = b.definition(operands[0])?;
    let source = inner_operands.first().copied();
    let joined = match (op, inner) {
        (Op::Reshape(shape), Op::Reshape(_)) => Op::Reshape(shape.clone()),
        (Op::Expand(shape), Op::Expand(_)) => Op::Expand(shape.clone()),
        (Op::Permute(outer), Op::Permute(inner)) => Op::Permute(outer.iter().map(|&axis| inner[axis]).collect()),
        (Op::Slice(outer), Op::Slice(inner)) => Op::Slice(outer.iter().zip(inner).map(|(o, i)| compose(o, i)).collect()),
        (Op::Permute(axes), Op::Iota { dtype, axis, .. }) => {
            let axis = axes.iter().position(|a| a == axis)?;
            Op::Iota { dtype: *dtype, shape: spec.shape.clone(), axis }
        }
        (Op::Expand(shape), Op::Iota { dtype, shape: from, axis }) if shape[*axis] == from[*axis] => {
            Op::Iota { dtype: *dtype, shape: shape.clone(), axis: *axis }
        }
        (Op::Reshape(shape), Op::Iota { dtype, shape: from, axis }) => {
            Op::Iota { dtype: *dtype, shape: shape.clone(), axis: same_axis(from, shape, *axis)? }
        }
        _ => return None,
    };
    let operands = source.into_iter().collect();
    Some(simplified(b, joined, operands, spec, at))
}

/// The axis of `to` that is axis `axis` of `from`, where the shapes differ in axes of length 1 only.
fn same_axis(from: &[usize], to: &[usize], axis: usize) -> Option<usize> {
    let longer = |shape: &[usize]| (0..shape.len()).filter(|&i| shape[i] != 1).collect::<Vec<_>>();
    let (old, new) = (longer(from), longer(to));
    let equal = old.len() == new.len() && old.iter().zip(&new).all(|(&o, &n)| from[o] == to[n]);
    let place = old.iter().position(|&o| o == axis)?;
    equal.then(|| new[place])
}

/// The elements that `outer` takes of those that `inner` takes.
fn compose(outer: &Range, inner: &Range) -> Range {
    if outer.len == 0 {
        return Range { start: 0, len: 0, step: 1 };
    }
    let start = inner.start as isize + inner.step * outer.start as isize;
    Range { start: start as usize, len: outer.len, step: inner.step.saturating_mul(outer.step) }
}

fn unary(b: &mut Builder, op: Unary, x: ValueId, spec: &Spec, at: At) -> Option<ValueId> {
    if let Some(scalar) = b.uniform(x) {
        let value = match (op, scalar) {
            (Unary::Not, Scalar::Bool(v)) => Some(Scalar::Bool(!v)),
            (Unary::Neg, s) if spec.dtype.is_float() => Some(Scalar::from_f64(-s.to_f64(), spec.dtype)),
            (Unary::Sqrt, s) => Some(Scalar::from_f64(s.to_f64().sqrt(), spec.dtype)),
            _ => None,
        };
        return value.map(|value| b.fill(value, spec, at));
    }
    match (op, b.definition(x)?) {
        (Unary::Neg, (Op::Unary(Unary::Neg), &[y])) | (Unary::Not, (Op::Unary(Unary::Not), &[y])) => Some(y),
        _ => None,
    }
}

fn binary(b: &mut Builder, op: Binary, x: ValueId, y: ValueId, spec: &Spec, at: At) -> Option<ValueId> {
    let float = b.program.spec(x).dtype.is_float();
    let is = |scalar: Option<Scalar>, number: f64| scalar.is_some_and(|s| s.dtype() != crate::DType::Bool && s.to_f64() == number);
    let (a, c) = (b.uniform(x), b.uniform(y));
    if let (Some(a), Some(c), true) = (a, c, float)
        && let Some(value) = fold(op, a.to_f64(), c.to_f64())
    {
        return Some(b.fill(Scalar::from_f64(value, spec.dtype), spec, at));
    }
    match op {
        Binary::Add if is(c, 0.0) => Some(x),
        Binary::Add if is(a, 0.0) => Some(y),
        Binary::Sub if is(c, 0.0) => Some(x),
        Binary::Mul if is(c, 1.0) => Some(x),
        Binary::Mul if is(a, 1.0) => Some(y),
        Binary::Div | Binary::Pow if is(c, 1.0) => Some(x),
        Binary::Pow if is(c, 2.0) => Some(b.push(Op::Binary(Binary::Mul), vec![x, x], spec.clone(), at)),
        Binary::Add
        | Binary::Sub
        | Binary::Mul
        | Binary::Div
        | Binary::Rem
        | Binary::Pow
        | Binary::Atan2
        | Binary::Max
        | Binary::Min
        | Binary::Eq
        | Binary::Lt
        | Binary::Le
        | Binary::And
        | Binary::Or => None,
    }
}

/// Operations whose result in f64, rounded to the dtype, is the dtype's own result.
fn fold(op: Binary, a: f64, b: f64) -> Option<f64> {
    match op {
        Binary::Add => Some(a + b),
        Binary::Sub => Some(a - b),
        Binary::Mul => Some(a * b),
        Binary::Div => Some(a / b),
        Binary::Eq => Some(f64::from(u8::from(a == b))),
        Binary::Lt => Some(f64::from(u8::from(a < b))),
        Binary::Le => Some(f64::from(u8::from(a <= b))),
        Binary::Rem | Binary::Pow | Binary::Atan2 | Binary::Max | Binary::Min | Binary::And | Binary::Or => None,
    }
}
