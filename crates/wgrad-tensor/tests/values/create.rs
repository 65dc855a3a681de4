use crate::{count, same};
use wgrad_tensor::{DType, Scalar, Tensor};

#[test]
fn from_data() {
    same(&Tensor::from([[1f32, 2.0], [3.0, 4.0]]), Tensor::from_vec(vec![1f32, 2.0, 3.0, 4.0], [2, 2]));
    same(&Tensor::from(vec![[1, 2, 3]]), Tensor::from_vec(vec![1, 2, 3], [1, 3]));
    same(&Tensor::from(&[true, false][..]), Tensor::from_vec(vec![true, false], 2));
    assert_eq!(Tensor::from([[0f64; 3]; 0]).spec().to_string(), "f64[0, 3]");
    assert_eq!(Tensor::from(7u32).spec().to_string(), "u32[]");
}

#[test]
fn constants() {
    same(&Tensor::zeros([2, 1]), [[0f32], [0.0]]);
    same(&Tensor::ones(2), [1f32, 1.0]);
    same(&Tensor::full([1, 2], 7), [[7, 7]]);
    same(&Tensor::constant(Scalar::Bool(true), 2), [true, true]);
    same(&count(&[2]).full_like(-0.5), [-0.5f32, -0.5]);
    same(&Tensor::from([1, 2]).zeros_like(), [0, 0]);
    same(&Tensor::from([1.5, 2.0]).ones_like(), [1.0, 1.0]);
}

#[test]
fn formulas() {
    same(&Tensor::eye(3), [[1f32, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    same(&Tensor::iota([2, 2], -1, DType::U32), [[0u32, 1], [0, 1]]);
    same(&Tensor::arange(2, 9, 3), [2, 5, 8]);
    same(&Tensor::arange(5, 0, -2), [5, 3, 1]);
    same(&Tensor::arange(1f32, 2.0, 0.25), [1f32, 1.25, 1.5, 1.75]);
    same(&Tensor::arange(3, 0, 1), Vec::<i32>::new());
    same(&Tensor::linspace(-1f32, 1.0, 5), [-1f32, -0.5, 0.0, 0.5, 1.0]);
    same(&Tensor::linspace(2.0, 3.0, 1), [2.0]);
    same(&Tensor::linspace(2.0, 3.0, 0), Vec::<f64>::new());
}
