//! Reductions and what is made of them.

use crate::{
    Case, Domain,
    Domain::{Bool, Distinct, Real, Ties, Whole},
    Smoothness::{self, No, Once, Twice},
    Tolerance,
    case::NUMBERS,
};
use wgrad_tensor::{DType, Tensor};

/// A reduction over a set of axes.
type Over = fn(&Tensor, &[i64]) -> Tensor;

const SUM: Tolerance = Tolerance::tensor(64.0, "the order of a sum");

/// A row that reduces several shapes over several axes, some of them of views.
fn each_shape(name: &'static str, f: Over, domain: &Domain) -> Case {
    let build = move |x: &[Tensor]| {
        vec![
            f(&x[0], &[0]),
            f(&x[0], &[1]),
            f(&x[0], &[0, 1]),
            f(&x[1], &[1]),
            f(&x[1], &[0, -1]),
            f(&x[1].permute([2, 0, 1]), &[1, 2]),
            f(&x[2], &[0]),
            f(&x[3], &[]),
            f(&x[4], &[1, 3, 5]),
            f(&x[5], &[-1]),
            f(&x[0].expand([2, 13, 9]), &[0, 2]),
        ]
    };
    Case::new(&[name], build).shapes(&[&[13, 9], &[3, 5, 7], &[1], &[], &[2, 1, 3, 2, 1, 2], &[2, 131]], domain)
}

pub(super) fn cases() -> Vec<Case> {
    let variance = Tolerance::tensor(64.0, "sums of squares");
    #[rustfmt::skip]
    let rows: [(&'static str, Over, Domain, Tolerance, Smoothness); 18] = [
        ("sum", |x, a| x.sum(a), Real, SUM, Twice),
        ("sum_keep", |x, a| x.sum_keep(a), Real, SUM, Twice),
        ("mean", |x, a| x.mean(a), Real, SUM, Twice),
        ("mean_keep", |x, a| x.mean_keep(a), Real, SUM, Twice),
        ("prod", |x, a| x.prod(a), Domain::Unit, SUM, Twice),
        ("prod_keep", |x, a| x.prod_keep(a), Domain::Unit, SUM, Twice),
        ("max", |x, a| x.max(a), Distinct, Tolerance::EXACT, Once),
        ("max_keep", |x, a| x.max_keep(a), Distinct, Tolerance::EXACT, Once),
        ("min", |x, a| x.min(a), Distinct, Tolerance::EXACT, Once),
        ("min_keep", |x, a| x.min_keep(a), Distinct, Tolerance::EXACT, Once),
        ("var", |x, a| x.var(a), Real, variance, Twice),
        ("var_keep", |x, a| x.var_keep(a), Real, variance, Twice),
        ("std", |x, a| x.add(x.sum(())).std(a), Real, variance, No),
        ("std_keep", |x, a| x.std_keep(a), Real, variance, No),
        ("logsumexp", |x, a| x.logsumexp(a), Distinct, SUM, Twice),
        ("logsumexp_keep", |x, a| x.logsumexp_keep(a), Distinct, SUM, Twice),
        ("any", |x, a| x.gt(1.5).any(a), Real, Tolerance::EXACT, No),
        ("all", |x, a| x.gt(-1.75).all(a), Real, Tolerance::EXACT, No),
    ];
    let mut cases: Vec<Case> = rows
        .into_iter()
        .map(|(name, f, domain, tolerance, smooth)| each_shape(name, f, &domain).within(tolerance).smooth(smooth))
        .collect();
    cases.extend(positions());
    cases.extend(other_dtypes());
    cases.extend(along_an_axis());
    cases.extend(edges());
    cases
}

/// First maxima and minima, of elements many of which are equal.
fn positions() -> Vec<Case> {
    type Along = fn(&Tensor, i64) -> Tensor;
    let rows: [(&'static str, Along); 4] = [
        ("argmax", |x, a| x.argmax(a)),
        ("argmin", |x, a| x.argmin(a)),
        ("argmax_keep", |x, a| x.argmax_keep(a)),
        ("argmin_keep", |x, a| x.argmin_keep(a)),
    ];
    let row = |(name, f): (&'static str, Along)| {
        Case::new(&[name], move |x| vec![f(&x[0], 0), f(&x[0], -1), f(&x[1], 1), f(&x[1].permute([1, 2, 0]), 2), f(&x[2], 0)])
            .shapes(&[&[9, 131], &[3, 5, 7], &[1]], &Ties)
            .dtypes(NUMBERS)
    };
    rows.into_iter().map(row).collect()
}

fn other_dtypes() -> Vec<Case> {
    let integers: [(&'static str, Over); 4] =
        [("sum", |x, a| x.sum(a)), ("prod", |x, a| x.prod(a)), ("max", |x, a| x.max(a)), ("min", |x, a| x.min(a))];
    let logic: [(&'static str, Over); 4] =
        [("any", |x, a| x.any(a)), ("all", |x, a| x.all(a)), ("any_keep", |x, a| x.any_keep(a)), ("all_keep", |x, a| x.all_keep(a))];
    let integers = integers.into_iter().map(|(name, f)| each_shape(name, f, &Whole).named("integers").dtypes(&[DType::I32, DType::U32]));
    let logic = logic.into_iter().map(|(name, f)| each_shape(name, f, &Bool).named("bool").dtypes(&[DType::Bool]));
    integers.chain(logic).collect()
}

fn along_an_axis() -> Vec<Case> {
    let softmax = Tolerance::element(32.0, "exp and a sum");
    vec![
        Case::new(&["cumsum"], |x| vec![x[0].cumsum(0), x[0].cumsum(-1), x[1].cumsum(1), x[2].cumsum(0)])
            .shapes(&[&[13, 9], &[2, 131, 3], &[1]], &Real)
            .within(SUM)
            .smooth(Twice),
        Case::new(&["cumsum"], |x| vec![x[0].cumsum(0), x[0].cumsum(1)])
            .named("integers")
            .input([13, 9], Whole)
            .dtypes(&[DType::I32, DType::U32]),
        Case::new(&["softmax"], |x| vec![x[0].softmax(-1), x[0].softmax(0), x[1].softmax(1)])
            .shapes(&[&[5, 67], &[2, 3, 4]], &Real)
            .within(softmax)
            .smooth(Twice)
            .timed(),
        Case::new(&["log_softmax"], |x| vec![x[0].log_softmax(-1), x[0].log_softmax(0), x[1].log_softmax(1)])
            .shapes(&[&[5, 67], &[2, 3, 4]], &Real)
            .within(softmax)
            .smooth(Twice),
        Case::new(&["std"], |x| vec![x[0].std(1), x[0].std(())]).named("gradients").input([3, 5], Distinct).within(SUM).smooth(Twice),
        Case::new(&["softmax"], |x| vec![x[0].softmax(-1)])
            .named("known values")
            .input([2, 3], Domain::Values(vec![1.0, 2.0, 3.0, 1000.0, 1000.0, -1000.0]))
            .known(&[0.09003057317038046, 0.24472847105479764, 0.6652409557748218, 0.5, 0.5, 0.0])
            .within(softmax)
            .dtypes(&[DType::F32, DType::F64]),
        Case::new(&["var", "std", "logsumexp", "mean"], |x| vec![x[0].var(()), x[0].std(()), x[0].logsumexp(()), x[0].mean(())])
            .named("known values")
            .input([5], Domain::Values(vec![1.0, 2.0, 4.0, 8.0, 0.5]))
            .known(&[7.44, 2.727636339397171, 8.022015233951317, 3.1])
            .within(SUM),
    ]
}

/// Empty axes, long axes, several reductions of one tensor.
fn edges() -> Vec<Case> {
    vec![
        Case::new(&["sum", "prod", "any", "all"], |x| {
            vec![x[0].sum(1), x[0].prod(1), x[0].sum(0), x[0].sum(()), x[0].gt(0.0).any(1), x[0].gt(0.0).all(1)]
        })
        .named("empty axes")
        .input([3, 0], Real)
        .known(&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]),
        Case::new(&["max", "min", "argmax", "argmin"], |x| {
            let without = x[0].i(5..);
            vec![x[0].max(0), x[0].min(0), x[0].argmax(0), x[0].argmin(0), without.max(0), without.argmin(0), x[0].i(2..4).max(0)]
        })
        .named("special numbers")
        .input([10], Domain::Special),
        Case::new(&["sum", "max", "argmax"], |x| vec![x[0].sum(()), x[0].max(()), x[0].sum(1), x[0].sum(0), x[0].argmax(1)])
            .named("long axes")
            .input([3, 5003], Ties)
            .dtypes(&[DType::F32, DType::I32])
            .within(SUM),
        Case::new(&["softmax", "max", "argmin", "any"], |x| {
            vec![x[0].softmax(-1), x[0].max(1), x[0].argmin(1), x[0].gt(1.5).any(1), x[0].sub(x[0].mean_keep(1)).square().mean(1)]
        })
        .named("few long rows")
        .input([5, 700], Real)
        .within(SUM),
        Case::new(&["sum", "mean", "max"], |x| {
            let centred = x[0].sub(x[0].mean_keep(1));
            vec![centred.square().mean(1), centred.exp().sum(0), x[0].max(1).mul(x[0].sum(1)), centred]
        })
        .named("several reductions of one tensor")
        .input([7, 67], Real)
        .within(SUM)
        .smooth(Once),
    ]
}
