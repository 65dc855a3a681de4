//! Convolutions.

use crate::{Case, Domain::Real, Smoothness::Twice, Tolerance};
use wgrad_tensor::Conv;

fn row(detail: &str, lhs: &[usize], rhs: &[usize], conv: Conv) -> Case {
    Case::new(&["conv"], move |x| vec![x[0].conv(&x[1], conv.clone())])
        .named(detail)
        .shapes(&[lhs, rhs], &Real)
        .within(Tolerance::tensor(64.0, "the order of sums of products"))
        .smooth(Twice)
}

pub(super) fn cases() -> Vec<Case> {
    let plain = Conv::plain;
    vec![
        row("one axis", &[2, 9, 3], &[3, 3, 4], plain(1)),
        row("one axis, strides and padding", &[2, 9, 3], &[3, 3, 4], Conv { strides: vec![2], padding: vec![(1, 2)], ..plain(1) }),
        row("two axes", &[2, 6, 5, 3], &[3, 2, 3, 5], plain(2)),
        row("two axes, one channel", &[3, 12, 12, 1], &[5, 5, 1, 7], plain(2)),
        row("two axes, same padding", &[2, 7, 6, 5], &[3, 3, 5, 9], Conv { padding: vec![(1, 1), (1, 1)], ..plain(2) }).timed(),
        row("mostly padding", &[16, 4, 3, 8], &[3, 3, 8, 12], Conv { padding: vec![(2, 2), (2, 2)], ..plain(2) }),
        row(
            "mostly padding, strides and dilation",
            &[12, 3, 4, 4],
            &[3, 2, 4, 5],
            Conv { padding: vec![(2, 2), (3, 1)], strides: vec![2, 1], rhs_dilation: vec![1, 2], ..plain(2) },
        ),
        row("mostly padding, long sums", &[32, 2, 2, 256], &[3, 3, 256, 8], Conv { padding: vec![(1, 1), (1, 1)], ..plain(2) }),
        row("two axes, strides", &[2, 8, 7, 3], &[3, 3, 3, 4], Conv { strides: vec![2, 3], padding: vec![(0, 1), (1, 1)], ..plain(2) }),
        row("pointwise", &[2, 5, 5, 7], &[1, 1, 7, 3], plain(2)),
        row("kernel dilation", &[1, 9, 8, 2], &[3, 2, 2, 3], Conv { rhs_dilation: vec![2, 3], ..plain(2) }),
        row(
            "input dilation (transposed)",
            &[2, 4, 3, 3],
            &[3, 3, 3, 2],
            Conv { lhs_dilation: vec![2, 3], padding: vec![(2, 2), (1, 2)], ..plain(2) },
        ),
        row(
            "input dilation and strides",
            &[1, 4, 5, 2],
            &[2, 3, 2, 2],
            Conv { lhs_dilation: vec![3, 2], strides: vec![2, 1], padding: vec![(1, 0), (0, 1)], ..plain(2) },
        ),
        row("cropping", &[1, 8, 7, 2], &[2, 2, 2, 3], Conv { padding: vec![(-1, 0), (0, -2)], ..plain(2) }),
        row("groups", &[2, 5, 4, 6], &[2, 2, 2, 9], Conv { feature_groups: 3, ..plain(2) }),
        row("depthwise", &[2, 6, 5, 4], &[3, 3, 1, 8], Conv { feature_groups: 4, padding: vec![(1, 1), (1, 1)], ..plain(2) }),
        row(
            "depthwise, one filter for each",
            &[2, 5, 9, 8],
            &[3, 3, 1, 8],
            Conv { feature_groups: 8, padding: vec![(1, 1), (1, 1)], ..plain(2) },
        ),
        row(
            "depthwise, strides",
            &[2, 7, 8, 4],
            &[3, 3, 1, 4],
            Conv { feature_groups: 4, strides: vec![2, 2], padding: vec![(1, 1), (0, 1)], ..plain(2) },
        ),
        row(
            "depthwise, one filter for each, strides and dilation",
            &[1, 9, 8, 35],
            &[2, 3, 1, 35],
            Conv { feature_groups: 35, strides: vec![2, 1], padding: vec![(1, 0), (1, 2)], rhs_dilation: vec![1, 2], ..plain(2) },
        ),
        row("batch groups", &[6, 5, 4, 3], &[2, 2, 3, 6], Conv { batch_groups: 3, ..plain(2) }),
        row(
            "three axes",
            &[1, 4, 3, 5, 2],
            &[2, 2, 3, 2, 3],
            Conv { padding: vec![(0, 1), (1, 0), (1, 1)], strides: vec![1, 2, 2], ..plain(3) },
        ),
        row("a kernel that does not fit", &[2, 3, 2, 2], &[4, 1, 2, 3], plain(2)),
        row("no channels", &[2, 3, 2, 0], &[1, 1, 0, 3], plain(2)),
        row("empty batch", &[0, 5, 4, 2], &[2, 2, 2, 3], plain(2)),
        Case::new(&["conv"], |x| {
            let y = x[0].conv(&x[1], Conv { padding: vec![(1, 1), (1, 1)], ..Conv::plain(2) }).add(&x[2]);
            vec![y.tanh(), y.sum([0, 1, 2])]
        })
        .named("with bias and activation")
        .shapes(&[&[2, 5, 6, 3], &[3, 3, 3, 7], &[7]], &Real)
        .within(Tolerance::tensor(64.0, "the order of sums of products"))
        .smooth(Twice),
    ]
}
