use crate::{count, same};
use wgrad_tensor::Tensor;

#[test]
fn take() {
    let x = count(&[2, 3]);
    same(&x.take(&Tensor::from([2, 0]), 1), [[2f32, 0.0], [5.0, 3.0]]);
    same(&x.take(&Tensor::from([[1], [7]]), 0), [[[3f32, 4.0, 5.0]], [[0.0, 0.0, 0.0]]]);
    same(&x.take(&Tensor::from(1), -1), [1f32, 4.0]);
}

#[test]
fn take_along_axis() {
    let x = count(&[2, 3]);
    same(&x.take_along_axis(&Tensor::from([[0, 2], [1, 1]]), 1), [[0f32, 2.0], [4.0, 4.0]]);
    same(&x.take_along_axis(&Tensor::from([[0, 1, 0]]), 0), [[0f32, 4.0, 2.0]]);
    same(&x.take_along_axis(&Tensor::from([[-1], [3]]), -1), [[0f32], [0.0]]);
    let text = x.take_along_axis(&Tensor::from([0]), 0).error().map(|error| error.to_string()).unwrap_or_default();
    assert!(text.starts_with("take_along_axis: shapes [2, 3] and [1] must be equal but for axis 0"), "{text}");
}

#[test]
fn scatter_add() {
    let updates = Tensor::from([[1f32, 2.0, 4.0], [8.0, 16.0, 32.0]]);
    same(&Tensor::zeros([2, 2]).scatter_add(&Tensor::from([1, 1, 0]), &updates, 1), [[4f32, 3.0], [32.0, 24.0]]);
}

#[test]
fn one_hot() {
    same(&Tensor::from([[2, 0], [-1, 5]]).one_hot(3), [[[0f32, 0.0, 1.0], [1.0, 0.0, 0.0]], [[0.0; 3]; 2]]);
    assert!(Tensor::ones(2).one_hot(3).error().is_some());
}

#[test]
fn sorting() {
    let x = Tensor::from([[3f32, f32::NAN, 1.0, 3.0], [0.0, -1.0, 2.0, -1.0]]);
    same(&x.argsort(-1, false), [[2, 0, 3, 1], [1, 3, 0, 2]]);
    same(&x.sort(1, false), [[1f32, 3.0, 3.0, f32::NAN], [-1.0, -1.0, 0.0, 2.0]]);
    same(&x.sort(1, true), [[3f32, 3.0, 1.0, f32::NAN], [2.0, 0.0, -1.0, -1.0]]);
    same(&count(&[3, 2]).sort(0, true), [[4f32, 5.0], [2.0, 3.0], [0.0, 1.0]]);
    let (values, indices) = x.i(1).top_k(2);
    same(&values, [2f32, 0.0]);
    same(&indices, [2, 0]);
    let (_, indices) = x.top_k(3);
    same(&indices, [[0, 3, 2], [2, 0, 1]]);
    assert!(x.top_k(5).0.error().is_some());
}
