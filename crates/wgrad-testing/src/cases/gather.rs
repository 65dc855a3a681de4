//! Reading and adding at indices, sorting.

use crate::{
    Case,
    Domain::{Bool, Distinct, Index, Real, Special, Ties, Values, Whole, WildIndex},
    Smoothness::Once,
    Tolerance,
    case::NUMBERS,
};
use wgrad_tensor::DType;

const SUM: Tolerance = Tolerance::tensor(16.0, "the order of a sum");

pub(super) fn cases() -> Vec<Case> {
    let mut cases = indices();
    cases.extend(sorts());
    cases
}

fn indices() -> Vec<Case> {
    vec![
        Case::new(&["take"], |x| {
            vec![x[0].take(&x[1], 0), x[0].take(&x[1], 1), x[0].take(&x[2], -1), x[0].take(&x[3], 0), x[0].take(&x[4], 0)]
        })
        .input([5, 7], Real)
        .input([3, 2], WildIndex(5))
        .input([9], Index(7))
        .input((), Index(5))
        .input([0], Index(5))
        .smooth(Once),
        Case::new(&["take"], |x| vec![x[0].take(&x[1], 1)])
            .named("rows of a table")
            .input([3, 67, 5], Real)
            .input([131], Index(67))
            .smooth(Once)
            .timed(),
        Case::new(&["take"], |x| vec![x[0].take(&x[1], 0)])
            .named("integers")
            .input([5, 7], Whole)
            .input([13], WildIndex(5))
            .dtypes(&[DType::I32, DType::U32]),
        Case::new(&["take"], |x| vec![x[0].take(&x[1], 0)])
            .named("bool")
            .input([5, 7], Bool)
            .input([13], WildIndex(5))
            .dtypes(&[DType::Bool]),
        Case::new(&["take_along_axis"], |x| vec![x[0].take_along_axis(&x[1], 0), x[2].take_along_axis(&x[3], -1)])
            .input([5, 7], Real)
            .input([3, 7], Index(5))
            .input([2, 3, 5], Real)
            .input([2, 3, 1], Index(5))
            .smooth(Once),
        Case::new(&["scatter_add"], |x| vec![x[0].scatter_add(&x[1], &x[2], 0), x[3].scatter_add(&x[4], &x[5], 1)])
            .input([5, 7], Real)
            .input([13], WildIndex(5))
            .input([13, 7], Real)
            .input([3, 4], Real)
            .input([2, 2], Index(4))
            .input([3, 2, 2], Real)
            .within(SUM)
            .smooth(Once),
        Case::new(&["scatter_add"], |x| vec![x[0].scatter_add(&x[1], &x[2], 0), x[0].scatter_add(&x[1].permute([1, 0]), &x[3], 0)])
            .named("many indices")
            .input([1000, 7], Real)
            .input([30, 21], WildIndex(1000))
            .input([30, 21, 7], Real)
            .input([21, 30, 7], Real)
            .within(SUM),
        Case::new(&["scatter_add"], |x| vec![x[0].scatter_add(&x[1], &x[2], 0)])
            .named("integers")
            .input([5], Whole)
            .input([67], WildIndex(5))
            .input([67], Whole)
            .dtypes(&[DType::I32, DType::U32]),
        Case::new(&["scatter_add"], |x| vec![x[0].scatter_add(&x[1], &x[2], 0)])
            .named("known values")
            .input([3], Values(vec![1.0, 2.0, 3.0]))
            .input([4], Values(vec![2.0, 0.0, 2.0, 5.0]))
            .input([4], Values(vec![10.0, 20.0, 30.0, 40.0]))
            .known(&[21.0, 2.0, 43.0])
            .built(|x| vec![x[0].scatter_add(&x[1].cast(DType::I32), &x[2], 0)]),
        Case::new(&["one_hot"], |x| vec![x[0].one_hot(5), x[1].one_hot(1)])
            .input([3, 4], WildIndex(5))
            .input((), Index(1))
            .dtypes(&[DType::F32]),
    ]
}

fn sorts() -> Vec<Case> {
    vec![
        Case::new(&["argsort"], |x| vec![x[0].argsort(0, false), x[0].argsort(-1, true), x[1].argsort(1, false), x[2].argsort(0, true)])
            .shapes(&[&[9, 67], &[2, 5, 3], &[1]], &Ties)
            .dtypes(NUMBERS),
        Case::new(&["argsort"], |x| vec![x[0].argsort(0, false), x[0].argsort(0, true)]).named("special numbers").input([20], Special),
        Case::new(&["argsort"], |x| vec![x[0].argsort(0, false), x[0].argsort(0, true)])
            .named("long")
            .input([1000], Ties)
            .dtypes(&[DType::F32, DType::I32]),
        Case::new(&["sort"], |x| vec![x[0].sort(0, false), x[0].sort(-1, true), x[1].sort(1, false)])
            .shapes(&[&[5, 13], &[2, 5, 3]], &Distinct)
            .smooth(Once),
        Case::new(&["top_k"], |x| {
            let (values, indices) = x[0].top_k(3);
            vec![values, indices, x[1].top_k(1).0]
        })
        .shapes(&[&[4, 9], &[5]], &Distinct)
        .smooth(Once),
        Case::new(&["sort", "top_k"], |x| vec![x[0].sort(0, true), x[0].top_k(2).0, x[0].top_k(2).1])
            .named("known values")
            .input([5], Values(vec![2.0, -1.0, 5.0, 2.0, 0.0]))
            .known(&[5.0, 2.0, 2.0, 0.0, -1.0, 5.0, 2.0, 2.0, 0.0]),
    ]
}
