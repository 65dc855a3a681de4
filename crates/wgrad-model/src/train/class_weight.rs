//! Weights of classes as weights of samples.

use crate::{Arrays, Error, Result};
use wgrad_tensor::{DType, Tensor};

/// The weights of samples where each counts as its class does (Keras `class_weight`), times `sample_weight` where there is one. Labels are class
/// numbers, or one-hot rows. Classes that are not named count 1.
pub(crate) fn class_weights(classes: &[(i32, f64)], y: &Arrays, sample_weight: &Arrays) -> Result<Arrays> {
    if classes.is_empty() {
        return Ok(sample_weight.clone());
    }
    let (Some(y), 1) = (y.values().next(), y.len()) else {
        return Err(Error::invalid("class_weight", format!("it needs a single output, got labels of {}", y.len())));
    };
    if let Some((class, weight)) = classes.iter().find(|(_, weight)| !weight.is_finite()) {
        return Err(Error::invalid("class_weight", format!("the weight of class {class} must be a finite number, got {weight}")));
    }
    let one_hot = y.rank() > 1 && y.shape().last().is_some_and(|&n| n > 1);
    let numbers = if one_hot { y.argmax(-1) } else { y.cast(DType::I32) };
    let numbers = match numbers.shape().last() {
        Some(1) if numbers.rank() > 1 => numbers.squeeze(-1),
        _ => numbers,
    };
    let ones = Tensor::ones(numbers.shape());
    let weights = classes.iter().fold(ones, |weights, (class, weight)| {
        let of_class = numbers.eq(numbers.full_like(f64::from(*class)));
        of_class.where_(weights.full_like(*weight), &weights)
    });
    match sample_weight.values().next() {
        None => Ok(weights.into()),
        Some(sample_weight) => Ok((weights * sample_weight).into()),
    }
}
