//! A layer for each step of a sequence.

use crate::{
    Entry, Layer, Scope,
    layer::inner_name,
    layers::arguments::arguments,
};
use wgrad_tensor::Tensor;

arguments! {
    /// The layer on each step of a sequence, `[batch, time, ...] -> [batch, time, ...]` (Keras `TimeDistributed`). The steps are further samples
    /// of one batch.
    pub struct TimeDistributed(
        /// The layer for one step.
        layer: Entry,
    ) {}
}

impl Layer for TimeDistributed {
    fn class_name(&self) -> &'static str {
        "TimeDistributed"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let [batch, time, ref rest @ ..] = x.shape()[..] else {
            return Tensor::invalid("TimeDistributed", format!("the input must be [batch, time, ...], got {}", x.shape()), &[x]);
        };
        let merged = |rest: &[usize]| [&[batch * time], rest].concat();
        let steps = x.reshape(merged(rest)); // [batch * time, ...]
        if let Some(mask) = scope.mask(x).cloned() {
            let rest = mask.shape().get(2..).unwrap_or_default().to_vec();
            scope.set_mask(&steps, &mask.reshape(merged(&rest)));
        }
        // Keras calls the layer past its penalty of results.
        let layer = Entry { activity_regularizer: None, ..self.layer.clone() };
        let Some(y) = scope.entry(&inner_name(&layer), &layer, &[steps]).into_iter().next() else {
            return Tensor::invalid("TimeDistributed", "the layer gave no result", &[x]);
        };
        y.reshape([&[batch, time], y.shape().get(1..).unwrap_or_default()].concat())
    }
}
