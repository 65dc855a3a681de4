//! A row as a sequence.

use crate::{Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// Each row `n` times, one after the other: `[batch, features] -> [batch, n, features]` (Keras `RepeatVector`).
    ///
    /// Errors: another number of axes; `n` that is 0.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::RepeatVector};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([RepeatVector::new(2).into()]).input_shape([2]).build()?;
    /// assert_eq!(model.predict(&Tensor::from([[1f32, 2.0]]))?.to_vec::<f32>()?, [1.0, 2.0, 1.0, 2.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct RepeatVector(
        /// How often.
        n: usize,
    ) {}
}

impl Layer for RepeatVector {
    fn class_name(&self) -> &'static str {
        "RepeatVector"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        match (x.shape()[..].as_ref(), self.n) {
            (_, 0) => Tensor::invalid("RepeatVector", "n must be at least 1, got 0", &[x]),
            (&[batch, features], n) => x.unsqueeze(1).expand([batch, n, features]),
            (shape, _) => Tensor::invalid("RepeatVector", format!("the input must be [batch, features], got {shape:?}"), &[x]),
        }
    }
}
