//! Operations that only move elements.

use crate::{
    Case, Domain,
    Domain::{Bool, Real, Whole},
    Smoothness::Once,
};
use wgrad_tensor::{DType, Ellipsis, NewAxis, Step, Tensor};

type Build = fn(&[Tensor]) -> Vec<Tensor>;

pub(super) fn cases() -> Vec<Case> {
    let rows: [(&[&'static str], Build); 14] = [
        (&["reshape", "flatten"], |x| {
            vec![
                x[0].reshape([-1, 6]),
                x[0].flatten(),
                x[1].reshape([1, 1]),
                x[2].reshape([0, 4]),
                x[0].permute([2, 1, 0]).reshape([5, -1]),
            ]
        }),
        (&["permute", "transpose", "swap_axes"], |x| {
            vec![x[0].permute([2, 0, 1]), x[0].transpose(), x[0].swap_axes(0, -1), x[3].permute([5, 3, 1, 0, 2, 4])]
        }),
        (&["expand", "squeeze", "unsqueeze"], |x| {
            vec![
                x[0].expand([2, 4, 3, 5]),
                x[1].expand([3, 2]),
                x[3].squeeze([1, 3]),
                x[3].squeeze(()),
                x[0].unsqueeze(1),
                x[0].unsqueeze(-1),
                x[1].expand([0, 3]),
            ]
        }),
        (&["i"], |x| {
            vec![
                x[0].i(1),
                x[0].i(-1),
                x[0].i((1..3, .., -3..-1)),
                x[0].i((Ellipsis, 2)),
                x[0].i((NewAxis, 2.., Step(.., -1))),
                x[0].i((Step(3.., -2), .., Step(.., 2))),
                x[0].i((2..2, 0)),
                x[3].i((.., 0, Ellipsis, 1)),
                x[0].i(Step(.., 3)).i((.., 1..)).i(0),
            ]
        }),
        (&["narrow", "flip"], |x| {
            vec![x[0].narrow(1, 1, 2), x[0].narrow(-1, 4, 1), x[0].flip(()), x[0].flip(1), x[0].flip([0, -1]).i((1.., Step(.., 2)))]
        }),
        (&["pad"], |x| {
            vec![
                x[0].pad(&[(0, 0), (1, 2), (3, 0)], 0.0),
                x[0].pad(&[(1, 1), (0, 0), (0, 1)], 1.0),
                x[2].pad(&[(1, 0), (0, 1)], 1.0),
                x[0].pad(&[(2, 0), (0, 0), (0, 0)], 0.0).i((1..4, .., Step(.., -1))),
                x[0].pad(&[(0, 0), (1, 1), (1, 1)], 0.0).permute([1, 2, 0]).flip(0),
            ]
        }),
        (&["concat"], |x| {
            let parts = [x[0].clone(), x[0].i((.., ..1)), x[0].neg()];
            vec![
                Tensor::concat(&parts, 1),
                Tensor::concat(&[x[0].clone(), x[0].clone()], 0),
                Tensor::concat(&[x[2].clone(), x[2].clone()], -1),
                Tensor::concat(&[x[0].flip(2), x[0].i((.., .., ..0))], 2),
            ]
        }),
        (&["stack"], |x| {
            vec![
                Tensor::stack(&[x[0].clone(), x[0].neg()], 0),
                Tensor::stack(&[x[0].clone(), x[0].flip(0)], -1),
                Tensor::stack(&[x[1].clone(), x[1].clone(), x[1].clone()], 0),
            ]
        }),
        (&["split", "split_at"], |x| [x[0].split(2, 0), x[0].split(3, 1), x[0].split_at(&[2, 0, 3], 2)].concat()),
        (&["tile", "repeat"], |x| {
            vec![x[0].tile(&[2, 1, 3]), x[1].tile(&[4]), x[0].repeat(2, 1), x[0].repeat(3, -1), x[0].tile(&[2, 1, 1, 2])]
        }),
        (&["roll"], |x| vec![x[0].roll(2, 1), x[0].roll(-7, -1), x[0].roll(5, 2), x[2].roll(1, 0), x[3].roll(1, 2).roll(1, 4)]),
        (&["reshape", "permute", "i"], |x| {
            let y = x[0].permute([1, 0, 2]).reshape([6, 10]);
            vec![
                y.transpose().add(y.i((0, 0)).expand([10, 6])),
                y.reshape([3, 2, 10]).permute([2, 0, 1]).flip(0).i((1..5, Step(.., 2), ..1)),
                y.pad(&[(1, 0), (0, 1)], 0.0).transpose(),
            ]
        }),
        (&["concat", "pad"], |x| {
            let y = Tensor::concat(&[x[0].pad(&[(0, 0), (0, 1), (0, 0)], 0.0), x[0].mul(&x[0])], 1);
            vec![y.add(1.0), y.sum(1), y.i((.., 2..6)).neg()]
        }),
        // Parts that are read elsewhere too, in another order of axes than that in which they lie in the whole.
        (&["concat", "permute"], |x| {
            let (sums, rows, moved) = (x[0].sum_keep(1), x[0].mul(&x[0]).reshape([4, 15]), x[0].neg().permute([1, 0, 2]));
            vec![
                Tensor::concat(&[sums.clone(), x[0].clone()], 1),
                sums.permute([2, 1, 0]).reshape([20]),
                Tensor::concat(&[rows.clone(), rows.i((.., ..1))], 1),
                rows.transpose().reshape([60]),
                Tensor::concat(&[moved.flatten(), x[0].flatten()], 0),
                moved.transpose().flatten(),
            ]
        }),
    ];
    let shapes: &[&[usize]] = &[&[4, 3, 5], &[], &[0, 3], &[2, 1, 3, 1, 2, 2]];
    let mut cases = Vec::new();
    for (names, build) in rows {
        let row = |domain: &Domain| {
            // Of the shapes, the row uses some; the others are inputs that nothing reads, which must do no harm.
            Case::new(names, build).shapes(shapes, domain)
        };
        let rounds = crate::Tolerance::element(1.0, "a product and a sum in some of the rows");
        cases.push(row(&Real).within(rounds).smooth(Once));
        let logic = !["concat", "stack", "reshape"].contains(&names[0]);
        cases.push(row(&Whole).named("integers").dtypes(&[DType::I32]));
        if logic {
            cases.push(row(&Bool).named("bool").dtypes(&[DType::Bool]));
        }
    }
    cases
}
