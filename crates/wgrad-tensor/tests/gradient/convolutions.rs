//! The gradients of the general convolution: every parameter, alone and together.

use crate::check::{apply, check, numbers};
use wgrad_tensor::{Conv, Op};

/// `input [n, size, channels * groups]`, `kernel [taps, channels, filters]`
struct Row {
    n: usize,
    size: usize,
    channels: usize,
    taps: usize,
    filters: usize,
    stride: usize,
    padding: (isize, isize),
    lhs_dilation: usize,
    rhs_dilation: usize,
    feature_groups: usize,
    batch_groups: usize,
}

const PLAIN: Row = Row {
    n: 2,
    size: 6,
    channels: 2,
    taps: 3,
    filters: 3,
    stride: 1,
    padding: (0, 0),
    lhs_dilation: 1,
    rhs_dilation: 1,
    feature_groups: 1,
    batch_groups: 1,
};

#[test]
fn one_axis() {
    let rows = [
        ("plain", PLAIN),
        ("same", Row { padding: (1, 1), ..PLAIN }),
        ("stride with remainder", Row { stride: 2, padding: (0, 1), ..PLAIN }),
        ("stride 3 with remainder", Row { size: 8, stride: 3, taps: 2, ..PLAIN }),
        ("stride over the kernel", Row { size: 7, stride: 3, taps: 1, ..PLAIN }),
        ("cropped", Row { padding: (-1, -2), taps: 2, ..PLAIN }),
        ("padded beyond the kernel", Row { size: 2, padding: (4, 5), taps: 2, ..PLAIN }),
        ("dilated kernel", Row { rhs_dilation: 2, padding: (1, 0), ..PLAIN }),
        ("dilated kernel, stride", Row { size: 9, rhs_dilation: 3, stride: 2, padding: (1, 2), ..PLAIN }),
        ("dilated input", Row { size: 4, lhs_dilation: 3, padding: (2, -1), stride: 2, ..PLAIN }),
        ("depthwise", Row { channels: 1, filters: 3, feature_groups: 3, padding: (1, 1), ..PLAIN }),
        ("depthwise, multiplier 2", Row { channels: 1, filters: 6, feature_groups: 3, stride: 2, ..PLAIN }),
        ("feature groups", Row { channels: 2, filters: 4, feature_groups: 2, stride: 2, padding: (1, 0), rhs_dilation: 2, ..PLAIN }),
        ("batch groups", Row { n: 4, filters: 4, batch_groups: 2, stride: 2, padding: (1, 0), rhs_dilation: 2, ..PLAIN }),
        ("batch groups, one each", Row { n: 3, filters: 6, batch_groups: 3, ..PLAIN }),
        (
            "everything",
            Row { size: 5, lhs_dilation: 2, rhs_dilation: 2, stride: 3, padding: (2, 3), filters: 4, feature_groups: 2, ..PLAIN },
        ),
        ("kernel does not fit", Row { size: 2, ..PLAIN }),
        ("no input", Row { size: 0, padding: (2, 2), ..PLAIN }),
        ("no batch", Row { n: 0, ..PLAIN }),
        ("no channels", Row { channels: 0, ..PLAIN }),
        ("no filters", Row { filters: 0, ..PLAIN }),
    ];
    for (name, row) in rows {
        let conv = Conv {
            strides: vec![row.stride],
            padding: vec![row.padding],
            lhs_dilation: vec![row.lhs_dilation],
            rhs_dilation: vec![row.rhs_dilation],
            feature_groups: row.feature_groups,
            batch_groups: row.batch_groups,
        };
        let input = numbers([row.n, row.size, row.channels * row.feature_groups], -1.0, 1.0);
        let kernel = numbers([1, row.taps, row.channels, row.filters], -1.0, 1.0);
        check(&format!("conv {name}"), &[input, kernel], |x| {
            let kernel = x[1].reshape([row.taps, row.channels, row.filters]);
            apply(Op::Conv(conv.clone()), &[&x[0], &kernel]).sin()
        });
    }
}

#[test]
fn two_and_three_axes() {
    let conv = Conv {
        strides: vec![2, 1],
        padding: vec![(1, 0), (0, 1)],
        lhs_dilation: vec![1, 2],
        rhs_dilation: vec![1, 2],
        feature_groups: 2,
        batch_groups: 1,
    };
    check("2-D", &[numbers([1, 5, 4, 2], -1.0, 1.0), numbers([2, 3, 1, 4], -1.0, 1.5)], |x| {
        apply(Op::Conv(conv.clone()), &[&x[0], &x[1]]).sin()
    });
    check("3-D", &[numbers([1, 3, 2, 3, 1], -1.0, 1.0), numbers([2, 1, 2, 1, 2], -1.0, 1.5)], |x| {
        apply(Op::Conv(Conv { strides: vec![1, 2, 1], ..Conv::plain(3) }), &[&x[0], &x[1]]).sin()
    });
}
