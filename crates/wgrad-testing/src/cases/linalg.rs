//! Matrix products.

use crate::{Case, Domain::Real, Smoothness::Twice, Tolerance};
use wgrad_tensor::{Ellipsis, Step, Tensor};

const PRODUCT: Tolerance = Tolerance::tensor(64.0, "the order of sums of products");

fn product(detail: &str, a: &[usize], b: &[usize]) -> Case {
    Case::new(&["matmul"], |x| vec![x[0].matmul(&x[1])]).named(detail).shapes(&[a, b], &Real).within(PRODUCT).smooth(Twice)
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        product("one element", &[1, 1], &[1, 1]),
        product("small", &[3, 4], &[4, 5]),
        product("no multiples of anything", &[7, 67], &[67, 13]),
        product("larger than a tile", &[65, 130], &[130, 67]).timed(),
        product("whole tiles", &[64, 48], &[48, 96]),
        Case::new(&["matmul", "transpose"], |x| vec![x[0].transpose().matmul(&x[1].transpose())])
            .named("whole tiles, transposed")
            .shapes(&[&[48, 64], &[96, 48]], &Real)
            .within(PRODUCT)
            .smooth(Twice),
        product("a tall and a thin", &[130, 3], &[3, 2]),
        product("long sums", &[2, 1030], &[1030, 3]),
        product("empty sums", &[2, 0], &[0, 3]),
        product("no rows", &[0, 4], &[4, 3]),
        product("vectors", &[5], &[5]),
        product("matrix and vector", &[67, 33], &[33]),
        product("vector and matrix", &[33], &[33, 65]),
        product("batch", &[3, 5, 7], &[3, 7, 4]),
        product("batch that broadcasts", &[2, 1, 5, 7], &[3, 7, 4]),
        product("batch of one matrix", &[2, 3, 5, 7], &[7, 4]),
        Case::new(&["matmul", "transpose"], |x| {
            vec![
                x[0].transpose().matmul(&x[1]),
                x[0].matmul(&x[1].transpose()),
                x[0].transpose().matmul(&x[1].flip(0)),
                x[0].i((Ellipsis, Step(.., 2))).matmul(&x[1].i((.., ..5)).transpose()),
            ]
        })
        .named("transposed and strided operands")
        .shapes(&[&[9, 9], &[9, 9]], &Real)
        .within(PRODUCT)
        .smooth(Twice),
        Case::new(&["matmul"], |x| {
            let y = x[0].matmul(&x[1]).add(&x[2]);
            vec![y.relu(), y.tanh().mul(2.0), y.sum(0)]
        })
        .named("with bias and activation")
        .shapes(&[&[17, 9], &[9, 33], &[33]], &Real)
        .within(PRODUCT)
        .smooth(crate::Smoothness::Once),
        Case::new(&["matmul", "concat"], |x| {
            let g = x[1].tanh();
            vec![Tensor::concat(&[x[0].transpose().matmul(&g).flatten(), g.flatten(), g.cumsum(1).flatten()], 0)]
        })
        .named("of a part of the whole that the product is a part of")
        .shapes(&[&[1, 9], &[1, 5]], &Real)
        .within(PRODUCT)
        .smooth(Twice),
        Case::new(&["dot"], |x| vec![x[0].dot(&x[1]), x[2].dot(&x[0]), x[2].dot(&x[2].transpose())])
            .shapes(&[&[7], &[7], &[3, 7]], &Real)
            .within(PRODUCT)
            .smooth(Twice),
        Case::new(&["dot"], |x| vec![x[0].dot(&x[1])])
            .named("of rank 3")
            .shapes(&[&[2, 3, 4], &[5, 4, 2]], &Real)
            .within(PRODUCT)
            .smooth(Twice),
        Case::new(&["matmul"], |x| vec![x[0].matmul(&x[1]), Tensor::matmul(&x[1], &x[0])])
            .named("known values")
            .input([2, 2], crate::Domain::Values(vec![1.0, 2.0, 3.0, 4.0]))
            .input([2, 2], crate::Domain::Values(vec![0.5, -1.0, 2.0, 0.0]))
            .known(&[4.5, -1.0, 9.5, -3.0, -2.5, -3.0, 2.0, 4.0]),
    ]
}
