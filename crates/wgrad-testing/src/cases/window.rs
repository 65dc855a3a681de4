//! Windows: pooling and its gradients.

use crate::{
    Case, Domain,
    Domain::{Distinct, Real, Ties},
    Smoothness::{Once, Twice},
    Tolerance,
};
use wgrad_tensor::{Tensor, Window};

const SUM: Tolerance = Tolerance::tensor(16.0, "the order of a sum");

type Function = fn(&Tensor, Window) -> Tensor;

/// A row with windows on one to three spatial axes: disjoint, overlapping, dilated, padded, larger than the tensor.
fn each_window(name: &'static str, f: Function, domain: &Domain) -> Case {
    let build = move |x: &[Tensor]| {
        vec![
            f(&x[0], window(&[1, 2, 2, 1], &[1, 2, 2, 1], 1, (0, 0))),
            f(&x[0], window(&[1, 3, 3, 1], &[1, 1, 2, 1], 1, (1, 1))),
            f(&x[0], window(&[1, 2, 3, 1], &[1, 2, 1, 1], 2, (2, 1))),
            f(&x[1], window(&[3], &[2], 1, (0, 1))),
            f(&x[1], window(&[20], &[1], 1, (0, 0))),
            f(&x[2], window(&[1, 2, 1, 2, 2], &[1, 1, 1, 2, 2], 1, (0, 0))),
            f(&x[0].permute([0, 3, 1, 2]), window(&[1, 1, 2, 2], &[1, 1, 2, 2], 1, (0, 0))),
        ]
    };
    Case::new(&[name], build).shapes(&[&[2, 7, 6, 3], &[9], &[1, 3, 2, 5, 4]], domain)
}

/// A window with one dilation, and one padding of the axes that it is longer than 1 on.
fn window(size: &[usize], strides: &[usize], dilation: usize, padding: (usize, usize)) -> Window {
    let spatial = |&n: &usize| n > 1;
    Window {
        size: size.to_vec(),
        strides: strides.to_vec(),
        dilation: size.iter().map(|n| if spatial(n) { dilation } else { 1 }).collect(),
        padding: size.iter().map(|n| if spatial(n) { padding } else { (0, 0) }).collect(),
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        each_window("window_sum", |x, w| x.window_sum(w), &Real).within(SUM).smooth(Twice),
        each_window("window_mean", |x, w| x.window_mean(w), &Real).within(SUM).smooth(Twice),
        each_window("window_max", |x, w| x.window_max(w), &Distinct).smooth(Once),
        each_window("window_min", |x, w| x.window_min(w), &Distinct).smooth(Once),
        each_window("window_max", |x, w| x.window_max(w), &Ties).named("equal elements"),
        Case::new(&["window_max"], |x| {
            let y = x[0].window_max(window(&[2, 2], &[2, 2], 1, (0, 0)));
            let gradient = wgrad_tensor::grad(&y.sum(()), &[&x[0]]).into_iter().flatten();
            std::iter::once(y.clone()).chain(gradient).collect()
        })
        .named("the gradient goes to the first maximum")
        .input([2, 4], Domain::Values(vec![1.0, 1.0, 0.0, 5.0, 1.0, 0.0, 5.0, 5.0]))
        .known(&[1.0, 5.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
        Case::new(&["window_max", "relu"], |x| {
            let y = (&x[0] + &x[1]).relu().window_max(window(&[2, 2], &[2, 2], 1, (0, 0)));
            let gradients = wgrad_tensor::grad(&(&y * 3.0).sum(()), &[&x[0], &x[1]]).into_iter().flatten();
            std::iter::once(y.clone()).chain(gradients).collect()
        })
        .named("the gradient stops at what is not positive")
        .input([2, 6], Domain::Values(vec![-1.0, 2.0, 0.0, -5.0, -1.0, -2.0, 1.0, 0.0, 5.0, 5.0, -3.0, -4.0]))
        .input([1], Domain::Values(vec![0.0]))
        .known(&[2.0, 5.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 6.0]),
    ]
}
