//! Normalization over the batch.

use super::{
    affine::normalization,
    renorm::{Renorm, RenormClipping},
    statistics::{along, like, precise},
};
use crate::{Initializer, Layer, Scope, layers::axes::resolve};
use wgrad_tensor::Tensor;

normalization! {
    /// `y = gamma (x - mean) / sqrt(variance + epsilon) + beta` for each position along one axis (Keras `BatchNormalization`; Ioffe and Szegedy 2015).
    ///
    /// In training, mean and variance (of the population, not corrected) are those of the batch over all other axes, without what a mask leaves out,
    /// and `moving = momentum moving + (1 - momentum) batch` updates the moving statistics; otherwise, and where the layer is frozen, the moving
    /// statistics normalize. Half precision is computed in f32.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::BatchNormalization};
    /// let model = Sequential::new([BatchNormalization::new().momentum(0.9).into()]).input_shape([8]).build()?;
    /// assert_eq!(model.count_params(), 4 * 8);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct BatchNormalization() {
        /// The axis of the features; the last by default.
        takes axis: i64 = -1;
        /// How much of the moving statistics stays in a step; 0.99 by default.
        takes momentum: f64 = 0.99;
        /// Added to the variance; 0.001 by default.
        takes epsilon: f64 = 1e-3;
        /// Of the moving mean; zeros by default.
        converts moving_mean_initializer: Initializer = Initializer::Zeros;
        /// Of the moving variance; ones by default.
        converts moving_variance_initializer: Initializer = Initializer::Ones;
        /// Whether several devices share their statistics; one device has all of them anyway.
        takes synchronized: bool = false;
        /// Whether training normalizes with long-running statistics as inference does ([`RenormClipping`]).
        takes renorm: bool = false;
        /// How far the correction of `renorm` may go; any distance by default.
        may_take renorm_clipping: RenormClipping;
        /// How much of the statistics of `renorm` stays in a step; 0.99 by default.
        takes renorm_momentum: f64 = 0.99;
    }
}

impl Layer for BatchNormalization {
    fn class_name(&self) -> &'static str {
        "BatchNormalization"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn autocast(&self) -> bool {
        false
    }

    fn call(&self, scope: &mut Scope, input: &Tensor) -> Tensor {
        let axis = match resolve(self.axis, input.shape()) {
            Ok(axis) => axis,
            Err(rule) => return Tensor::invalid("BatchNormalization", rule, &[input]),
        };
        let input = &scope.cast(input);
        let x = precise(input);
        let features = [x.shape()[axis]];
        let gamma = self.scale.then(|| along(&self.gamma(scope, &features), &x, &[axis]));
        let beta = self.center.then(|| along(&self.beta(scope, &features), &x, &[axis]));
        let moving_mean = scope.state("moving_mean", features, &self.moving_mean_initializer);
        let moving_variance = scope.state("moving_variance", features, &self.moving_variance_initializer);
        let renorm = self.renorm.then(|| Renorm::declare(self, scope, features));

        let mut y = if scope.training() && scope.trainable() {
            let mask = scope.mask(input).map(|mask| mask.unsqueeze(-1).expand(x.shape()));
            let batch = moments(&x, axis, mask.as_ref());
            let y = (&x - &batch.mean) * (&batch.variance + self.epsilon).rsqrt();
            let [mean, variance] = [&batch.mean, &batch.variance].map(|kept| kept.reshape(features).cast(moving_mean.dtype()).stop_gradient());
            scope.update("moving_mean", &self.moved(&moving_mean, &mean));
            if let Some(renorm) = renorm {
                let [r, d] = renorm.correct(scope, &mean, &(variance + self.epsilon).sqrt());
                y * along(&r, &x, &[axis]) + along(&d, &x, &[axis])
            } else {
                scope.update("moving_variance", &self.moved(&moving_variance, &variance));
                y
            }
        } else {
            let scale = (along(&moving_variance, &x, &[axis]) + self.epsilon).rsqrt();
            (&x - along(&moving_mean, &x, &[axis])) * scale
        };
        if let Some(gamma) = gamma {
            y = y * gamma;
        }
        if let Some(beta) = beta {
            y = y + beta;
        }
        like(&y, input)
    }
}

impl BatchNormalization {
    /// A moving statistic after a step.
    #[track_caller]
    pub(super) fn moved(&self, moving: &Tensor, batch: &Tensor) -> Tensor {
        moving * self.momentum + batch * (1.0 - self.momentum)
    }
}

/// Mean and variance, with the axes that they are taken over kept.
struct Moments {
    mean: Tensor,
    variance: Tensor,
}

/// Of all axes but `axis`, where `mask` (of the shape of `x`) is true.
#[track_caller]
fn moments(x: &Tensor, axis: usize, mask: Option<&Tensor>) -> Moments {
    let others: Vec<usize> = (0..x.rank()).filter(|&other| other != axis).collect();
    let others = &others[..];
    let Some(mask) = mask else {
        let mean = x.mean_keep(others);
        let variance = (x - &mean).square().mean_keep(others);
        return Moments { mean, variance };
    };
    // As Keras, which keeps a batch without any position finite.
    let count = mask.cast(x.dtype()).sum_keep(others) + 1e-7;
    let mean = mask.where_(x, 0.0).sum_keep(others) / &count;
    let variance = mask.where_(x - &mean, 0.0).square().sum_keep(others) / count;
    Moments { mean, variance }
}
