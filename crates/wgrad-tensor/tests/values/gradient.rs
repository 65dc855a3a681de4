//! The gradients of derived functions where their formulas have a corner.

use crate::{count, same};
use wgrad_tensor::{Tensor, Window, grad};

/// The gradient of the sum of `f(x)`.
#[track_caller]
fn slope(f: impl Fn(&Tensor) -> Tensor, x: &Tensor) -> Tensor {
    grad(&f(x).sum(()), &[x]).swap_remove(0).expect("x is connected")
}

#[test]
fn softplus_at_zero_and_far_away() {
    let x = Tensor::from([-200f32, 0.0, 200.0]);
    same(&slope(Tensor::softplus, &x), [0f32, 0.5, 1.0]);
    same(&slope(Tensor::log_sigmoid, &x), [1f32, 0.5, 0.0]);
    same(&slope(|x| slope(Tensor::softplus, x), &x), [0f32, 0.25, 0.0]);
}

#[test]
fn logsumexp_is_the_softmax() {
    let x = Tensor::from([[1000f32, 1001.0], [0.0, f32::NEG_INFINITY]]);
    same(&slope(|x| x.logsumexp(1), &x), x.softmax(1));
    same(&slope(|x| x.softmax(1), &count(&[2, 2])), Tensor::zeros([2, 2]));
    same(&slope(|x| x.log_softmax(0).i(0), &count(&[2])), [0.731_058_6_f32, -0.731_058_6]);
}

#[test]
fn order_and_choice() {
    let x = Tensor::from([3f32, 1.0, 2.0]);
    let weights = Tensor::from([1f32, 10.0, 100.0]);
    same(&slope(|x| x.sort(0, false) * &weights, &x), [100f32, 1.0, 10.0]);
    same(&slope(|x| x.top_k(1).0, &x), [1f32, 0.0, 0.0]);
    same(&slope(|x| x.take_along_axis(&Tensor::from([2, 2, 9]), 0), &x), [0f32, 0.0, 2.0]);
    same(&slope(|x| x.clip(1.5, 2.5), &x), [0f32, 0.0, 1.0]);
}

#[test]
fn movement_and_windows() {
    let x = count(&[2, 2]);
    same(&slope(|x| x.tile(&[3, 1]).repeat(2, 1), &x), [[6f32; 2]; 2]);
    same(&slope(|x| x.i((wgrad_tensor::Step(.., -1), 0)), &x), [[1f32, 0.0], [1.0, 0.0]]);
    same(&slope(|x| x.matmul(&count(&[3, 2, 1])), &x), [[6f32, 9.0], [6.0, 9.0]]);
    let window = Window { size: vec![1, 2], strides: vec![1, 1], dilation: vec![1, 1], padding: vec![(0, 0), (1, 0)] };
    same(&slope(|x| x.window_mean(window.clone()), &x), [[1.5f32, 0.5], [1.5, 0.5]]);
    same(&slope(|x| x.window_min(window.clone()), &x), [[2f32, 0.0], [2.0, 0.0]]);
}

#[test]
fn moments() {
    same(&slope(|x| x.var(()), &count(&[3])), [-0.666_666_7_f32, 0.0, 0.666_666_7]);
    same(&slope(|x| x.std(()), &count(&[3])), [-0.408_248_3_f32, 0.0, 0.408_248_3]);
}
