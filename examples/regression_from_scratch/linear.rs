//! The line nearest to some points.

use anyhow::Result;
use wgrad::{Tensor, optimizers::OptimizerState, optimizers::SGD, plot::Plot, value_and_grad};
use wgrad_study::Study;

pub(crate) fn run(study: &Study) -> Result<()> {
    println!("\nlinear: y = slope x + offset");
    let (x, y) = points(1000)?;
    let (slope, offset) = fit(&x, &y, 100)?;
    let (best_slope, best_offset) = least_squares(&x, &y)?;
    study.result("linear_slope", slope);
    study.result("linear_offset", offset);
    study.result("linear_distance_from_least_squares", (slope - best_slope).abs().max((offset - best_offset).abs()));

    let ends = [-1.0, 1.0];
    let heights = ends.map(|x| slope * x + offset);
    let plot = Plot::new("Linear regression").note(format!("y = {slope:.3} x + {offset:.3}")).axes("x", "y");
    study.picture("linear.png", &plot.dots("samples", &x, &y).line("fitted", &ends, &heights).draw()?)
}

/// Points around the line `y = 3 x + 2`.
fn points(n: usize) -> Result<(Tensor, Tensor)> {
    let x = Tensor::uniform([n], -1.0, 1.0, 1);
    let y = &x * 3.0 + 2.0 + Tensor::normal([n], 0.0, 0.3, 2);
    Ok((x.eval()?, y.eval()?))
}

/// Slope and offset with the least mean squared error.
fn fit(x: &Tensor, y: &Tensor, steps: usize) -> Result<(f64, f64)> {
    let mut variables = [Tensor::from(0.0f32), Tensor::from(0.0f32)];
    let mut optimizer = OptimizerState::new(SGD::new(0.5).momentum(0.5), &variables)?;
    for step in 0..steps {
        let mean_squared_error = |v: &[Tensor]| (x * &v[0] + &v[1] - y).square().mean(..);
        let (loss, gradients) = value_and_grad(mean_squared_error, &variables);
        optimizer.apply(&mut variables, &gradients)?;
        if step % 20 == 0 {
            println!("step {step:>3}: loss {:.5}", loss.item::<f32>()?);
        }
    }
    Ok((variables[0].item::<f32>()?.into(), variables[1].item::<f32>()?.into()))
}

/// The same from the normal equations.
fn least_squares(x: &Tensor, y: &Tensor) -> Result<(f64, f64)> {
    let points: Vec<(f64, f64)> =
        x.to_vec::<f32>()?.into_iter().map(f64::from).zip(y.to_vec::<f32>()?.into_iter().map(f64::from)).collect();
    let mean = |f: &dyn Fn(f64, f64) -> f64| points.iter().map(|&(x, y)| f(x, y)).sum::<f64>() / points.len() as f64;
    let (mx, my) = (mean(&|x, _| x), mean(&|_, y| y));
    let slope = mean(&|x, y| (x - mx) * (y - my)) / mean(&|x, _| (x - mx).powi(2));
    Ok((slope, my - slope * mx))
}
