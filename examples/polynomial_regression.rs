//! Polynomial regression in a training loop of its own: the coefficients are one variable, their penalty a term of the loss.
//!
//!     cargo run --release --example polynomial_regression

use wgrad::{Tensor, optimizers::Adam, optimizers::OptimizerState, schedules::CosineDecay, value_and_grad};

/// `[n, degree + 1]`: the powers of each `x`, from `x^0` on.
fn powers(x: &Tensor, degree: usize) -> Tensor {
    let powers: Vec<Tensor> = (0..=degree).map(|k| x.powf(k as f64)).collect();
    Tensor::stack(&powers, -1)
}

/// The coefficients, from the constant on, of the polynomial that is nearest to the points, with a penalty `l2` of their squares.
fn fit(x: &Tensor, y: &Tensor, degree: usize, l2: f64, steps: u64) -> anyhow::Result<Vec<f32>> {
    let features = powers(x, degree).eval()?;
    let mut variables = [Tensor::zeros([degree + 1])];
    let mut optimizer = OptimizerState::new(Adam::new(CosineDecay::new(0.1, steps)), &variables)?;
    for step in 0..steps {
        let loss = |v: &[Tensor]| (features.matmul(&v[0]) - y).square().mean(..) + v[0].square().sum(..) * l2;
        let (loss, gradients) = value_and_grad(loss, &variables);
        optimizer.apply(&mut variables, &gradients)?;
        if step % 100 == 0 {
            println!("step {step:>4}: loss {:.6}", loss.item::<f32>()?);
        }
    }
    Ok(variables[0].to_vec()?)
}

/// Points of `y = 1 - 2 x + x^3` with some noise.
fn points(n: usize, noise: f32) -> (Tensor, Tensor) {
    let x = Tensor::uniform([n], -1.5, 1.5, 1);
    let y = 1.0 - &x * 2.0 + x.powf(3.0) + Tensor::normal([n], 0.0, noise, 2);
    (x, y)
}

fn main() -> anyhow::Result<()> {
    let (x, y) = points(500, 0.1);
    let coefficients = fit(&x.eval()?, &y.eval()?, 4, 1e-5, 600)?;
    let terms: Vec<String> = coefficients.iter().enumerate().map(|(k, c)| format!("{c:+.3} x^{k}")).collect();
    println!("y = {}", terms.join(" "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_coefficients_and_the_penalty_shrinks_them() -> anyhow::Result<()> {
        let (x, y) = points(100, 0.0);
        let found = fit(&x, &y, 3, 0.0, 500)?;
        for (found, exact) in found.iter().zip([1.0f32, -2.0, 0.0, 1.0]) {
            assert!((found - exact).abs() < 0.01, "{found} is not {exact}");
        }
        let size = |coefficients: &[f32]| coefficients.iter().map(|c| c * c).sum::<f32>();
        assert!(size(&fit(&x, &y, 3, 0.1, 500)?) < 0.8 * size(&found));
        Ok(())
    }
}
