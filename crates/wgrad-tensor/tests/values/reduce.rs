use crate::{count, same};
use wgrad_tensor::{DType, Tensor};

#[test]
fn sums_and_products() {
    let x = count(&[2, 3]);
    same(&x.sum(()), 15f32);
    same(&x.sum(..), 15f32);
    same(&x.sum(0), [3f32, 5.0, 7.0]);
    same(&x.sum_keep(-1), [[3f32], [12.0]]);
    same(&x.sum([-1, 0]), 15f32);
    same(&x.sum_keep([0, 1]), [[15f32]]);
    same(&x.sum(Vec::<i64>::new()), &x);
    same(&(x + 1).prod(1), [6f32, 120.0]);
    same(&Tensor::zeros([0, 2]).sum(0), [0f32, 0.0]);
    same(&Tensor::zeros([0, 2]).prod(0), [1f32, 1.0]);
}

#[test]
fn extremes() {
    let x = Tensor::from([[3f32, -1.0, 3.0], [0.0, 7.0, -2.0]]);
    same(&x.max(1), [3f32, 7.0]);
    same(&x.min(0), [0f32, -1.0, -2.0]);
    same(&x.max_keep(()), [[7f32]]);
    same(&x.argmax(1), [0, 1]);
    same(&x.argmin(-1), [1, 2]);
    same(&x.argmax(()), 4);
    same(&x.argmin_keep(0), [[1, 0, 1]]);
    same(&Tensor::from([3, -4, 5]).max(()), 5);
}

#[test]
fn truth() {
    let x = Tensor::from([[0f32, 2.0], [1.0, f32::NAN]]);
    same(&x.any(0), [true, true]);
    same(&x.all(0), [false, true]);
    same(&x.all_keep(1), [[false], [true]]);
    same(&Tensor::from([false, true]).any_keep(()), [true]);
}

#[test]
fn moments() {
    let x = count(&[2, 3]);
    same(&x.mean(()), 2.5f32);
    same(&x.mean_keep(1), [[1f32], [4.0]]);
    same(&x.var(0), [2.25f32, 2.25, 2.25]);
    same(&x.std(1), [0.816_496_6_f32, 0.816_496_6]);
    same(&x.var_keep(()), [[2.916_666_7_f32]]);
    same(&Tensor::zeros(0).mean(()), f32::NAN);
    // 70,000 does not fit f16, but the mean does.
    same(&Tensor::ones(70_000).cast(DType::F16).mean(()).cast(DType::F32), 1f32);
}

#[test]
fn logsumexp_does_not_overflow() {
    let inf = f32::INFINITY;
    let x = Tensor::from([[1000f32, 1000.0], [-1000.0, -1001.0], [-inf, -inf], [inf, 0.0], [-inf, 3.0]]);
    same(&x.logsumexp(1), [1_000.693_1_f32, -999.686_76, -inf, inf, 3.0]);
    same(&count(&[3]).logsumexp_keep(0), [2.407_606_f32]);
}

#[test]
fn softmax_is_stable() {
    let x = Tensor::from([[0f32, 1.0, 2.0], [1000.0, 1001.0, 1002.0]]);
    let row = [0.090_030_57_f32, 0.244_728_48, 0.665_240_94];
    same(&x.softmax(-1), [row, row]);
    let row = [-2.407_606_f32, -1.407_606, -0.407_606];
    same(&x.log_softmax(1), [row, row]);
    same(&Tensor::from([0f32, 200.0]).log_softmax(0), [-200f32, 0.0]);
    same(&x.softmax(0).i((.., 0)), [0f32, 1.0]);
}

#[test]
fn running_sums() {
    let x = count(&[2, 3]);
    same(&x.cumsum(0), [[0f32, 1.0, 2.0], [3.0, 5.0, 7.0]]);
    same(&x.cumsum(-1), [[0f32, 1.0, 3.0], [3.0, 7.0, 12.0]]);
}
