//! Losses and their gradients, with every reduction.

use super::{Case, run};
use wgrad_model::losses::{BinaryCrossentropy, CategoricalCrossentropy, Loss, MeanSquaredError, SparseCategoricalCrossentropy};
use wgrad_tensor::{Tensor, vjp};

#[test]
fn losses_give_what_keras_gives() {
    run("loss", 20, check);
}

fn check(case: &Case) -> Result<(), String> {
    let config = &case.json["config"];
    super::unset(config, &["ignore_class"])?;
    let from_logits = config["from_logits"].as_bool().unwrap_or(false);
    let smoothing = config["label_smoothing"].as_f64().unwrap_or(0.0);
    let loss: Box<dyn Loss> = match case.class() {
        "MeanSquaredError" => Box::new(MeanSquaredError::new()),
        "BinaryCrossentropy" => Box::new(BinaryCrossentropy::new().from_logits(from_logits).label_smoothing(smoothing)),
        "CategoricalCrossentropy" => Box::new(CategoricalCrossentropy::new().from_logits(from_logits).label_smoothing(smoothing)),
        "SparseCategoricalCrossentropy" => Box::new(SparseCategoricalCrossentropy::new().from_logits(from_logits)),
        other => return Err(format!("no loss {other}")),
    };
    let (y_true, y_pred) = (case.tensor(&case.json["y_true"]), case.tensor(&case.json["y_pred"]));
    let labels = loss.label_shape(y_true.shape(), y_pred.shape()).unwrap();
    let each = loss.call(&y_true.reshape(labels), &y_pred, None);
    let weights = if case.json["sample_weight"].is_null() { Tensor::ones([1]) } else { case.tensor(&case.json["sample_weight"]) };
    // One weight for each sample, or one for each number.
    let weights = (weights.rank()..each.rank()).fold(weights, |weights, _| weights.unsqueeze(-1)).expand(each.shape());
    let each = each * &weights;
    let value = match config["reduction"].as_str().unwrap() {
        "none" => each,
        "sum" => each.sum(..),
        "sum_over_batch_size" | "mean" => each.mean(..),
        "mean_with_sample_weight" => each.sum(..) / weights.sum(..),
        other => return Err(format!("no reduction {other}")),
    };
    case.compare_tensor(&"loss".into(), &value);
    let upstream = if case.json["upstream"].is_null() { Tensor::ones(value.shape()) } else { case.tensor(&case.json["upstream"]) };
    let gradient = vjp(&[&value], &[&upstream], &[&y_pred]).remove(0).unwrap();
    case.compare_tensor(&"grad_y_pred".into(), &gradient);
    Ok(())
}
