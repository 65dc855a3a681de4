//! The steps with kernels of their own, against the reference.

mod common;

use common::{agree, agree_exactly, f32s, i32s, ramp, scaled};
use wgrad_tensor::{Conv, DType, HostData, HostTensor, Result, Tensor, Value, Window, scan};

#[test]
fn matrix_products() -> Result<()> {
    for (m, k, n) in [(1, 1, 1), (3, 5, 7), (33, 65, 17), (8, 0, 4), (64, 128, 96)] {
        let (a, b, bias) = (ramp(&[m, k]), ramp(&[k, n]), ramp(&[n]));
        agree(1e-5, &[&a, &b, &bias], |t| {
            let y = t[0].matmul(&t[1]);
            vec![(&y + &t[2]).relu(), y.sum(0), t[0].matmul(&t[0].transpose())]
        })?;
    }
    let (a, b) = (ramp(&[3, 4, 6]), ramp(&[3, 5, 6]));
    agree(1e-5, &[&a, &b], |t| vec![t[0].matmul(&t[1].transpose()), t[0].permute([1, 0, 2]).matmul(&t[1].i((0, .., ..)).transpose())])
}

#[test]
fn convolutions_and_their_gradients() -> Result<()> {
    // Small numbers: the gradients sum up products of both signs.
    let (x, k) = (scaled(0.1, &[2, 9, 8, 3]), scaled(0.1, &[3, 2, 3, 4]));
    let plain = Conv::plain(2);
    let strided = Conv { strides: vec![2, 1], padding: vec![(1, 1), (0, 2)], rhs_dilation: vec![2, 1], ..plain.clone() };
    for conv in [plain, strided] {
        agree(1e-5, &[&x, &k], |t| {
            let y = t[0].conv(&t[1], conv).relu();
            let mut all: Vec<Tensor> = wgrad_tensor::grad(&(&y * &y).sum(()), &[&t[0], &t[1]]).into_iter().flatten().collect();
            all.push(y);
            all
        })?;
    }
    let (x, k) = (ramp(&[2, 7, 6]), ramp(&[3, 1, 12]));
    let depthwise = Conv { feature_groups: 6, ..Conv::plain(1) };
    agree(1e-5, &[&x, &k], |t| vec![t[0].conv(&t[1], depthwise)])
}

#[test]
fn windows_and_their_gradients() -> Result<()> {
    let x = ramp(&[2, 7, 8, 3]);
    let window =
        Window { size: vec![1, 2, 3, 1], strides: vec![1, 2, 2, 1], dilation: vec![1; 4], padding: vec![(0, 0), (1, 0), (0, 1), (0, 0)] };
    agree(1e-5, &[&x], |t| {
        let (max, mean) = (t[0].window_max(window.clone()), t[0].window_mean(window.clone()));
        let loss = (&max * &max).sum(()) + (&mean * &mean).sum(());
        let mut all: Vec<Tensor> = wgrad_tensor::grad(&loss, &[&t[0]]).into_iter().flatten().collect();
        all.extend([max, mean, t[0].window_sum(window.clone()), t[0].window_min(window)]);
        all
    })
}

#[test]
fn indexing() -> Result<()> {
    let (x, indices) = (ramp(&[5, 4, 3]), i32s(&[2, 3], &[0, 3, 1, -1, 9, 2]));
    agree(1e-6, &[&x, &indices], |t| {
        let taken = t[0].take(&t[1], 1);
        let added = t[0].scatter_add(&t[1], &(&taken * 2.0), 1);
        vec![t[1].one_hot(4), added, Tensor::concat(&[t[0].take(&t[1].i(0), 0), t[0].i((..2, ..)).clone()], 0), taken]
    })?;
    agree_exactly(&[&x, &indices], |t| vec![t[0].gt(0.0).take(&t[1], 0), t[0].cast(DType::I32).take(&t[1], 2)])
}

#[test]
fn sorting_and_running_sums() -> Result<()> {
    for shape in [[3, 7], [2, 300], [70, 1]] {
        let x = ramp(&shape);
        agree_exactly(&[&x], |t| {
            let x = &t[0];
            let i = x.cast(DType::I32);
            vec![x.argsort(1, false), x.argsort(0, true), x.sort(1, true), x.top_k(1).1, i.argsort(1, true), i.cumsum(1), i.cumsum(0)]
        })?;
        agree(1e-5, &[&x], |t| vec![t[0].cumsum(1), t[0].cumsum(0)])?;
    }
    let x = f32s(&[6], &[2.0, f32::NAN, -0.0, 0.0, f32::NEG_INFINITY, 2.0]);
    agree_exactly(&[&x], |t| vec![t[0].argsort(0, false), t[0].argsort(0, true)])
}

#[test]
fn random_bits_are_those_of_the_reference() -> Result<()> {
    let Some(key) = HostTensor::new([3], HostData::U32(vec![7, 1, 42])) else { panic!("three words") };
    let key = Value::from(key);
    agree_exactly(&[&key], |t| vec![Tensor::random_bits(&t[0], [5, 7], 3), Tensor::uniform_with(&t[0], 1, [33], -1.0, 1.0)])?;
    agree(2e-6, &[&key], |t| {
        vec![Tensor::normal_with(&t[0], 2, [1001], 0.0, 1.0), Tensor::truncated_normal_with(&t[0], 3, [100], 0.0, 1.0)]
    })
}

#[test]
fn loops() -> Result<()> {
    let (h, xs, w) = (ramp(&[2, 4]), ramp(&[6, 2, 4]), ramp(&[4, 4]));
    agree(1e-5, &[&h, &xs, &w], |t| {
        let (last, all) = scan(&t[..1], &t[1..2], &t[2..], |carries: &[Tensor], xs: &[Tensor], constants: &[Tensor]| {
            let h = (carries[0].matmul(&(&constants[0] * 0.1)) + &xs[0]).tanh();
            (vec![h.clone()], vec![&h * 2.0, carries[0].clone()])
        });
        let loss = (&last[0] * &all[0].sum(0)).sum(());
        let mut outputs: Vec<Tensor> = wgrad_tensor::grad(&loss, &[&t[0], &t[1], &t[2]]).into_iter().flatten().collect();
        outputs.extend(last);
        outputs.extend(all);
        outputs
    })?;
    // Carries that change places, as in the sequence of Fibonacci.
    let (a, b) = (f32s(&[], &[0.0]), f32s(&[], &[1.0]));
    agree_exactly(&[&a, &b], |t| {
        let steps = Tensor::iota([10], 0, DType::F32);
        let (last, all) =
            scan(t, &[steps], &[], |c: &[Tensor], _: &[Tensor], _: &[Tensor]| (vec![c[1].clone(), &c[0] + &c[1]], vec![c[0].clone()]));
        [last, all].concat()
    })
}
