//! Polynomials of several degrees through few points: too stiff, right, and too free; and what a penalty of the coefficients does.

use anyhow::Result;
use wgrad::{Tensor, optimizers::Adam, optimizers::OptimizerState, plot::Plot, schedules::CosineDecay, value_and_grad};
use wgrad_study::Study;

pub(crate) fn run(study: &Study) -> Result<()> {
    println!("\npolynomial: y = sum_k c_k x^k");
    let (x, y) = points(24, 1)?;
    let (others, truth) = points(200, 3)?;
    let grid = Tensor::linspace(-1.5f32, 1.5, 101);
    let mut plot = Plot::new("Polynomial regression").axes("x", "y").dots("samples", &x, &y);
    for (name, degree, l2) in [("degree 1", 1, 0.0), ("degree 3", 3, 0.0), ("degree 12", 12, 0.0), ("degree 12, L2", 12, 0.01)] {
        let coefficients = fit(&x, &y, degree, l2, study.choose(4000, 1500))?;
        let error = (powers(&others, degree).matmul(&coefficients) - &truth).square().mean(..).item::<f32>()?;
        study.result(&format!("polynomial_{}_test_mse", name.replace(", ", " ").replace(' ', "_").to_lowercase()), error);
        let curve = powers(&grid, degree).matmul(&coefficients);
        plot = plot.line(name, &grid, &curve);
    }
    study.picture("polynomial.png", &plot.draw()?)
}

/// Points of `y = 1 - 2 x + x^3` with some noise.
fn points(n: usize, seed: u64) -> Result<(Tensor, Tensor)> {
    let x = Tensor::uniform([n], -1.5, 1.5, seed);
    let y = 1.0 - &x * 2.0 + x.powf(3.0) + Tensor::normal([n], 0.0, 0.3, seed + 1);
    Ok((x.eval()?, y.eval()?))
}

/// `[n, degree + 1]`: the powers of each `x / 1.5`, from the zeroth on.
fn powers(x: &Tensor, degree: usize) -> Tensor {
    let powers: Vec<Tensor> = (0..=degree).map(|k| (x / 1.5).powf(k as f64)).collect();
    Tensor::stack(&powers, -1)
}

/// The coefficients `[degree + 1]` with the least mean squared error and penalty `l2` of their squares.
fn fit(x: &Tensor, y: &Tensor, degree: usize, l2: f64, steps: u64) -> Result<Tensor> {
    let features = powers(x, degree).eval()?;
    let mut variables = [Tensor::zeros([degree + 1])];
    let mut optimizer = OptimizerState::new(Adam::new(CosineDecay::new(0.1, steps)), &variables)?;
    let objective = |v: &[Tensor]| (features.matmul(&v[0]) - y).square().mean(..) + v[0].square().sum(..) * l2;
    for _ in 0..steps {
        let (_, gradients) = value_and_grad(objective, &variables);
        optimizer.apply(&mut variables, &gradients)?;
    }
    println!("degree {degree:>2}, penalty {l2}: loss {:.5}", objective(&variables).item::<f32>()?);
    let [coefficients] = variables;
    Ok(coefficients)
}
