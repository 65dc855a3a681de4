//! Tensors without elements: what is computed from them is known, so plans and backends need not know of emptiness.

use crate::{DType, Op, Reduce, Scalar, Spec, ValueId, builder::Builder};
use std::panic::Location;

/// The value of an operation that takes or gives a tensor without elements; `None` where it takes and gives none, and for loops that take steps.
pub(crate) fn known(b: &mut Builder, op: &Op, operands: &[ValueId], spec: &Spec, at: &'static Location<'static>) -> Option<ValueId> {
    let has_elements = |b: &Builder, value: ValueId| !b.program.spec(value).shape.contains(&0);
    let fill = |b: &mut Builder, scalar: Scalar| Some(b.fill(scalar, spec, at));
    let zero = Scalar::from_f64(0.0, spec.dtype);
    if matches!(op, Op::Scan(_)) {
        return None;
    }
    // A loop of no steps gives its carries as they were.
    if let (Op::Part(part), Some((Op::Scan(scan), initial))) = (op, operands.first().and_then(|&scan| b.definition(scan)))
        && scan.length == 0
        && *part < scan.carries
    {
        return initial.get(*part).copied();
    }
    if spec.shape.contains(&0) {
        return fill(b, zero);
    }
    if operands.iter().all(|&operand| has_elements(b, operand)) {
        return None;
    }
    match op {
        Op::Reduce { op, .. } => fill(b, neutral(*op, spec.dtype)),
        Op::Pad { fill: scalar, .. } => fill(b, *scalar),
        Op::Concat { .. } => {
            let rest: Vec<ValueId> = operands.iter().copied().filter(|&operand| has_elements(b, operand)).collect();
            Some(if let [only] = rest[..] { only } else { b.push(op.clone(), rest, spec.clone(), at) })
        }
        Op::MatMul | Op::Conv(_) | Op::WindowSum(_) | Op::WindowSelect(_) | Op::WindowScatter(_) | Op::Gather { .. } => fill(b, zero),
        Op::ScatterAdd { .. } => operands.first().copied(),
        // These have elements if and only if their operands do; a part says nothing of the scan's other results.
        Op::Constant(_)
        | Op::Iota { .. }
        | Op::Random { .. }
        | Op::Unary(_)
        | Op::Binary(_)
        | Op::Select
        | Op::Cast(_)
        | Op::StopGradient
        | Op::Barrier
        | Op::Reshape(_)
        | Op::Permute(_)
        | Op::Expand(_)
        | Op::Slice(_)
        | Op::ArgSort { .. }
        | Op::CumSum { .. }
        | Op::Scan(_)
        | Op::Part(_) => None,
    }
}

/// What a reduction of nothing gives.
fn neutral(op: Reduce, dtype: DType) -> Scalar {
    match (op, dtype) {
        (Reduce::Sum | Reduce::ArgMax | Reduce::ArgMin, _) | (Reduce::Max, DType::Bool) => Scalar::from_f64(0.0, dtype),
        (Reduce::Prod, _) => Scalar::from_f64(1.0, dtype),
        (Reduce::Max, _) => Scalar::from_f64(f64::NEG_INFINITY, dtype),
        (Reduce::Min, _) => Scalar::from_f64(f64::INFINITY, dtype),
    }
}
