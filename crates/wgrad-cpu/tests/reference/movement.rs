//! Movements.

use crate::common::{ramp, tensor, values};
use wgrad_tensor::{Op, Padding, Range, Scalar};

#[test]
#[rustfmt::skip]
fn permute_expand_reshape() {
    let x = [ramp([2, 3, 4], 0)];
    assert_eq!(values::<f32>(&Op::Permute(vec![2, 0, 1]), &x), [
        -2.5, 0.5, -2.0, 1.0, -1.5, 1.5, 1.0, -1.5, 1.5, -1.0, 2.0, -0.5, -1.0, 2.0, -0.5, 2.5, 0.0, -2.5, 2.5, 0.0, -2.5, 0.5, -2.0, 1.0,
    ]);
    assert_eq!(values::<f32>(&Op::Reshape([4, 6].into()), &x), x[0].to_vec::<f32>().unwrap());
    let x = [ramp([2, 1, 2], 0)];
    assert_eq!(values::<f32>(&Op::Expand([2, 3, 2].into()), &x), [-2.5, 1.0, -2.5, 1.0, -2.5, 1.0, -1.0, 2.5, -1.0, 2.5, -1.0, 2.5]);
    assert_eq!(values::<bool>(&Op::Expand([3].into()), &[tensor([1], [true])]), [true; 3]);
    assert_eq!(values::<f32>(&Op::Expand([0].into()), &[tensor([1], [1.0f32])]), []);
}

#[test]
fn slice_backwards_and_with_steps() {
    let ranges = [(1, 2, -1), (0, 2, 2), (3, 2, -2)].map(|(start, len, step)| Range { start, len, step });
    let got = values::<f32>(&Op::Slice(ranges.into()), &[ramp([2, 3, 4], 0)]);
    assert_eq!(got, [0.5, -1.0, 1.0, -0.5, 2.5, 1.0, -2.5, 1.5]);
}

#[test]
fn pad_around_and_between() {
    let padding = vec![Padding { low: 1, high: 0, interior: 0 }, Padding { low: 2, high: 1, interior: 1 }];
    let got = values::<f32>(&Op::Pad { padding, fill: Scalar::F32(9.0) }, &[ramp([2, 3], 0)]);
    #[rustfmt::skip]
    assert_eq!(got, [
        9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0,
        9.0, 9.0, -2.5, 9.0, 1.0, 9.0, -1.0, 9.0,
        9.0, 9.0, 2.5, 9.0, 0.5, 9.0, -1.5, 9.0,
    ]);
    let padding = vec![Padding { low: 1, high: 1, interior: 3 }];
    assert_eq!(values::<i32>(&Op::Pad { padding, fill: Scalar::I32(4) }, &[tensor::<i32>([0], [])]), [4, 4]);
}

#[test]
fn concat_with_an_empty_part() {
    let parts = [ramp([2, 1, 2], 0), ramp([2, 2, 2], 3), ramp([2, 0, 2], 0)];
    let got = values::<f32>(&Op::Concat { axis: 1 }, &parts);
    assert_eq!(got, [-2.5, 1.0, 2.5, 0.5, -1.5, 2.0, -1.0, 2.5, 0.0, -2.0, 1.5, -0.5]);
}
