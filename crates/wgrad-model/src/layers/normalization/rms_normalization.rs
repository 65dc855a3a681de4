//! Normalization by the root of the mean square.

use super::statistics::{along, like, precise};
use crate::{
    Initializer, Layer, Scope,
    layers::{arguments::arguments, axes::AxisList},
};
use wgrad_tensor::Tensor;

arguments! {
    /// `y = scale x / sqrt(mean(x^2) + epsilon)` over the axes of each sample (Keras `RMSNormalization`; Zhang and Sennrich 2019). The learned
    /// `scale`, ones at first, has the lengths of these axes. Half precision is computed in f32.
    pub struct RMSNormalization() {
        /// The axis or axes; the last by default.
        converts axis: AxisList = AxisList::One(-1);
        /// Added to the mean square; 0.000001 by default.
        takes epsilon: f64 = 1e-6;
    }
}

impl Layer for RMSNormalization {
    fn class_name(&self) -> &'static str {
        "RMSNormalization"
    }

    fn call(&self, scope: &mut Scope, input: &Tensor) -> Tensor {
        let axes = match self.axis.resolve(input.shape()) {
            Ok(axes) => axes,
            Err(rule) => return Tensor::invalid("RMSNormalization", rule, &[input]),
        };
        let shape: Vec<usize> = axes.iter().map(|&axis| input.shape()[axis]).collect();
        let x = precise(input);
        let scale = along(&scope.param("scale", shape, &Initializer::Ones), &x, &axes);
        let y = &x * (x.square().mean_keep(&axes[..]) + self.epsilon).rsqrt() * scale;
        like(&y, input)
    }
}
