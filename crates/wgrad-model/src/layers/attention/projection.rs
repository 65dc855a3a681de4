//! The linear maps of multi-head attention.

use crate::{Constraint, Initializer, Regularizer, Scope};
use wgrad_tensor::Tensor;

/// What the maps of a layer have in common.
#[derive(Clone, Copy)]
pub(super) struct Maps<'a> {
    pub(super) use_bias: bool,
    pub(super) activity: Option<&'a Regularizer>,
    pub(super) kernel: (&'a Initializer, &'a Option<Regularizer>, &'a Option<Constraint>),
    pub(super) bias: (&'a Initializer, &'a Option<Regularizer>, &'a Option<Constraint>),
}

/// The maps of a layer with Keras' names of arguments.
macro_rules! maps {
    ($layer:expr) => {
        $crate::layers::attention::projection::Maps {
            use_bias: $layer.use_bias,
            activity: $layer.activity_regularizer.as_ref(),
            kernel: (&$layer.kernel_initializer, &$layer.kernel_regularizer, &$layer.kernel_constraint),
            bias: (&$layer.bias_initializer, &$layer.bias_regularizer, &$layer.bias_constraint),
        }
    };
}

pub(super) use maps;

impl Maps<'_> {
    /// The map `name`, which takes the last `inputs` axes of `x` to axes of the lengths `outputs`.
    #[track_caller]
    pub(super) fn apply(&self, scope: &mut Scope, name: &str, x: &Tensor, inputs: usize, outputs: &[usize]) -> Tensor {
        let (free, bound) = x.shape().split_at(x.rank().saturating_sub(inputs));
        scope.inside(name, true, |scope| {
            let kernel = scope.param("kernel", [bound, outputs].concat(), self.kernel);
            let (rows, columns) = (bound.iter().product::<usize>(), outputs.iter().fold(1usize, |n, &length| n.saturating_mul(length)));
            let y = x.reshape([free, &[rows]].concat()).matmul(&kernel.reshape([rows, columns]));
            let y = y.reshape([free, outputs].concat());
            let y = if self.use_bias { y + scope.param("bias", outputs, self.bias) } else { y };
            if let Some(regularizer) = self.activity {
                let batch = y.shape().first().copied().unwrap_or(1).max(1);
                scope.add_loss(&(regularizer.penalty(&y) / batch as f64));
            }
            y
        })
    }
}
