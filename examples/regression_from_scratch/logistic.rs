//! Digits told apart by a linear map: logistic regression with ten classes, over batches that a pipeline shuffles and prepares.

use anyhow::Result;
use wgrad::{
    DType, Tensor,
    data::{Mnist, Pipeline, Split},
    losses::{Loss, SparseCategoricalCrossentropy},
    optimizers::{OptimizerState, SGD},
    plot::{Plot, sample_images},
    value_and_grad,
};
use wgrad_study::Study;

const BATCH: usize = 256;

pub(crate) fn run(study: &Study) -> Result<()> {
    println!("\nlogistic: p = softmax(x w + b)");
    let data = study.load(Mnist::load_from)?;
    let (train, test) = (data.train.take(study.choose(60_000, 3000)), data.test.take(study.choose(10_000, 1000)));
    let steps = study.choose(3000, 150);
    let (variables, losses) = fit(&train, steps)?;
    study.result("logistic_test_accuracy", accuracy(&variables, &test)?);

    let step: Vec<f64> = (1..=losses.len()).map(|i| (i * EVERY) as f64).collect();
    study.picture("logistic_loss.png", &Plot::new("Logistic regression").axes("step", "loss").line("", &step, &losses).draw()?)?;
    let some = test.take(15);
    let probabilities = logits(&variables, &some.images).softmax(-1);
    study.picture("logistic_predictions.png", &sample_images(&some.images, &probabilities, &some.labels, &Mnist::CLASSES)?)
}

/// Steps between two numbers of the curve, each of which waits for the device.
const EVERY: usize = 25;

/// Weights `[784, 10]` and biases `[10]`; and the loss of every so many steps.
fn fit(train: &Split, steps: usize) -> Result<([Tensor; 2], Vec<f64>)> {
    let batches = Pipeline::from_arrays((&train.images, &train.labels))?.shuffle(5000, 1).repeat_forever().batch(BATCH).prefetch(2);
    let mut variables = [Tensor::zeros([784, 10]), Tensor::zeros([10])];
    let mut optimizer = OptimizerState::new(SGD::new(0.1), &variables)?;
    let crossentropy = SparseCategoricalCrossentropy::new().from_logits(true);
    let mut losses = Vec::new();
    for (step, batch) in batches.iter().take(steps).enumerate() {
        let (x, y) = batch?;
        let (x, y) = (Tensor::from(x), Tensor::from(y));
        let loss = |v: &[Tensor]| crossentropy.call(&y, &logits(v, &x), None).mean(..);
        let (loss, gradients) = value_and_grad(loss, &variables);
        optimizer.apply(&mut variables, &gradients)?;
        if (step + 1) % EVERY == 0 {
            losses.push(f64::from(loss.item::<f32>()?));
        }
    }
    println!("{steps} steps: loss {:.4}", losses.last().copied().unwrap_or(f64::NAN));
    Ok((variables, losses))
}

fn logits(variables: &[Tensor], images: &Tensor) -> Tensor {
    images.reshape([-1, 784]).matmul(&variables[0]) + &variables[1]
}

/// The share of images whose likeliest class is theirs.
fn accuracy(variables: &[Tensor], test: &Split) -> Result<f32> {
    let right = logits(variables, &test.images).argmax(-1).eq(&test.labels);
    Ok(right.cast(DType::F32).mean(..).item()?)
}
