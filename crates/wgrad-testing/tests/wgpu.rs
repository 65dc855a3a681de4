//! The GPU device against the reference, on whatever adapter the environment offers (`VK_DRIVER_FILES`, `WGRAD_DEVICE=wgpu:1`). Without an adapter the
//! tests say loudly that they are skipped; in CI they fail.

use wgrad_cpu as _;
use wgrad_tensor::{DType, Device};
use wgrad_testing::{
    Report, against_known, against_reference, against_reference_twice, against_unfused, cases, device_or_skip, gradient_case, sweep,
};
use wgrad_wgpu as _;

/// The device that `WGRAD_DEVICE` names, where it names one of this backend; else its first choice.
fn wgpu() -> Option<Device> {
    let named = std::env::var("WGRAD_DEVICE").ok().filter(|name| name.starts_with("wgpu"));
    let device = device_or_skip(named.as_deref().unwrap_or("wgpu"))?;
    eprintln!("conformance of {device}");
    Some(device)
}

#[test]
fn results_and_their_bits() {
    let Some(device) = wgpu() else { return };
    sweep(&device, |case, dtype| against_reference_twice(case, &device, dtype)).assert();
}

#[test]
fn known_values() {
    let Some(device) = wgpu() else { return };
    sweep(&device, |case, dtype| if case.dtypes.first() == Some(&dtype) { against_known(case, &device) } else { Ok(()) }).assert();
}

#[test]
fn gradients() {
    let Some(device) = wgpu() else { return };
    let mut report = Report::default();
    for case in cases().into_iter().filter_map(gradient_case) {
        report.add(&case.name, against_reference(&case, &device, DType::F32));
    }
    report.assert();
}

#[test]
fn fused_and_unfused() {
    let Some(device) = wgpu() else { return };
    sweep(&device, |case, dtype| if dtype == DType::F32 { against_unfused(case, &device, dtype) } else { Ok(()) }).assert();
}
