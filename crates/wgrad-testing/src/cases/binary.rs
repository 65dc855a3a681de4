//! Element-wise functions of two or three operands, with broadcasting.

use crate::{
    Case, Domain,
    Smoothness::{No, Once, Twice},
    Tolerance,
    case::{FLOATS, NUMBERS},
};
use wgrad_tensor::{DType, Tensor};

type Function = fn(&Tensor, &Tensor) -> Tensor;

/// A row with operands of equal shapes, operands that broadcast, and views.
fn each_shape(name: &'static str, f: Function, a: &Domain, b: &Domain) -> Case {
    let build = move |x: &[Tensor]| {
        vec![
            f(&x[0], &x[1]),
            f(&x[2], &x[3]),
            f(&x[2].i(0), &x[4]),
            f(&x[0].permute([1, 0]), &x[1].permute([1, 0])),
            f(&x[5], &x[6]),
            f(&x[7], &x[8]),
            f(&x[2].flip(1), &x[3].i((.., 0..1))),
        ]
    };
    Case::new(&[name], build)
        .input([9, 7], a.clone())
        .input([9, 7], b.clone())
        .input([3, 1, 5], a.clone())
        .input([2, 5], b.clone())
        .input((), b.clone())
        .input([2, 1, 3, 1, 2, 2], a.clone())
        .input([4, 1, 3, 2, 1], b.clone())
        .input([3, 0], a.clone())
        .input([1, 1], b.clone())
}

pub(super) fn cases() -> Vec<Case> {
    use Domain::{Distinct, Nonzero, Positive, Real, Ties, Whole};
    let exact = Tolerance::EXACT;
    let rounded = Tolerance::element(1.0, "one rounding, and of products of f16 one more");
    let divided = Tolerance::element(4.0, "division of a GPU: 2.5 units");
    let power = Tolerance::element(64.0, "exp2(y log2(x))");
    let angle = Tolerance::element(32.0, "a polynomial after a division");
    #[rustfmt::skip]
    let smooth: [(&'static str, Function, Domain, Domain, Tolerance, crate::Smoothness); 9] = [
        ("add", |a, b| a.add(b), Real, Real, rounded, Twice),
        ("sub", |a, b| a.sub(b), Real, Real, rounded, Twice),
        ("mul", |a, b| a.mul(b), Real, Real, rounded, Twice),
        ("div", |a, b| a.div(b), Real, Nonzero, divided, Twice),
        ("rem", |a, b| a.rem(b), Distinct, Domain::Values(vec![1.375; 64]), Tolerance::element(8.0, "a quotient that is not exact"), Once),
        ("pow", |a, b| a.pow(b), Positive, Real, power, Twice),
        ("maximum", |a, b| a.maximum(b), Distinct, Domain::Values(vec![0.125; 64]), exact, Once),
        ("minimum", |a, b| a.minimum(b), Distinct, Domain::Values(vec![-0.25; 64]), exact, Once),
        ("atan2", |a, b| a.atan2(b), Nonzero, Nonzero, angle, Twice),
    ];
    let row = |(name, f, a, b, tolerance, smooth): (_, Function, Domain, Domain, _, _)| {
        each_shape(name, f, &a, &b).within(tolerance).smooth(smooth)
    };
    let comparisons: [(&'static str, Function); 6] = [
        ("eq", |a, b| a.eq(b)),
        ("ne", |a, b| a.ne(b)),
        ("lt", |a, b| a.lt(b)),
        ("le", |a, b| a.le(b)),
        ("gt", |a, b| a.gt(b)),
        ("ge", |a, b| a.ge(b)),
    ];
    let logic: [(&'static str, Function); 3] =
        [("logical_and", |a, b| a.logical_and(b)), ("logical_or", |a, b| a.logical_or(b)), ("logical_xor", |a, b| a.logical_xor(b))];
    let integers: [(&'static str, Function); 7] = [
        ("add", |a, b| a.add(b)),
        ("sub", |a, b| a.sub(b)),
        ("mul", |a, b| a.mul(b)),
        ("div", |a, b| a.div(b)),
        ("rem", |a, b| a.rem(b)),
        ("maximum", |a, b| a.maximum(b)),
        ("minimum", |a, b| a.minimum(b)),
    ];
    let mut cases: Vec<Case> = smooth.into_iter().map(row).collect();
    cases.extend(comparisons.into_iter().map(|(name, f)| each_shape(name, f, &Ties, &Ties).dtypes(NUMBERS)));
    cases.extend(logic.into_iter().map(|(name, f)| each_shape(name, f, &Domain::Bool, &Domain::Bool).dtypes(&[DType::Bool])));
    let whole = |(name, f)| each_shape(name, f, &Whole, &Whole).named("integers").dtypes(&[DType::I32, DType::U32]);
    cases.extend(integers.into_iter().map(whole));
    cases.extend(others());
    cases
}

fn others() -> Vec<Case> {
    use Domain::{Bool, Distinct, Real, Ties, Whole};
    vec![
        Case::new(&["maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge"], |x| {
            // Every special number meets every other.
            let (a, b) = (x[0].unsqueeze(1), x[0].unsqueeze(0));
            vec![a.maximum(&b), a.minimum(&b), a.eq(&b), a.ne(&b), a.lt(&b), a.le(&b), a.gt(&b), a.ge(&b)]
        })
        .named("special numbers")
        .input([10], Domain::Special),
        Case::new(&["logical_not"], |x| vec![x[0].logical_not(), !&x[0]]).input([5, 3], Bool).dtypes(&[DType::Bool]),
        Case::new(&["powf"], |x| vec![x[0].powf(3.0), x[0].powf(2.0), x[0].powf(1.0), x[0].powf(0.0), x[0].powf(-1.0)])
            .input([7], Domain::Nonzero)
            .within(Tolerance::element(64.0, "exp2(y log2(x))"))
            .smooth(Twice),
        Case::new(&["pow"], |x| vec![x[0].pow(&x[1])])
            .named("negative bases, whole exponents")
            .input([6], Domain::Values(vec![-2.0, -2.0, 0.0, 0.0, -1.5, 2.0]))
            .input([6], Domain::Values(vec![3.0, 2.0, 0.0, 2.0, 1.0, -2.0]))
            .known(&[-8.0, 4.0, 1.0, 0.0, -1.5, 0.25])
            .within(Tolerance::element(16.0, "exp2(y log2(x))")),
        Case::new(&["rem"], |x| vec![x[0].rem(&x[1])])
            .named("signs")
            .input([6], Domain::Values(vec![7.0, -7.0, 7.0, -7.0, 6.0, 0.0]))
            .input([6], Domain::Values(vec![2.0, 2.0, -2.0, -2.0, 3.0, 3.0]))
            .known(&[1.0, 1.0, -1.0, -1.0, 0.0, 0.0])
            .dtypes(&[DType::F32, DType::F64, DType::I32]),
        Case::new(&["where_"], |x| vec![x[0].where_(&x[1], &x[2]), x[0].where_(&x[1], 0.5), x[0].where_(&x[3], &x[2])])
            .input([5, 7], Bool)
            .input([5, 7], Real)
            .input([1, 7], Real)
            .input([2, 5, 1], Real)
            .smooth(Once),
        Case::new(&["where_"], |x| vec![x[0].where_(&x[1], &x[2])])
            .named("integers")
            .input([5, 7], Bool)
            .input([5, 7], Whole)
            .input([7], Whole)
            .dtypes(&[DType::I32, DType::U32]),
        Case::new(&["clip"], |x| vec![x[0].clip(-0.5, 0.75)]).input([9, 5], Distinct).smooth(Once),
        Case::new(&["maximum", "minimum"], |x| vec![x[0].maximum(&x[1]), x[0].minimum(&x[1])])
            .named("equal elements")
            .input([67], Ties)
            .input([67], Ties)
            .dtypes(NUMBERS),
        Case::new(&["add", "sub", "mul", "div"], |x| {
            let x = &x[0];
            vec![x + 1.5, 2.0 - x, x * 3, 1.0 / x, -(x * x) + x / 2.0, (x + 0.0).exp() * x]
        })
        .named("operators, numbers on either side")
        .input([4, 5], Domain::Nonzero)
        .within(Tolerance::element(16.0, "exp"))
        .smooth(Twice),
        Case::new(&["add"], |x| vec![x[0].add(&x[0]), x[0].mul(x[0].exp()).add(x[0].sum_keep(0))])
            .named("one operand twice")
            .input([6, 33], Real)
            .within(Tolerance::element(32.0, "a sum"))
            .dtypes(FLOATS)
            .smooth(Twice),
        Case::new(&["div", "rem"], |x| vec![x[0].div(&x[1]), x[0].rem(&x[1])])
            .named("by integer zero")
            .input([4], Domain::Values(vec![5.0, 0.0, 7.0, 9.0]))
            .input([4], Domain::Values(vec![0.0, 0.0, 2.0, 0.0]))
            .known(&[0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 1.0, 0.0])
            .dtypes(&[DType::I32, DType::U32])
            .smooth(No),
    ]
}
