//! Where the variables lie in the flat tensors that optimizers work on.

use crate::layout::join;
use wgrad_tensor::{Shape, Tensor};

/// A variable as a part of a flat tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The variable's path: `dense_1/kernel`.
    pub path: String,
    /// Axis lengths.
    pub shape: Shape,
    /// Its first element in the flat tensor.
    pub offset: usize,
    /// Whether the loss depends on it. What has no gradient does not move, and has no weight decay either.
    pub has_gradient: bool,
}

/// The trainable variables as parts of one flat tensor, one after the other. Parameters, gradients and most slots of an optimizer are laid out so.
#[derive(Clone, Debug, Default)]
pub struct Arena {
    variables: Vec<Placed>,
    len: usize,
    by_row: Option<ByRow>,
}

/// What Keras makes of the gradient of a table whose rows are looked up: a row that is looked up several times has a gradient for each time, and these
/// are squared (and their signs taken away) before they are added.
#[derive(Clone, Debug)]
pub struct ByRow {
    /// The sums of the squares, flat; of other variables the square of the gradient.
    pub squares: Tensor,
    /// The sums of the absolute values, flat; of other variables that of the gradient.
    pub magnitudes: Tensor,
}

impl Arena {
    /// Places variables, paths and shapes, in their order.
    pub fn new(variables: impl IntoIterator<Item = (String, Shape)>) -> Arena {
        let mut arena = Arena::default();
        for (path, shape) in variables {
            // Too large a sum is too large a tensor, which no device takes.
            let end = arena.len.saturating_add(shape.numel());
            arena.variables.push(Placed { path, shape, offset: arena.len, has_gradient: true });
            arena.len = end;
        }
        arena
    }

    /// The same variables, each with or without a gradient.
    #[must_use]
    pub fn with_gradients(mut self, has_gradient: impl IntoIterator<Item = bool>) -> Arena {
        self.variables.iter_mut().zip(has_gradient).for_each(|(variable, has)| variable.has_gradient = has);
        self
    }

    /// The same variables, where the gradient of some is known by rows (or of none).
    #[must_use]
    pub fn by_row(self, by_row: Option<ByRow>) -> Arena {
        Arena { by_row, ..self }
    }

    /// The square of the flat gradient; of rows that are looked up several times the sum of the squares.
    #[track_caller]
    pub fn square(&self, gradient: &Tensor) -> Tensor {
        self.by_row.as_ref().map_or_else(|| gradient * gradient, |by_row| by_row.squares.clone())
    }

    /// The absolute value of the flat gradient; of rows that are looked up several times the sum of the absolute values.
    #[track_caller]
    pub fn magnitude(&self, gradient: &Tensor) -> Tensor {
        self.by_row.as_ref().map_or_else(|| gradient.abs(), |by_row| by_row.magnitudes.clone())
    }

    /// The variables, in their order.
    pub fn variables(&self) -> &[Placed] {
        &self.variables
    }

    /// Elements of all variables together.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The variables in a flat tensor, each in its shape.
    #[track_caller]
    pub fn split(&self, flat: &Tensor) -> Vec<Tensor> {
        self.variables.iter().map(|v| flat.narrow(0, v.offset, v.shape.numel()).reshape(&v.shape)).collect()
    }

    /// The flat tensor of one tensor for each variable.
    #[track_caller]
    pub fn join(&self, parts: &[Tensor]) -> Tensor {
        join(parts).unwrap_or_else(|| Tensor::zeros([0]))
    }

    /// `f` of each variable in a flat tensor, flat again.
    #[track_caller]
    pub fn map(&self, flat: &Tensor, f: impl Fn(&Placed, &Tensor) -> Tensor) -> Tensor {
        let parts: Vec<Tensor> = self.split(flat).iter().zip(&self.variables).map(|(part, variable)| f(variable, part)).collect();
        self.join(&parts)
    }
}
