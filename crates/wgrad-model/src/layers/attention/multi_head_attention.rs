//! Attention in several heads.

use super::{
    Lengths,
    heads::{Given, Heads},
    projection::maps,
};
use crate::{Constraint, Initializer, Layer, Regularizer, Scope, layer::only, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// Attention in several heads, each with its own linear maps of query, key and value, and a linear map of all heads' results together (Keras
    /// `MultiHeadAttention`; Vaswani et al. 2017). In each head `y = softmax(query . key^T / sqrt(key_dim)) . value`.
    ///
    /// The inputs are the query `[batch, queries, features]`, the value `[batch, keys, width]` and, where it is not the value, the key; one input
    /// attends to itself. A Bool tensor after them, `[batch, queries, keys]` or with heads before the queries, tells who attends to whom. The result is
    /// `[batch, queries, features]`. Masks of query, value and key count, too.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::MultiHeadAttention};
    /// use wgrad_tensor::Tensor;
    /// let attention = MultiHeadAttention::new(2, 3).use_causal_mask(true);
    /// let mut model = Sequential::new([attention.into()]).input_shape([5, 4]).build()?;
    /// assert_eq!(model.predict(&Tensor::ones([1, 5, 4]))?.shape()[..], [1, 5, 4]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct MultiHeadAttention(
        /// How many heads there are.
        num_heads: usize,
        /// Length of a query and of a key in a head.
        key_dim: usize,
    ) {
        /// Length of a value in a head; `key_dim` by default.
        may_take value_dim: usize;
        /// The share of the weights that is dropped in training.
        takes dropout: f64 = 0.0;
        /// Whether the maps have biases.
        takes use_bias: bool = true;
        /// The last axes of the result; that of the query by default.
        may_convert output_shape: Lengths;
        /// The axes of positions that attend to each other, the batch being 0; all between batch and features by default.
        may_convert attention_axes: Lengths;
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

impl MultiHeadAttention {
    #[track_caller]
    fn run(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Vec<Tensor>, Tensor> {
        let given = Given::new(self.class_name(), inputs)?;
        let (axes, output_shape) = (self.axes(&given)?, self.output_lengths(&given)?);
        let value_dim = self.value_dim.filter(|n| *n > 0).unwrap_or(self.key_dim);
        let maps = maps!(self);
        let query = maps.apply(scope, "query", given.query, 1, &[self.num_heads, self.key_dim]);
        let key = maps.apply(scope, "key", given.key, 1, &[self.num_heads, self.key_dim]);
        let gate = self.use_gate.then(|| maps.apply(scope, "gate", given.query, 1, &[self.num_heads, value_dim]).sigmoid());
        let value = maps.apply(scope, "value", given.value, 1, &[self.num_heads, value_dim]);
        let heads = Heads {
            mask: given.mask(scope, self.use_causal_mask, self.sliding_window),
            dropout: self.dropout,
            axes,
            zero_masked: self.dropout > 0.0 || self.return_attention_scores || given.query.rank() != 3,
        };
        let (y, weights) = heads.attend(scope, &query, &key, &value);
        let y = gate.map_or(y.clone(), |gate| y * gate);
        let y = maps.apply(scope, "attention_output", &y, 2, &output_shape);
        Ok(if self.return_attention_scores { vec![y, weights] } else { vec![y] })
    }

    /// The axes of positions.
    #[track_caller]
    fn axes(&self, given: &Given<'_>) -> Result<Vec<usize>, Tensor> {
        let rank = given.query.rank();
        let Some(Lengths(axes)) = &self.attention_axes else { return Ok((1..rank - 1).collect()) };
        let counted = axes.iter().map(|&axis| if axis < 0 { axis.saturating_add(rank as i64) } else { axis });
        let counted: Vec<usize> = counted.map(|axis| usize::try_from(axis).unwrap_or(0)).collect();
        let is_wrong = |(i, axis): (usize, &usize)| !(1..rank - 1).contains(axis) || counted[..i].contains(axis);
        if counted.is_empty() || counted.iter().enumerate().any(is_wrong) {
            let rule = format!("attention_axes must be different axes from 1 to {}, got {axes:?}", rank - 2);
            return Err(Tensor::invalid("MultiHeadAttention", rule, &[given.query]));
        }
        Ok(counted)
    }

    #[track_caller]
    fn output_lengths(&self, given: &Given<'_>) -> Result<Vec<usize>, Tensor> {
        let Some(Lengths(lengths)) = &self.output_shape else { return Ok(given.query.shape().last().copied().into_iter().collect()) };
        let converted: Result<Vec<usize>, _> = lengths.iter().map(|&n| usize::try_from(n)).collect();
        converted.map_err(|_| {
            Tensor::invalid("MultiHeadAttention", format!("output_shape must not be negative, got {lengths:?}"), &[given.query])
        })
    }
}

impl Layer for MultiHeadAttention {
    fn class_name(&self) -> &'static str {
        "MultiHeadAttention"
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
