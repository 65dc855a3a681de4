//! Attention whose heads share keys and values.

use super::{
    heads::{Given, Heads},
    projection::maps,
};
use crate::{Constraint, Initializer, Layer, Regularizer, Scope, layer::only, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// [`MultiHeadAttention`](super::MultiHeadAttention) where groups of query heads share one head of keys and values (Keras `GroupQueryAttention`;
    /// Ainslie et al. 2023).
    pub struct GroupQueryAttention(
        /// Length of query, key and value in a head.
        head_dim: usize,
        /// How many heads of queries there are, a multiple of the other.
        num_query_heads: usize,
        /// How many heads of keys and values there are.
        num_key_value_heads: usize,
    ) {
        /// The share of the weights that is dropped in training.
        takes dropout: f64 = 0.0;
        /// Whether the maps have biases.
        takes use_bias: bool = true;
        /// Where given, a query attends only to keys less than this many positions away.
        may_take sliding_window: usize;
        /// Keras' choice of a kernel with the same results.
        may_take flash_attention: bool;
        /// Of the kernels; Glorot uniform by default.
        converts kernel_initializer: Initializer = "glorot_uniform".into();
        /// Of the biases; zeros by default.
        converts bias_initializer: Initializer = "zeros".into();
        /// Penalty of the kernels.
        may_convert kernel_regularizer: Regularizer;
        /// Penalty of the biases.
        may_convert bias_regularizer: Regularizer;
        /// Penalty of the results of all maps, divided by the batch size.
        may_convert activity_regularizer: Regularizer;
        /// What the kernels are projected to after each step of the optimizer.
        may_convert kernel_constraint: Constraint;
        /// What the biases are projected to after each step of the optimizer.
        may_convert bias_constraint: Constraint;
        /// Whether each head's result is multiplied by the sigmoid of another map of the query (Qiu et al. 2025).
        takes use_gate: bool = false;
        /// Keras' own seed of the layer. What is dropped here follows from the seed of `fit`, so it does not matter.
        may_take seed: i64;
        /// Whether a query attends only to keys that do not come later; an argument of the call in Keras.
        takes use_causal_mask: bool = false;
        /// Whether the weights `[batch, heads, queries, keys]` are a second result; an argument of the call in Keras.
        takes return_attention_scores: bool = false;
    }
}

impl GroupQueryAttention {
    #[track_caller]
    fn run(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Vec<Tensor>, Tensor> {
        let given = Given::new(self.class_name(), inputs)?;
        let invalid = |rule: String| Tensor::invalid(self.class_name(), rule, &[given.query]);
        let [_, _, features] = given.query.shape()[..] else {
            return Err(invalid(format!("the query must be [batch, positions, features], got {}", given.query.shape())));
        };
        let (queries, keys) = (self.num_query_heads, self.num_key_value_heads);
        if queries.checked_rem(keys) != Some(0) {
            return Err(invalid(format!("num_query_heads must be a multiple of num_key_value_heads, got {queries} and {keys}")));
        }
        let (query_heads, key_heads, repeats) = ([queries, self.head_dim], [keys, self.head_dim], queries / keys);
        let maps = maps!(self);
        let query = maps.apply(scope, "query", given.query, 1, &query_heads);
        let key = maps.apply(scope, "key", given.key, 1, &key_heads).repeat(repeats, 2);
        let gate = self.use_gate.then(|| maps.apply(scope, "gate", given.query, 1, &query_heads).sigmoid());
        let value = maps.apply(scope, "value", given.value, 1, &key_heads).repeat(repeats, 2);
        let heads = Heads {
            mask: given.mask(scope, self.use_causal_mask, self.sliding_window),
            dropout: self.dropout,
            axes: vec![1],
            zero_masked: self.dropout > 0.0 || self.return_attention_scores,
        };
        let (y, weights) = heads.attend(scope, &query, &key, &value);
        let y = gate.map_or(y.clone(), |gate| y * gate);
        let y = maps.apply(scope, "attention_output", &y, 2, &[features]);
        Ok(if self.return_attention_scores { vec![y, weights] } else { vec![y] })
    }
}

impl Layer for GroupQueryAttention {
    fn class_name(&self) -> &'static str {
        "GroupQueryAttention"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        only(self, scope, x)
    }

    fn call_all(&self, scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        self.run(scope, inputs).unwrap_or_else(|error| vec![error])
    }
}
