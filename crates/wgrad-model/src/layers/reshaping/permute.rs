//! Another order of axes.

use crate::{Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// `y[n, i_dims[0], i_dims[1], ...] = x[n, i_1, i_2, ...]`: axis `j` of the result is axis `dims[j - 1]` of the input; the batch stays first
    /// (Keras `Permute`).
    ///
    /// Errors: `dims` that are not `1, ..., k` in some order, for an input of `k` axes and the batch.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::Permute};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([Permute::new([2, 1]).into()]).input_shape([2, 3]).build()?;
    /// assert_eq!(model.predict(&Tensor::ones([5, 2, 3]))?.shape()[..], [5, 3, 2]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct Permute(
        /// The axes of the input, counted from 1, in the order of the result.
        dims: Vec<usize> [into],
    ) {}
}

impl Layer for Permute {
    fn class_name(&self) -> &'static str {
        "Permute"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        let mut sorted = self.dims.clone();
        sorted.sort_unstable();
        if x.rank() == 0 || !sorted.into_iter().eq(1..x.rank()) {
            let rule = format!("dims must be the axes of the input but the batch, counted from 1; got {:?} for {}", self.dims, x.shape());
            return Tensor::invalid("Permute", rule, &[x]);
        }
        let axes = std::iter::once(0).chain(self.dims.iter().map(|&axis| axis as i64));
        x.permute(axes.collect::<Vec<i64>>())
    }
}
