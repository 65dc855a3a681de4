//! The fast CPU device against the reference.

use wgrad_cpu as _;
use wgrad_tensor::{
    DType, Device, Result,
    plan::{Plan, PlanOptions},
};
use wgrad_testing::{
    Case, Report, against_known, against_reference, against_unfused, cases, gradient_case, large_cases, repeats, sweep, trace,
};

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

/// What `cargo bench` measures is right, so far as the reference computes it in little time.
#[test]
fn large_results() {
    let device = cpu();
    let flops = |case: &Case| -> Result<u64> { Ok(Plan::new(&trace(case, DType::F32)?.program, &PlanOptions::default())?.stats().flops) };
    let mut report = Report::default();
    for case in large_cases() {
        if flops(&case).is_ok_and(|flops| flops > 10_000_000) {
            continue;
        }
        report.add(&case.name, against_reference(&case, &device, DType::F32));
    }
    report.assert();
}
