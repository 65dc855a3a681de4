//! Tensors from data and from formulas.

use crate::Case;
use wgrad_tensor::{DType, Scalar, Step, Tensor};

pub(super) fn cases() -> Vec<Case> {
    let f32 = [DType::F32];
    vec![
        Case::new(&["from_vec", "full", "constant", "zeros", "ones"], |_| {
            vec![
                Tensor::from_vec(vec![1.0f32, 2.0, 3.0], [3]),
                Tensor::from([[1, 2], [3, 4]]),
                Tensor::full([2], 0.5f32),
                Tensor::constant(Scalar::I32(-7), [2]),
                Tensor::zeros([2]),
                Tensor::ones([1, 2]),
                Tensor::zeros([0]),
            ]
        })
        .known(&[1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 4.0, 0.5, 0.5, -7.0, -7.0, 0.0, 0.0, 1.0, 1.0])
        .dtypes(&f32),
        Case::new(&["zeros_like", "ones_like", "full_like"], |x| vec![x[0].zeros_like(), x[0].ones_like(), x[0].full_like(3.0)])
            .input([2, 1], crate::Domain::Whole)
            .known(&[0.0, 0.0, 1.0, 1.0, 3.0, 3.0])
            .dtypes(crate::case::NUMBERS),
        Case::new(&["eye", "arange", "linspace", "iota"], |_| {
            vec![
                Tensor::eye(2),
                Tensor::arange(1, 6, 2),
                Tensor::arange(1.0f32, 0.0, -0.25),
                Tensor::linspace(-1.0f32, 1.0, 5),
                Tensor::iota([2, 3], -1, DType::I32),
                Tensor::iota([2, 3], 0, DType::F32),
            ]
        })
        .known(&[
            1.0, 0.0, 0.0, 1.0, 1.0, 3.0, 5.0, 1.0, 0.75, 0.5, 0.25, -1.0, -0.5, 0.0, 0.5, 1.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 0.0,
            0.0, 1.0, 1.0, 1.0,
        ])
        .within(crate::Tolerance::element(2.0, "start + i * step"))
        .dtypes(&f32),
        Case::new(&["iota", "eye"], |x| vec![Tensor::iota([5, 13], 1, DType::F32).mul(&x[0]), Tensor::eye(5).matmul(&x[0])])
            .named("within a program")
            .input([5, 13], crate::Domain::Whole)
            .dtypes(&f32),
        // f16 rounds the indices from 2049 on.
        Case::new(&["iota", "i"], |x| {
            let index = |n: usize| Tensor::iota([n], 0, x[0].dtype());
            vec![
                index(9000).i(Step(2049.., 3)),
                index(2048).i(Step(.., -5)),
                index(9000).i(2051..2052).mul(&x[0]),
                index(7).i(Step(.., -3)),
                index(1).expand([4]),
            ]
        })
        .input([1], crate::Domain::Whole)
        .dtypes(crate::case::NUMBERS),
    ]
}
