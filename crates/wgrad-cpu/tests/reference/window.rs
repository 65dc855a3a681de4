//! Windows.

use crate::common::{ramp, tensor, values};
use wgrad_tensor::{HostTensor, Op, Window};

fn window() -> Window {
    Window { size: vec![2, 3], strides: vec![1, 2], dilation: vec![2, 1], padding: vec![(1, 0), (0, 1)] }
}

/// Has maxima that occur twice in a window.
fn x() -> HostTensor {
    tensor([3, 5], [1.0f32, 3.0, 3.0, 0.0, -1.0, 2.0, 2.0, 5.0, 5.0, 0.0, 4.0, 1.0, 0.0, 5.0, 2.0])
}

#[test]
fn sums() {
    assert_eq!(values::<f32>(&Op::WindowSum(window()), &[x()]), [9.0, 10.0, 12.0, 9.0]);
}

#[test]
fn the_first_maximum_is_selected() {
    assert_eq!(values::<f32>(&Op::WindowSelect(window()), &[x(), ramp([3, 5], 0)]), [0.0, 0.0, -0.5, -1.0]);
    let [x, v] = [tensor([3], [1.0f32, f32::NAN, 2.0]), tensor([3], [1.0f32, 2.0, 3.0])];
    let all = Window { size: vec![3], strides: vec![1], dilation: vec![1], padding: vec![(0, 0)] };
    assert_eq!(values::<f32>(&Op::WindowSelect(all), &[x, v]), [2.0], "NaN counts as the maximum");
}

#[test]
fn padding_is_never_selected() {
    let window = Window { size: vec![1], strides: vec![1], dilation: vec![1], padding: vec![(2, 1)] };
    let x = tensor([2], [-3.0f32, -4.0]);
    assert_eq!(values::<f32>(&Op::WindowSelect(window), &[x.clone(), x]), [0.0, 0.0, -3.0, -4.0, 0.0]);
}

#[test]
fn gradients_go_to_the_first_maximum() {
    let got = values::<f32>(&Op::WindowScatter(window()), &[x(), ramp([2, 2], 2)]);
    assert_eq!(got, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.5, 0.0, 0.0, 0.5, 0.0, 0.0, -1.5, 0.0]);
}

#[test]
fn huge_windows_end() {
    let window = Window { size: vec![1 << 60], strides: vec![1], dilation: vec![1], padding: vec![(1 << 60, 0)] };
    let got = values::<f32>(&Op::WindowSum(window), &[tensor([2], [1.0f32, 2.0])]);
    assert_eq!(got, [0.0, 1.0, 3.0]);
}
