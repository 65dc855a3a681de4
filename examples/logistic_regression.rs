//! Logistic regression in a training loop of its own, over mini-batches.
//!
//!     cargo run --release --example logistic_regression

use wgrad::{Tensor, losses::BinaryCrossentropy, losses::Loss, optimizers::Adam, optimizers::OptimizerState, value_and_grad};

const BATCH: usize = 50;

/// Weights `[features, 1]` and a bias that tell the two classes apart.
fn fit(x: &Tensor, y: &Tensor, epochs: usize) -> anyhow::Result<[Tensor; 2]> {
    let (n, features) = (x.shape()[0], x.shape()[1]);
    let mut variables = [Tensor::zeros([features, 1]), Tensor::zeros([1])];
    let mut optimizer = OptimizerState::new(Adam::new(0.05), &variables)?;
    let crossentropy = BinaryCrossentropy::new().from_logits(true);
    for epoch in 0..epochs {
        let mut total = 0.0;
        for start in (0..n).step_by(BATCH) {
            let rows = start..(start + BATCH).min(n);
            let (x, y) = (x.i(rows.clone()), y.i(rows));
            let loss = |v: &[Tensor]| crossentropy.call(&y, &logits(v, &x), None).mean(..);
            let (loss, gradients) = value_and_grad(loss, &variables);
            optimizer.apply(&mut variables, &gradients)?;
            total += loss.item::<f32>()? * y.shape()[0] as f32;
        }
        println!("epoch {epoch:>2}: loss {:.4}", total / n as f32);
    }
    Ok(variables)
}

fn logits(variables: &[Tensor], x: &Tensor) -> Tensor {
    x.matmul(&variables[0]) + &variables[1]
}

/// The share of samples on the right side.
fn accuracy(variables: &[Tensor], x: &Tensor, y: &Tensor) -> anyhow::Result<f32> {
    let right = logits(variables, x).gt(0.0).eq(y.gt(0.5));
    Ok(right.cast(wgrad::DType::F32).mean(..).item()?)
}

/// Points of the plane; class 1 lies above the line `x1 = x0 / 2 + 0.2`, but for some noise.
fn points(n: usize) -> (Tensor, Tensor) {
    let x = Tensor::uniform([n, 2], -1.0, 1.0, 1);
    let height = x.i((.., 1..)) - x.i((.., ..1)) * 0.5 - 0.2 + Tensor::normal([n, 1], 0.0, 0.05, 2);
    (x, height.gt(0.0).cast(wgrad::DType::F32))
}

fn main() -> anyhow::Result<()> {
    let (x, y) = points(1000);
    let (x, y) = (x.eval()?, y.eval()?);
    let variables = fit(&x, &y, 10)?;
    println!("accuracy {:.3}", accuracy(&variables, &x, &y)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_classes_apart() -> anyhow::Result<()> {
        let (x, y) = points(420);
        let (x, y) = (x.eval()?, y.eval()?);
        let variables = fit(&x, &y, 20)?;
        assert!(accuracy(&variables, &x, &y)? > 0.95);
        let (w, bias): (Vec<f32>, Vec<f32>) = (variables[0].to_vec()?, variables[1].to_vec()?);
        // The line that was found: x1 = -(w0 x0 + bias) / w1.
        assert!((-w[0] / w[1] - 0.5).abs() < 0.1 && (-bias[0] / w[1] - 0.2).abs() < 0.1);
        Ok(())
    }
}
