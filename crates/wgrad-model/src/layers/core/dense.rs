//! The fully connected layer.

use crate::{Activation, Constraint, Initializer, Layer, Regularizer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// `y = activation(x . kernel + bias)`, `[batch, ..., in] -> [batch, ..., units]` (Keras `Dense`). The kernel is `[in, units]`.
    pub struct Dense(
        /// Length of the last axis of the result.
        units: usize,
    ) {
        /// Applied to the sums, by value or name; linear by default.
        converts activation: Activation = Activation::Linear;
        /// Whether there is a `bias`; there is by default.
        takes use_bias: bool = true;
        /// First values of the kernel; Glorot uniform by default.
        converts kernel_initializer: Initializer = Initializer::default();
        /// First values of the bias `[units]`; zeros by default.
        converts bias_initializer: Initializer = Initializer::Zeros;
        /// Penalty of the kernel; none by default.
        may_convert kernel_regularizer: Regularizer;
        /// Penalty of the bias; none by default.
        may_convert bias_regularizer: Regularizer;
        /// What the kernel is projected to after each step; nothing by default.
        may_convert kernel_constraint: Constraint;
        /// What the bias is projected to after each step; nothing by default.
        may_convert bias_constraint: Constraint;
    }
}

impl Layer for Dense {
    fn class_name(&self) -> &'static str {
        "Dense"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let Some((&inputs, [_, ..])) = x.shape().split_last() else {
            return Tensor::invalid("Dense", format!("the input must be [batch, ..., features], got {}", x.shape()), &[x]);
        };
        let kernel = (&self.kernel_initializer, &self.kernel_regularizer, &self.kernel_constraint);
        let mut y = x.matmul(&scope.param("kernel", [inputs, self.units], kernel)); // [..., units]
        if self.use_bias {
            y = y + scope.param("bias", [self.units], (&self.bias_initializer, &self.bias_regularizer, &self.bias_constraint));
        }
        scope.activate(&self.activation, &y)
    }
}
