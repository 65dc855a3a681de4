use crate::{count, same};
use wgrad_tensor::Tensor;

#[test]
fn matrices_and_vectors() {
    let (a, b) = (count(&[2, 3]), count(&[3, 2]));
    same(&a.matmul(&b), [[10f32, 13.0], [28.0, 40.0]]);
    same(&a.matmul(&count(&[3])), [5f32, 14.0]);
    same(&count(&[3]).matmul(&b), [10f32, 13.0]);
    same(&count(&[3]).matmul(&count(&[3])), 5f32);
    same(&a.transpose().matmul(&a), [[9f32, 12.0, 15.0], [12.0, 17.0, 22.0], [15.0, 22.0, 29.0]]);
    same(&Tensor::zeros([2, 0]).matmul(&Tensor::zeros([0, 2])), [[0f32; 2]; 2]);
}

#[test]
fn batches_broadcast() {
    let a = count(&[2, 1, 2, 2]);
    let expected = [[[[6f32, 7.0], [26.0, 31.0]]], [[[46.0, 55.0], [66.0, 79.0]]]];
    same(&a.matmul(&count(&[3, 2, 2]).i(1..2)), expected);
    same(&a.matmul(&(count(&[2, 2]) + 4)), expected);
    assert_eq!(a.matmul(&count(&[3, 2, 2])).shape()[..], [2, 3, 2, 2]);
    same(&a.matmul(&count(&[3, 2, 2])).i((.., 1)), Tensor::from(expected).squeeze(1));
    same(&count(&[2, 2]).matmul(&count(&[2, 2, 1])), [[[1f32], [3.0]], [[3.0], [13.0]]]);
    same(&a.matmul(&Tensor::ones(2)), [[[1f32, 5.0]], [[9.0, 13.0]]]);
    same(&Tensor::ones(2).matmul(&a), [[[2f32, 4.0]], [[10.0, 12.0]]]);
}

#[test]
fn dot() {
    same(&count(&[3]).dot(&count(&[3])), 5f32);
    same(&Tensor::from(3f32).dot(&count(&[3])), [0f32, 3.0, 6.0]);
    same(&count(&[2]).dot(&count(&[2, 2, 2])), [[2f32, 3.0], [6.0, 7.0]]);
    same(&count(&[2, 2]).dot(&count(&[1, 2, 1])), [[[1f32]], [[3.0]]]);
}
