//! Whole programs against the reference.

use wgrad_tensor::{DType, Device, Tensor};

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
        check(dtype.name(), &[y.cast(DType::F32), y.max(0), y.min(1), y.eq(&y.flip(0))], 1e-6);
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
    }
    let (a, b) = (random(&[3, 4, 5], 1), random(&[3, 5, 6], 2));
    check("batched", &[a.matmul(&b), a.matmul(&b).tanh()], 1e-6);
    let half = |t: &Tensor| t.cast(DType::F16);
    check("f16", &[half(&a).matmul(&half(&b)), half(&a).matmul(&half(&b)).relu()], 2e-3);
}
