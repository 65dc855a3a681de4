//! The table of gradient rules: one row for each primitive.

use super::{Gradients, conv, reshape, scalar, scan, structural, window, zeros};
use crate::{Op, Tensor};

/// The gradients of the operands of `node`, given the gradients of its results; `None` where there is none. The rules of all operands may be applied:
/// what nobody asks for is never computed. `needed` tells expensive rules which ones are asked for. `again` has the values: the node, or a copy.
pub(super) fn operand_gradients(node: &Tensor, again: &Tensor, op: &Op, gradients: &Gradients, needed: &[bool]) -> Vec<Option<Tensor>> {
    let operands = &again.0.operands[..];
    if let Op::Scan(scan) = op {
        let upstreams: Vec<Option<Tensor>> = (0..scan.body.outputs.len()).map(|slot| gradients.get(node, slot).cloned()).collect();
        return scan::gradients(scan, operands, &upstreams, needed);
    }
    match gradients.get(node, 0) {
        Some(gradient) => rule(op, operands, again, gradient),
        None => Vec::new(),
    }
}

/// `y = op(operands)`, `g` is the gradient of `y`.
fn rule(op: &Op, operands: &[Tensor], y: &Tensor, g: &Tensor) -> Vec<Option<Tensor>> {
    // The shape rule has counted the operands.
    let x = |i: usize| &operands[i];
    let apply = |op: Op, operands: &[&Tensor]| Some(Tensor::apply(op, operands.iter().copied().cloned().collect()));
    match op {
        Op::Unary(op) => vec![scalar::unary(*op, x(0), y, g)],
        Op::Binary(op) => scalar::binary(*op, x(0), x(1), y, g).into(),
        Op::Select => vec![None, Some(x(0).where_(g, 0.0)), Some(x(0).where_(0.0, g))],
        Op::Cast(_) => vec![apply(Op::Cast(x(0).dtype()), &[g])],
        Op::Reduce { op, axes } => vec![structural::reduce(*op, axes, x(0), y, g)],
        Op::Reshape(_) => vec![Some(reshape(g, x(0).shape()))],
        Op::Permute(axes) => vec![Some(structural::permute_back(axes, g))],
        Op::Expand(_) => vec![Some(structural::expand(x(0), g))],
        Op::Slice(ranges) => vec![Some(structural::slice(ranges, x(0), g))],
        Op::Pad { padding, .. } => vec![Some(structural::pad(padding, x(0), g))],
        Op::Concat { axis } => structural::concat(*axis, operands, g),
        Op::MatMul => structural::matmul(x(0), x(1), g).into(),
        Op::Conv(conv) => vec![Some(conv::lhs(conv, x(0), x(1), g)), Some(conv::rhs(conv, x(0), x(1), g))],
        Op::WindowSum(window) => vec![Some(window::sum(window, x(0), g))],
        // The choice of places is piecewise constant: gradients flow through what is chosen.
        Op::WindowSelect(window) => vec![None, apply(Op::WindowScatter(window.clone()), &[x(0), g])],
        Op::WindowScatter(window) => vec![None, apply(Op::WindowSelect(window.clone()), &[x(0), g])],
        Op::Gather { axis } => vec![apply(Op::ScatterAdd { axis: *axis }, &[&zeros(x(0).spec()), x(1), g]), None],
        Op::ScatterAdd { axis } => vec![Some(g.clone()), None, apply(Op::Gather { axis: *axis }, &[g, x(1)])],
        Op::CumSum { axis, reverse } => vec![apply(Op::CumSum { axis: *axis, reverse: !reverse }, &[g])],
        Op::Part(_) | Op::Barrier => vec![Some(g.clone())],
        // The rule of scans needs all upstream gradients; see `operand_gradients`. The others are constant or piecewise constant.
        Op::Scan(_) | Op::Constant(_) | Op::Iota { .. } | Op::Random { .. } | Op::StopGradient | Op::ArgSort { .. } => Vec::new(),
    }
}
