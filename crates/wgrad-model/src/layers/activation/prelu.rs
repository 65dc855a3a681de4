//! A rectifier with learned slopes.

use crate::{
    Constraint, Initializer, Layer, Regularizer, Scope,
    layers::{arguments::arguments, axes::AxisList},
};
use wgrad_tensor::Tensor;

arguments! {
    /// `x` if positive, else `alpha x` with a learned `alpha` for each element of a sample (Keras `PReLU`; He et al. 2015).
    pub struct PReLU() {
        /// First values of `alpha`; zeros by default.
        converts alpha_initializer: Initializer = Initializer::Zeros;
        /// Penalty of `alpha`; none by default.
        may_convert alpha_regularizer: Regularizer;
        /// What `alpha` is projected to after each step; nothing by default.
        may_convert alpha_constraint: Constraint;
        /// Axes along which all elements have the same `alpha`, without the batch axis 0: `[1, 2]` gives one for each channel of an image.
        may_convert shared_axes: AxisList;
    }
}

impl Layer for PReLU {
    fn class_name(&self) -> &'static str {
        "PReLU"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let shared = self.shared_axes.as_ref().map_or(Ok(Vec::new()), |axes| axes.resolve(x.shape()));
        let shared = match shared {
            Ok(shared) if x.rank() > 0 && !shared.contains(&0) => shared,
            Ok(_) => return Tensor::invalid("PReLU", format!("the batch axis of {} cannot share its alpha", x.shape()), &[x]),
            Err(rule) => return Tensor::invalid("PReLU", rule, &[x]),
        };
        let shape: Vec<usize> = (1..x.rank()).map(|axis| if shared.contains(&axis) { 1 } else { x.shape()[axis] }).collect();
        let alpha = scope.param("alpha", shape, (&self.alpha_initializer, &self.alpha_regularizer, &self.alpha_constraint));
        x.relu() - alpha * (-x).relu()
    }
}
