//! The gated recurrent unit.

use super::{
    Cell,
    cell::{dropout, masked_product, masks, no_step},
    class::gated,
};
use crate::{Activation, Scope};
use wgrad_tensor::{Shape, Tensor};

gated! {
    /// One step of [`GRU`]: `x` is `[batch, features]`, the state `[batch, units]` (Keras `GRUCell`).
    cell GRUCell(
        /// Length of the state.
        units: usize,
    ), named "gru_cell";
    /// Gated recurrent units, `[batch, time, features] -> [batch, units]` (Keras `GRU`; Cho et al. 2014). In each step
    /// ```text
    /// z, r = sigmoid(x . kernel + h . recurrent_kernel + bias)                  (the first two of three parts of the columns)
    /// g    = tanh(x . kernel + r (h . recurrent_kernel + bias[1]) + bias[0])    (the third part; with reset_after)
    /// g    = tanh(x . kernel + (r h) . recurrent_kernel + bias)                 (without)
    /// h    = z h + (1 - z) g
    /// ```
    /// The first input is the sequence; `h` before the first step may be another.
    layer GRU;
    /// Applied to the candidate; tanh by default.
    converts activation: Activation = Activation::Tanh;
    /// Applied to the gates; sigmoid by default.
    converts recurrent_activation: Activation = Activation::Sigmoid;
    /// Whether the reset gate acts after the product with the kernel, as in cuDNN; there are two rows of biases then.
    takes reset_after: bool = true;
}

const GATES: usize = 3;

impl GRUCell {
    fn recurrent_kernel(&self, scope: &mut Scope) -> Tensor {
        let weight = (&self.recurrent_initializer, &self.recurrent_regularizer, &self.recurrent_constraint);
        scope.param("recurrent_kernel", [self.units, self.units.saturating_mul(GATES)], weight)
    }

    /// The biases for the input, and those for the state where they have their own.
    fn biases(&self, scope: &mut Scope) -> (Option<Tensor>, Option<Tensor>) {
        if !self.use_bias {
            return (None, None);
        }
        let weight = (&self.bias_initializer, &self.bias_regularizer, &self.bias_constraint);
        let columns = self.units.saturating_mul(GATES);
        if !self.reset_after {
            return (Some(scope.param("bias", [columns], weight)), None);
        }
        let bias = scope.param("bias", [2, columns], weight);
        (Some(bias.i(0)), Some(bias.i(1)))
    }
}

impl Cell for GRUCell {
    fn states(&self, x: &Shape) -> Vec<Shape> {
        vec![[x.first().copied().unwrap_or(0), self.units].into()]
    }

    fn project(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let [.., batch, features] = x.shape()[..] else { return no_step("GRUCell", x) };
        let weight = (&self.kernel_initializer, &self.kernel_regularizer, &self.kernel_constraint);
        let kernel = scope.param("kernel", [features, self.units.saturating_mul(GATES)], weight);
        self.recurrent_kernel(scope);
        let masks = dropout(scope, self.dropout, masks(GATES, self.recurrent_dropout), &[batch, features], x.dtype());
        let projected = masked_product(x, &kernel, &masks);
        match self.biases(scope).0 {
            Some(bias) => projected + bias,
            None => projected,
        }
    }

    fn step(&self, scope: &mut Scope, x: &Tensor, states: &[Tensor]) -> (Tensor, Vec<Tensor>) {
        let h = &states[0];
        let (kernel, masks) = (self.recurrent_kernel(scope), dropout(scope, self.recurrent_dropout, GATES, h.shape(), h.dtype()));
        let gate = |sum: Tensor| self.recurrent_activation.apply(&sum);
        let [x_z, x_r, x_g] = &x.split(GATES, -1)[..] else { return (x.clone(), states.to_vec()) };
        let (z, candidate) = if self.reset_after {
            let inner = masked_product(h, &kernel, &masks);
            let inner = self.biases(scope).1.map_or(inner.clone(), |bias| &inner + bias);
            let [h_z, h_r, h_g] = &inner.split(GATES, -1)[..] else { return (inner, states.to_vec()) };
            (gate(x_z + h_z), x_g + gate(x_r + h_r) * h_g)
        } else {
            let of_gates = self.units.saturating_mul(2);
            let (gates, last) = (kernel.narrow(-1, 0, of_gates), kernel.narrow(-1, of_gates, self.units));
            let inner = masked_product(h, &gates, &masks[..masks.len().min(2)]);
            let [h_z, h_r] = &inner.split(2, -1)[..] else { return (inner, states.to_vec()) };
            let reset = gate(x_r + h_r) * h;
            (gate(x_z + h_z), x_g + masked_product(&reset, &last, &masks[masks.len().min(2)..]))
        };
        let h = &z * h + (1.0 - &z) * self.activation.apply(&candidate);
        (h.clone(), vec![h])
    }
}
