//! Normalization of groups of channels of each sample.

use super::{
    affine::normalization,
    statistics::{like, precise},
};
use crate::{Layer, Scope, layers::axes::resolve};
use wgrad_tensor::{Shape, Tensor};

normalization! {
    /// `y = gamma (x - mean) / sqrt(variance + epsilon) + beta` with mean and variance of each group of neighbouring channels of each sample
    /// (Keras `GroupNormalization`; Wu and He 2018). `gamma` and `beta` have a number for each channel. Half precision is computed in f32.
    pub struct GroupNormalization() {
        /// How many groups there are; -1 gives each channel its own. 32 by default.
        takes groups: i64 = 32;
        /// The axis of the channels; the last by default.
        takes axis: i64 = -1;
        /// Added to the variance; 0.001 by default.
        takes epsilon: f64 = 1e-3;
    }
}

impl Layer for GroupNormalization {
    fn class_name(&self) -> &'static str {
        "GroupNormalization"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn autocast(&self) -> bool {
        false
    }

    fn call(&self, scope: &mut Scope, input: &Tensor) -> Tensor {
        let (axis, groups) = match self.cut(input.shape()) {
            Ok(found) => found,
            Err(rule) => return Tensor::invalid("GroupNormalization", rule, &[input]),
        };
        let channels = input.shape()[axis];
        // [batch, ..., groups, channels / groups, ...]
        let grouped = |lengths: &[usize]| [&lengths[..axis], &[groups, channels / groups], &lengths[axis + 1..]].concat();
        let x = precise(input).reshape(grouped(input.shape()));
        let axes: Vec<usize> = (1..x.rank()).filter(|&other| other != axis).collect();
        let along = |weight: Tensor| weight.cast(x.dtype()).reshape(grouped(&vec![1; input.rank()]));

        let centered = &x - x.mean_keep(&axes[..]);
        let mut y = &centered * (centered.square().mean_keep(&axes[..]) + self.epsilon).rsqrt();
        if self.scale {
            y = y * along(self.gamma(scope, &[channels]));
        }
        if self.center {
            y = y + along(self.beta(scope, &[channels]));
        }
        scope.cast(&like(&y.reshape(input.shape()), input))
    }
}

impl GroupNormalization {
    /// The axis of the channels and the number of groups.
    fn cut(&self, shape: &Shape) -> Result<(usize, usize), String> {
        let axis = resolve(self.axis, shape)?;
        let channels = shape[axis];
        let groups = if self.groups == -1 { channels } else { usize::try_from(self.groups).unwrap_or(0) };
        if axis == 0 {
            return Err(format!("axis 0 of {shape} is the batch, not the channels"));
        }
        if groups == 0 || channels == 0 || !channels.is_multiple_of(groups) {
            return Err(format!("the {channels} channels of {shape} cannot be cut into {} groups", self.groups));
        }
        Ok((axis, groups))
    }
}
