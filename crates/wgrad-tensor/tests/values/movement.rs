use crate::{count, same};
use wgrad_tensor::Tensor;

#[test]
fn shapes() {
    let x = count(&[2, 3]);
    same(&x.reshape([3, -1]), [[0f32, 1.0], [2.0, 3.0], [4.0, 5.0]]);
    same(&x.reshape(-1), x.flatten());
    same(&x.i((0, 0)).reshape(()), 0f32);
    same(&x.transpose(), [[0f32, 3.0], [1.0, 4.0], [2.0, 5.0]]);
    same(&count(&[1, 2, 3]).permute([2, 0, -2]), [[[0f32, 3.0]], [[1.0, 4.0]], [[2.0, 5.0]]]);
    same(&x.unsqueeze(-1).swap_axes(0, 2), [[[0f32, 3.0], [1.0, 4.0], [2.0, 5.0]]]);
    same(&x.unsqueeze(0).squeeze(0), &x);
    same(&Tensor::ones([1, 2, 1]).squeeze(()), [1f32, 1.0]);
    same(&count(&[2, 1]).expand([2, 2, 2]), [[[0f32, 0.0], [1.0, 1.0]], [[0.0, 0.0], [1.0, 1.0]]]);
    assert_eq!(Tensor::zeros([0, 4]).reshape([-1, 2, 4]).shape()[..], [0, 2, 4]);
}

#[test]
fn joining() {
    let (a, b) = (count(&[2, 2]), Tensor::ones([1, 2]));
    same(&Tensor::concat(&[a.clone(), b.clone()], 0), [[0f32, 1.0], [2.0, 3.0], [1.0, 1.0]]);
    same(&Tensor::concat(&[b.clone(), b.clone(), b.clone()], -1), [[1f32; 6]]);
    same(&Tensor::stack(&[count(&[2]), Tensor::ones(2)], 0), [[0f32, 1.0], [1.0, 1.0]]);
    same(&Tensor::stack(&[count(&[2]), Tensor::ones(2)], -1), [[0f32, 1.0], [1.0, 1.0]]);
    same(&Tensor::concat(&[b], 0), [[1f32, 1.0]]);
}

#[test]
fn splitting() {
    let x = count(&[2, 4]);
    let parts = x.split(2, -1);
    assert_eq!(parts.len(), 2);
    same(&parts[1], [[2f32, 3.0], [6.0, 7.0]]);
    let parts = x.split_at(&[1, 0, 3], 1);
    assert_eq!(parts.iter().map(|part| part.shape()[1]).collect::<Vec<_>>(), [1, 0, 3]);
    same(&Tensor::concat(&parts, 1), x);
}

#[test]
fn repeating() {
    let x = count(&[2, 2]);
    same(&x.tile(&[2]), [[0f32, 1.0, 0.0, 1.0], [2.0, 3.0, 2.0, 3.0]]);
    same(&count(&[2]).tile(&[2, 2]), [[0f32, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0]]);
    same(&x.repeat(2, 0), [[0f32, 1.0], [0.0, 1.0], [2.0, 3.0], [2.0, 3.0]]);
    same(&x.repeat(2, -1), [[0f32, 0.0, 1.0, 1.0], [2.0, 2.0, 3.0, 3.0]]);
    same(&x.repeat(0, 1), Tensor::zeros([2, 0]));
    assert_eq!(Tensor::zeros([0, 5]).tile(&[1, usize::MAX]).shape()[0], 0);
}

#[test]
fn padding_and_flipping() {
    let x = count(&[2, 2]);
    same(&x.pad(&[(1, 0), (0, 2)], 9.0), [[9f32, 9.0, 9.0, 9.0], [0.0, 1.0, 9.0, 9.0], [2.0, 3.0, 9.0, 9.0]]);
    same(&x.flip(0), [[2f32, 3.0], [0.0, 1.0]]);
    same(&x.flip(()), [[3f32, 2.0], [1.0, 0.0]]);
    same(&Tensor::zeros(0).flip(0), Tensor::zeros(0));
}
