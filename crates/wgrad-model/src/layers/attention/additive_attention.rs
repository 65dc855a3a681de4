//! Additive attention.

use super::attention::{Attended, parts};
use crate::{Initializer, Layer, Scope, layer::only, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// [`Attention`](super::Attention) with `scores = sum_j scale_j tanh(query_j + key_j)` (Keras `AdditiveAttention`; Bahdanau et al. 2015).
    pub struct AdditiveAttention() {
        /// Whether there is a `scale` for each feature, which is learned.
        takes use_scale: bool = true;
        /// The share of the weights that is dropped in training.
        takes dropout: f64 = 0.0;
        /// Keras' own seed of the layer. What is dropped here follows from the seed of `fit`, so it does not matter.
        may_take seed: i64;
        /// Whether a query attends only to keys that do not come later; an argument of the call in Keras.
        takes use_causal_mask: bool = false;
        /// Whether the weights `[batch, queries, keys]` are a second result; an argument of the call in Keras.
        takes return_attention_scores: bool = false;
    }
}

impl Layer for AdditiveAttention {
    fn class_name(&self) -> &'static str {
        "AdditiveAttention"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        only(self, scope, x)
    }

    fn call_all(&self, scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        let [query, key, value] = match parts(self.class_name(), inputs) {
            Ok(parts) => parts,
            Err(error) => return vec![error],
        };
        let terms = (query.unsqueeze(-2) + key.unsqueeze(-3)).tanh(); // [batch, queries, keys, features]
        let features = query.shape()[2];
        let terms = if self.use_scale { terms * scope.param("scale", [features], &Initializer::from("glorot_uniform")) } else { terms };
        let attended = Attended { dropout: self.dropout, is_causal: self.use_causal_mask };
        attended.results(scope, [query, value], &terms.sum(-1), self.return_attention_scores)
    }
}
