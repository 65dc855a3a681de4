//! Dot-product attention.

use super::masks;
use crate::{
    Initializer, Layer, Scope, UnknownName,
    layer::{only, wrong_number},
    layers::{Dropout, arguments::arguments, check_rank},
};
use wgrad_tensor::{DType, Tensor};

arguments! {
    /// `y = softmax(scores) . value` with `scores = query . key^T` (Keras `Attention`; Luong et al. 2015): the inputs are the query
    /// `[batch, queries, features]`, the value `[batch, keys, width]` and, where it is not the value, the key `[batch, keys, features]`; the result is
    /// `[batch, queries, width]`. One input attends to itself. Masked keys have no weight; masked queries give zeros.
    pub struct Attention() {
        /// Whether the scores are multiplied by a number that is learned; within the tanh with `concat`.
        takes use_scale: bool = false;
        /// `dot` (the default), or `concat`: `weight sum_j tanh(query_j + key_j)` with a number that is learned.
        converts score_mode: String = "dot".into();
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

impl Attention {
    #[track_caller]
    fn scores(&self, scope: &mut Scope, query: &Tensor, key: &Tensor) -> Tensor {
        let scaled = |scope: &mut Scope, x: Tensor| if self.use_scale { x * scope.param("scale", (), &Initializer::Ones) } else { x };
        match self.score_mode.as_str() {
            "dot" => {
                let scores = query.matmul(&key.swap_axes(-2, -1));
                scaled(scope, scores)
            }
            "concat" => {
                let sums = scaled(scope, query.unsqueeze(-2) + key.unsqueeze(-3)); // [batch, queries, keys, features]
                sums.tanh().sum(-1) * scope.param("concat_score_weight", (), &Initializer::Ones)
            }
            other => Tensor::invalid("Attention", UnknownName::new("score_mode", other, ["dot", "concat"]).to_string(), &[query, key]),
        }
    }
}

impl Layer for Attention {
    fn class_name(&self) -> &'static str {
        "Attention"
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
        let scores = self.scores(scope, query, key);
        let attended = Attended { dropout: self.dropout, is_causal: self.use_causal_mask };
        attended.results(scope, [query, value], &scores, self.return_attention_scores)
    }
}

/// Query, key and value of one to three inputs.
#[track_caller]
pub(super) fn parts<'a>(layer: &str, inputs: &'a [Tensor]) -> Result<[&'a Tensor; 3], Tensor> {
    let [query, key, value] = match inputs {
        [x] => [x, x, x],
        [query, value] => [query, value, value],
        [query, value, key] => [query, key, value],
        _ => return Err(wrong_number(layer, "query, value and key", inputs)),
    };
    for x in [query, key, value] {
        check_rank(layer, x, &["batch", "positions", "features"])?;
    }
    if key.shape()[..2] != value.shape()[..2] {
        let rule = format!("key and value must have the same batch and positions, got {} and {}", key.shape(), value.shape());
        return Err(Tensor::invalid(layer, rule, &[key, value]));
    }
    Ok([query, key, value])
}

/// What follows after the scores.
pub(super) struct Attended {
    pub(super) dropout: f64,
    pub(super) is_causal: bool,
}

impl Attended {
    /// The result and, where wanted, the weights.
    #[track_caller]
    pub(super) fn results(&self, scope: &mut Scope, [query, value]: [&Tensor; 2], scores: &Tensor, with_weights: bool) -> Vec<Tensor> {
        let [_, queries, keys] = scores.shape()[..] else { return vec![scores.clone()] };
        let counts = scope.mask(value).map(|mask| mask.unsqueeze(-2)); // [batch, 1, keys]
        let mask = masks::all(counts.into_iter().chain(self.is_causal.then(|| masks::causal(queries, keys))));
        // As in Keras, a query without keys weighs them as if none were masked.
        let far = if scores.dtype() == DType::F16 { 65504.0 } else { 1e9 };
        let masked = mask.map_or(scores.clone(), |mask| mask.expand(scores.shape()).where_(scores, scores - far));
        let weights = Dropout::new(self.dropout).call(scope, &masked.softmax(-1));
        let y = weights.matmul(value);
        let y = match scope.mask(query) {
            Some(mask) => mask.unsqueeze(-1).expand(y.shape()).where_(&y, y.zeros_like()),
            None => y,
        };
        if with_weights { vec![y, weights] } else { vec![y] }
    }
}
