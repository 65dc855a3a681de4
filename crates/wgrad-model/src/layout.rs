//! Where variables lie in the flat tensors of a training step: all trainable ones in one, all others in another.

use crate::{Variable, optimizers::Arena};
use wgrad_tensor::Tensor;

/// Variables as parts of two flat tensors, in the order of their declaration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) variables: Vec<Variable>,
    /// The first element of each variable in its flat tensor.
    offsets: Vec<usize>,
    /// Elements of the trainable variables.
    pub(crate) trainable: usize,
    /// Elements of the others.
    pub(crate) state: usize,
}

impl Layout {
    pub(crate) fn new(variables: Vec<Variable>) -> Layout {
        let mut layout = Layout::default();
        for variable in &variables {
            let size = if variable.trainable { &mut layout.trainable } else { &mut layout.state };
            layout.offsets.push(*size);
            // Too large a sum is too large a tensor, which the model refuses.
            *size = size.saturating_add(variable.shape.numel());
        }
        Layout { variables, ..layout }
    }

    /// Each variable as its part of the flat tensors.
    pub(crate) fn split(&self, trainable: &Tensor, state: &Tensor) -> Vec<Tensor> {
        let parts = self.variables.iter().zip(&self.offsets).map(|(variable, &offset)| {
            let flat = if variable.trainable { trainable } else { state };
            flat.narrow(0, offset, variable.shape.numel()).reshape(&variable.shape)
        });
        parts.collect()
    }

    /// The trainable variables, for the optimizer.
    pub(crate) fn arena(&self) -> Arena {
        let trainable = self.variables.iter().filter(|variable| variable.trainable);
        Arena::new(trainable.map(|variable| (variable.path.clone(), variable.shape.clone())))
    }

    /// Elements of each variable, as ranges of its flat tensor.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (&Variable, std::ops::Range<usize>)> {
        self.variables.iter().zip(&self.offsets).map(|(variable, &offset)| (variable, offset..offset + variable.shape.numel()))
    }
}

/// One flat tensor of all of `parts`, row-major, one after the other; `None` where there is none.
pub(crate) fn join(parts: &[Tensor]) -> Option<Tensor> {
    let flat: Vec<Tensor> = parts.iter().map(|part| part.reshape([part.shape().numel() as i64])).collect();
    (!flat.is_empty()).then(|| Tensor::concat(&flat, 0))
}
