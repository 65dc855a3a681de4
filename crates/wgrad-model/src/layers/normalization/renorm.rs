//! Batch renormalization (Ioffe 2017).

use super::BatchNormalization;
use crate::{Initializer, Scope};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Bounds of the correction in batch renormalization (Ioffe 2017), which takes the batch's normalized values to `r x + d` with
/// `r = clip(sigma / sigma_run, rmin, rmax)` and `d = clip((mean - mean_run) / sigma_run, -dmax, dmax)`, both without a gradient. The running
/// statistics move by `renorm_momentum`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenormClipping {
    /// The largest `r`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rmax: Option<f64>,
    /// The smallest `r`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rmin: Option<f64>,
    /// The largest `|d|`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dmax: Option<f64>,
}

impl RenormClipping {
    fn check(&self) -> Result<(), String> {
        let crossed = self.rmin.zip(self.rmax).is_some_and(|(low, high)| low > high);
        if crossed || self.dmax.is_some_and(|dmax| dmax < 0.0) {
            return Err(format!("renorm_clipping needs rmin <= rmax and 0 <= dmax, got {self:?}"));
        }
        Ok(())
    }
}

/// The statistics of batch renormalization.
pub(super) struct Renorm<'a> {
    layer: &'a BatchNormalization,
    moving_stddev: Tensor,
    mean: Tensor,
    stddev: Tensor,
}

impl<'a> Renorm<'a> {
    #[track_caller]
    pub(super) fn declare(layer: &'a BatchNormalization, scope: &mut Scope, features: [usize; 1]) -> Renorm<'a> {
        let root = root_of(&layer.moving_variance_initializer);
        let moving_stddev = scope.state("moving_stddev", features, &root);
        let mean = scope.state("renorm_mean", features, &layer.moving_mean_initializer);
        let stddev = scope.state("renorm_stddev", features, &root);
        Renorm { layer, moving_stddev, mean, stddev }
    }

    /// `r` and `d` for a batch of this mean and deviation; moves the statistics.
    #[track_caller]
    pub(super) fn correct(&self, scope: &mut Scope, mean: &Tensor, stddev: &Tensor) -> [Tensor; 2] {
        let (layer, clipping) = (self.layer, self.layer.renorm_clipping.unwrap_or_default());
        if let Err(rule) = clipping.check() {
            return [0, 1].map(|_| Tensor::invalid("BatchNormalization", &rule, &[mean]));
        }
        let moving_stddev = layer.moved(&self.moving_stddev, stddev);
        scope.update("moving_variance", &(moving_stddev.square() - layer.epsilon).relu());
        scope.update("moving_stddev", &moving_stddev);
        let ran = |run: &Tensor, batch: &Tensor| run * layer.renorm_momentum + batch * (1.0 - layer.renorm_momentum);
        scope.update("renorm_mean", &ran(&self.mean, mean));
        scope.update("renorm_stddev", &ran(&self.stddev, stddev));

        let run_stddev = self.stddev.maximum(layer.epsilon.sqrt());
        let (mut r, mut d) = (stddev / &run_stddev, (mean - &self.mean) / run_stddev);
        if let Some(rmin) = clipping.rmin {
            r = r.maximum(rmin);
        }
        if let Some(rmax) = clipping.rmax {
            r = r.minimum(rmax);
        }
        if let Some(dmax) = clipping.dmax {
            d = d.clip(-dmax, dmax);
        }
        [r, d]
    }
}

/// The square roots of an initializer's values.
fn root_of(initializer: &Initializer) -> Initializer {
    let squares = initializer.clone();
    Initializer::custom("square_root", move |shape, seed, stream| {
        Ok(squares.values(shape, seed, stream)?.into_iter().map(f32::sqrt).collect())
    })
}
