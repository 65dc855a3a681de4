//! What the device tests share: inputs, and the comparison of two devices.
#![allow(dead_code)]

use wgrad_cpu as _;
use wgrad_tensor::{Device, HostTensor, Program, Result, Tensor, Value};
use wgrad_wgpu as _;

/// The device under test: the one that `WGRAD_DEVICE` names, else the first adapter. Says so where there is none.
pub(crate) fn gpu() -> Option<Device> {
    let name = std::env::var("WGRAD_DEVICE").ok().filter(|name| name.starts_with("wgpu")).unwrap_or_else(|| "wgpu".into());
    match Device::open(&name) {
        Ok(device) => Some(device),
        Err(error) if std::env::var("WGRAD_REQUIRE_GPU").is_ok() => panic!("{error}"),
        Err(error) => {
            eprintln!("SKIPPED, there is no GPU: {error}");
            None
        }
    }
}

pub(crate) fn f32s(shape: &[usize], values: &[f32]) -> Value {
    let Some(tensor) = HostTensor::new(shape, wgrad_tensor::HostData::F32(values.to_vec())) else { panic!("{} elements", values.len()) };
    tensor.into()
}

pub(crate) fn i32s(shape: &[usize], values: &[i32]) -> Value {
    let Some(tensor) = HostTensor::new(shape, wgrad_tensor::HostData::I32(values.to_vec())) else { panic!("{} elements", values.len()) };
    tensor.into()
}

/// Values of both signs, from -4 to 6, that do not repeat soon.
pub(crate) fn ramp(shape: &[usize]) -> Value {
    scaled(1.0, shape)
}

/// The same, times `scale`.
pub(crate) fn scaled(scale: f32, shape: &[usize]) -> Value {
    let n: usize = shape.iter().product();
    let values: Vec<f32> = (0..n).map(|i| (((i * 7919) % 1009) as f32 / 101.0 - 4.0) * scale).collect();
    f32s(shape, &values)
}

/// Traces `build` over inputs like `inputs`.
pub(crate) fn trace(inputs: &[&Value], build: impl FnOnce(&[Tensor]) -> Vec<Tensor>) -> Result<(Program, Vec<Value>)> {
    let placeholders: Vec<Tensor> = inputs.iter().enumerate().map(|(i, v)| Tensor::placeholder(&format!("x{i}"), v.spec.clone())).collect();
    let traced = Program::trace(&placeholders, &build(&placeholders))?;
    let mut values: Vec<Value> = inputs.iter().map(|&v| v.clone()).collect();
    values.extend(traced.captured);
    Ok((traced.program, values))
}

/// Runs a program on a device and reads all results.
pub(crate) fn run(device: &Device, program: &Program, inputs: Vec<Value>) -> Result<Vec<HostTensor>> {
    device.compile(program)?.run(inputs)?.iter().map(|value| device.read(value)).collect()
}

/// Compares the GPU with the reference: absolute and relative error at most `tolerance`.
#[track_caller]
pub(crate) fn agree(tolerance: f64, inputs: &[&Value], build: impl FnOnce(&[Tensor]) -> Vec<Tensor>) -> Result<()> {
    let Some(device) = gpu() else { return Ok(()) };
    let (program, values) = trace(inputs, build)?;
    let expected = run(&Device::open("reference")?, &program, values.clone())?;
    let got = run(&device, &program, values)?;
    assert_eq!(expected.len(), got.len());
    for (output, (expected, got)) in expected.iter().zip(&got).enumerate() {
        assert_eq!(expected.spec(), got.spec(), "output {output}");
        for (i, (e, g)) in expected.data().to_f64().into_iter().zip(got.data().to_f64()).enumerate() {
            let close = e == g || (e.is_nan() && g.is_nan()) || (e - g).abs() <= tolerance * (1.0 + e.abs());
            assert!(close, "output {output} of {}, element {i}: {e} expected, {g} got\n{program}", expected.spec());
        }
    }
    Ok(())
}

/// Compares the GPU with the reference, bit by bit.
#[track_caller]
pub(crate) fn agree_exactly(inputs: &[&Value], build: impl FnOnce(&[Tensor]) -> Vec<Tensor>) -> Result<()> {
    agree(0.0, inputs, build)
}
