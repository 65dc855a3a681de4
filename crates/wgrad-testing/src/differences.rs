//! Gradients against finite differences, in f64 on the reference device.
//!
//! The outputs are summed with fixed weights to a scalar `f`; its gradient along some directions `v` must equal `(f(x + h v) - f(x - h v)) / 2h`. For
//! second order the same is done to `g(x) = sum of gradient * u`.

use crate::{
    Case, Domain, Smoothness, Tolerance, generate,
    run::{reference, text},
};
use std::sync::Arc;
use wgrad_tensor::{DType, HostTensor, Program, Result, Scalar, Tensor, Value, grad, philox};

/// The step. In f64 the error of the difference is then about 1e-9, from rounding and from the third derivative alike.
const STEP: f64 = 1e-5;

/// How far difference and gradient may be apart, relative to their size and to 1.
const TOLERANCE: f64 = 2e-6;

/// Checks the gradient of a case, and its second derivative where it has one.
///
/// # Errors
/// What differs, in words.
pub fn against_differences(case: &Case) -> Result<(), String> {
    if case.smooth == Smoothness::No {
        return Ok(());
    }
    let order = if case.smooth == Smoothness::Twice { 2 } else { 1 };
    check(case, order).map_err(text)?
}

/// The case whose outputs are the gradients of `case`, to compare devices with. `None` where it has none.
pub fn gradient_case(case: Case) -> Option<Case> {
    if case.smooth == Smoothness::No {
        return None;
    }
    // Gradients are made of several operations, each as inexact as the case itself.
    let tolerance = Tolerance::tensor(8.0 * case.tolerance.ulps + 16.0, "several operations of the gradient");
    let mut gradient = Case::new(&[], |_| Vec::new()).within(tolerance).dtypes(&[DType::F32]);
    gradient.name = format!("gradient of {}", case.name);
    gradient.inputs = case.inputs.clone();
    let case = Arc::new(case);
    Some(gradient.built(move |xs| {
        let sources = float_inputs(xs);
        let y = weighted(&case.build(xs), 0);
        grad(&y, &sources).into_iter().flatten().collect()
    }))
}

/// The scalar function, and for second order the gradient's, against differences.
fn check(case: &Case, order: usize) -> Result<Result<(), String>> {
    let values = generate::inputs(case, DType::F64);
    let xs: Vec<_> = values.iter().map(|v| Tensor::placeholder("x", v.spec())).collect();
    let sources = float_inputs(&xs);
    let mut y = weighted(&case.build(&xs), 0);
    for level in 1..=order {
        let gradients: Vec<Tensor> =
            grad(&y, &sources).into_iter().zip(&sources).map(|(g, x)| g.unwrap_or_else(|| x.zeros_like())).collect();
        if let Err(difference) = directions(&xs, &values, &y, &gradients)? {
            return Ok(Err(format!("derivative {level}: {difference}")));
        }
        y = weighted(&gradients, level as u32);
    }
    Ok(Ok(()))
}

/// Compares gradient and difference along two directions, through one program.
fn directions(xs: &[Tensor], values: &[HostTensor], y: &Tensor, gradients: &[Tensor]) -> Result<Result<(), String>> {
    let outputs: Vec<Tensor> = std::iter::once(y.clone()).chain(gradients.iter().cloned()).collect();
    let traced = Program::trace(xs, &outputs)?;
    let device = reference()?;
    let executable = device.compile(&traced.program)?;
    let run = |inputs: &[HostTensor]| -> Result<Vec<Vec<f64>>> {
        let inputs = inputs.iter().cloned().map(Value::from).chain(traced.captured.iter().cloned()).collect();
        executable.run(inputs)?.iter().map(|v| Ok(device.read(v)?.data().to_f64())).collect()
    };
    let at = run(values)?;
    for seed in 0..2 {
        let moved = |sign: f64| values.iter().enumerate().map(|(i, v)| step(v, seed, i, sign)).collect::<Vec<_>>();
        let difference = (run(&moved(1.0))?[0][0] - run(&moved(-1.0))?[0][0]) / (2.0 * STEP);
        let floats = values.iter().enumerate().filter(|(_, v)| v.dtype().is_float());
        let along = |((i, v), g): ((usize, &HostTensor), &Vec<f64>)| (0..v.data().len()).map(|n| g[n] * direction(seed, i, n)).sum::<f64>();
        let gradient: f64 = floats.zip(&at[1..]).map(along).sum();
        let allowed = TOLERANCE * (1.0 + difference.abs().max(gradient.abs()));
        if (gradient - difference).abs() > allowed || !difference.is_finite() || !gradient.is_finite() {
            return Ok(Err(format!("the gradient along direction {seed} is {gradient}, the difference {difference}")));
        }
    }
    Ok(Ok(()))
}

/// The inputs that gradients are taken with respect to.
fn float_inputs(xs: &[Tensor]) -> Vec<&Tensor> {
    xs.iter().filter(|x| x.dtype().is_float()).collect()
}

/// A scalar: the float outputs, summed with weights that differ from element to element.
fn weighted(outputs: &[Tensor], stream: u32) -> Tensor {
    let dtype = outputs.iter().map(Tensor::dtype).find(|d| d.is_float()).unwrap_or(DType::F32);
    let term = |(i, y): (usize, &Tensor)| {
        let weight = |n: usize| (philox([n as u32, i as u32, stream, 1], [7, 7])[0] % 16) as f64 / 8.0 - 0.9375;
        let weights: Vec<f64> = (0..y.shape().numel()).map(weight).collect();
        y.mul(Tensor::from(generate::tensor(y.shape(), &Domain::Values(weights), dtype, |_| 0))).sum(())
    };
    let terms = outputs.iter().enumerate().filter(|(_, y)| y.dtype().is_float()).map(term);
    terms.reduce(|a, b| a.add(b)).unwrap_or_else(|| Tensor::constant(Scalar::from_f64(0.0, dtype), ()))
}

/// `x + sign * STEP * direction`, for floats.
fn step(x: &HostTensor, seed: u32, input: usize, sign: f64) -> HostTensor {
    let Some(mut values) = x.to_vec::<f64>() else { return x.clone() };
    values.iter_mut().enumerate().for_each(|(i, v)| *v += sign * STEP * direction(seed, input, i));
    HostTensor::new(x.shape(), wgrad_tensor::HostData::F64(values)).expect("as many elements as before")
}

/// Element `i` of a direction: from -1 to 1.
fn direction(seed: u32, input: usize, i: usize) -> f64 {
    f64::from(philox([i as u32, input as u32, seed, 2], [9, 9])[0]) / f64::from(u32::MAX) * 2.0 - 1.0
}
