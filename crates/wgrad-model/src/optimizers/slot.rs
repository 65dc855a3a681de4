//! The tensors that optimizers keep beside the parameters.

use super::Arena;
use wgrad_tensor::{Shape, Tensor};

/// A flat tensor that an optimizer keeps from step to step: the momentum of all variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Keras' name of it: `momentum`.
    pub name: &'static str,
    /// Number of elements.
    pub len: usize,
    /// What is in it before the first step.
    pub initial: Initial,
    /// Keras' variables in it, one after the other.
    pub parts: Vec<Part>,
    /// Whether Keras lists them between those of the slot before, variable by variable, and not after them.
    pub interleaved: bool,
}

/// What is in a slot before the first step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// The same number everywhere.
    Value(f32),
    /// The parameters.
    Parameters,
}

/// One of Keras' optimizer variables as a part of a slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The number of the model's variable that it belongs to; none where it is one for all.
    pub variable: Option<usize>,
    /// Its name: `dense_kernel_momentum`.
    pub name: String,
    /// Whether Keras puts the optimizer's name before it.
    pub scoped: bool,
    /// Axis lengths.
    pub shape: Shape,
}

impl Slot {
    /// One tensor for each variable, of its shape, zeros at first.
    pub fn new(name: &'static str, arena: &Arena) -> Slot {
        Slot::of_some(name, arena, |_| true)
    }

    /// One tensor for each of the variables, by number, that `belongs` names.
    pub(crate) fn of_some(name: &'static str, arena: &Arena, belongs: impl Fn(usize) -> bool) -> Slot {
        let numbered = arena.variables().iter().enumerate().filter(|(i, _)| belongs(*i));
        let parts = numbered.map(|(i, v)| {
            let name = format!("{}_{name}", v.path.replace('/', "_"));
            Part { variable: Some(i), name, scoped: true, shape: v.shape.clone() }
        });
        Slot::of_parts(name, parts.collect())
    }

    /// Tensors of shapes of their own, zeros at first.
    pub fn of_parts(name: &'static str, parts: Vec<Part>) -> Slot {
        let len = parts.iter().fold(0, |len: usize, part| len.saturating_add(part.shape.numel()));
        Slot { name, len, initial: Initial::Value(0.0), parts, interleaved: false }
    }

    /// The value of each element before the first step.
    #[must_use]
    pub fn initial(self, initial: f64) -> Slot {
        Slot { initial: Initial::Value(initial as f32), ..self }
    }

    /// Listed between the variables of the slot before it.
    #[must_use]
    pub fn interleaved(self) -> Slot {
        Slot { interleaved: true, ..self }
    }

    /// Its parts, each in its shape.
    #[track_caller]
    pub fn split(&self, flat: &Tensor) -> Vec<Tensor> {
        let lengths: Vec<usize> = self.parts.iter().map(|part| part.shape.numel()).collect();
        let parts = flat.split_at(&lengths, 0);
        parts.iter().zip(&self.parts).map(|(flat, part)| flat.reshape(&part.shape)).collect()
    }
}
