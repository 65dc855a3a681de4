//! The device itself: what it says of itself, and the errors of `run`.

use crate::common::{program, tensor, values};
use wgrad_tensor::{Binary, DType, Device, Op, Spec, device::DeviceKind};

#[test]
fn it_says_what_it_is() {
    let device = Device::open("reference").unwrap();
    assert_eq!((device.info().name.as_str(), device.info().kind), ("reference", DeviceKind::Reference));
    assert_eq!(device.info().dtypes, DType::ALL);
    assert!(Device::open("reference:1").unwrap_err().to_string().contains("number 0"));
}

#[test]
fn it_runs_a_program() {
    let x = tensor([2], [1.5f32, -2.0]);
    assert_eq!(values::<f32>(&Op::Binary(Binary::Mul), &[x.clone(), x]), [2.25, 4.0]);
}

#[test]
fn wrong_inputs_are_errors() {
    let device = Device::open("reference").unwrap();
    let executable = device.compile(&program(&Op::StopGradient, &[Spec::new(DType::F32, [2])])).unwrap();
    let error = executable.run(vec![tensor([3], [1.0f32; 3]).into()]).unwrap_err();
    assert_eq!(error.to_string(), r#"input 0 ("x") of the program: expected f32[2], got f32[3]"#);
    let error = executable.run(vec![]).unwrap_err();
    assert_eq!(error.to_string(), "inputs of the program: expected 1 value(s), got 0");
}

#[test]
fn a_tensor_that_does_not_fit_is_an_error() {
    let device = Device::open("reference").unwrap();
    let executable = device.compile(&program(&Op::Expand([1 << 50].into()), &[Spec::new(DType::F32, [1])])).unwrap();
    let error = executable.run(vec![tensor([1], [1.0f32]).into()]).unwrap_err().to_string();
    assert!(error.starts_with("device reference is out of memory"), "{error}");
}
