//! Runs single operations on the reference device.

use std::panic::Location;
use wgrad_cpu as _;
use wgrad_tensor::{Device, Element, HostTensor, Input, Instr, Op, Program, Shape, Spec};

/// A tensor of `shape`.
pub(crate) fn tensor<T: Element>(shape: impl Into<Shape>, values: impl Into<Vec<T>>) -> HostTensor {
    HostTensor::new(shape, T::into_data(values.into())).expect("as many values as the shape says")
}

/// The program that applies `op` to inputs of `specs`.
pub(crate) fn program(op: &Op, specs: &[Spec]) -> Program {
    let spec = op.infer(&specs.iter().collect::<Vec<_>>()).expect("operands that the operation takes");
    let inputs: Vec<_> = specs.iter().map(|spec| Input { spec: spec.clone(), name: "x".into() }).collect();
    let operands = (0..specs.len()).collect();
    let instr = Instr { op: op.clone(), operands, spec, at: Location::caller() };
    Program { outputs: vec![inputs.len()], inputs, instrs: vec![instr], donations: Vec::new() }
}

/// `op(operands)` on the reference device.
pub(crate) fn run(op: &Op, operands: &[HostTensor]) -> HostTensor {
    let device = Device::open("reference").expect("the reference device");
    let specs: Vec<_> = operands.iter().map(HostTensor::spec).collect();
    let program = program(op, &specs);
    let outputs = device.compile(&program).and_then(|e| e.run(operands.iter().cloned().map(Into::into).collect())).expect("a run");
    device.read(&outputs[0]).expect("a result")
}

/// The result of `op(operands)` as `T`.
pub(crate) fn values<T: Element>(op: &Op, operands: &[HostTensor]) -> Vec<T> {
    run(op, operands).to_vec().expect("a result of the dtype that was asked for")
}

/// Small half-integers without a simple pattern, in the given shape: `((7 i) mod 11 - 5) / 2`, counted from `start`.
pub(crate) fn ramp(shape: impl Into<Shape>, start: usize) -> HostTensor {
    let shape = shape.into();
    let values: Vec<f32> = (start..start + shape.numel()).map(|i| ((i * 7 % 11) as f32 - 5.0) / 2.0).collect();
    tensor(shape, values)
}

/// Asserts that `got` is within `tolerance` of `expected`, relative to values above 1; infinities and NaN must be equal.
#[track_caller]
pub(crate) fn assert_close(what: &str, got: &[f64], expected: &[f64], tolerance: f64) {
    let close = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * b.abs().max(1.0);
    assert!(got.len() == expected.len() && got.iter().zip(expected).all(close), "{what}: got {got:?}, expected {expected:?}");
}
