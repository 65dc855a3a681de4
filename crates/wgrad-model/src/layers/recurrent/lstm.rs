//! Long short-term memory.

use super::{
    Cell,
    cell::{dropout, masked_product, masks, no_step},
    class::gated,
};
use crate::{Activation, Initializer, Scope};
use wgrad_tensor::{Shape, Tensor};

gated! {
    /// One step of [`LSTM`]: `x` is `[batch, features]`, the states are `h` and `c`, `[batch, units]` (Keras `LSTMCell`).
    cell LSTMCell(
        /// Length of the states.
        units: usize,
    ), named "lstm_cell";
    /// Long short-term memory, `[batch, time, features] -> [batch, units]` (Keras `LSTM`; Hochreiter and Schmidhuber 1997). In each step
    /// ```text
    /// i, f, g, o = x . kernel + h . recurrent_kernel + bias      (four parts of the columns)
    /// c = sigmoid(f) c + sigmoid(i) tanh(g)
    /// h = sigmoid(o) tanh(c)
    /// ```
    /// The first input is the sequence; `h` and `c` before the first step may be further inputs. Steps that are masked change nothing.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::LSTM};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([LSTM::new(3).return_sequences(true).into()]).input_shape([5, 2]).build()?;
    /// assert_eq!(model.predict(&Tensor::ones([4, 5, 2]))?.shape()[..], [4, 5, 3]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    layer LSTM;
    /// Applied to the candidate and to the memory; tanh by default.
    converts activation: Activation = Activation::Tanh;
    /// Applied to the gates; sigmoid by default.
    converts recurrent_activation: Activation = Activation::Sigmoid;
    /// Whether the forget gate's bias starts at 1 (Jozefowicz et al. 2015).
    takes unit_forget_bias: bool = true;
}

const GATES: usize = 4;

/// The initializer of the biases of four gates: where `forgets`, that of the forget gate, the second, starts at 1.
pub(super) fn first_bias(initializer: &Initializer, forgets: bool) -> Initializer {
    let rest = initializer.clone();
    if !forgets {
        return rest;
    }
    Initializer::custom("forget_bias", move |shape, seed, stream| {
        let units = shape.iter().product::<usize>() / GATES;
        Ok([rest.values(&[units], seed, stream)?, vec![1.0; units], rest.values(&[2 * units], !seed, stream)?].concat())
    })
}

impl LSTMCell {
    fn recurrent_kernel(&self, scope: &mut Scope) -> Tensor {
        let weight = (&self.recurrent_initializer, &self.recurrent_regularizer, &self.recurrent_constraint);
        scope.param("recurrent_kernel", [self.units, self.units.saturating_mul(GATES)], weight)
    }

    fn bias(&self, scope: &mut Scope) -> Tensor {
        let initializer = &first_bias(&self.bias_initializer, self.unit_forget_bias);
        scope.param("bias", [self.units.saturating_mul(GATES)], (initializer, &self.bias_regularizer, &self.bias_constraint))
    }
}

impl Cell for LSTMCell {
    fn states(&self, x: &Shape) -> Vec<Shape> {
        vec![[x.first().copied().unwrap_or(0), self.units].into(); 2]
    }

    fn project(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let [.., batch, features] = x.shape()[..] else { return no_step("LSTMCell", x) };
        let weight = (&self.kernel_initializer, &self.kernel_regularizer, &self.kernel_constraint);
        let kernel = scope.param("kernel", [features, self.units.saturating_mul(GATES)], weight);
        self.recurrent_kernel(scope);
        let masks = dropout(scope, self.dropout, masks(GATES, self.recurrent_dropout), &[batch, features], x.dtype());
        let projected = masked_product(x, &kernel, &masks);
        if self.use_bias { projected + self.bias(scope) } else { projected }
    }

    fn step(&self, scope: &mut Scope, x: &Tensor, states: &[Tensor]) -> (Tensor, Vec<Tensor>) {
        let (h, c) = (&states[0], &states[1]);
        let masks = dropout(scope, self.recurrent_dropout, GATES, h.shape(), h.dtype());
        let gates = x + masked_product(h, &self.recurrent_kernel(scope), &masks); // [batch, 4 units]
        let [i, f, g, o] = &gates.split(GATES, -1)[..] else { return (gates, states.to_vec()) };
        let gate = |x: &Tensor| self.recurrent_activation.apply(x);
        let c = gate(f) * c + gate(i) * self.activation.apply(g);
        let h = gate(o) * self.activation.apply(&c);
        (h.clone(), vec![h, c])
    }
}
