//! What a recurrent layer does in one step.

use crate::{Layer, Scope, layer::wrong_number};
use wgrad_tensor::{DType, Shape, Tensor};

/// The step of a recurrent layer: `(output, new states) = step(project(x), states)`.
///
/// A cell is a layer, too, whose inputs are `x` of one step and the states, and whose results are the output and the new states: write
/// [`Layer::call_all`] as [`call_cell`](Cell::call_cell), and [`Layer::as_cell`] as `Some(self)`; [`RNN`](super::RNN) then runs it over a sequence.
pub trait Cell: Layer {
    /// The axes of one step's input after the batch.
    fn axes(&self) -> &[&'static str] {
        &["features"]
    }

    /// The shapes of the states for one step's input of shape `[batch, ...]`; how many there are does not depend on it.
    fn states(&self, x: &Shape) -> Vec<Shape>;

    /// Which state the output is, too: the first by default; `None` where it is none.
    fn output_state(&self) -> Option<usize> {
        Some(0)
    }

    /// The shape of a step's output.
    fn output(&self, x: &Shape) -> Shape {
        self.states(x).into_iter().nth(self.output_state().unwrap_or(0)).unwrap_or_default()
    }

    /// What a step needs of the input `[batch, ...]`; with one axis more in front, of the inputs of all steps at once. Variables are declared here.
    #[track_caller]
    fn project(&self, scope: &mut Scope, x: &Tensor) -> Tensor;

    /// One step: the output and the new states.
    #[track_caller]
    fn step(&self, scope: &mut Scope, x: &Tensor, states: &[Tensor]) -> (Tensor, Vec<Tensor>);

    /// The step as a layer of `x` and the states.
    #[track_caller]
    fn call_cell(&self, scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        let shapes = inputs.first().map_or_else(Vec::new, |x| self.states(x.shape()));
        match inputs {
            [x, states @ ..] if states.len() == shapes.len() => {
                let projected = self.project(scope, x);
                let (output, mut results) = self.step(scope, &projected, states);
                results.insert(0, output);
                results
            }
            _ => vec![wrong_number(self.class_name(), &format!("one step's input and {} states", shapes.len()), inputs)],
        }
    }
}

/// Writes [`Layer`] of a cell.
macro_rules! cell_is_a_layer {
    ($cell:ident) => {
        impl $crate::Layer for $cell {
            fn class_name(&self) -> &'static str {
                stringify!($cell)
            }

            fn call(&self, scope: &mut $crate::Scope, x: &wgrad_tensor::Tensor) -> wgrad_tensor::Tensor {
                $crate::layer::only(self, scope, x)
            }

            fn call_all(&self, scope: &mut $crate::Scope, inputs: &[wgrad_tensor::Tensor]) -> Vec<wgrad_tensor::Tensor> {
                $crate::layers::Cell::call_cell(self, scope, inputs)
            }

            fn as_cell(&self) -> Option<&dyn $crate::layers::Cell> {
                Some(self)
            }
        }
    };
}

pub(super) use cell_is_a_layer;

/// An error-carrying tensor: this is not the input of a step.
#[track_caller]
pub(super) fn no_step(cell: &str, x: &Tensor) -> Tensor {
    Tensor::invalid(cell, format!("the input must be [batch, features], got {}", x.shape()), &[x])
}

/// `n` masks for dropout of `rate`, 0 or `1 / (1 - rate)`: none where nothing is dropped. What is drawn in a loop is drawn once, before it.
#[track_caller]
pub(super) fn dropout(scope: &mut Scope, rate: f64, n: usize, shape: &[usize], dtype: DType) -> Vec<Tensor> {
    if !scope.training() || rate <= 0.0 {
        return Vec::new();
    }
    let mut mask = || {
        let (key, stream) = scope.random_key();
        let scale = if rate < 1.0 { 1.0 / (1.0 - rate) } else { 0.0 };
        Tensor::uniform_with(&key, stream, shape, 0.0, 1.0).ge(rate).cast(dtype) * scale
    };
    (0..n).map(|_| mask()).collect()
}

/// `x . kernel`, where each of the masks holds for an equal part of the kernel's columns.
#[track_caller]
pub(super) fn masked_product(x: &Tensor, kernel: &Tensor, masks: &[Tensor]) -> Tensor {
    match masks {
        [] => x.matmul(kernel),
        [mask] => (x * mask).matmul(kernel),
        masks => {
            let parts = kernel.split(masks.len(), -1);
            Tensor::concat(&parts.iter().zip(masks).map(|(part, mask)| (x * mask).matmul(part)).collect::<Vec<_>>(), -1)
        }
    }
}

/// How many masks there are for the gates of a cell: Keras draws one for each only where it drops states, too.
pub(super) fn masks(gates: usize, recurrent_dropout: f64) -> usize {
    if recurrent_dropout > 0.0 { gates } else { 1 }
}
