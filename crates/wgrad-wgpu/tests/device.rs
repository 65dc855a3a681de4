//! The GPU device against the reference, on whatever adapter there is: Mesa's llvmpipe is enough.

mod common;

use common::{agree, agree_exactly, f32s, gpu, i32s, ramp};
use wgrad_tensor::{DType, HostData, HostTensor, Result, Tensor};

#[test]
fn unary_functions() -> Result<()> {
    let values = [
        -50.0, -9.5, -4.0, -2.5, -1.5, -1.0, -0.75, -0.5, -0.1, -1e-3, -1e-6, 0.0, 1e-6, 0.01, 0.3, 0.5, 0.9, 1.0, 1.5, 2.5, 7.0, 20.0,
        80.0,
    ];
    let x = f32s(&[values.len()], &values);
    agree(1e-6, &[&x], |t| {
        let x = &t[0];
        vec![
            x.neg(),
            x.abs(),
            x.sign(),
            x.exp(),
            x.expm1(),
            x.abs().log(),
            x.abs().log1p(),
            x.abs().sqrt(),
            (x.abs() + 0.5).rsqrt(),
            x.floor(),
            x.ceil(),
            x.round(),
            x.relu(),
            x.sigmoid(),
            x.tanh(),
            x.erf(),
        ]
    })?;
    agree(2e-6, &[&x], |t| {
        let x = &t[0];
        let inner = x.clip(-0.999, 0.999);
        vec![
            x.sin(),
            x.cos(),
            x.tan(),
            inner.asin(),
            inner.acos(),
            x.atan(),
            (x * 0.5).sinh(),
            (x * 0.5).cosh(),
            inner.erfinv(),
            x.atan2(&(x + 1.0)),
        ]
    })
}

#[test]
fn special_floats() -> Result<()> {
    let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1.0, -1.0, 200.0, -200.0, 5000.0];
    let x = f32s(&[values.len()], &values);
    agree(1e-6, &[&x], |t| {
        let x = &t[0];
        vec![
            x.exp(),
            x.log(),
            x.tanh(),
            x.sigmoid(),
            x.relu(),
            x.sqrt(),
            x.erf(),
            x.erfinv(),
            x.sign(),
            x.maximum(&(x * -1.0)),
            x.minimum(&(x * 0.5)),
            x.is_nan().cast(DType::F32),
            x.is_inf().cast(DType::F32),
            x.cast(DType::I32).cast(DType::F32),
            x.cast(DType::U32).cast(DType::F32),
            x.sin(),
            x.atan(),
            x.log1p(),
            x.expm1(),
            x.cosh(),
            x.sinh(),
        ]
    })
}

#[test]
fn binary_functions() -> Result<()> {
    let a = f32s(&[2, 9], &[1.5, -2.0, 3.0, 7.5, -7.5, 0.3, 5.0, -5.0, 0.0, 2.0, 2.0, 9.0, 1e6, -0.25, 10.0, 0.5, -3.0, -3.0]);
    let b = f32s(&[2, 9], &[2.0, 3.0, -2.0, -2.0, 2.0, 0.1, 5.0, 5.0, 3.0, 0.5, -1.5, 0.5, 0.7, 2.0, 10.0, 30.5, 3.0, -3.0]);
    agree(2e-6, &[&a, &b], |t| {
        let (a, b) = (&t[0], &t[1]);
        vec![
            a + b,
            a - b,
            a * b,
            a / b,
            a % b,
            a.pow(b),
            a.maximum(b),
            a.minimum(b),
            a.eq(b),
            a.ne(b),
            a.lt(b),
            a.le(b),
            a.gt(b).logical_and(a.ge(b)),
            a.lt(b).where_(a, b),
        ]
    })?;
    let a = i32s(&[8], &[7, -7, 7, -7, i32::MIN, i32::MAX, 5, 0]);
    let b = i32s(&[8], &[2, 2, -2, -2, -1, 3, 0, 0]);
    agree_exactly(&[&a, &b], |t| {
        let (a, b) = (&t[0], &t[1]);
        vec![
            a + b,
            a - b,
            a * b,
            a / b,
            a % b,
            a.maximum(b),
            a.neg(),
            a.abs(),
            a.sign(),
            a.lt(b),
            a.cast(DType::U32),
            a.cast(DType::F32),
            a.cast(DType::Bool),
        ]
    })
}

#[test]
fn broadcasting_and_movement() -> Result<()> {
    let x = ramp(&[3, 4, 5]);
    let bias = ramp(&[5]);
    agree(1e-6, &[&x, &bias], |t| {
        let (x, bias) = (&t[0], &t[1]);
        vec![
            x + bias,
            x.permute([2, 0, 1]) * 2.0,
            x.flip(1) + x,
            x.pad(&[(1, 2), (0, 0), (3, 1)], -1.0) * 3.0,
            (x.reshape([12, 5]).transpose() + 1.0).reshape([6, 10]),
            Tensor::concat(&[x.clone(), x * 2.0], 1),
            x.i((1.., ..2, 3)),
        ]
    })
}

#[test]
fn reductions() -> Result<()> {
    for shape in [[3, 4, 5], [1, 70, 3], [2, 300, 5], [5, 2, 5000], [7, 1, 1], [2, 0, 3]] {
        let x = ramp(&shape);
        // Sums of both signs: what is compared is the error relative to the sum of sizes, up to 20,000.
        agree(1e-5, &[&x], |t| {
            let x = &t[0];
            let mut all: Vec<Tensor> = vec![x.sum(()), x.max(()), x.min(()), x.sum(0), x.max(0)];
            for axis in [1i64, 2] {
                all.extend([x.sum(axis), x.max(axis), x.min(axis), (x * 0.01).exp().mean_keep(axis) + x]);
            }
            all.extend([x.sum([0, 2]), x.gt(0.0).any(1), x.gt(0.0).all(2), (x * 0.001 + 1.0).prod(2)]);
            all
        })?;
    }
    let x = ramp(&[4, 700]);
    agree(2e-6, &[&x], |t| vec![t[0].softmax(-1), t[0].log_softmax(0), t[0].logsumexp(1), t[0].var(1)])
}

#[test]
fn positions_of_extremes() -> Result<()> {
    for shape in [[6, 10], [2, 300], [9, 5000], [400, 9]] {
        let x = ramp(&shape);
        agree_exactly(&[&x], |t| vec![t[0].argmax(0), t[0].argmax(1), t[0].argmin(0), t[0].argmin(1)])?;
    }
    let x = f32s(&[2, 4], &[1.0, f32::NAN, 3.0, f32::NAN, 5.0, 5.0, 2.0, 2.0]);
    agree_exactly(&[&x], |t| vec![t[0].argmax(1), t[0].argmin(1)])
}

#[test]
fn half_precision() -> Result<()> {
    match gpu() {
        Some(device) if device.info().dtypes.contains(&DType::F16) => {}
        Some(device) => {
            eprintln!("SKIPPED, {device} has no f16");
            return Ok(());
        }
        None => return Ok(()),
    }
    let x = ramp(&[5, 67]);
    agree(2e-3, &[&x], |t| {
        let x = t[0].cast(DType::F16);
        let square = x.i((.., ..5));
        vec![
            &x + 1.5,
            &x * &x,
            x.exp().log(),
            x.tanh(),
            x.sum(1),
            x.max(0),
            x.softmax(-1),
            square.matmul(&square),
            x.argmax(1),
            x.cast(DType::I32),
        ]
    })
}

#[test]
fn sixty_five_thousand_workgroups_are_not_the_end() -> Result<()> {
    let Some(device) = gpu() else { return Ok(()) };
    let n = 65_536 * 256 + 77;
    let y = (Tensor::iota([n], 0, DType::I32) + 1).eval_on(&device)?;
    let host = device.read(y.value().ok_or(wgrad_tensor::Error::InvalidProgram("no value".into()))?)?;
    let HostData::I32(values) = host.data() else { panic!("{host:?}") };
    assert!(values.iter().enumerate().all(|(i, &v)| v == i as i32 + 1));
    Ok(())
}

#[test]
fn float64_is_refused_when_compiled() {
    let Some(device) = gpu() else { return };
    let error = Tensor::from_vec(vec![1.0f64, 2.0], [2]).neg().eval_on(&device).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("does not support dtype f64"), "{error}");
}

#[test]
fn too_large_a_tensor_names_the_limit() {
    let Some(device) = gpu() else { return };
    let n = device.info().max_tensor_bytes as usize / 4 + 1;
    let error = Tensor::iota([n], 0, DType::F32).eval_on(&device).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("max_"), "{error}");
}

#[test]
fn values_travel() -> Result<()> {
    let Some(device) = gpu() else { return Ok(()) };
    let all = [
        HostData::Bool(vec![true, false, true]),
        HostData::I32(vec![1, -2, 3]),
        HostData::U32(vec![0, u32::MAX, 5]),
        HostData::F32(vec![0.5, -0.0, f32::MAX]),
    ];
    for data in all {
        let Some(tensor) = HostTensor::new([3], data) else { panic!("three elements") };
        let value = device.put(&tensor)?;
        assert_eq!(device.read(&value)?, tensor);
    }
    let Some(empty) = HostTensor::new([0, 4], HostData::F32(vec![])) else { panic!("no elements") };
    assert_eq!(device.read(&device.put(&empty)?)?, empty);
    Ok(())
}
