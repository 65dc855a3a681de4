//! Reading and adding at indices, and sorting.

use crate::common::{ramp, tensor, values};
use wgrad_tensor::Op;

#[test]
#[rustfmt::skip]
fn gather_gives_zero_outside() {
    let indices = tensor([2, 2], [2, 0, -1, 3]);
    let got = values::<f32>(&Op::Gather { axis: 1 }, &[ramp([2, 3, 4], 0), indices]);
    assert_eq!(got, [
        -2.0, 1.5, -0.5, -2.5, -2.5, 1.0, -1.0, 2.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
        1.5, -0.5, -2.5, 1.0, 1.0, -1.0, 2.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
    ]);
    assert_eq!(values::<i32>(&Op::Gather { axis: 0 }, &[tensor::<i32>([0], []), tensor([2], [0, 1])]), [0, 0]);
    // An empty tensor with a long axis must not take long.
    assert_eq!(values::<i32>(&Op::Gather { axis: 1 }, &[tensor::<i32>([1 << 60, 0], []), tensor::<i32>([0], [])]), []);
}

#[test]
fn scatter_add_repeats_and_ignores() {
    let operands = [ramp([3, 2], 0), tensor([4], [1, -1, 1, 2]), ramp([4, 2], 1)];
    assert_eq!(values::<f32>(&Op::ScatterAdd { axis: 0 }, &operands), [-2.5, 1.0, -1.5, 3.5, 0.5, -3.5]);
    let operands = [tensor([2], [1u32, 2]), tensor([3], [0, 0, 2]), tensor([3], [u32::MAX, 5, 9])];
    assert_eq!(values::<u32>(&Op::ScatterAdd { axis: 0 }, &operands), [5, 2]);
}

#[test]
fn argsort_is_stable_and_puts_nan_last() {
    let x = tensor([8], [2.0, f32::NAN, -1.0, 2.0, f32::NEG_INFINITY, 0.0, f32::NAN, -1.0]);
    let sort = |descending| values::<i32>(&Op::ArgSort { axis: 0, descending }, std::slice::from_ref(&x));
    assert_eq!(sort(false), [4, 2, 7, 5, 0, 3, 1, 6]);
    assert_eq!(sort(true), [0, 3, 5, 2, 7, 4, 1, 6]);
    let x = tensor([2, 3], [3, 1, 2, 1, 5, 1]);
    assert_eq!(values::<i32>(&Op::ArgSort { axis: 1, descending: false }, std::slice::from_ref(&x)), [1, 2, 0, 0, 2, 1]);
    assert_eq!(values::<i32>(&Op::ArgSort { axis: 0, descending: true }, &[x]), [0, 1, 0, 1, 0, 1]);
    assert_eq!(values::<i32>(&Op::ArgSort { axis: 0, descending: false }, &[tensor([3], [true, false, true])]), [1, 0, 2]);
}
