//! Simplification of what follows the gradient of max-pooling: it is done on the windows, of which there are fewer than elements.

use crate::{Binary, Op, Reduce, Scalar, Spec, ValueId, Window, builder::Builder};
use std::panic::Location;

type At = &'static Location<'static>;

/// `select(p(x), scatter(x, g), 0)` is `scatter(x, select(p(maximum), g, 0))` where `p` compares with a constant: at the element that a window's
/// gradient goes to, `x` is the window's maximum. This is the mask of a ReLU before the pooling, and the pooled tensor is there already.
pub(crate) fn masked(b: &mut Builder, operands: &[ValueId], spec: &Spec, at: At) -> Option<ValueId> {
    let &[condition, scattered, otherwise] = operands else { return None };
    let (window, x, g) = scatter(b, scattered)?;
    let zero = b.uniform(otherwise).filter(|scalar| scalar.dtype().is_float() && scalar.to_f64() == 0.0)?;
    let (op @ (Binary::Lt | Binary::Le | Binary::Eq), left, right) = (match b.definition(condition)? {
        (Op::Binary(op), &[left, right]) => (*op, left, right),
        _ => return None,
    }) else {
        return None;
    };
    let pooled_spec = b.program.spec(g).clone();
    let operand = |b: &mut Builder, value: ValueId| -> Option<ValueId> {
        if value == x {
            return Some(b.push(Op::WindowSelect(window.clone()), vec![x, x], pooled_spec.clone(), at));
        }
        let scalar = b.uniform(value)?;
        Some(b.fill(scalar, &pooled_spec, at))
    };
    if left != x && right != x {
        return None;
    }
    let (left, right) = (operand(b, left)?, operand(b, right)?);
    let condition = b.push(Op::Binary(op), vec![left, right], Spec::new(crate::DType::Bool, pooled_spec.shape.clone()), at);
    let zeros = b.fill(Scalar::from_f64(zero.to_f64(), pooled_spec.dtype), &pooled_spec, at);
    let g = b.push(Op::Select, vec![condition, g, zeros], pooled_spec, at);
    Some(b.push(Op::WindowScatter(window), vec![x, g], spec.clone(), at))
}

/// The sum of `scatter(x, g)` over all axes that have windows is that of `g`, unless a window may hold padding only.
pub(crate) fn summed(b: &mut Builder, axes: &[usize], operands: &[ValueId], spec: &Spec, at: At) -> Option<ValueId> {
    let &[scattered] = operands else { return None };
    let (window, _, g) = scatter(b, scattered)?;
    let plain = |axis: usize| window.size[axis] == 1 && window.strides[axis] == 1;
    let whole = (0..window.size.len()).all(|axis| window.padding[axis] == (0, 0) && (plain(axis) || axes.contains(&axis)));
    whole.then(|| b.push(Op::Reduce { op: Reduce::Sum, axes: axes.to_vec() }, vec![g], spec.clone(), at))
}

/// The window and the operands of a scattered gradient.
fn scatter(b: &Builder, value: ValueId) -> Option<(Window, ValueId, ValueId)> {
    match b.definition(value)? {
        (Op::WindowScatter(window), &[x, g]) => Some((window.clone(), x, g)),
        _ => None,
    }
}
