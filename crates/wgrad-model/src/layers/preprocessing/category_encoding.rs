//! Category numbers as vectors: the layer.

use super::encoding::{OutputMode, encode};
use crate::{
    Layer, Scope,
    layer::{only, wrong_number},
    layers::arguments::arguments,
};
use wgrad_tensor::{DType, Tensor};

arguments! {
    /// Category numbers as f32 vectors (Keras `CategoryEncoding`). A second input in the mode `"count"` is the weight of each number.
    ///
    /// `[batch, n] -> [batch, num_tokens]`; in the mode `"one_hot"` `[batch, n] -> [batch, n, num_tokens]`, where a last axis of length 1 is replaced.
    /// Numbers outside `0..num_tokens` count nowhere; floats are cut to integers.
    ///
    /// Errors: `num_tokens` that is 0; a mode that it does not have; weights in another mode or of another shape.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::CategoryEncoding};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([CategoryEncoding::new(4).output_mode("count").into()]).input_shape([2]).build()?;
    /// assert_eq!(model.predict(&Tensor::from([[0, 0]]))?.to_vec::<f32>()?, [2.0, 0.0, 0.0, 0.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct CategoryEncoding(
        /// How many categories there are.
        num_tokens: usize,
    ) {
        /// `"multi_hot"` (the default), `"one_hot"` or `"count"`.
        converts output_mode: OutputMode = OutputMode::MultiHot;
        /// Must be `false`: there are no sparse tensors.
        takes sparse: bool = false;
    }
}

impl CategoryEncoding {
    #[track_caller]
    fn encode(&self, x: &Tensor, weights: Option<&Tensor>) -> Result<Tensor, String> {
        super::dense(self.sparse)?;
        match (self.num_tokens, self.output_mode.known()?, weights) {
            (0, ..) => Err("num_tokens must be at least 1, got 0".into()),
            (_, OutputMode::Int | OutputMode::TfIdf, _) => {
                Err(format!("the output_mode is one of multi_hot, one_hot, count, got \"{}\"", String::from(self.output_mode.clone())))
            }
            (_, OutputMode::MultiHot | OutputMode::OneHot, Some(_)) => Err("count_weights belong to the output_mode \"count\"".into()),
            (depth, mode, weights) => encode(&x.cast(DType::I32), mode, depth, weights.map(super::float).as_ref()),
        }
    }
}

impl Layer for CategoryEncoding {
    fn class_name(&self) -> &'static str {
        "CategoryEncoding"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        only(self, scope, x)
    }

    fn call_all(&self, _scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        let (x, weights) = match inputs {
            [x] => (x, None),
            [x, weights] => (x, Some(weights)),
            _ => return vec![wrong_number("CategoryEncoding", "numbers and, where there are, their weights", inputs)],
        };
        vec![self.encode(x, weights).unwrap_or_else(|rule| Tensor::invalid("CategoryEncoding", rule, &[x]))]
    }
}
