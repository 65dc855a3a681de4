//! What the layers of several heads share: their inputs, and attention after the linear maps.

use super::masks;
use crate::{Layer, Scope, layer::wrong_number, layers::Dropout};
use wgrad_tensor::{DType, Shape, Tensor};

/// The inputs by their meaning.
pub(super) struct Given<'a> {
    pub(super) query: &'a Tensor,
    pub(super) key: &'a Tensor,
    pub(super) value: &'a Tensor,
    attention_mask: Option<&'a Tensor>,
}

impl<'a> Given<'a> {
    #[track_caller]
    pub(super) fn new(layer: &str, inputs: &'a [Tensor]) -> Result<Given<'a>, Tensor> {
        let (attention_mask, inputs) = match inputs {
            [rest @ .., last] if last.dtype() == DType::Bool => (Some(last), rest),
            all => (None, all),
        };
        let (query, key, value) = match inputs {
            [x] => (x, x, x),
            [query, value] => (query, value, value),
            [query, value, key] => (query, key, value),
            _ => return Err(wrong_number(layer, "query, value, key and a Bool mask", inputs)),
        };
        if query.rank() < 3 || key.rank() != query.rank() || value.rank() != query.rank() {
            let shapes = format!("{}, {} and {}", query.shape(), key.shape(), value.shape());
            let rule = format!("query, key and value must be [batch, positions, ..., features], got {shapes}");
            return Err(Tensor::invalid(layer, rule, &[query, key, value]));
        }
        if key.shape()[..key.rank() - 1] != value.shape()[..value.rank() - 1] {
            let rule = format!("key and value must be equal but for the last axis, got {} and {}", key.shape(), value.shape());
            return Err(Tensor::invalid(layer, rule, &[key, value]));
        }
        Ok(Given { query, key, value, attention_mask })
    }

    /// Who attends to whom, as far as it is limited.
    #[track_caller]
    pub(super) fn mask(&self, scope: &Scope, is_causal: bool, window: Option<usize>) -> Option<Tensor> {
        let (queries, keys) = (self.query.shape()[1], self.value.shape()[1]);
        let of_query = scope.mask(self.query).map(|mask| mask.unsqueeze(-1));
        let of_keys = [self.value, self.key].map(|x| scope.mask(x).map(|mask| mask.unsqueeze(-2)));
        let causal = is_causal.then(|| masks::causal(queries, keys));
        let sliding = window.map(|window| masks::sliding(queries, keys, window));
        let [of_value, of_key] = of_keys;
        masks::all([self.attention_mask.cloned(), of_query, of_value, of_key, causal, sliding].into_iter().flatten())
    }
}

/// Attention of heads that are mapped already.
pub(super) struct Heads {
    pub(super) mask: Option<Tensor>,
    pub(super) dropout: f64,
    /// The axes of positions, among those before the heads.
    pub(super) axes: Vec<usize>,
    /// Whether a query without keys has no weights; else all keys have the same. Keras has two ways to compute, which differ in this.
    pub(super) zero_masked: bool,
}

impl Heads {
    /// The result `[batch, ..., heads, width]` and the weights `[batch, other axes, heads, query axes, key axes]` for query, key and value of shape
    /// `[batch, ..., heads, length]`.
    #[track_caller]
    pub(super) fn attend(&self, scope: &mut Scope, query: &Tensor, key: &Tensor, value: &Tensor) -> (Tensor, Tensor) {
        if let Some(broken) = [query, key, value].into_iter().find(|x| x.error().is_some()) {
            return (broken.clone(), broken.clone());
        }
        let axes = self.axes.len();
        let (query, key, value) = (self.arranged(query), self.arranged(key), self.arranged(value));
        let features = query.x.shape().last().copied().unwrap_or(1).max(1);
        let scores = (&query.x * (1.0 / (features as f64).sqrt())).matmul(&key.x.swap_axes(-2, -1)); // [..., heads, queries, keys]
        let shape = [&query.before[..], &query.positions, &key.positions].concat();
        let mask = self.mask.as_ref().map(|mask| {
            // Axes that the mask has not are those before the positions.
            let mask = (mask.rank()..shape.len()).fold(mask.clone(), |mask, _| mask.unsqueeze(-2 * axes as i64 - 1));
            mask.expand(&shape[..]).reshape(scores.shape())
        });
        let weights = self.weights(&scores, mask.as_ref());
        let y = Dropout::new(self.dropout).call(scope, &weights).matmul(&value.x);
        let width = y.shape().last().copied().unwrap_or(0);
        let y = y.reshape([&query.before[..], &query.positions, &[width]].concat());
        let mut back = vec![0; query.order.len()];
        query.order.iter().enumerate().for_each(|(place, &axis)| back[axis] = place);
        (y.permute(back), weights.reshape(shape))
    }

    /// `[batch, ..., heads, length]` with the axes of positions as one, before the last.
    #[track_caller]
    fn arranged(&self, x: &Tensor) -> Arranged {
        let last = x.rank() - 1;
        let others = (0..last).filter(|axis| !self.axes.contains(axis));
        let order: Vec<usize> = others.chain(self.axes.iter().copied()).chain([last]).collect();
        let shape: Shape = order.iter().map(|&axis| x.shape()[axis]).collect();
        let (before, rest) = shape.split_at(last - self.axes.len());
        let (positions, length) = rest.split_at(self.axes.len());
        let x = x.permute(&order[..]).reshape([before, &[positions.iter().product()], length].concat());
        Arranged { x, before: before.to_vec(), positions: positions.to_vec(), order }
    }

    #[track_caller]
    fn weights(&self, scores: &Tensor, mask: Option<&Tensor>) -> Tensor {
        let Some(mask) = mask else { return scores.softmax(-1) };
        let lowest = match (self.zero_masked, scores.dtype()) {
            (true, DType::F16) => -3e4,
            (true, _) => -1e9,
            (false, DType::F16) => -0.7 * 65504.0,
            (false, _) => -0.7 * f64::from(f32::MAX),
        };
        let weights = mask.where_(scores, scores.full_like(lowest)).softmax(-1);
        if self.zero_masked { mask.where_(&weights, weights.zeros_like()) } else { weights }
    }
}

/// A tensor with its axes in another order, those of positions as one.
struct Arranged {
    x: Tensor,
    /// Lengths of the axes before the positions, heads last.
    before: Vec<usize>,
    /// Lengths of the axes of positions.
    positions: Vec<usize>,
    /// The axes in their new order.
    order: Vec<usize>,
}
