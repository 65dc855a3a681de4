//! Random programs, the same in every run, on every device against the reference; failures are shrunk.

use wgrad_cpu as _;
use wgrad_tensor::{DType, Device};
use wgrad_testing::{
    against_reference_twice, against_unfused, device_or_skip,
    recipe::{Kind, check},
};
use wgrad_wgpu as _;

/// All modes, in the dtypes that the device has.
#[track_caller]
fn run(device: &Device, kind: Kind, count: u32, dtypes: &[DType]) {
    for &dtype in dtypes.iter().filter(|dtype| device.info().dtypes.contains(dtype)) {
        let result = check(kind, count, |case| {
            against_reference_twice(case, device, dtype)?;
            against_unfused(case, device, dtype)
        });
        if let Err(error) = result {
            panic!("{kind:?} programs in {dtype} on {device}: {error}");
        }
    }
}

const EXACT: [DType; 4] = [DType::F32, DType::I32, DType::F16, DType::F64];
const SMOOTH: [DType; 2] = [DType::F32, DType::F64];

#[test]
fn exact_on_reference() {
    run(&Device::open("reference").unwrap(), Kind::Exact, 64, &EXACT);
}

#[test]
fn smooth_on_reference() {
    run(&Device::open("reference").unwrap(), Kind::Smooth, 64, &SMOOTH);
}

#[test]
fn exact_on_cpu() {
    run(&Device::open("cpu").unwrap(), Kind::Exact, 256, &EXACT);
}

#[test]
fn smooth_on_cpu() {
    run(&Device::open("cpu").unwrap(), Kind::Smooth, 256, &SMOOTH);
}

#[test]
fn exact_on_wgpu() {
    if let Some(device) = device_or_skip("wgpu") {
        run(&device, Kind::Exact, 24, &EXACT);
    }
}

#[test]
fn smooth_on_wgpu() {
    if let Some(device) = device_or_skip("wgpu") {
        run(&device, Kind::Smooth, 24, &SMOOTH);
    }
}
