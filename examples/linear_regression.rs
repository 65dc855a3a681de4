//! Linear regression in a training loop of its own: variables, a loss, `value_and_grad`, and an optimizer that applies the gradients.
//!
//!     cargo run --release --example linear_regression

use wgrad::{Tensor, optimizers::OptimizerState, optimizers::SGD, value_and_grad};

/// The slope and the offset of the line that is nearest to the points, and the mean squared distance.
fn fit(x: &Tensor, y: &Tensor, steps: usize) -> anyhow::Result<(f32, f32, f32)> {
    let mut variables = [Tensor::from(0.0f32), Tensor::from(0.0f32)];
    let mut optimizer = OptimizerState::new(SGD::new(0.5).momentum(0.5), &variables)?;
    let mean_squared_error = |v: &[Tensor]| (x * &v[0] + &v[1] - y).square().mean(..);
    for step in 0..steps {
        let (loss, gradients) = value_and_grad(mean_squared_error, &variables);
        optimizer.apply(&mut variables, &gradients)?;
        if step % 20 == 0 {
            println!("step {step:>3}: loss {:.5}", loss.item::<f32>()?);
        }
    }
    Ok((variables[0].item()?, variables[1].item()?, mean_squared_error(&variables).item()?))
}

/// Points around the line `y = 3 x + 2`.
fn points(n: usize) -> (Tensor, Tensor) {
    let x = Tensor::uniform([n], -1.0, 1.0, 1);
    let y = &x * 3.0 + 2.0 + Tensor::normal([n], 0.0, 0.1, 2);
    (x, y)
}

fn main() -> anyhow::Result<()> {
    let (x, y) = points(1000);
    let (slope, offset, loss) = fit(&x.eval()?, &y.eval()?, 100)?;
    println!("y = {slope:.3} x + {offset:.3}, loss {loss:.5}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_least_squares() -> anyhow::Result<()> {
        let (x, y) = points(200);
        let (slope, offset, _) = fit(&x, &y, 100)?;
        // The normal equations, in f64.
        let (x, y): (Vec<f32>, Vec<f32>) = (x.to_vec()?, y.to_vec()?);
        let mean = |v: &[f32]| v.iter().map(|&v| f64::from(v)).sum::<f64>() / v.len() as f64;
        let (mx, my) = (mean(&x), mean(&y));
        let covariance: f64 = x.iter().zip(&y).map(|(&x, &y)| (f64::from(x) - mx) * (f64::from(y) - my)).sum();
        let variance: f64 = x.iter().map(|&x| (f64::from(x) - mx).powi(2)).sum();
        let exact = covariance / variance;
        assert!((f64::from(slope) - exact).abs() < 1e-4 && (f64::from(offset) - (my - exact * mx)).abs() < 1e-4);
        Ok(())
    }
}
