//! Vectors of length 1.

use super::unit_length;
use crate::{
    Layer, Scope,
    layers::{arguments::arguments, axes::AxisList},
};
use wgrad_tensor::Tensor;

arguments! {
    /// `y = x / max(|x|, 1e-12)` with the Euclidean length over the axes (Keras `UnitNormalization`). Half precision is computed in f32.
    pub struct UnitNormalization() {
        /// The axis or axes of a length; the last by default.
        converts axis: AxisList = AxisList::One(-1);
    }
}

impl Layer for UnitNormalization {
    fn class_name(&self) -> &'static str {
        "UnitNormalization"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        match self.axis.resolve(x.shape()) {
            Ok(axes) => unit_length(x, &axes, 1e-12),
            Err(rule) => Tensor::invalid("UnitNormalization", rule, &[x]),
        }
    }
}
