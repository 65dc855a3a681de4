//! Elements for inputs, the same in every run: Philox, keyed by the case's name and the number of the input.

use crate::{Case, Domain};
use wgrad_tensor::{DType, Element, HostData, HostTensor, Scalar, Shape, philox};

/// The dtype of an input of a case that is tried in `dtype`.
pub(crate) fn dtype(domain: &Domain, dtype: DType) -> DType {
    match domain {
        Domain::Index(_) | Domain::WildIndex(_) => DType::I32,
        Domain::Bool => DType::Bool,
        Domain::Key => DType::U32,
        Domain::Real
        | Domain::Positive
        | Domain::Unit
        | Domain::Nonzero
        | Domain::Distinct
        | Domain::Whole
        | Domain::Ties
        | Domain::Special
        | Domain::Values(_) => dtype,
    }
}

/// The inputs of a case in `dtype`.
pub(crate) fn inputs(case: &Case, as_dtype: DType) -> Vec<HostTensor> {
    let seed = case.name.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let input = |(i, input): (usize, &crate::Input)| {
        let bits = |n: usize| philox([n as u32, 0, i as u32, 0], [seed, 0])[0];
        tensor(&input.shape, &input.domain, dtype(&input.domain, as_dtype), bits)
    };
    case.inputs.iter().enumerate().map(input).collect()
}

/// A tensor of `shape`; `bits` gives 32 random bits for each number.
pub(crate) fn tensor(shape: &Shape, domain: &Domain, dtype: DType, bits: impl Fn(usize) -> u32) -> HostTensor {
    let len = shape.numel();
    let order = if matches!(domain, Domain::Distinct) { ranks(len, &bits) } else { Vec::new() };
    let below = |i: usize, n: u32| ((u64::from(bits(i)) * u64::from(n)) >> 32) as f64;
    let unsigned = if dtype == DType::U32 { 1.0 } else { 0.0 };
    let value = |i: usize| match domain {
        Domain::Real => (below(i, 128) - 64.0 + 0.5) / 32.0,
        Domain::Positive => (below(i, 248) + 8.0) / 64.0,
        Domain::Unit => (below(i, 120) - 60.0 + 0.5) / 64.0,
        Domain::Nonzero => (below(i, 128) + 16.0) / 64.0 * if bits(i) & 1 == 0 { 1.0 } else { -1.0 },
        Domain::Distinct => (order[i] as f64 - (len / 2) as f64 + 0.5) / 32.0,
        Domain::Whole => below(i, 19) - 9.0 + 9.0 * unsigned,
        Domain::Ties => below(i, 3) - 1.0 + unsigned,
        Domain::Index(n) => below(i, *n as u32),
        Domain::WildIndex(n) => below(i, *n as u32 + 4) - 2.0,
        Domain::Bool => f64::from(bits(i) >> 31),
        Domain::Key => f64::from(bits(i)),
        Domain::Special => SPECIAL[i % SPECIAL.len()],
        Domain::Values(values) => values[i],
    };
    let scalars = (0..len).map(|i| Scalar::from_f64(value(i), dtype));
    HostTensor::new(shape, collect(dtype, scalars)).expect("one scalar for each element")
}

const SPECIAL: [f64; 10] = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1.5, -2.5, 60000.0, -60000.0, 1e-3];

/// A random permutation of `0..len`.
fn ranks(len: usize, bits: impl Fn(usize) -> u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by_cached_key(|&i| (bits(i), i));
    order
}

fn collect(dtype: DType, scalars: impl Iterator<Item = Scalar>) -> HostData {
    fn all<T: Element>(scalars: impl Iterator<Item = Scalar>, value: impl Fn(Scalar) -> Option<T>) -> HostData {
        T::into_data(scalars.map(|s| value(s).expect("a scalar of the dtype that was asked for")).collect())
    }
    macro_rules! of {
        ($variant:ident) => {
            all(scalars, |s| if let Scalar::$variant(v) = s { Some(v) } else { None })
        };
    }
    match dtype {
        DType::Bool => of!(Bool),
        DType::I32 => of!(I32),
        DType::U32 => of!(U32),
        DType::F16 => of!(F16),
        DType::F32 => of!(F32),
        DType::F64 => of!(F64),
    }
}
