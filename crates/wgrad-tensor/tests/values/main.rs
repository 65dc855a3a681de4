//! The values of the public API on the reference device, against NumPy's.

use wgrad_cpu as _;
use wgrad_tensor::{Device, HostTensor, Tensor};

mod create;
mod elementwise;
mod gather;
mod gradient;
mod index;
mod linalg;
mod movement;
mod random;
mod reduce;
mod window;

fn host(tensor: &Tensor) -> HostTensor {
    let device = Device::open("reference").expect("wgrad-cpu is linked");
    tensor.to_host_on(&device).unwrap_or_else(|error| panic!("{error}"))
}

/// Shape and dtype equal, elements equal to about 2e-6.
#[track_caller]
fn same(got: &Tensor, expected: impl Into<Tensor>) {
    let (got, expected) = (host(got), host(&expected.into()));
    assert_eq!(got.spec(), expected.spec(), "\ngot\n{got}\nexpected\n{expected}");
    let close = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 2e-6 * b.abs().max(1.0);
    let all = got.data().to_f64().iter().zip(&expected.data().to_f64()).all(close);
    assert!(all, "\ngot\n{got}\nexpected\n{expected}");
}

/// `0, 1, 2, ...` as f32.
fn count(shape: &[usize]) -> Tensor {
    let n: usize = shape.iter().product();
    Tensor::arange(0f32, n as f32, 1.0).reshape(shape)
}
