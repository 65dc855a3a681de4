//! The plain recurrent layer.

use super::{
    Cell,
    cell::{dropout, masked_product, no_step},
    class::gated,
};
use crate::{Activation, Scope};
use wgrad_tensor::{Shape, Tensor};

gated! {
    /// One step of [`SimpleRNN`]: `x` is `[batch, features]`, the state `[batch, units]` (Keras `SimpleRNNCell`).
    cell SimpleRNNCell(
        /// Length of the state.
        units: usize,
    ), named "simple_rnn_cell";
    /// `h = activation(x . kernel + h . recurrent_kernel + bias)` in each step, `[batch, time, features] -> [batch, units]` (Keras `SimpleRNN`;
    /// Elman 1990). The first input is the sequence; `h` before the first step may be another.
    layer SimpleRNN;
    /// Applied to the sums; tanh by default.
    converts activation: Activation = Activation::Tanh;
}

impl SimpleRNNCell {
    fn recurrent_kernel(&self, scope: &mut Scope) -> Tensor {
        let weight = (&self.recurrent_initializer, &self.recurrent_regularizer, &self.recurrent_constraint);
        scope.param("recurrent_kernel", [self.units, self.units], weight)
    }
}

impl Cell for SimpleRNNCell {
    fn states(&self, x: &Shape) -> Vec<Shape> {
        vec![[x.first().copied().unwrap_or(0), self.units].into()]
    }

    fn project(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let [.., batch, features] = x.shape()[..] else { return no_step("SimpleRNNCell", x) };
        let weight = (&self.kernel_initializer, &self.kernel_regularizer, &self.kernel_constraint);
        let kernel = scope.param("kernel", [features, self.units], weight);
        self.recurrent_kernel(scope);
        let masks = dropout(scope, self.dropout, 1, &[batch, features], x.dtype());
        let projected = masked_product(x, &kernel, &masks);
        if !self.use_bias {
            return projected;
        }
        projected + scope.param("bias", [self.units], (&self.bias_initializer, &self.bias_regularizer, &self.bias_constraint))
    }

    fn step(&self, scope: &mut Scope, x: &Tensor, states: &[Tensor]) -> (Tensor, Vec<Tensor>) {
        let h = &states[0];
        let masks = dropout(scope, self.recurrent_dropout, 1, h.shape(), h.dtype());
        let h = self.activation.apply(&(x + masked_product(h, &self.recurrent_kernel(scope), &masks)));
        (h.clone(), vec![h])
    }
}
