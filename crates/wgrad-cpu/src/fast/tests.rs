//! Whole programs against the reference.

use super::team;
use wgrad_tensor::{Conv, DType, Device, HostData, HostTensor, Loop, Program, Spec, Tensor, Window, grad};

/// Evaluates `outputs` on both devices; numbers may differ by `tolerance` relative to the largest of their tensor.
fn check(name: &str, outputs: &[Tensor], tolerance: f64) {
    let [fast, reference] = ["cpu", "reference"].map(|device| {
        let device = Device::open(device).unwrap();
        let values = Tensor::eval_all(outputs, &device).unwrap_or_else(|e| panic!("{name} on {device}: {e}"));
        values.iter().map(|value| value.to_host().unwrap()).collect::<Vec<_>>()
    });
    for (i, (fast, reference)) in fast.iter().zip(&reference).enumerate() {
        assert_eq!(fast.spec(), reference.spec(), "{name}, output {i}");
        let (a, b) = (fast.data().to_f64(), reference.data().to_f64());
        let scale = b.iter().filter(|v| v.is_finite()).fold(1e-30, |m: f64, v| m.max(v.abs()));
        let exact = !matches!(fast.dtype(), DType::F16 | DType::F32 | DType::F64);
        for (j, (a, b)) in a.iter().zip(&b).enumerate() {
            let same = a == b || a.is_nan() && b.is_nan() || !exact && (a - b).abs() <= tolerance * scale;
            assert!(same, "{name}, output {i} ({}), element {j}: {a} instead of {b}", fast.spec());
        }
    }
}

fn random(shape: &[usize], seed: u64) -> Tensor {
    Tensor::uniform(shape, -1.0, 1.0, seed).eval_on(&Device::open("reference").unwrap()).unwrap()
}

#[test]
fn element_wise_chains() {
    for n in [0, 1, 7, 1000, 5000] {
        let (x, y) = (random(&[n], 1), random(&[n], 2));
        check("chain", &[(&x * 3.0 + &y).tanh() * x.exp(), x.maximum(&y), x.lt(&y), x.lt(&y).where_(&x, &y)], 1e-6);
    }
}

/// What runs in one pass, with the rest that fills no block.
#[test]
fn chains_of_simple_operations() {
    for n in [100, 128, 1000, 40_000] {
        let (x, y) = (random(&[n], 1), random(&[n], 2));
        let m = &x + (&y - &x) * 0.1;
        let step = &x - &m * 0.5 / ((&x * &x).sqrt() + 1e-3);
        check("a step", &[m, step, (&x - &y).relu(), x.lt(&y).where_(-&x, 0.0), x.lt(&y).cast(DType::F32)], 1e-6);
        let row = random(&[4], 3);
        check("rows", &[(x.reshape([n / 4, 4]) + &row).relu()], 1e-6);
        let nan = x.gt(0.5).where_(f32::NAN, &x);
        check("not a number", &[nan.maximum(&y), nan.minimum(&y), nan.relu(), y.maximum(&nan), nan.lt(&y).where_(&x, &y)], 1e-6);
    }
}

#[test]
fn broadcasting_and_movement() {
    let (x, row, column) = (random(&[37, 19], 1), random(&[19], 2), random(&[37, 1], 3));
    check("broadcast", &[&x + &row, &x * &column, &row + &column], 1e-6);
    check("transpose", &[x.transpose() * 2.0, x.transpose().flip(0), x.reshape([19, 37])], 1e-6);
    check("pad", &[x.pad(&[(1, 2), (0, 3)], 0.5) + 1.0], 1e-6);
    check("concat", &[Tensor::concat(&[x.clone(), column.clone(), &x * 2.0], 1), Tensor::concat(&[x.clone(), x.exp()], 0)], 1e-6);
}

#[test]
fn reductions() {
    for (rows, cols) in [(1, 1), (3, 0), (1, 7), (7, 1), (5, 33), (300, 10), (10, 300), (3, 20_000), (20_000, 3), (700, 65), (2, 100_000)] {
        let x = random(&[rows, cols], 5);
        for axis in [0, 1] {
            let name = format!("{rows} x {cols} over {axis}");
            check(&name, &[x.sum(axis), x.max(axis), x.min(axis), (&x * &x).sum(axis).sqrt()], 3e-6);
            if x.shape()[axis] > 0 {
                check(&name, &[x.argmax(axis), x.argmin(axis), x.softmax(axis as i64), &x - x.mean_keep(axis), x.logsumexp(axis)], 3e-6);
            }
        }
        check("all", &[x.sum(()), x.sin().sum(())], 3e-6);
    }
}

#[test]
fn every_dtype() {
    let x = random(&[11, 130], 7) * 10.0;
    for dtype in DType::ALL {
        let y = x.cast(dtype);
        check(dtype.name(), &[y.cast(DType::F32), y.max(0), y.min(1), y.eq(y.flip(0))], 1e-6);
        if dtype != DType::Bool {
            check(dtype.name(), &[&y + &y, &y * &y, y.sum(1), y.sum(0)], 1e-2);
        }
    }
}

#[test]
fn products() {
    for (m, k, n) in [(1, 1, 1), (3, 5, 7), (32, 784, 100), (65, 33, 129), (1, 300, 50), (50, 300, 1), (4, 0, 3)] {
        let (a, b, bias) = (random(&[m, k], 1), random(&[k, n], 2), random(&[n], 3));
        let name = format!("{m} x {k} x {n}");
        check(&name, &[a.matmul(&b), (a.matmul(&b) + &bias).relu(), b.transpose().matmul(&a.transpose())], 1e-5);
        check(&name, &[a.transpose().matmul(&random(&[m, n], 4))], 1e-5);
    }
    let (a, b) = (random(&[3, 4, 5], 1), random(&[3, 5, 20], 2));
    check("batched", &[a.matmul(&b), a.matmul(&b).tanh()], 1e-6);
    let half = |t: &Tensor| t.cast(DType::F16);
    check("f16", &[half(&a).matmul(&half(&b)), half(&a).matmul(&half(&b)).relu()], 2e-3);
}

#[test]
fn convolutions() {
    let geometry = |strides: usize, padding: (isize, isize), lhs: usize, rhs: usize, feature: usize, batch: usize| Conv {
        strides: vec![strides; 2],
        padding: vec![padding, (padding.1, padding.0)],
        lhs_dilation: vec![lhs; 2],
        rhs_dilation: vec![rhs; 2],
        feature_groups: feature,
        batch_groups: batch,
    };
    let rows = [
        ([2, 12, 11, 3], [5, 5, 3, 7], geometry(1, (0, 0), 1, 1, 1, 1)),
        ([2, 12, 11, 1], [3, 3, 1, 4], geometry(2, (1, 2), 1, 1, 1, 1)),
        ([2, 7, 9, 6], [3, 3, 2, 6], geometry(1, (1, 1), 1, 1, 3, 1)),
        ([2, 7, 9, 6], [3, 3, 1, 6], geometry(1, (1, 1), 1, 2, 6, 1)),
        ([2, 7, 9, 6], [3, 3, 1, 12], geometry(1, (1, 1), 1, 1, 6, 1)),
        ([6, 7, 9, 2], [3, 3, 2, 6], geometry(1, (1, 1), 1, 1, 1, 3)),
        ([2, 5, 4, 3], [3, 3, 3, 4], geometry(1, (2, 2), 2, 1, 1, 1)),
        ([2, 9, 9, 3], [3, 3, 3, 4], geometry(1, (-1, -2), 1, 1, 1, 1)),
        ([1, 40, 40, 16], [5, 5, 16, 32], geometry(1, (2, 2), 1, 1, 1, 1)),
        ([3, 16, 15, 8], [4, 4, 8, 16], geometry(3, (1, 0), 1, 1, 1, 1)),
        ([2, 3, 4, 5], [3, 3, 5, 4], geometry(1, (4, 4), 1, 2, 1, 1)),
        ([5, 14, 13, 1], [5, 5, 1, 40], geometry(1, (0, 0), 1, 1, 1, 1)),
        ([3, 10, 9, 32], [3, 3, 32, 83], geometry(1, (1, 1), 1, 1, 1, 1)),
        ([2, 12, 13, 20], [3, 3, 20, 24], geometry(2, (0, 1), 1, 1, 1, 1)),
        ([2, 11, 10, 24], [3, 2, 24, 16], geometry(1, (3, -1), 1, 2, 1, 1)),
        ([2, 3, 5, 300], [1, 2, 300, 17], geometry(1, (0, 0), 1, 1, 1, 1)),
    ];
    for (x, k, conv) in rows {
        let name = format!("{x:?} with {k:?} and {conv:?}");
        let (x, k) = (random(&x, 1), random(&k, 2));
        let y = x.conv(&k, conv);
        let bias = random(&[y.shape()[3]], 3);
        check(&name, &[y.clone(), (&y + &bias).relu()], 1e-5);
        let half = (&y * &y).sum(());
        let gradients: Vec<Tensor> = grad(&half, &[&x, &k]).into_iter().flatten().collect();
        check(&format!("gradients of {name}"), &gradients, 1e-5);
    }
}

#[test]
fn windows() {
    for (size, step, dilation, padding) in [(2, 2, 1, (0, 0)), (3, 2, 1, (1, 1)), (2, 1, 2, (2, 0))] {
        let window = Window {
            size: vec![1, size, size, 1],
            strides: vec![1, step, step, 1],
            dilation: vec![1, dilation, dilation, 1],
            padding: vec![(0, 0), padding, padding, (0, 0)],
        };
        let x = random(&[3, 9, 8, 70], 1);
        let y = x.window_max(window.clone());
        let gradients: Vec<Tensor> = grad(&(&y * &y).sum(()), &[&x]).into_iter().flatten().collect();
        check(&format!("{window:?}"), &[y, x.window_sum(window.clone()), gradients[0].clone()], 1e-6);
        // What is scattered is masked, and its sum is taken.
        let b = random(&[70], 2);
        let y = (&x + &b).relu().window_max(window.clone());
        let gradients: Vec<Tensor> = grad(&(&y * &y).sum(()), &[&x, &b]).into_iter().flatten().collect();
        check(&format!("{window:?} after relu"), &gradients, 1e-5);
    }
}

#[test]
fn loops() {
    let (h, xs, w) = (random(&[3, 5], 1), random(&[7, 3, 5], 2), random(&[5, 5], 3));
    for reverse in [false, true] {
        let step = |carries: &[Tensor], xs: &[Tensor], constants: &[Tensor]| {
            let h = (carries[0].matmul(&constants[0]) + &xs[0]).tanh();
            // The second carry is the first of the iteration before.
            (vec![h.clone(), carries[0].clone()], vec![&h * 2.0, h])
        };
        let loops = if reverse { Loop::new().reverse() } else { Loop::new() };
        let (carries, stacked) = loops.scan(&[h.clone(), h.clone()], std::slice::from_ref(&xs), std::slice::from_ref(&w), step);
        let loss = stacked[0].sum(()) + carries[1].sum(());
        let gradients: Vec<Tensor> = grad(&loss, &[&h, &xs, &w]).into_iter().flatten().collect();
        check("loop", &[carries, stacked, gradients].concat(), 1e-5);
    }
}

/// Donated inputs are overwritten in place where nobody else holds them, and copied where somebody does.
#[test]
fn donated_inputs() {
    let device = Device::open("cpu").unwrap();
    let placeholder = Tensor::placeholder("x", Spec::new(DType::F32, [1000]));
    let mut traced = Program::trace(std::slice::from_ref(&placeholder), &[&placeholder + 1.0]).unwrap();
    traced.program.donations = vec![(0, 0)];
    let executable = device.compile(&traced.program).unwrap();
    let first = device.put(&HostTensor::new([1000], HostData::F32(vec![1.0; 1000])).unwrap()).unwrap();
    let held = first.clone();
    let second = executable.run(vec![first]).unwrap().remove(0);
    assert_eq!(device.read(&held).unwrap().to_vec::<f32>().unwrap()[0], 1.0);
    let before = device.memory().allocations;
    let third = executable.run(vec![second]).unwrap().remove(0);
    assert_eq!(device.memory().allocations, before, "an input in place allocates nothing");
    assert_eq!(device.read(&third).unwrap().to_vec::<f32>().unwrap(), vec![3.0; 1000]);
}

/// What is overwritten is read before, also by values that come later in the kernel.
#[test]
fn donated_inputs_are_read_first() {
    let device = Device::open("cpu").unwrap();
    let [a, x] = ["a", "x"].map(|name| Tensor::placeholder(name, Spec::new(DType::F32, [1000])));
    let doubled = &a + &a;
    let mut traced = Program::trace(&[a, x.clone()], &[doubled.clone(), doubled * x]).unwrap();
    traced.program.donations = vec![(1, 0)];
    let executable = device.compile(&traced.program).unwrap();
    let value = |number: f32| device.put(&HostTensor::new([1000], HostData::F32(vec![number; 1000])).unwrap()).unwrap();
    let outputs = executable.run(vec![value(3.0), value(7.0)]).unwrap();
    let outputs: Vec<Vec<f32>> = outputs.iter().map(|output| device.read(output).unwrap().to_vec().unwrap()).collect();
    assert_eq!(outputs, [vec![6.0; 1000], vec![42.0; 1000]]);
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let (x, k, w) = (random(&[8, 28, 28, 4], 1), random(&[5, 5, 4, 8], 2), random(&[24 * 24 * 8, 50], 3));
    let y = x.conv(&k, Conv::plain(2)).relu();
    let z = y.reshape([8, 24 * 24 * 8]).matmul(&w);
    let loss = z.log_softmax(-1).sum(()) + y.sum([0, 1, 2]).exp().sum(());
    let mut outputs: Vec<Tensor> = grad(&loss, &[&x, &k, &w]).into_iter().flatten().collect();
    outputs.extend([loss, z, y.sum(())]);
    let run = |threads: usize| {
        team::with_threads(threads, || {
            let values = Tensor::eval_all(&outputs, &Device::open("cpu").unwrap()).unwrap();
            values.iter().flat_map(|value| value.to_vec::<f32>().unwrap()).map(f32::to_bits).collect::<Vec<_>>()
        })
    };
    let one = run(1);
    for threads in [2, 5] {
        assert!(run(threads) == one, "{threads} threads");
    }
}

/// Partial results of different widths beside each other.
#[test]
fn reductions_of_several_dtypes_in_one_kernel() {
    let x = random(&[3, 40_000], 1);
    check("widths", &[x.sum(1), x.cast(DType::F64).sum(1), x.argmax(1), x.cast(DType::F64).max(1), x.argmin(1)], 1e-6);
}
