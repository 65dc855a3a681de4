//! The element-wise operations of each kind of lane.

use super::super::{
    math,
    simd::{Lanes, map, vectorize, zip},
};
use bytemuck::Pod;
use wgrad_tensor::{Binary, Scalar, Unary};

/// What registers hold: f32 (also for f16), f64, i32, u32 (also for bool, as 0 and 1).
pub(super) trait Lane: Pod + PartialOrd + Send + Sync {
    const LOWEST: Self;
    const HIGHEST: Self;
    const ZERO: Self;
    const ONE: Self;
    fn from_scalar(value: Scalar) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn rem(self, other: Self) -> Self;
    fn is_nan(self) -> bool;
    fn unary(op: Unary, out: &mut [Self], a: Lanes<'_, Self>);
    /// Pow, Atan2, And and Or, which exist for some lanes only.
    fn special(op: Binary, out: &mut [Self], a: Lanes<'_, Self>, b: Lanes<'_, Self>);

    /// The larger; NaN where either is.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self.is_nan() || self >= other { self } else { other }
    }
    /// The smaller; NaN where either is.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if self.is_nan() || self <= other { self } else { other }
    }
}

/// `out = op(a, b)` for operations that keep the dtype.
pub(super) fn binary<T: Lane>(op: Binary, out: &mut [T], a: Lanes<'_, T>, b: Lanes<'_, T>) {
    match op {
        Binary::Add => zip(out, a, b, T::add),
        Binary::Sub => zip(out, a, b, T::sub),
        Binary::Mul => zip(out, a, b, T::mul),
        Binary::Div => zip(out, a, b, T::div),
        Binary::Rem => zip(out, a, b, T::rem),
        Binary::Max => zip(out, a, b, T::max),
        Binary::Min => zip(out, a, b, T::min),
        Binary::Pow | Binary::Atan2 | Binary::And | Binary::Or => T::special(op, out, a, b),
        // Comparisons have their own function, since their result is another kind of lane.
        Binary::Eq | Binary::Lt | Binary::Le => {}
    }
}

/// `out = op(a, b)` as 0 or 1.
pub(super) fn compare<T: Lane>(op: Binary, out: &mut [u32], a: Lanes<'_, T>, b: Lanes<'_, T>) {
    match op {
        Binary::Eq => zip(out, a, b, |a, b| u32::from(a == b)),
        Binary::Lt => zip(out, a, b, |a, b| u32::from(a < b)),
        Binary::Le => zip(out, a, b, |a, b| u32::from(a <= b)),
        Binary::Add
        | Binary::Sub
        | Binary::Mul
        | Binary::Div
        | Binary::Rem
        | Binary::Max
        | Binary::Min
        | Binary::Pow
        | Binary::Atan2
        | Binary::And
        | Binary::Or => {}
    }
}

/// The functions that are defined for floats only.
macro_rules! float_functions {
    () => {
        Unary::Exp
            | Unary::Expm1
            | Unary::Log
            | Unary::Log1p
            | Unary::Sqrt
            | Unary::Rsqrt
            | Unary::Sin
            | Unary::Cos
            | Unary::Tan
            | Unary::Asin
            | Unary::Acos
            | Unary::Atan
            | Unary::Sinh
            | Unary::Cosh
            | Unary::Tanh
            | Unary::Sigmoid
            | Unary::Relu
            | Unary::Erf
            | Unary::ErfInv
            | Unary::Floor
            | Unary::Ceil
            | Unary::Trunc
            | Unary::Round
    };
}

macro_rules! integer {
    ($type:ty, $unary:expr) => {
        impl Lane for $type {
            const LOWEST: $type = <$type>::MIN;
            const HIGHEST: $type = <$type>::MAX;
            const ZERO: $type = 0;
            const ONE: $type = 1;
            fn from_scalar(value: Scalar) -> $type {
                match value {
                    Scalar::Bool(v) => v.into(),
                    Scalar::I32(v) => v as $type,
                    Scalar::U32(v) => v as $type,
                    Scalar::F16(_) | Scalar::F32(_) | Scalar::F64(_) => value.to_f64() as $type,
                }
            }
            #[inline(always)]
            fn add(self, other: $type) -> $type {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn sub(self, other: $type) -> $type {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn mul(self, other: $type) -> $type {
                self.wrapping_mul(other)
            }
            #[inline(always)]
            fn div(self, other: $type) -> $type {
                if other == 0 { 0 } else { self.wrapping_div(other) }
            }
            #[inline(always)]
            #[allow(unused_comparisons)]
            fn rem(self, other: $type) -> $type {
                let rest = if other == 0 { 0 } else { self.wrapping_rem(other) };
                if rest != 0 && (rest < 0) != (other < 0) { rest.wrapping_add(other) } else { rest }
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                false
            }
            fn unary(op: Unary, out: &mut [$type], a: Lanes<'_, $type>) {
                $unary(op, out, a)
            }
            fn special(op: Binary, out: &mut [$type], a: Lanes<'_, $type>, b: Lanes<'_, $type>) {
                match op {
                    Binary::And => zip(out, a, b, |a, b| a & b),
                    Binary::Or => zip(out, a, b, |a, b| a | b),
                    Binary::Add
                    | Binary::Sub
                    | Binary::Mul
                    | Binary::Div
                    | Binary::Rem
                    | Binary::Max
                    | Binary::Min
                    | Binary::Pow
                    | Binary::Atan2
                    | Binary::Eq
                    | Binary::Lt
                    | Binary::Le => {}
                }
            }
        }
    };
}

integer!(i32, unary_i32);
integer!(u32, unary_u32);

fn unary_i32(op: Unary, out: &mut [i32], a: Lanes<'_, i32>) {
    match op {
        Unary::Neg => map(out, a, i32::wrapping_neg),
        Unary::Abs => map(out, a, i32::wrapping_abs),
        Unary::Sign => map(out, a, i32::signum),
        float_functions!() | Unary::Not => {}
    }
}

/// `Not` of a bool.
fn unary_u32(op: Unary, out: &mut [u32], a: Lanes<'_, u32>) {
    match op {
        Unary::Not => map(out, a, |v| v ^ 1),
        float_functions!() | Unary::Neg | Unary::Abs | Unary::Sign => {}
    }
}

macro_rules! float {
    ($type:ty, $unary:expr, $product:expr) => {
        impl Lane for $type {
            const LOWEST: $type = <$type>::NEG_INFINITY;
            const HIGHEST: $type = <$type>::INFINITY;
            const ZERO: $type = 0.0;
            const ONE: $type = 1.0;
            fn from_scalar(value: Scalar) -> $type {
                value.to_f64() as $type
            }
            #[inline(always)]
            fn add(self, other: $type) -> $type {
                self + other
            }
            #[inline(always)]
            fn sub(self, other: $type) -> $type {
                self - other
            }
            #[inline(always)]
            fn mul(self, other: $type) -> $type {
                $product(self, other)
            }
            #[inline(always)]
            fn div(self, other: $type) -> $type {
                self / other
            }
            #[inline]
            fn rem(self, other: $type) -> $type {
                let rest = self % other;
                if rest == 0.0 {
                    (0.0 as $type).copysign(other)
                } else if (rest < 0.0) != (other < 0.0) {
                    rest + other
                } else {
                    rest
                }
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                self != self
            }
            fn unary(op: Unary, out: &mut [$type], a: Lanes<'_, $type>) {
                $unary(op, out, a)
            }
            fn special(op: Binary, out: &mut [$type], a: Lanes<'_, $type>, b: Lanes<'_, $type>) {
                match op {
                    Binary::Pow => zip(out, a, b, |a, b| f64::from(a).powf(b.into()) as $type),
                    Binary::Atan2 => zip(out, a, b, |a, b| f64::from(a).atan2(b.into()) as $type),
                    Binary::Add
                    | Binary::Sub
                    | Binary::Mul
                    | Binary::Div
                    | Binary::Rem
                    | Binary::Max
                    | Binary::Min
                    | Binary::And
                    | Binary::Or
                    | Binary::Eq
                    | Binary::Lt
                    | Binary::Le => {}
                }
            }
        }
    };
}

float!(f32, unary_f32, flushed);
float!(f64, unary_f64, std::ops::Mul::mul);

/// `a * b`, with 0 for subnormal products. Running means (of gradients that have become 0) would otherwise stay subnormal for ever, and
/// each vector with a subnormal result takes a hundred times longer; so a factor is cleared before that can happen.
#[inline(always)]
fn flushed(a: f32, b: f32) -> f32 {
    const EXPONENT: u32 = 0x7f80_0000;
    let subnormal = (a.to_bits() & EXPONENT) + (b.to_bits() & EXPONENT) < 128 << 23;
    (if subnormal { 0.0 } else { a }) * b
}

#[inline(always)]
fn sign<T: Lane + std::ops::Neg<Output = T>>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else if x == T::ZERO {
        T::ZERO
    } else {
        x
    }
}

fn unary_f32(op: Unary, out: &mut [f32], a: Lanes<'_, f32>) {
    /// A function of f64, rounded.
    fn through_f64(out: &mut [f32], a: Lanes<'_, f32>, f: fn(f64) -> f64) {
        match a {
            Lanes::Slice(a) => out.iter_mut().zip(a).for_each(|(out, &a)| *out = f(a.into()) as f32),
            Lanes::Splat(a) => out.fill(f(a.into()) as f32),
        }
    }
    match op {
        Unary::Neg => map(out, a, |v: f32| -v),
        Unary::Abs => map(out, a, f32::abs),
        Unary::Sign => map(out, a, sign::<f32>),
        Unary::Exp => map(out, a, math::exp),
        Unary::Expm1 => map(out, a, math::expm1),
        Unary::Log => map(out, a, math::log),
        Unary::Log1p => map(out, a, math::log1p),
        Unary::Sqrt => map(out, a, f32::sqrt),
        Unary::Rsqrt => map(out, a, |v: f32| 1.0 / v.sqrt()),
        Unary::Tanh => map(out, a, math::tanh),
        Unary::Sigmoid => map(out, a, math::sigmoid),
        Unary::Relu => map(out, a, |v: f32| Lane::max(v, 0.0)),
        Unary::Erf => map(out, a, math::erf),
        Unary::Floor => map(out, a, f32::floor),
        Unary::Ceil => map(out, a, f32::ceil),
        Unary::Trunc => map(out, a, f32::trunc),
        Unary::Round => map(out, a, f32::round_ties_even),
        Unary::Sin => through_f64(out, a, f64::sin),
        Unary::Cos => through_f64(out, a, f64::cos),
        Unary::Tan => through_f64(out, a, f64::tan),
        Unary::Asin => through_f64(out, a, f64::asin),
        Unary::Acos => through_f64(out, a, f64::acos),
        Unary::Atan => through_f64(out, a, f64::atan),
        Unary::Sinh => through_f64(out, a, f64::sinh),
        Unary::Cosh => through_f64(out, a, f64::cosh),
        Unary::ErfInv => match a {
            Lanes::Slice(a) => vectorize(math::ErfInv(out, a)),
            Lanes::Splat(a) => out.fill(math::erfinv(a)),
        },
        Unary::Not => {}
    }
}

fn unary_f64(op: Unary, out: &mut [f64], a: Lanes<'_, f64>) {
    let function: fn(f64) -> f64 = match op {
        Unary::Neg => return map(out, a, |v: f64| -v),
        Unary::Abs => return map(out, a, f64::abs),
        Unary::Sqrt => return map(out, a, f64::sqrt),
        Unary::Rsqrt => return map(out, a, |v: f64| 1.0 / v.sqrt()),
        Unary::Relu => return map(out, a, |v: f64| Lane::max(v, 0.0)),
        Unary::Not => return,
        Unary::Sign => sign::<f64>,
        Unary::Exp => f64::exp,
        Unary::Expm1 => f64::exp_m1,
        Unary::Log => f64::ln,
        Unary::Log1p => f64::ln_1p,
        Unary::Sin => f64::sin,
        Unary::Cos => f64::cos,
        Unary::Tan => f64::tan,
        Unary::Asin => f64::asin,
        Unary::Acos => f64::acos,
        Unary::Atan => f64::atan,
        Unary::Sinh => f64::sinh,
        Unary::Cosh => f64::cosh,
        Unary::Tanh => f64::tanh,
        Unary::Sigmoid => crate::reference::special::sigmoid,
        Unary::Erf => libm::erf,
        Unary::ErfInv => crate::reference::special::erfinv,
        Unary::Floor => f64::floor,
        Unary::Ceil => f64::ceil,
        Unary::Trunc => f64::trunc,
        Unary::Round => f64::round_ties_even,
    };
    match a {
        Lanes::Slice(a) => out.iter_mut().zip(a).for_each(|(out, &a)| *out = function(a)),
        Lanes::Splat(a) => out.fill(function(a)),
    }
}
