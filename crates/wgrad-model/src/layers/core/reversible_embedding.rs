//! Vectors for integers, and back.

use crate::{Constraint, Initializer, Layer, Regularizer, Scope, layers::arguments::arguments};
use wgrad_tensor::{DType, Tensor};

arguments! {
    /// [`Embedding`](super::Embedding) that also gives the scores of all integers for a vector, `y[..., i] = sum_j x[..., j] embeddings[i, j]`, where
    /// `reverse` is set (Keras `ReversibleEmbedding`; Press and Wolf 2017): `[batch, ..., output_dim] -> [batch, ..., input_dim]`. A model that goes both
    /// ways calls two entries of one name.
    pub struct ReversibleEmbedding(
        /// How many integers there are.
        input_dim: usize,
        /// Length of a vector.
        output_dim: usize,
    ) {
        /// Whether both ways have the same vectors; else there are `reverse_embeddings`, `[output_dim, input_dim]`.
        takes tie_weights: bool = true;
        /// First values of the vectors `[input_dim, output_dim]`; uniform on `[-0.05, 0.05)` by default.
        converts embeddings_initializer: Initializer = Initializer::from("random_uniform");
        /// Penalty of the vectors.
        may_convert embeddings_regularizer: Regularizer;
        /// What the vectors are projected to after each step.
        may_convert embeddings_constraint: Constraint;
        /// Whether 0 is padding: later layers leave these positions out.
        takes mask_zero: bool = false;
        /// Where given, the scores become `cap tanh(scores / cap)`.
        may_take logit_soft_cap: f64;
        /// Whether the layer goes from vectors to scores; an argument of the call in Keras.
        takes reverse: bool = false;
    }
}

impl Layer for ReversibleEmbedding {
    fn class_name(&self) -> &'static str {
        "ReversibleEmbedding"
    }

    fn autocast(&self) -> bool {
        false
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let weight = (&self.embeddings_initializer, &self.embeddings_regularizer, &self.embeddings_constraint);
        let embeddings = scope.param("embeddings", [self.input_dim, self.output_dim], weight);
        let shape = [self.output_dim, self.input_dim];
        let back = (!self.tie_weights).then(|| scope.param("reverse_embeddings", shape, &self.embeddings_initializer));
        if self.reverse {
            let vectors = scope.cast(&back.unwrap_or_else(|| embeddings.transpose()));
            let scores = scope.cast(x).matmul(&vectors);
            return self.logit_soft_cap.map_or(scores.clone(), |cap| (scores / cap).tanh() * cap);
        }
        let y = scope.lookup("embeddings", &embeddings, &x.cast(DType::I32)); // [batch, ..., output_dim]
        let y = scope.cast(&y);
        if self.mask_zero {
            scope.set_mask(&y, &x.ne(0));
        }
        y
    }
}
