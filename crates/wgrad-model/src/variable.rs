//! The variables of a model, and what a layer asks for when it declares one.

use crate::{Constraint, Initializer, Regularizer};
use wgrad_tensor::Shape;

/// A variable of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The layer path and the variable's name, as in Keras: `dense_1/kernel`.
    pub path: String,
    /// Axis lengths; the elements are f32.
    pub shape: Shape,
    /// Whether the optimizer changes it.
    pub trainable: bool,
    /// Whether it is what a stateful layer keeps of each sample from one batch to the next.
    pub is_memory: bool,
    /// Where its first values come from.
    pub initializer: Initializer,
    /// What it is projected to after each step of the optimizer.
    pub constraint: Option<Constraint>,
}

/// How a layer wants a variable: its first values and, where there are, a penalty and a constraint.
///
/// Layers write `&self.kernel_initializer`, or `(&self.kernel_initializer, &self.kernel_regularizer, &self.kernel_constraint)`.
#[derive(Clone, Copy, Debug)]
pub struct Weight<'a> {
    pub(crate) initializer: &'a Initializer,
    pub(crate) regularizer: Option<&'a Regularizer>,
    pub(crate) constraint: Option<&'a Constraint>,
}

impl<'a> From<&'a Initializer> for Weight<'a> {
    fn from(initializer: &'a Initializer) -> Self {
        Weight { initializer, regularizer: None, constraint: None }
    }
}

impl<'a> From<(&'a Initializer, &'a Option<Regularizer>, &'a Option<Constraint>)> for Weight<'a> {
    fn from((initializer, regularizer, constraint): (&'a Initializer, &'a Option<Regularizer>, &'a Option<Constraint>)) -> Self {
        Weight { initializer, regularizer: regularizer.as_ref(), constraint: constraint.as_ref() }
    }
}
