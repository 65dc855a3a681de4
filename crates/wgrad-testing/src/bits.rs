//! Comparisons of results.

use crate::Tolerance;
use wgrad_tensor::{HostData, HostTensor, each_dtype};

/// The first difference beyond the tolerance, in words.
pub(crate) fn difference(got: &HostTensor, expected: &HostTensor, tolerance: &Tolerance) -> Result<(), String> {
    if got.spec() != expected.spec() {
        return Err(format!("a result of {} where {} was expected", got.spec(), expected.spec()));
    }
    let (a, b) = (got.data().to_f64(), expected.data().to_f64());
    let largest = b.iter().filter(|v| v.is_finite()).fold(0.0, |m: f64, v| m.max(v.abs()));
    let far = |&(a, b): &(f64, f64)| !(a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance.allows(b, largest, got.dtype()));
    let pairs = || a.iter().copied().zip(b.iter().copied());
    let Some((i, (a, b))) = pairs().enumerate().find(|(_, pair)| far(pair)) else { return Ok(()) };
    let count = pairs().filter(far).count();
    let allowed = tolerance.allows(b, largest, got.dtype());
    let of = got.data().len();
    Err(format!("element {i} of {} is {a:?}, not {b:?} (allowed {allowed:e}: {}); {count} of {of} differ", got.spec(), tolerance.reason))
}

/// The bits of all elements.
pub(crate) fn bits(data: &HostData) -> Vec<u64> {
    each_dtype!(data, values => values.iter().map(|v| wgrad_tensor::Element::scalar(*v).bits()).collect())
}
