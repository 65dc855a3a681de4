//! Gradient rules of the element-wise functions.

use crate::{Binary, Op, Scalar, Tensor, Unary, tensor::Kind};
use std::f64::consts::PI;

/// `g dy/dx` of `y = op(x)`. Where the derivative can be told from `y`, the rule uses it, so that `x` need not be kept.
pub(super) fn unary(op: Unary, x: &Tensor, y: &Tensor, g: &Tensor) -> Option<Tensor> {
    Some(match op {
        Unary::Neg => -g,
        Unary::Abs => g * x.sign(),
        Unary::Exp => g * y,
        Unary::Expm1 => g * (y + 1.0),
        Unary::Log => g / x,
        Unary::Log1p => g / (x + 1.0),
        Unary::Sqrt => g * 0.5 / y,
        Unary::Rsqrt => g * -0.5 * (y * y * y),
        Unary::Sin => g * x.cos(),
        Unary::Cos => -(g * x.sin()),
        Unary::Tan => g * (y * y + 1.0),
        Unary::Asin => g * (1.0 - x * x).rsqrt(),
        Unary::Acos => -(g * (1.0 - x * x).rsqrt()),
        Unary::Atan => g / (x * x + 1.0),
        Unary::Sinh => g * x.cosh(),
        Unary::Cosh => g * x.sinh(),
        Unary::Tanh => g * (1.0 - y * y),
        Unary::Sigmoid => g * (y * (1.0 - y)),
        Unary::Relu => y.gt(0.0).where_(g, 0.0),
        Unary::Erf => g * ((-(x * x)).exp() * (2.0 / PI.sqrt())),
        Unary::ErfInv => g * ((y * y).exp() * (PI.sqrt() / 2.0)),
        Unary::Sign | Unary::Not | Unary::Floor | Unary::Ceil | Unary::Trunc | Unary::Round => return None,
    })
}

/// `[g dy/da, g dy/db]` of `y = op(a, b)`.
pub(super) fn binary(op: Binary, a: &Tensor, b: &Tensor, y: &Tensor, g: &Tensor) -> [Option<Tensor>; 2] {
    let both = |da: Tensor, db: Tensor| [Some(da), Some(db)];
    match op {
        Binary::Add => both(g.clone(), g.clone()),
        Binary::Sub => both(g.clone(), -g),
        Binary::Mul => both(g * b, g * a),
        Binary::Div => {
            let da = g / b;
            let db = -(&da * y);
            both(da, db)
        }
        Binary::Rem => both(g.clone(), -(g * (a / b).floor())),
        Binary::Pow => both(pow_base(a, b, g), pow_exponent(a, y, g)),
        Binary::Atan2 => {
            let scaled = g / (a * a + b * b);
            both(&scaled * b, -(&scaled * a))
        }
        // Ties give everything to the first operand, as in TensorFlow.
        Binary::Max => split(&a.ge(b), g),
        Binary::Min => split(&a.le(b), g),
        Binary::Eq | Binary::Lt | Binary::Le | Binary::And | Binary::Or => [None, None],
    }
}

/// `g` where it flows to the first operand, and where it flows to the second.
fn split(to_first: &Tensor, g: &Tensor) -> [Option<Tensor>; 2] {
    [Some(to_first.where_(g, 0.0)), Some(to_first.where_(0.0, g))]
}

/// `b a^(b - 1)`, and 0 where `b` is 0, even at `a = 0`.
fn pow_base(a: &Tensor, b: &Tensor, g: &Tensor) -> Tensor {
    let slope = g * (b * a.pow(b - 1.0));
    match constant(b) {
        Some(exponent) if exponent.to_f64() != 0.0 => slope,
        Some(_) | None => b.eq(0.0).where_(0.0, slope),
    }
}

/// `y log(a)`, and 0 where `a` is not positive, as in TensorFlow.
fn pow_exponent(a: &Tensor, y: &Tensor, g: &Tensor) -> Tensor {
    // `log(1)` where it is not positive: finite, and with a finite gradient.
    g * (y * a.gt(0.0).where_(a, 1.0).log())
}

/// The number that a tensor has everywhere, where the graph says so.
fn constant(x: &Tensor) -> Option<Scalar> {
    let mut x = x;
    loop {
        match (&x.0.kind, x.0.operands.first()) {
            (Kind::Op(Op::Constant(value)), _) => return Some(*value),
            (Kind::Op(Op::Expand(_) | Op::Reshape(_)), Some(operand)) => x = operand,
            _ => return None,
        }
    }
}
