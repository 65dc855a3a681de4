//! Reductions and running sums.

use crate::common::{ramp, tensor, values};
use half::f16;
use wgrad_tensor::{Op, Reduce};

fn over(op: Reduce, axes: &[usize]) -> Op {
    Op::Reduce { op, axes: axes.into() }
}

#[test]
fn one_axis_several_axes_all_axes() {
    let x = [ramp([2, 3, 4], 0)];
    assert_eq!(values::<f32>(&over(Reduce::Sum, &[1]), &x), [-4.0, 1.0, 0.5, 0.0, 1.0, 0.5, 0.0, -0.5]);
    assert_eq!(values::<f32>(&over(Reduce::Sum, &[0, 2]), &x), [3.0, -0.5, -4.0]);
    assert_eq!(values::<f32>(&over(Reduce::Sum, &[0, 1, 2]), &x), [-1.5]);
    assert_eq!(values::<f32>(&over(Reduce::Sum, &[]), &x), x[0].to_vec::<f32>().unwrap());
    assert_eq!(values::<f32>(&over(Reduce::Prod, &[1]), &x), [2.5, -2.25, 1.0, -0.0, -2.25, 1.0, -0.0, -1.0]);
    assert_eq!(values::<f32>(&over(Reduce::Prod, &[0, 2]), &x), [-7.8125, -0.0, -7.03125]);
    assert_eq!(values::<f32>(&over(Reduce::Max, &[1]), &x), [0.5, 1.5, 2.0, 2.5, 1.5, 2.0, 2.5, 1.0]);
    assert_eq!(values::<f32>(&over(Reduce::Max, &[0, 2]), &x), [2.5, 2.0, 1.5]);
    assert_eq!(values::<f32>(&over(Reduce::Min, &[1]), &x), [-2.5, -1.5, -1.0, -2.5, -1.5, -1.0, -2.5, -2.0]);
    assert_eq!(values::<f32>(&over(Reduce::Min, &[0, 1, 2]), &x), [-2.5]);
}

#[test]
fn positions_of_the_first_extreme() {
    let x = [ramp([2, 3, 4], 0)];
    assert_eq!(values::<i32>(&over(Reduce::ArgMax, &[1]), &x), [1, 2, 1, 0, 2, 1, 0, 2]);
    assert_eq!(values::<i32>(&over(Reduce::ArgMin, &[1]), &x), [0, 1, 0, 2, 1, 0, 2, 1]);
    assert_eq!(values::<i32>(&over(Reduce::ArgMax, &[0, 2]), &x), [3, 2, 1]);
    assert_eq!(values::<i32>(&over(Reduce::ArgMin, &[0, 2]), &x), [0, 7, 3]);
    let nan = [tensor([5], [1.0f32, f32::NAN, 3.0, f32::NAN, -1.0])];
    assert_eq!(values::<i32>(&over(Reduce::ArgMax, &[0]), &nan), [1]);
    assert_eq!(values::<i32>(&over(Reduce::ArgMin, &[0]), &nan), [1]);
    assert!(values::<f32>(&over(Reduce::Max, &[0]), &nan)[0].is_nan());
    assert!(values::<f32>(&over(Reduce::Min, &[0]), &nan)[0].is_nan());
}

#[test]
fn empty_axes_give_the_identity() {
    let x = [tensor::<f32>([2, 0], [])];
    assert_eq!(values::<f32>(&over(Reduce::Sum, &[1]), &x), [0.0, 0.0]);
    assert_eq!(values::<f32>(&over(Reduce::Prod, &[1]), &x), [1.0, 1.0]);
    assert_eq!(values::<f32>(&over(Reduce::Max, &[1]), &x), [f32::NEG_INFINITY; 2]);
    assert_eq!(values::<f32>(&over(Reduce::Min, &[1]), &x), [f32::INFINITY; 2]);
    assert_eq!(values::<i32>(&over(Reduce::ArgMax, &[1]), &x), [0, 0]);
    assert_eq!(values::<f32>(&over(Reduce::Sum, &[0]), &x), []);
    let x = [tensor::<i32>([0], [])];
    assert_eq!(values::<i32>(&over(Reduce::Max, &[0]), &x), [i32::MIN]);
    assert_eq!(values::<i32>(&over(Reduce::Min, &[0]), &x), [i32::MAX]);
    let x = [tensor::<bool>([0], [])];
    assert_eq!(values::<bool>(&over(Reduce::Max, &[0]), &x), [false]);
    assert_eq!(values::<bool>(&over(Reduce::Min, &[0]), &x), [true]);
}

#[test]
fn other_dtypes() {
    let x = [tensor([2, 2], [i32::MAX, 1, -5, 3])];
    assert_eq!(values::<i32>(&over(Reduce::Sum, &[1]), &x), [i32::MIN, -2]);
    assert_eq!(values::<i32>(&over(Reduce::Prod, &[0]), &x), [i32::MAX.wrapping_mul(-5), 3]);
    let x = [tensor([2, 2], [false, true, true, true])];
    assert_eq!(values::<bool>(&over(Reduce::Max, &[1]), &x), [true, true]);
    assert_eq!(values::<bool>(&over(Reduce::Min, &[1]), &x), [false, true]);
    assert_eq!(values::<i32>(&over(Reduce::ArgMax, &[1]), &x), [1, 0]);
    // 4096 ones: a sum in f16 itself would stop at 2048.
    assert_eq!(values::<f16>(&over(Reduce::Sum, &[0]), &[tensor([4096], [f16::ONE; 4096])]), [f16::from_f32(4096.0)]);
}

#[test]
#[rustfmt::skip]
fn running_sums() {
    let x = [ramp([2, 3, 4], 0)];
    let sum = |axis, reverse| values::<f32>(&Op::CumSum { axis, reverse }, &x);
    assert_eq!(sum(1, false), [
        -2.5, 1.0, -1.0, 2.5, -2.0, -0.5, 1.0, 2.5, -4.0, 1.0, 0.5, 0.0, 1.0, -1.0, 2.5, 0.5, -0.5, 1.0, 2.5, -1.5, 1.0, 0.5, 0.0, -0.5,
    ]);
    assert_eq!(sum(2, true), [
        0.0, 2.5, 1.5, 2.5, 1.0, 0.5, 2.0, 0.0, -3.5, -1.5, -3.0, -2.5, 3.0, 2.0, 3.0, 0.5, -1.5, 0.0, -2.0, -2.0, -0.5, -2.0, -1.5, 1.0,
    ]);
}
