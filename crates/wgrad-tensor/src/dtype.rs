//! Element types and scalars.

use half::f16;
use std::fmt;

/// The type of the elements of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// Truth values; one byte on the host, one `u32` on a GPU.
    Bool,
    /// 32-bit signed integers; the type of indices.
    I32,
    /// 32-bit unsigned integers; the type of random bits.
    U32,
    /// IEEE half precision.
    F16,
    /// IEEE single precision; the default.
    F32,
    /// IEEE double precision; not on GPUs.
    F64,
}

impl DType {
    /// All dtypes, in the order of their declaration.
    pub const ALL: [DType; 6] = [DType::Bool, DType::I32, DType::U32, DType::F16, DType::F32, DType::F64];

    /// Bytes of one element on the host.
    pub fn size(self) -> usize {
        match self {
            DType::Bool => 1,
            DType::F16 => 2,
            DType::I32 | DType::U32 | DType::F32 => 4,
            DType::F64 => 8,
        }
    }

    /// Bytes of one element on a device, where `bool` takes a word.
    pub fn device_size(self) -> usize {
        self.size().max(if self == DType::Bool { 4 } else { 0 })
    }

    /// Whether this is one of the floating-point types, the only ones that gradients flow through.
    pub fn is_float(self) -> bool {
        matches!(self, DType::F16 | DType::F32 | DType::F64)
    }

    /// Whether this is one of the integer types.
    pub fn is_int(self) -> bool {
        matches!(self, DType::I32 | DType::U32)
    }

    /// The name as it is printed: `bool`, `i32`, `u32`, `f16`, `f32`, `f64`.
    pub fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::I32 => "i32",
            DType::U32 => "u32",
            DType::F16 => "f16",
            DType::F32 => "f32",
            DType::F64 => "f64",
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One number of any dtype. Equality and hashing are by bits, so that NaN equals itself and `0.0` differs from `-0.0`.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Scalar {
    Bool(bool),
    I32(i32),
    U32(u32),
    F16(f16),
    F32(f32),
    F64(f64),
}

impl Scalar {
    /// `value` converted to `dtype`: floats round to nearest, integers truncate toward zero and saturate, `bool` is `value != 0`.
    pub fn from_f64(value: f64, dtype: DType) -> Scalar {
        match dtype {
            DType::Bool => Scalar::Bool(value != 0.0),
            DType::I32 => Scalar::I32(value as i32),
            DType::U32 => Scalar::U32(value as u32),
            DType::F16 => Scalar::F16(f16::from_f64(value)),
            DType::F32 => Scalar::F32(value as f32),
            DType::F64 => Scalar::F64(value),
        }
    }

    /// The value as `f64`, exact for every dtype.
    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Bool(v) => f64::from(u8::from(v)),
            Scalar::I32(v) => f64::from(v),
            Scalar::U32(v) => f64::from(v),
            Scalar::F16(v) => v.to_f64(),
            Scalar::F32(v) => f64::from(v),
            Scalar::F64(v) => v,
        }
    }

    /// The dtype of this number.
    pub fn dtype(self) -> DType {
        match self {
            Scalar::Bool(_) => DType::Bool,
            Scalar::I32(_) => DType::I32,
            Scalar::U32(_) => DType::U32,
            Scalar::F16(_) => DType::F16,
            Scalar::F32(_) => DType::F32,
            Scalar::F64(_) => DType::F64,
        }
    }

    /// The bits, zero-extended: the identity of the number.
    pub fn bits(self) -> u64 {
        match self {
            Scalar::Bool(v) => u64::from(v),
            Scalar::I32(v) => u64::from(v as u32),
            Scalar::U32(v) => u64::from(v),
            Scalar::F16(v) => u64::from(v.to_bits()),
            Scalar::F32(v) => u64::from(v.to_bits()),
            Scalar::F64(v) => v.to_bits(),
        }
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.dtype() == other.dtype() && self.bits() == other.bits()
    }
}

impl Eq for Scalar {}

impl std::hash::Hash for Scalar {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.dtype(), self.bits()).hash(state);
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Bool(v) => write!(f, "{v}"),
            Scalar::I32(v) => write!(f, "{v}"),
            Scalar::U32(v) => write!(f, "{v}"),
            Scalar::F16(v) => write!(f, "{v:?}"),
            Scalar::F32(v) => write!(f, "{v:?}"),
            Scalar::F64(v) => write!(f, "{v:?}"),
        }
    }
}

/// A Rust type that can be the element of a tensor.
pub trait Element: Copy + Send + Sync + 'static + sealed::Sealed {
    /// The dtype of tensors of this type.
    const DTYPE: DType;
    /// This element as a scalar.
    fn scalar(self) -> Scalar;
    /// The host data of a vector of this type.
    fn into_data(values: Vec<Self>) -> crate::HostData;
    /// The elements in `data`, or `None` where the dtype differs.
    fn slice(data: &crate::HostData) -> Option<&[Self]>;
    /// The vector in `data`, or `None` where the dtype differs.
    fn from_data(data: &crate::HostData) -> Option<Vec<Self>> {
        Self::slice(data).map(<[Self]>::to_vec)
    }
    /// The nearest element to a number.
    fn nearest(value: f64) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! element {
    ($type:ty, $variant:ident) => {
        impl sealed::Sealed for $type {}
        impl Element for $type {
            const DTYPE: DType = DType::$variant;
            fn scalar(self) -> Scalar {
                Scalar::$variant(self)
            }
            fn into_data(values: Vec<Self>) -> crate::HostData {
                crate::HostData::$variant(values)
            }
            fn slice(data: &crate::HostData) -> Option<&[Self]> {
                match data {
                    crate::HostData::$variant(values) => Some(values),
                    _ => None,
                }
            }
            fn nearest(value: f64) -> Self {
                match Scalar::from_f64(value, Self::DTYPE) {
                    Scalar::$variant(value) => value,
                    _ => Self::default(),
                }
            }
        }
    };
}

element!(bool, Bool);
element!(i32, I32);
element!(u32, U32);
element!(f16, F16);
element!(f32, F32);
element!(f64, F64);
