//! What merging layers ask of their inputs, and what becomes of the masks.

use crate::Scope;
use wgrad_tensor::{DType, Shape, Tensor};

/// The inputs with axes of length 1 after the batch, so that all have the rank of the longest, and broadcast.
#[track_caller]
pub(super) fn aligned(class: &str, inputs: &[Tensor]) -> Result<Vec<Tensor>, Tensor> {
    let invalid = |rule: String| Err(Tensor::invalid(class, rule, &inputs.iter().collect::<Vec<_>>()));
    if let Some(broken) = inputs.iter().find(|x| x.error().is_some()) {
        return Err(broken.clone());
    }
    let Some(rank) = inputs.iter().map(Tensor::rank).max() else {
        return invalid("it takes one input or more, got none".into());
    };
    if inputs.iter().any(|x| x.shape().first() != inputs[0].shape().first()) {
        return invalid(format!("the inputs must have the same batch size, got {}", shapes(inputs)));
    }
    let mut longer = Vec::with_capacity(inputs.len());
    for x in &of_one_dtype(inputs) {
        longer.push((x.rank()..rank).fold(x.clone(), |x, _| x.unsqueeze(1)));
    }
    let shape = longer.iter().try_fold(Shape::default(), |shape, x| shape.broadcast(x.shape()));
    if shape.is_none() {
        return invalid(format!("the inputs must have equal lengths, or 1, along each axis, got {}", shapes(inputs)));
    }
    Ok(longer)
}

/// The inputs in the dtype that Keras gives the result: integers become floating-point numbers where there are such, and bools numbers.
#[track_caller]
pub(super) fn of_one_dtype(inputs: &[Tensor]) -> Vec<Tensor> {
    let rank = |dtype: DType| (dtype.is_float(), dtype != DType::Bool, dtype.size());
    let widest = inputs.iter().map(Tensor::dtype).max_by_key(|dtype| rank(*dtype));
    inputs.iter().map(|x| widest.map_or_else(|| x.clone(), |dtype| x.cast(dtype))).collect()
}

/// `[2, 3] and [2, 4]`
pub(super) fn shapes(inputs: &[Tensor]) -> String {
    inputs.iter().map(|x| x.shape().to_string()).collect::<Vec<_>>().join(" and ")
}

/// Gives `y` the mask that is true where that of an input is, where every input has one.
pub(super) fn any_mask(scope: &mut Scope, inputs: &[Tensor], y: &Tensor) {
    let masks: Option<Vec<Tensor>> = inputs.iter().map(|x| scope.mask(x).cloned()).collect();
    if let Some(mask) = masks.into_iter().flatten().reduce(|a, b| a.logical_or(b)) {
        scope.set_mask(y, &mask);
    }
}

/// The mask of `x` with the shape of `x`, for each of its features.
#[track_caller]
pub(super) fn full_mask(scope: &Scope, x: &Tensor) -> Option<Tensor> {
    Some(scope.mask(x)?.unsqueeze(-1).expand(x.shape()))
}

/// True everywhere, of the shape of `x`.
#[track_caller]
pub(super) fn all_true(x: &Tensor) -> Tensor {
    Tensor::ones(x.shape()).cast(DType::Bool)
}
