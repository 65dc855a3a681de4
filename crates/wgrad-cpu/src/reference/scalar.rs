//! Element-wise operations: each element of the result depends on the elements of the operands at its place.

use super::{
    index::collect,
    number::{Float, Number, Ordered, by_dtype, each_float, each_number, view},
    special,
};
use wgrad_tensor::{Binary, DType, HostData, Result, Scalar, Shape, Unary, each_dtype};

/// One scalar.
pub(super) fn constant(value: Scalar) -> HostData {
    match value {
        Scalar::Bool(v) => HostData::Bool(vec![v]),
        Scalar::I32(v) => HostData::I32(vec![v]),
        Scalar::U32(v) => HostData::U32(vec![v]),
        Scalar::F16(v) => HostData::F16(vec![v]),
        Scalar::F32(v) => HostData::F32(vec![v]),
        Scalar::F64(v) => HostData::F64(vec![v]),
    }
}

/// `out[i...] = i[axis]`.
pub(super) fn iota(dtype: DType, shape: &Shape, axis: usize) -> Result<HostData> {
    fn positions<T: Ordered>(shape: &Shape, axis: usize) -> Result<HostData> {
        let (_, length, inner) = super::index::around(shape, axis);
        let position = |i: usize| T::from_f64((i / inner % length) as f64);
        Ok(T::into_data(collect(shape.numel(), (0..shape.numel()).map(position))?))
    }
    by_dtype!(dtype, T => positions::<T>(shape, axis))
}

/// `op(x)`.
pub(super) fn unary(op: Unary, x: &HostData) -> Result<HostData> {
    match op {
        Unary::Not => Ok(HostData::Bool(map(view::<bool>(x)?, |v| !v)?)),
        Unary::Neg => signed(op, x, |v| v.wrapping_neg(), |v| -v),
        Unary::Abs => signed(op, x, |v| v.wrapping_abs(), f64::abs),
        Unary::Sign => signed(op, x, |v| v.signum(), sign),
        Unary::Exp => float(op, x, f64::exp),
        Unary::Expm1 => float(op, x, f64::exp_m1),
        Unary::Log => float(op, x, f64::ln),
        Unary::Log1p => float(op, x, f64::ln_1p),
        Unary::Sqrt => float(op, x, f64::sqrt),
        Unary::Rsqrt => float(op, x, |v| 1.0 / v.sqrt()),
        Unary::Sin => float(op, x, f64::sin),
        Unary::Cos => float(op, x, f64::cos),
        Unary::Tan => float(op, x, f64::tan),
        Unary::Asin => float(op, x, f64::asin),
        Unary::Acos => float(op, x, f64::acos),
        Unary::Atan => float(op, x, f64::atan),
        Unary::Sinh => float(op, x, f64::sinh),
        Unary::Cosh => float(op, x, f64::cosh),
        Unary::Tanh => float(op, x, f64::tanh),
        Unary::Sigmoid => float(op, x, special::sigmoid),
        Unary::Relu => float(op, x, |v| Ordered::max(v, 0.0)),
        Unary::Erf => float(op, x, libm::erf),
        Unary::ErfInv => float(op, x, special::erfinv),
        Unary::Floor => float(op, x, f64::floor),
        Unary::Ceil => float(op, x, f64::ceil),
        Unary::Trunc => float(op, x, f64::trunc),
        Unary::Round => float(op, x, f64::round_ties_even),
    }
}

/// -1, 0 or 1; NaN for NaN.
fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else if x == 0.0 {
        0.0
    } else {
        x
    }
}

/// A function of floats and i32.
fn signed(op: Unary, x: &HostData, integer: fn(i32) -> i32, function: fn(f64) -> f64) -> Result<HostData> {
    match x {
        HostData::I32(values) => Ok(HostData::I32(map(values, integer)?)),
        HostData::Bool(_) | HostData::U32(_) | HostData::F16(_) | HostData::F32(_) | HostData::F64(_) => float(op, x, function),
    }
}

/// A function of floats, computed in f64 and rounded once.
fn float(op: Unary, x: &HostData, function: fn(f64) -> f64) -> Result<HostData> {
    fn all<T: Float>(x: &[T], function: fn(f64) -> f64) -> Result<HostData> {
        Ok(T::into_data(map(x, |v| v.through_f64(function))?))
    }
    each_float!(op.name(), x, values => all(values, function))
}

/// `op(a, b)`.
pub(super) fn binary(op: Binary, a: &HostData, b: &HostData) -> Result<HostData> {
    match op {
        Binary::Add => each_number!(op.name(), a, a => pairs(a, b, Number::add)),
        Binary::Sub => each_number!(op.name(), a, a => pairs(a, b, Number::sub)),
        Binary::Mul => each_number!(op.name(), a, a => pairs(a, b, Number::mul)),
        Binary::Div => each_number!(op.name(), a, a => pairs(a, b, Number::div)),
        Binary::Rem => each_number!(op.name(), a, a => pairs(a, b, Number::rem)),
        Binary::Max => each_number!(op.name(), a, a => pairs(a, b, Ordered::max)),
        Binary::Min => each_number!(op.name(), a, a => pairs(a, b, Ordered::min)),
        Binary::Pow => each_float!(op.name(), a, a => pairs(a, b, |a, b| a.through_f64(|a| a.powf(b.widen())))),
        Binary::Atan2 => each_float!(op.name(), a, a => pairs(a, b, |a, b| a.through_f64(|a| a.atan2(b.widen())))),
        Binary::Eq => each_dtype!(a, a => Ok(HostData::Bool(zip(a, b, |a, b| a == b)?))),
        Binary::Lt => each_dtype!(a, a => Ok(HostData::Bool(zip(a, b, |a, b| PartialOrd::lt(&a, &b))?))),
        Binary::Le => each_dtype!(a, a => Ok(HostData::Bool(zip(a, b, |a, b| PartialOrd::le(&a, &b))?))),
        Binary::And => Ok(HostData::Bool(zip(view::<bool>(a)?, b, |a, b| a && b)?)),
        Binary::Or => Ok(HostData::Bool(zip(view::<bool>(a)?, b, |a, b| a || b)?)),
    }
}

/// `condition ? a : b`.
pub(super) fn select(condition: &HostData, a: &HostData, b: &HostData) -> Result<HostData> {
    fn choose<T: Ordered>(condition: &[bool], a: &[T], b: &[T]) -> Result<HostData> {
        let values = condition.iter().zip(a.iter().zip(b)).map(|(&c, (&a, &b))| if c { a } else { b });
        Ok(T::into_data(collect(condition.len(), values)?))
    }
    each_dtype!(a, a => choose(view(condition)?, a, view(b)?))
}

/// `x` converted to `dtype`.
pub(super) fn cast(x: &HostData, dtype: DType) -> Result<HostData> {
    fn convert<A: Ordered, B: Ordered>(x: &[A]) -> Result<HostData> {
        Ok(B::into_data(map(x, |v| B::from_f64(v.scalar().to_f64()))?))
    }
    fn from<A: Ordered>(x: &[A], dtype: DType) -> Result<HostData> {
        by_dtype!(dtype, T => convert::<A, T>(x))
    }
    each_dtype!(x, x => from(x, dtype))
}

fn map<A: Copy, B>(x: &[A], f: impl Fn(A) -> B) -> Result<Vec<B>> {
    collect(x.len(), x.iter().map(|&v| f(v)))
}

fn pairs<T: Ordered>(a: &[T], b: &HostData, f: impl Fn(T, T) -> T) -> Result<HostData> {
    Ok(T::into_data(zip(a, b, f)?))
}

fn zip<A: Ordered, B>(a: &[A], b: &HostData, f: impl Fn(A, A) -> B) -> Result<Vec<B>> {
    collect(a.len(), a.iter().zip(view::<A>(b)?).map(|(&a, &b)| f(a, b)))
}
