//! Functions: traced once for each signature, replayed, errors at the call.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use wgrad_cpu as _;
use wgrad_tensor::{DType, Device, Error, Function, Spec, Tensor, Value};

fn reference() -> Device {
    Device::open("reference").expect("the reference device")
}

fn host(value: &Value) -> Vec<f64> {
    reference().read(value).expect("a value").data().to_f64()
}

#[test]
fn a_signature_is_traced_once() {
    let traces = Arc::new(AtomicUsize::new(0));
    let counter = traces.clone();
    let function = Function::new(move |x| {
        counter.fetch_add(1, Ordering::Relaxed);
        vec![&x[0] * 2.0, x[0].sum(())]
    });
    let function = function.on(&reference());
    for n in [2, 3, 2, 3, 2] {
        let x = Tensor::from(vec![1.5f32; n]);
        let results = function.call(&[&x + 0.5]).expect("a result");
        assert_eq!(results[0].to_vec::<f32>().expect("numbers"), vec![4.0; n]);
        assert_eq!(results[1].item::<f32>().expect("a number"), 2.0 * n as f32);
    }
    assert_eq!((traces.load(Ordering::Relaxed), function.compilations()), (2, 2));
    function.call(&[Tensor::from([1.0f64, 2.0])]).expect("another dtype is another signature");
    assert_eq!(function.compilations(), 3);
}

#[test]
fn captured_values_stay_as_they_were() {
    let weights = Tensor::from([1.0f32, 10.0]);
    let function = Function::new(move |x| vec![x[0].dot(&weights)]).on(&reference());
    let call = |x: [f32; 2]| function.call(&[Tensor::from(x)]).expect("a result")[0].item::<f32>().expect("a number");
    assert_eq!([call([1.0, 2.0]), call([3.0, 4.0])], [21.0, 43.0]);
}

#[test]
fn values_may_be_given_away() {
    let spec = Spec::new(DType::F32, 2);
    let function = Function::new(|x| vec![&x[0] - &x[1] * 0.5]).on(&reference()).donate([(0, 0)]);
    let program = function.program(&[spec.clone(), spec.clone()]).expect("a program");
    assert!(program.to_string().contains("donated to output 0"), "{program}");
    let gradient = Tensor::from([2.0f32, 4.0]).value().cloned().expect("a value");
    let mut weights = Tensor::from([1.0f32, 1.0]).value().cloned().expect("a value");
    let kept = weights.clone();
    for _ in 0..3 {
        weights = function.run(vec![weights, gradient.clone()]).expect("a step").remove(0);
    }
    assert_eq!((host(&weights), host(&kept)), (vec![-2.0, -5.0], vec![1.0, 1.0]));
    let wrong = Function::new(|x| vec![x[0].sum(())]).on(&reference()).donate([(0, 0)]);
    assert!(wrong.program(&[spec]).is_err_and(|error| error.to_string().contains("donation of input 0 to output 0")));
}

#[test]
fn functions_in_functions_become_one_program() {
    let inner = Function::new(|x| vec![x[0].exp()]).on(&reference());
    let spec = Spec::new(DType::F32, ());
    let outer = Function::new(move |x| inner.call(x).expect("a part of the trace")).on(&reference());
    assert!(outer.program(std::slice::from_ref(&spec)).expect("a program").to_string().contains("exp"));
    assert_eq!(outer.call(&[Tensor::from(0.0f32)]).expect("a result")[0].item::<f32>().expect("a number"), 1.0);
}

#[test]
fn errors_come_out_at_the_call() {
    let function = Function::new(|x| vec![&x[0] + &x[1]]).on(&reference());
    let error = function.call(&[Tensor::from([1.0f32, 2.0]), Tensor::from([1.0f32, 2.0, 3.0])]).expect_err("shapes differ");
    assert!(matches!(&error, Error::Op(_)) && error.to_string().contains("function.rs"), "{error}");
    assert_eq!(function.compilations(), 0);
    let broken = Tensor::from([1.0f32]).reshape([2, 3]);
    assert!(function.call(&[broken.clone(), broken]).is_err());
    let stray = Tensor::placeholder("stray", Spec::new(DType::F32, ()));
    let uses_stray = Function::new(move |x| vec![&x[0] + &stray]).on(&reference());
    let error = uses_stray.call(&[Tensor::from(1.0f32)]).expect_err("a placeholder of nobody");
    assert!(error.to_string().contains("stray"), "{error}");
}

#[test]
fn the_source_can_be_read_before_anything_runs() {
    let function = Function::new(|x| vec![x[0].exp()]).on(&reference());
    assert!(!function.source(&[Spec::new(DType::F32, 4)]).expect("a source").is_empty());
    let plan = function.plan(&[Spec::new(DType::F32, 4)]).expect("a plan");
    assert_eq!(plan.steps.len(), 1, "{plan}");
    assert_eq!(function.executable(&[Spec::new(DType::F32, 4)]).expect("a program").stats().bytes_written, 16);
    assert_eq!(function.compilations(), 1);
}

#[test]
fn what_is_compiled_can_be_printed() {
    let this_test_alone = ["--exact", "the_source_can_be_read_before_anything_runs", "--nocapture"];
    let mut command = std::process::Command::new(std::env::current_exe().expect("this program"));
    let output = command.args(this_test_alone).env("WGRAD_DUMP", "program, plan,wgsl,other").output().expect("this program again");
    let printed = String::from_utf8_lossy(&output.stderr);
    // The source of the reference device is the program.
    assert_eq!(printed.matches("%1: f32[4] = exp %0").count(), 2, "{printed}");
    assert!(printed.contains("WGRAD_DUMP: \"other\" is not one of program, plan, wgsl"), "{printed}");
}
