//! Vectors for integers.

use crate::{Constraint, Initializer, Layer, Regularizer, Scope, layers::arguments::arguments};
use wgrad_tensor::{DType, Tensor};

arguments! {
    /// `y[..., j] = embeddings[x[...], j]`: a vector that is learned for each of `input_dim` integers, `[batch, ...] -> [batch, ..., output_dim]`
    /// (Keras `Embedding`). Numbers of other types are cast to i32. An integer outside `0 .. input_dim` gives zeros and teaches nothing.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::Embedding};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([Embedding::new(3, 2).embeddings_initializer("ones").into()]).input_shape([2]).build()?;
    /// assert_eq!(model.predict(&Tensor::from([[2, 7]]))?.to_vec::<f32>()?, [1.0, 1.0, 0.0, 0.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct Embedding(
        /// How many integers there are.
        input_dim: usize,
        /// Length of a vector.
        output_dim: usize,
    ) {
        /// Of the vectors `[input_dim, output_dim]`; uniform on `[-0.05, 0.05)` by default.
        converts embeddings_initializer: Initializer = Initializer::from("random_uniform");
        /// Penalty of the vectors.
        may_convert embeddings_regularizer: Regularizer;
        /// What the vectors are projected to after each step.
        may_convert embeddings_constraint: Constraint;
        /// Whether 0 is padding: later layers leave these positions out.
        takes mask_zero: bool = false;
    }
}

impl Layer for Embedding {
    fn class_name(&self) -> &'static str {
        "Embedding"
    }

    fn autocast(&self) -> bool {
        false
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let weight = (&self.embeddings_initializer, &self.embeddings_regularizer, &self.embeddings_constraint);
        let embeddings = scope.param("embeddings", [self.input_dim, self.output_dim], weight);
        let y = scope.lookup("embeddings", &embeddings, &x.cast(DType::I32)); // [batch, ..., output_dim]
        let y = scope.cast(&y);
        if self.mask_zero {
            scope.set_mask(&y, &x.ne(0));
        }
        y
    }
}
