//! What the interpreter asks of element types: order for all, arithmetic for numbers, functions for floats.

use half::f16;
use wgrad_tensor::{DType, Element, Error, HostData, Result};

/// An element type, with its order.
pub(super) trait Ordered: Element + PartialOrd + Default {
    /// The identity of `max`.
    const LOWEST: Self;
    /// The identity of `min`.
    const HIGHEST: Self;
    /// Whether this is not a number.
    fn is_nan(self) -> bool;
    /// `value` converted as [`wgrad_tensor::Scalar::from_f64`] does.
    fn from_f64(value: f64) -> Self;
    /// The elements, where they are of this type.
    fn view(data: &HostData) -> Option<&[Self]>;

    /// The larger; NaN where either is NaN, as NumPy's `maximum`.
    fn max(self, other: Self) -> Self {
        if self.is_nan() || self >= other { self } else { other }
    }

    /// The smaller; NaN where either is NaN, as NumPy's `minimum`.
    fn min(self, other: Self) -> Self {
        if self.is_nan() || self <= other { self } else { other }
    }
}

/// A number type. `Wide` is what sums and products accumulate in: f64 for floats, the type itself for integers.
pub(super) trait Number: Ordered {
    type Wide: Copy;
    fn widen(self) -> Self::Wide;
    fn narrow(wide: Self::Wide) -> Self;
    fn wide_add(a: Self::Wide, b: Self::Wide) -> Self::Wide;
    fn wide_mul(a: Self::Wide, b: Self::Wide) -> Self::Wide;
    /// 0 or 1.
    fn wide(small: u8) -> Self::Wide;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn rem(self, other: Self) -> Self;
}

/// A float type.
pub(super) trait Float: Number<Wide = f64> {
    /// A function in f64, rounded once.
    fn through_f64(self, function: impl FnOnce(f64) -> f64) -> Self {
        Self::narrow(function(self.widen()))
    }
}

macro_rules! ordered {
    ($type:ty, $variant:ident, $lowest:expr, $highest:expr, $is_nan:expr, $from_f64:expr) => {
        impl Ordered for $type {
            const LOWEST: $type = $lowest;
            const HIGHEST: $type = $highest;
            fn is_nan(self) -> bool {
                ($is_nan)(self)
            }
            fn from_f64(value: f64) -> $type {
                ($from_f64)(value)
            }
            fn view(data: &HostData) -> Option<&[$type]> {
                match data {
                    HostData::$variant(values) => Some(values),
                    _ => None,
                }
            }
        }
    };
}

ordered!(bool, Bool, false, true, |_| false, |value| value != 0.0);
ordered!(i32, I32, i32::MIN, i32::MAX, |_| false, |value| value as i32);
ordered!(u32, U32, u32::MIN, u32::MAX, |_| false, |value| value as u32);
ordered!(f16, F16, f16::NEG_INFINITY, f16::INFINITY, f16::is_nan, f16::from_f64);
ordered!(f32, F32, f32::NEG_INFINITY, f32::INFINITY, f32::is_nan, |value| value as f32);
ordered!(f64, F64, f64::NEG_INFINITY, f64::INFINITY, f64::is_nan, |value| value);

macro_rules! integer {
    ($type:ty) => {
        impl Number for $type {
            type Wide = $type;
            fn widen(self) -> $type {
                self
            }
            fn narrow(wide: $type) -> $type {
                wide
            }
            fn wide_add(a: $type, b: $type) -> $type {
                a.wrapping_add(b)
            }
            fn wide_mul(a: $type, b: $type) -> $type {
                a.wrapping_mul(b)
            }
            fn wide(small: u8) -> $type {
                small.into()
            }
            fn add(self, other: $type) -> $type {
                self.wrapping_add(other)
            }
            fn sub(self, other: $type) -> $type {
                self.wrapping_sub(other)
            }
            fn mul(self, other: $type) -> $type {
                self.wrapping_mul(other)
            }
            fn div(self, other: $type) -> $type {
                if other == 0 { 0 } else { self.wrapping_div(other) }
            }
            #[allow(unused_comparisons)]
            fn rem(self, other: $type) -> $type {
                let rest = if other == 0 { 0 } else { self.wrapping_rem(other) };
                if rest != 0 && (rest < 0) != (other < 0) { rest.wrapping_add(other) } else { rest }
            }
        }
    };
}

integer!(i32);
integer!(u32);

/// `$compute` is the type that single operations are computed in.
macro_rules! float {
    ($type:ty, $compute:ty, $to:expr, $from:expr) => {
        impl Number for $type {
            type Wide = f64;
            fn widen(self) -> f64 {
                f64::from(self)
            }
            fn narrow(wide: f64) -> $type {
                <$type as Ordered>::from_f64(wide)
            }
            fn wide_add(a: f64, b: f64) -> f64 {
                a + b
            }
            fn wide_mul(a: f64, b: f64) -> f64 {
                a * b
            }
            fn wide(small: u8) -> f64 {
                small.into()
            }
            fn add(self, other: $type) -> $type {
                $from($to(self) + $to(other))
            }
            fn sub(self, other: $type) -> $type {
                $from($to(self) - $to(other))
            }
            fn mul(self, other: $type) -> $type {
                $from($to(self) * $to(other))
            }
            fn div(self, other: $type) -> $type {
                $from($to(self) / $to(other))
            }
            fn rem(self, other: $type) -> $type {
                let (a, b): ($compute, $compute) = ($to(self), $to(other));
                let rest = a % b;
                $from(if rest == 0.0 {
                    (0.0 as $compute).copysign(b)
                } else if (rest < 0.0) != (b < 0.0) {
                    rest + b
                } else {
                    rest
                })
            }
        }
        impl Float for $type {}
    };
}

float!(f16, f32, f16::to_f32, f16::from_f32);
float!(f32, f32, f32::from, f32::from);
float!(f64, f64, f64::from, f64::from);

/// The elements of an operand that must be of type `T`.
pub(super) fn view<T: Ordered>(data: &HostData) -> Result<&[T]> {
    T::view(data).ok_or_else(|| Error::InvalidProgram(format!("an operand of {} where {} was expected", data.dtype(), T::DTYPE)))
}

/// The error for an operation on a dtype that it is not defined for, which the verifier excludes.
pub(super) fn unsupported(op: &str, dtype: DType) -> Error {
    Error::InvalidProgram(format!("{op} does not take {dtype}"))
}

/// Runs `$body` with `$values` bound to the vector of numbers in `$data`; bool is an error.
macro_rules! each_number {
    ($op:expr, $data:expr, $values:ident => $body:expr) => {
        match $data {
            HostData::I32($values) => $body,
            HostData::U32($values) => $body,
            HostData::F16($values) => $body,
            HostData::F32($values) => $body,
            HostData::F64($values) => $body,
            HostData::Bool(_) => Err($crate::reference::number::unsupported($op, wgrad_tensor::DType::Bool)),
        }
    };
}

/// Runs `$body` with `$values` bound to the vector of floats in `$data`; other dtypes are an error.
macro_rules! each_float {
    ($op:expr, $data:expr, $values:ident => $body:expr) => {
        match $data {
            HostData::F16($values) => $body,
            HostData::F32($values) => $body,
            HostData::F64($values) => $body,
            HostData::Bool(_) | HostData::I32(_) | HostData::U32(_) => Err($crate::reference::number::unsupported($op, $data.dtype())),
        }
    };
}

/// Runs `$body` with `$type` naming the element type of `$dtype`.
macro_rules! by_dtype {
    ($dtype:expr, $type:ident => $body:expr) => {
        match $dtype {
            wgrad_tensor::DType::Bool => {
                type $type = bool;
                $body
            }
            wgrad_tensor::DType::I32 => {
                type $type = i32;
                $body
            }
            wgrad_tensor::DType::U32 => {
                type $type = u32;
                $body
            }
            wgrad_tensor::DType::F16 => {
                type $type = half::f16;
                $body
            }
            wgrad_tensor::DType::F32 => {
                type $type = f32;
                $body
            }
            wgrad_tensor::DType::F64 => {
                type $type = f64;
                $body
            }
        }
    };
}

pub(super) use {by_dtype, each_float, each_number};
