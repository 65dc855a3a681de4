//! One table with a row for each primitive that has a gradient.

use crate::check::{apply, check, numbers};
use wgrad_tensor::{Binary, DType, Op, Padding, Range, Reduce, Scalar, Tensor, Unary, Window};

#[test]
fn unary() {
    let rows = [
        (Unary::Neg, -2.0, 2.0),
        (Unary::Abs, -2.0, 2.0),
        (Unary::Exp, -2.0, 2.0),
        (Unary::Expm1, -2.0, 2.0),
        (Unary::Log, 0.3, 3.0),
        (Unary::Log1p, -0.6, 3.0),
        (Unary::Sqrt, 0.3, 3.0),
        (Unary::Rsqrt, 0.5, 3.0),
        (Unary::Sin, -3.0, 3.0),
        (Unary::Cos, -3.0, 3.0),
        (Unary::Tan, -1.2, 1.2),
        (Unary::Asin, -0.8, 0.8),
        (Unary::Acos, -0.8, 0.8),
        (Unary::Atan, -3.0, 3.0),
        (Unary::Sinh, -2.0, 2.0),
        (Unary::Cosh, -2.0, 2.0),
        (Unary::Tanh, -2.0, 2.0),
        (Unary::Sigmoid, -3.0, 3.0),
        (Unary::Relu, -2.0, 2.0),
        (Unary::Erf, -2.0, 2.0),
        (Unary::ErfInv, -0.8, 0.8),
        // Piecewise constant: no gradient, and finite differences of 0.
        (Unary::Sign, -2.0, 2.0),
        (Unary::Floor, -2.0, 2.0),
        (Unary::Ceil, -2.0, 2.0),
        (Unary::Round, -2.0, 2.0),
    ];
    for (op, low, high) in rows {
        check(op.name(), &[numbers([7], low, high)], |x| apply(Op::Unary(op), &[&x[0]]));
    }
}

#[test]
fn binary() {
    let rows = [
        (Binary::Add, -2.0),
        (Binary::Sub, -2.0),
        (Binary::Mul, -2.0),
        (Binary::Div, 0.5),
        (Binary::Rem, 0.5),
        (Binary::Pow, 0.5),
        (Binary::Atan2, 0.3),
        (Binary::Max, -2.0),
        (Binary::Min, -2.0),
    ];
    for (op, low) in rows {
        // Rank 1 and rank 2, so that the two operands hold different numbers.
        let operands = [numbers([6], low, 3.0), numbers([2, 3], low + 0.1, 2.0)];
        check(op.name(), &operands, |x| apply(Op::Binary(op), &[&x[0], &x[1].reshape([6])]));
    }
    check("pow of a negative base", &[numbers([5], -2.0, -0.5)], |x| x[0].pow(3.0));
    check("square", &[numbers([5], -2.0, 2.0)], |x| &x[0] * &x[0]);
}

#[test]
fn reductions() {
    let x = || [numbers([3, 2, 4], -2.0, 2.0)];
    for op in [Reduce::Sum, Reduce::Prod, Reduce::Max, Reduce::Min] {
        for axes in [vec![], vec![0], vec![1], vec![0, 2], vec![0, 1, 2]] {
            check(&format!("{} {axes:?}", op.name()), &x(), |x| apply(Op::Reduce { op, axes: axes.clone() }, &[&x[0]]));
        }
        check(&format!("{} of no elements", op.name()), &[numbers([2, 0], 0.0, 1.0)], |x| {
            apply(Op::Reduce { op, axes: vec![1] }, &[&x[0]])
        });
    }
    // Odd lengths, and zeros: one, two, and none in a row.
    let zeros = Tensor::from([[1.5f64, 0.0, -0.5, 2.0, 3.0], [0.0, 2.0, 0.0, 1.0, -1.0], [1.0, 2.0, 3.0, -1.0, 0.5]]);
    check("prod with zeros", &[zeros], |x| x[0].prod(1));
}

#[test]
fn cumulative_sums() {
    for reverse in [false, true] {
        check("cumsum", &[numbers([2, 4], -1.0, 1.0)], |x| apply(Op::CumSum { axis: 1, reverse }, &[&x[0]]));
    }
}

#[test]
fn movement() {
    let x = || [numbers([2, 3], -1.0, 1.0)];
    check("reshape", &x(), |x| apply(Op::Reshape([3, 1, 2].into()), &[&x[0]]).exp());
    check("permute", &[numbers([2, 3, 4], -1.0, 1.0)], |x| apply(Op::Permute(vec![2, 0, 1]), &[&x[0]]).exp());
    check("expand", &[numbers([2, 1, 3, 1], -1.0, 1.0)], |x| apply(Op::Expand([2, 4, 3, 2].into()), &[&x[0]]).exp());
    check("expand to nothing", &[numbers([2, 1], -1.0, 1.0)], |x| apply(Op::Expand([2, 0].into()), &[&x[0]]).exp());
    check("broadcast", &[numbers([3, 1], 0.5, 1.0), numbers([4], 0.5, 2.0)], |x| (&x[0] * &x[1]) / (&x[0] + &x[1]));
    check("concat", &[numbers([2, 1], -1.0, 1.0), numbers([2, 0], -1.0, 1.0), numbers([2, 3], -1.0, 2.0)], |x| {
        apply(Op::Concat { axis: 1 }, &[&x[0], &x[1], &x[2], &x[0]]).exp()
    });
    check("cast", &x(), |x| apply(Op::Cast(DType::F64), &[&x[0]]).exp());
    check("where", &[numbers([5], -1.0, 1.0), numbers([1, 5], -1.0, 1.0)], |x| {
        let condition = Tensor::from([true, false, true, true, false]);
        apply(Op::Select, &[&condition, &x[0].exp(), &x[1].reshape([5]).sin()])
    });
}

#[test]
fn slices() {
    let rows = [(0, 7, 1), (2, 3, 1), (1, 3, 2), (0, 3, 3), (6, 7, -1), (5, 2, -3), (6, 1, -5), (3, 1, 9), (2, 0, 1), (0, 0, -2)];
    for (start, len, step) in rows {
        let ranges = vec![Range { start: 0, len: 2, step: 1 }, Range { start, len, step }];
        check(&format!("slice {start} {len} {step}"), &[numbers([2, 7], -1.0, 1.0)], |x| apply(Op::Slice(ranges.clone()), &[&x[0]]).exp());
    }
}

#[test]
fn paddings() {
    for (n, low, high, interior) in [(3, 0, 0, 0), (3, 2, 1, 0), (3, 1, 0, 2), (1, 2, 2, 3), (0, 2, 1, 1)] {
        let padding = vec![Padding { low, high, interior }, Padding::default()];
        let fill = Scalar::F64(1.5);
        check(&format!("pad {n} {low} {high} {interior}"), &[numbers([n, 2], -1.0, 1.0)], |x| {
            apply(Op::Pad { padding: padding.clone(), fill }, &[&x[0]]).exp()
        });
    }
}

#[test]
fn matrix_products() {
    for [b, m, k, n] in [[1, 2, 3, 4], [2, 3, 1, 2], [1, 2, 0, 2], [2, 1, 2, 0]] {
        let operands = [numbers([b, m, k], -1.0, 1.0), numbers([b, k, n], -1.0, 2.0)];
        check(&format!("matmul {b} {m} {k} {n}"), &operands, |x| apply(Op::MatMul, &[&x[0], &x[1]]).sin());
    }
}

#[test]
fn indices() {
    // Repeated, missing and out of range.
    let indices = Tensor::from([[2i32, 0], [2, -1], [3, 5]]);
    check("gather", &[numbers([2, 4, 2], -1.0, 1.0)], |x| apply(Op::Gather { axis: 1 }, &[&x[0], &indices]).exp());
    check("scatter_add", &[numbers([2, 4], -1.0, 1.0), numbers([2, 3, 2], -1.0, 1.0)], |x| {
        apply(Op::ScatterAdd { axis: 1 }, &[&x[0], &indices, &x[1]]).exp()
    });
    check("sort", &[numbers([6], -1.0, 1.0)], |x| {
        let order = apply(Op::ArgSort { axis: 0, descending: true }, &[&x[0]]);
        apply(Op::Gather { axis: 0 }, &[&x[0], &order]).exp()
    });
}

#[test]
fn windows() {
    let rows = [
        // n, size, stride, dilation, low, high
        (7, 3, 1, 1, 0, 0),
        (7, 3, 2, 1, 1, 1),
        (8, 3, 2, 1, 0, 1),
        (6, 2, 2, 1, 0, 0),
        (7, 2, 3, 1, 0, 0),
        (9, 2, 1, 3, 2, 0),
        (9, 3, 2, 2, 1, 2),
        (2, 5, 1, 1, 0, 0),
        (3, 1, 2, 1, 2, 3),
        (1, 1, 10, 1, 5, 0),
        (0, 2, 1, 1, 2, 1),
        (5, 1, 1, 1, 0, 0),
        // Side by side: with padding, a rest, and elements that no window reaches.
        (6, 3, 3, 1, 1, 2),
        (8, 3, 3, 1, 0, 0),
        (1, 5, 5, 1, 5, 0),
        (4, 1, 1, 1, 2, 1),
    ];
    for (n, size, stride, dilation, low, high) in rows {
        let window =
            Window { size: vec![1, size], strides: vec![1, stride], dilation: vec![1, dilation], padding: vec![(0, 0), (low, high)] };
        let name = |op: &str| format!("{op} {n} size {size} stride {stride} dilation {dilation} padding {low} {high}");
        check(&name("window_sum"), &[numbers([2, n], -1.0, 1.0)], |x| apply(Op::WindowSum(window.clone()), &[&x[0]]).exp());
        check(&name("max pooling"), &[numbers([2, n], -1.0, 1.0)], |x| apply(Op::WindowSelect(window.clone()), &[&x[0], &x[0]]).exp());
        let out = window.output(&[2, n].into()).expect("a window that fits");
        check(&name("window_scatter"), &[numbers([2, n], -1.0, 1.0), numbers(out, -1.0, 1.0)], |x| {
            apply(Op::WindowScatter(window.clone()), &[&x[0], &x[1]]).exp()
        });
    }
    let square = Window { size: vec![1, 2, 3], strides: vec![1, 2, 1], dilation: vec![1, 1, 1], padding: vec![(0, 0), (0, 1), (1, 1)] };
    check("2-D windows", &[numbers([2, 3, 4], -1.0, 1.0)], |x| {
        apply(Op::WindowSelect(square.clone()), &[&x[0], &x[0].exp()]) + apply(Op::WindowSum(square.clone()), &[&x[0]]).exp()
    });
}
