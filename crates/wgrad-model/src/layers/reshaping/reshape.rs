//! The same elements under another shape.

use crate::{Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// The same elements in the same order: `[batch, ...] -> [batch, target_shape...]` (Keras `Reshape`).
    ///
    /// Errors: another number of elements; more than one -1.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::Reshape};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([Reshape::new([-1, 2]).into()]).input_shape([6]).build()?;
    /// assert_eq!(model.predict(&Tensor::ones([5, 6]))?.shape()[..], [5, 3, 2]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct Reshape(
        /// The axes but the batch; -1 stands for what is left over.
        target_shape: Vec<i64> [into],
    ) {}
}

impl Layer for Reshape {
    fn class_name(&self) -> &'static str {
        "Reshape"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        let Some((&batch, rest)) = x.shape().split_first() else {
            return Tensor::invalid("Reshape", "the input must have a batch axis, got a scalar", &[x]);
        };
        match self.resolved(rest) {
            Some(shape) => x.reshape([&[batch as i64], &shape[..]].concat()),
            None => {
                let rule = format!("the input {} cannot have the target_shape {:?} after the batch", x.shape(), self.target_shape);
                Tensor::invalid("Reshape", rule, &[x])
            }
        }
    }
}

impl Reshape {
    /// The target without -1, for an input with these axes after the batch.
    fn resolved(&self, rest: &[usize]) -> Option<Vec<i64>> {
        let elements = rest.iter().try_fold(1i64, |product, &n| product.checked_mul(i64::try_from(n).ok()?))?;
        let is_open = |n: &i64| *n == -1;
        let known = self.target_shape.iter().filter(|n| !is_open(n));
        let known = known.copied().try_fold(1i64, |product, n| product.checked_mul(n).filter(|_| n >= 0))?;
        match self.target_shape.iter().filter(|n| is_open(n)).count() {
            0 if known == elements => Some(self.target_shape.clone()),
            1 if known > 0 && elements % known == 0 => {
                Some(self.target_shape.iter().map(|&n| if n == -1 { elements / known } else { n }).collect())
            }
            _ => None,
        }
    }
}
