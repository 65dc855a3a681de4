use crate::{count, same};
use wgrad_tensor::{Conv, Tensor, Window};

/// Windows of 2 with stride 1 on the last axis.
fn pairs(padding: (usize, usize)) -> Window {
    Window { size: vec![1, 2], strides: vec![1, 1], dilation: vec![1, 1], padding: vec![(0, 0), padding] }
}

#[test]
fn convolution() {
    let image = count(&[1, 3, 3, 1]);
    same(&image.conv(&Tensor::ones([2, 2, 1, 1]), Conv::plain(2)), [[[[8f32], [12.0]], [[20.0], [24.0]]]]);
}

#[test]
fn windows() {
    let x = Tensor::from([[1f32, -2.0, 3.0], [-4.0, -5.0, 6.0]]);
    same(&x.window_sum(pairs((0, 0))), [[-1f32, 1.0], [-9.0, 1.0]]);
    same(&x.window_max(pairs((1, 0))), [[1f32, 1.0, 3.0], [-4.0, -4.0, 6.0]]);
    same(&x.window_min(pairs((0, 1))), [[-2f32, -2.0, 3.0], [-5.0, -5.0, 6.0]]);
    same(&x.window_mean(pairs((0, 0))), [[-0.5f32, 0.5], [-4.5, 0.5]]);
    same(&x.window_mean(pairs((1, 0))), [[1f32, -0.5, 0.5], [-4.0, -4.5, 0.5]]);
    same(&x.window_mean(pairs((2, 0))).i((0, 0)), 0f32);
}

#[test]
fn the_mean_counts_padding_on_one_axis_only() {
    let window = Window { size: vec![2, 2], strides: vec![2, 1], dilation: vec![1, 1], padding: vec![(0, 0), (0, 1)] };
    same(&count(&[2, 2]).window_mean(window), [[1.5f32, 2.0]]);
}

#[test]
fn windows_that_fit_nowhere() {
    let window = |n: usize| Window { size: vec![n], strides: vec![n], dilation: vec![n], padding: vec![(0, 0)] };
    same(&Tensor::ones(3).window_sum(window(usize::MAX)), Tensor::zeros(0));
    same(&Tensor::ones(3).window_max(window(4)), Tensor::zeros(0));
}

#[test]
fn parameters_for_other_ranks_are_an_error() {
    let text = Tensor::ones(3).window_mean(pairs((1, 0))).error().map(|error| error.to_string()).unwrap_or_default();
    assert!(text.starts_with("window_sum: 2 window parameters for 1 axes of [3]"), "{text}");
}
