//! The comparison of gradients with finite differences.

use std::sync::Arc;
use wgrad_tensor::plan::{Plan, PlanOptions};
use wgrad_tensor::{DType, Device, Executable, HostData, HostTensor, Input, Instr, Op, Program, Shape, Spec, Tensor, Value, grad};

/// Numbers in `low..high` without order or repetition.
pub(crate) fn numbers(shape: impl Into<Shape>, low: f64, high: f64) -> Tensor {
    let shape = shape.into();
    let fraction = |i: usize| ((i as f64 + 1.0) * 0.618_033_988_75 + 0.21 * shape.rank() as f64).fract();
    Tensor::from_vec((0..shape.numel()).map(|i| low + (high - low) * fraction(i)).collect::<Vec<f64>>(), shape)
}

/// `op(operands)` for any primitive, in the graph of the operands.
pub(crate) fn apply(op: Op, operands: &[&Tensor]) -> Tensor {
    let specs: Vec<&Spec> = operands.iter().map(|x| x.spec()).collect();
    let spec = op.infer(&specs).unwrap_or_else(|rule| panic!("{op}: {rule}"));
    let inputs = specs.iter().map(|spec| Input { spec: (*spec).clone(), name: String::new() }).collect();
    let instr = Instr { op, operands: (0..operands.len()).collect(), spec, at: std::panic::Location::caller() };
    let program = Program { inputs, instrs: vec![instr], outputs: vec![operands.len()], donations: Vec::new() };
    program.apply(&operands.iter().map(|x| (*x).clone()).collect::<Vec<_>>()).remove(0)
}

/// Checks the gradients of `f` at `xs` (f64, with values): the first order, and the second order in one direction.
pub(crate) fn check(name: &str, xs: &[Tensor], f: impl Fn(&[Tensor]) -> Tensor) {
    let inputs: Vec<Tensor> = xs.iter().map(|x| Tensor::placeholder("x", x.spec().clone())).collect();
    let loss = weighed(&f(&inputs), 0.5, 1.5);
    loss.check().unwrap_or_else(|error| panic!("{name}: {error}"));
    let gradients = compare(name, &inputs, xs, &loss);
    let along: Vec<Tensor> = gradients.iter().flatten().map(|gradient| weighed(gradient, -1.0, 1.0)).collect();
    if let Some(slope) = along.into_iter().reduce(|a, b| a + b) {
        compare(&format!("{name}, second order"), &inputs, xs, &slope);
    }
}

/// A scalar that depends on every element of `x`, differently.
fn weighed(x: &Tensor, low: f64, high: f64) -> Tensor {
    (x * numbers(x.shape(), low, high)).sum(())
}

/// Compares the gradients of `y` with finite differences and gives them.
fn compare(name: &str, inputs: &[Tensor], xs: &[Tensor], y: &Tensor) -> Vec<Option<Tensor>> {
    let gradients = grad(y, &inputs.iter().collect::<Vec<_>>());
    let mut at: Vec<Vec<f64>> = xs.iter().map(elements).collect();
    let exact: Vec<Vec<f64>> = {
        let outputs: Vec<Tensor> = inputs.iter().zip(&gradients).map(|(x, g)| g.clone().unwrap_or_else(|| x.zeros_like())).collect();
        for (x, gradient) in inputs.iter().zip(&outputs) {
            gradient.check().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(x.spec(), gradient.spec(), "{name}");
        }
        Runner::new(inputs, &outputs).run(&at)
    };
    let runner = Runner::new(inputs, std::slice::from_ref(y));
    let step = 1e-5;
    for i in 0..xs.len() {
        for j in 0..at[i].len() {
            let x = at[i][j];
            at[i][j] = x + step;
            let above = runner.run(&at)[0][0];
            at[i][j] = x - step;
            let below = runner.run(&at)[0][0];
            at[i][j] = x;
            let (numeric, exact) = ((above - below) / (2.0 * step), exact[i][j]);
            let close = (numeric - exact).abs() <= 1e-6 * (1.0 + exact.abs());
            assert!(close, "{name}: the gradient of input {i}, element {j} is {exact}, finite differences give {numeric}");
        }
    }
    gradients
}

/// The elements of a tensor, computed on the reference device.
pub(crate) fn elements(x: &Tensor) -> Vec<f64> {
    x.to_host_on(&reference()).expect("a tensor without errors").data().to_f64()
}

fn reference() -> Device {
    Device::open("reference").expect("the reference device")
}

/// A program that is ready to run on the reference device.
struct Runner {
    executable: Arc<dyn Executable>,
    shapes: Vec<Shape>,
    captured: Vec<Value>,
}

impl Runner {
    fn new(inputs: &[Tensor], outputs: &[Tensor]) -> Runner {
        assert!(inputs.iter().all(|x| x.dtype() == DType::F64));
        let traced = Program::trace(inputs, outputs).expect("a graph without errors");
        traced.program.verify().expect("a valid program");
        Plan::new(&traced.program, &PlanOptions::default()).unwrap_or_else(|error| panic!("{error} in\n{}", traced.program));
        let executable = reference().compile(&traced.program).expect("a program that compiles");
        Runner { executable, shapes: inputs.iter().map(|x| x.shape().clone()).collect(), captured: traced.captured }
    }

    fn run(&self, xs: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let host =
            |(shape, x): (&Shape, &Vec<f64>)| Value::from(HostTensor::new(shape, HostData::F64(x.clone())).expect("as many elements"));
        let inputs = self.shapes.iter().zip(xs).map(host).chain(self.captured.iter().cloned()).collect();
        let outputs = self.executable.run(inputs).expect("a program that runs");
        outputs.iter().map(|value| value.host().expect("host memory").to_f64()).collect()
    }
}
