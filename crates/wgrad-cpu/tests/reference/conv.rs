//! Matrix products and convolutions.

use crate::common::{ramp, tensor, values};
use wgrad_tensor::{Conv, Op};

#[test]
fn matmul_in_a_batch() {
    let got = values::<f32>(&Op::MatMul, &[ramp([2, 3, 4], 0), ramp([2, 4, 2], 5)]);
    assert_eq!(got, [-4.0, -4.0, 2.25, 3.0, 8.5, -9.25, 2.5, 4.75, 6.5, -9.75, -8.75, 6.0]);
    let empty = [tensor::<f32>([2, 0], []), tensor::<f32>([0, 1], [])];
    assert_eq!(values::<f32>(&Op::MatMul, &empty), [0.0, 0.0]);
}

#[test]
fn conv_in_one_axis() {
    let conv = Conv { strides: vec![2], padding: vec![(1, 1)], ..Conv::plain(1) };
    let got = values::<f32>(&Op::Conv(conv), &[ramp([1, 5, 2], 0), ramp([3, 2, 2], 4)]);
    assert_eq!(got, [9.75, -4.0, 6.25, 4.0, 4.25, -9.75]);
}

#[test]
#[rustfmt::skip]
fn conv_with_everything() {
    let conv = Conv {
        strides: vec![1, 2], padding: vec![(0, 1), (2, 0)], lhs_dilation: vec![2, 1], rhs_dilation: vec![1, 2], ..Conv::plain(2)
    };
    let got = values::<f32>(&Op::Conv(conv), &[ramp([1, 4, 3, 1], 0), ramp([2, 2, 1, 2], 4)]);
    assert_eq!(got, [
        -5.0, 0.0, -3.25, 3.75, -1.25, -6.25, -4.25, 7.5, 5.0, 0.0, -1.75, -3.75, -1.0, -5.0, -3.0, 8.0, 4.0, 0.0, -3.0, -3.0, -0.75, -3.75, -1.75,
        8.5, 3.0, 0.0, -4.25, -2.25,
    ]);
}

#[test]
fn negative_padding_crops() {
    let conv = Conv { padding: vec![(-1, 0), (0, -2)], ..Conv::plain(2) };
    let got = values::<f32>(&Op::Conv(conv), &[ramp([1, 6, 5, 1], 0), ramp([2, 2, 1, 1], 4)]);
    assert_eq!(got, [-4.75, -4.0, 4.5, -5.75, 5.5, -4.75, 6.5, 4.5]);
}

#[test]
fn groups() {
    let features = Conv { feature_groups: 2, ..Conv::plain(1) };
    let got = values::<f32>(&Op::Conv(features), &[ramp([1, 3, 4], 0), ramp([2, 2, 4], 1)]);
    assert_eq!(got, [-1.75, 0.5, -7.5, -3.5, -1.75, 1.25, 5.0, 4.25]);
    let batches = Conv { batch_groups: 2, ..Conv::plain(1) };
    let got = values::<f32>(&Op::Conv(batches), &[ramp([4, 3, 2], 0), ramp([2, 2, 4], 1)]);
    let expected = [-8.0, 11.25, -3.5, 4.25, -2.5, 2.0, 11.0, -4.25, -2.5, 2.75, -4.0, 6.25, -2.5, -1.0, 10.5, -2.25];
    assert_eq!(got, expected);
}

#[test]
fn conv_in_three_axes() {
    let conv = Conv { padding: vec![(0, 0), (0, 0), (0, 1)], ..Conv::plain(3) };
    let got = values::<f32>(&Op::Conv(conv), &[ramp([1, 2, 2, 3, 1], 0), ramp([2, 1, 2, 1, 1], 2)]);
    assert_eq!(got, [6.0, -0.5, 0.0, 0.25, -0.75, 0.25]);
}

#[test]
fn a_kernel_that_does_not_fit_gives_nothing() {
    let got = values::<f32>(&Op::Conv(Conv::plain(1)), &[ramp([1, 2, 1], 0), ramp([3, 1, 2], 0)]);
    assert_eq!(got, []);
    let got = values::<f32>(&Op::Conv(Conv::plain(1)), &[ramp([1, 2, 0], 0), ramp([1, 0, 2], 0)]);
    assert_eq!(got, [0.0; 4]);
}
