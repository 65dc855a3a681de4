//! Normalization of each sample.

use super::{
    affine::normalization,
    statistics::{along, like, precise},
};
use crate::{Layer, Scope, layers::axes::AxisList};
use wgrad_tensor::Tensor;

normalization! {
    /// `y = gamma (x - mean) / sqrt(variance + epsilon) + beta` with mean and variance over the axes of each sample (Keras `LayerNormalization`;
    /// Ba et al. 2016). `gamma` and `beta` have the lengths of these axes. Half precision is computed in f32.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::LayerNormalization};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([LayerNormalization::new().epsilon(0.0).into()]).input_shape([2]).build()?;
    /// assert_eq!(model.predict(&Tensor::from([[1f32, 3.0]]))?.to_vec::<f32>()?, [-1.0, 1.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct LayerNormalization() {
        /// The axis or axes; the last by default.
        converts axis: AxisList = AxisList::One(-1);
        /// Added to the variance; 0.001 by default.
        takes epsilon: f64 = 1e-3;
        /// Keras' deprecated form `y = gamma x / sqrt(variance + epsilon)`.
        takes rms_scaling: bool = false;
    }
}

impl Layer for LayerNormalization {
    fn class_name(&self) -> &'static str {
        "LayerNormalization"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn autocast(&self) -> bool {
        false
    }

    fn call(&self, scope: &mut Scope, input: &Tensor) -> Tensor {
        let axes = match self.axis.resolve(input.shape()) {
            Ok(axes) => axes,
            Err(rule) => return Tensor::invalid("LayerNormalization", rule, &[input]),
        };
        let shape: Vec<usize> = axes.iter().map(|&axis| input.shape()[axis]).collect();
        let x = precise(input);
        let centered = &x - x.mean_keep(&axes[..]);
        let mut scale = (centered.square().mean_keep(&axes[..]) + self.epsilon).rsqrt();
        if self.scale || self.rms_scaling {
            scale = scale * along(&self.gamma(scope, &shape), &x, &axes);
        }
        if self.rms_scaling {
            return scope.cast(&like(&(x * scale), input));
        }
        let y = centered * scale;
        let y = if self.center { y + along(&self.beta(scope, &shape), &x, &axes) } else { y };
        scope.cast(&like(&y, input))
    }
}
