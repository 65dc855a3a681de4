//! Element-wise functions of one operand.

// Known values are SciPy's numbers, whether or not one of them is a well-known constant.
#![allow(clippy::approx_constant)]

use super::SHAPES;
use crate::{
    Case, Domain,
    Domain::{Nonzero, Positive, Real, Unit},
    Smoothness::{No, Once, Twice},
    Tolerance,
};
use wgrad_tensor::{DType, Step, Tensor, remat};

type Function = fn(&Tensor) -> Tensor;

/// A row with a tensor of every shape.
fn each_shape(name: &'static str, f: Function, domain: &Domain) -> Case {
    Case::new(&[name], move |xs| xs.iter().map(f).collect()).shapes(SHAPES, domain)
}

pub(super) fn cases() -> Vec<Case> {
    let exact = Tolerance::EXACT;
    let library = Tolerance::element(16.0, "a library function, not correctly rounded");
    let trigonometry = Tolerance::element(32.0, "argument reduction in the dtype itself");
    let composed = Tolerance::element(32.0, "made of several functions");
    #[rustfmt::skip]
    let rows: [(&'static str, Function, Domain, Tolerance, crate::Smoothness); 30] = [
        ("neg", Tensor::neg, Real, exact, Twice),
        ("abs", Tensor::abs, Real, exact, Once),
        ("sign", Tensor::sign, Real, exact, Once),
        ("exp", Tensor::exp, Real, library, Twice),
        ("expm1", Tensor::expm1, Real, library, Twice),
        ("log", Tensor::log, Positive, library, Twice),
        ("log1p", Tensor::log1p, Unit, library, Twice),
        ("sqrt", Tensor::sqrt, Positive, Tolerance::element(2.0, "square root of a GPU"), Twice),
        ("rsqrt", Tensor::rsqrt, Positive, Tolerance::element(4.0, "approximate inverse square root"), Twice),
        ("sin", Tensor::sin, Real, trigonometry, Twice),
        ("cos", Tensor::cos, Real, trigonometry, Twice),
        ("tan", Tensor::tan, Unit, trigonometry, Twice),
        ("asin", Tensor::asin, Unit, trigonometry, Twice),
        ("acos", Tensor::acos, Unit, trigonometry, Twice),
        ("atan", Tensor::atan, Real, trigonometry, Twice),
        ("sinh", Tensor::sinh, Real, composed, Twice),
        ("cosh", Tensor::cosh, Real, composed, Twice),
        ("tanh", Tensor::tanh, Real, composed, Twice),
        ("sigmoid", Tensor::sigmoid, Real, composed, Twice),
        ("relu", Tensor::relu, Real, exact, Once),
        ("erf", Tensor::erf, Real, composed, Twice),
        ("erfinv", Tensor::erfinv, Unit, Tolerance::element(64.0, "a polynomial in f32"), Twice),
        ("floor", Tensor::floor, Real, exact, Once),
        ("ceil", Tensor::ceil, Real, exact, Once),
        ("trunc", Tensor::trunc, Real, exact, Once),
        ("round", Tensor::round, Real, exact, Once),
        ("square", Tensor::square, Real, Tolerance::element(1.0, "one product"), Twice),
        ("reciprocal", Tensor::reciprocal, Nonzero, Tolerance::element(4.0, "division of a GPU: 2.5 units"), Twice),
        ("softplus", Tensor::softplus, Real, composed, Twice),
        ("log_sigmoid", Tensor::log_sigmoid, Real, composed, Twice),
    ];
    let row = |(name, f, domain, tolerance, smooth)| each_shape(name, f, &domain).within(tolerance).smooth(smooth);
    rows.into_iter().map(row).chain(integers()).chain(others()).chain(known()).collect()
}

fn integers() -> impl Iterator<Item = Case> {
    let rows: [(&str, Function); 3] = [("neg", Tensor::neg), ("abs", Tensor::abs), ("sign", Tensor::sign)];
    rows.into_iter().map(|(name, f)| each_shape(name, f, &Domain::Whole).named("integers").dtypes(&[DType::I32]))
}

fn others() -> Vec<Case> {
    vec![
        Case::new(&["is_nan", "is_inf", "is_finite"], |x| vec![x[0].is_nan(), x[0].is_inf(), x[0].is_finite()]).input([3, 5], Domain::Real),
        Case::new(&["is_nan", "is_inf", "is_finite"], |x| vec![x[0].is_nan(), x[0].is_inf(), x[0].is_finite()])
            .named("special numbers")
            .input([20], Domain::Special),
        Case::new(&["neg", "abs", "relu", "sqrt", "round"], |x| vec![x[0].neg(), x[0].abs(), x[0].relu(), x[0].abs().sqrt(), x[0].round()])
            .named("special numbers")
            .input([20], Domain::Special)
            .within(Tolerance::element(2.0, "square root of a GPU")),
        Case::new(&["stop_gradient"], |x| vec![x[0].stop_gradient().mul(&x[0])])
            .input([3, 5], Domain::Real)
            .within(Tolerance::element(1.0, "one product")),
        Case::new(&["remat"], |x| vec![remat(|| x[0].exp().mul(&x[0]))])
            .input([3, 5], Domain::Real)
            .within(Tolerance::tensor(16.0, "a library function, not correctly rounded"))
            .smooth(Twice),
        Case::new(&["exp"], |x| {
            vec![x[0].permute([2, 0, 1]).exp(), x[0].i((Step(.., -1), 1.., Step(.., 3))).exp(), x[0].expand([4, 2, 5, 7]).exp()]
        })
        .named("permuted, strided, broadcast")
        .input([2, 5, 7], Domain::Real)
        .within(Tolerance::element(16.0, "a library function, not correctly rounded"))
        .smooth(Twice),
        Case::new(&["cast"], |x| DType::ALL.into_iter().filter(|d| *d != DType::F64 && *d != DType::F16).map(|d| x[0].cast(d)).collect())
            .input([5, 13], Domain::Whole)
            .dtypes(super::super::case::NUMBERS),
        Case::new(&["cast"], |x| vec![x[0].cast(DType::I32), x[0].cast(DType::U32), x[0].cast(DType::Bool)])
            .named("fractions")
            .input([67], Domain::Real),
        Case::new(&["cast"], |x| [DType::I32, DType::U32, DType::F32].into_iter().map(|d| x[0].cast(d)).collect())
            .named("bool")
            .input([67], Domain::Bool),
    ]
}

/// Numbers from NumPy and SciPy.
fn known() -> Vec<Case> {
    let row = |name, f: Function, x: &[f64], y: &[f64], ulps| {
        let tolerance = Tolerance::element(ulps, "a library function, not correctly rounded");
        Case::new(&[name], move |x| vec![f(&x[0])])
            .named("known values")
            .input(x.len(), Domain::Values(x.to_vec()))
            .known(y)
            .within(tolerance)
            .smooth(No)
    };
    vec![
        row(
            "softplus",
            Tensor::softplus,
            &[-100.0, -1.0, 0.0, 2.0, 100.0],
            &[3.720075976020836e-44, 0.31326168751822286, 0.6931471805599453, 2.1269280110429727, 100.0],
            16.0,
        ),
        row("log_sigmoid", Tensor::log_sigmoid, &[-100.0, 0.0, 3.0], &[-100.0, -0.6931471805599453, -0.04858735157374206], 16.0),
        row("sigmoid", Tensor::sigmoid, &[-80.0, -3.0, 0.0, 90.0], &[1.8048513878454153e-35, 0.04742587317756678, 0.5, 1.0], 16.0),
        row(
            "erf",
            Tensor::erf,
            &[-3.0, -0.25, 0.0, 0.75, 4.5],
            &[-0.9999779095030014, -0.2763263901682369, 0.0, 0.7111556336535151, 0.9999999998033839],
            16.0,
        ),
        row("tanh", Tensor::tanh, &[-20.0, -0.001, 0.5, 30.0], &[-1.0, -0.0009999996666668, 0.46211715726000973, 1.0], 16.0),
        row("round", Tensor::round, &[-1.5, -0.5, 0.5, 1.5, 2.5], &[-2.0, -0.0, 0.0, 2.0, 2.0], 0.0),
    ]
}
