//! The fast CPU device against the reference.

use wgrad_cpu as _;
use wgrad_tensor::{DType, Device};
use wgrad_testing::{Report, against_known, against_reference, against_unfused, cases, gradient_case, repeats, sweep};

fn cpu() -> Device {
    Device::open("cpu").expect("the fast CPU device")
}

#[test]
fn results() {
    let device = cpu();
    sweep(&device, |case, dtype| against_reference(case, &device, dtype)).assert();
}

#[test]
fn known_values() {
    let device = cpu();
    sweep(&device, |case, _| against_known(case, &device)).assert();
}

#[test]
fn gradients() {
    let device = cpu();
    let mut report = Report::default();
    for case in cases().into_iter().filter_map(gradient_case) {
        report.add(&case.name, against_reference(&case, &device, DType::F32));
    }
    report.assert();
}

#[test]
fn fused_and_unfused() {
    let device = cpu();
    sweep(&device, |case, dtype| against_unfused(case, &device, dtype)).assert();
}

#[test]
fn two_runs_give_the_same_bits() {
    let device = cpu();
    sweep(&device, |case, dtype| repeats(case, &device, dtype)).assert();
}
