//! Profiles and the timeline of the fast device, in a process of their own: both are switched on for all of it.

use wgrad_cpu as _;
use wgrad_tensor::{DType, Device, Error, HostData, HostTensor, Program, Result, Spec, Tensor, profile, scan, timeline};

fn input(name: &str, shape: &[usize]) -> Tensor {
    Tensor::placeholder(name, Spec::new(DType::F32, shape))
}

/// A product, and a loop with a product in its body.
fn program() -> Result<Program> {
    let (x, w) = (input("x", &[6, 2, 4]), input("w", &[4, 4]));
    let h = (x.i(0).matmul(&w)).tanh();
    let body = |c: &[Tensor], x: &[Tensor], w: &[Tensor]| (vec![c[0].matmul(&w[0]) + &x[0]], vec![]);
    let (last, _) = scan(&[h], std::slice::from_ref(&x), std::slice::from_ref(&w), body);
    Ok(Program::trace(&[x, w], &last)?.program)
}

#[test]
fn every_step_is_told_and_every_run() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.json");
    let (device, program) = (Device::open("cpu")?, program()?);
    assert_eq!(device.compile(&program)?.profile(), None);

    profile::record(true);
    timeline::start(&path)?;
    let executable = device.compile(&program)?;
    let value = |len| HostTensor::new([len], HostData::F32(vec![0.1; len])).expect("a tensor");
    let shaped = |shape: &[usize], len| HostTensor::new(shape, value(len).into_data()).expect("a tensor");
    for _ in 0..3 {
        executable.run(vec![shaped(&[6, 2, 4], 48).into(), shaped(&[4, 4], 16).into()])?;
    }
    let profile = executable.profile().expect("it was wanted");
    assert_eq!((profile.device.as_str(), profile.runs), ("cpu", 3));
    let in_body = profile.rows.iter().find(|row| row.what == "1.0: matmul 1 x 2 x 4 x 4").unwrap_or_else(|| panic!("{profile}"));
    // Each product is two commands: the sums and what happens to them.
    assert_eq!((in_body.dispatches, in_body.flops), (2 * 3 * 6, 3 * 6 * (2 * 2 * 4 * 4 + 8)), "{profile}");
    drop(executable);

    let events: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a file")).expect("JSON");
    let count = |name: &str| events["traceEvents"].as_array().map_or(0, |all| all.iter().filter(|event| event["name"] == name).count());
    assert_eq!((count("compile"), count("run"), count("matmul 1 x 2 x 4 x 4")), (1, 3, 2 * 3 * (6 + 1)));
    Ok(())
}

#[test]
fn a_roof_is_measured_once_and_the_reference_has_none() -> Result<()> {
    let roof = Device::open("cpu")?.roof()?;
    assert_eq!(Device::open("cpu")?.roof()?, roof);
    let error = Device::open("reference")?.roof().expect_err("it has none");
    assert!(matches!(error, Error::Unsupported { .. }));
    assert_eq!(error.to_string(), "device reference does not support a roof: it is not made for speed");
    Ok(())
}
