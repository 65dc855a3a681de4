//! Principal components.

use crate::{
    data::{device, invalid, read_all, samples, samples_with, tensor},
    eigen::{self, MOST_FEATURES},
};
use wgrad_model::Result;
use wgrad_tensor::{Device, Tensor};

/// How many components are kept.
#[derive(Clone, Copy, Debug)]
enum Keep {
    Number(usize),
    Variance(f64),
}

/// The directions in which samples vary most (scikit-learn's `PCA`): the eigenvectors of their covariance, which the device computes; the host turns it.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_learn::PCA;
/// use wgrad_tensor::Tensor;
/// let x = Tensor::from([[-1.0f32, -1.0], [-2.0, -1.0], [-3.0, -2.0], [1.0, 1.0], [2.0, 1.0], [3.0, 2.0]]);
/// let components = PCA::new(2).fit(&x)?;
/// assert!((components.explained_variance_ratio()[0] - 0.99244289).abs() < 1e-6); // as scikit-learn's documentation has it
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PCA {
    keep: Keep,
    device: Option<Device>,
}

impl PCA {
    /// That many components.
    pub fn new(n_components: usize) -> PCA {
        PCA { keep: Keep::Number(n_components), device: None }
    }

    /// As many components as explain that share of the variance.
    pub fn of_variance(share: f64) -> PCA {
        PCA { keep: Keep::Variance(share), device: None }
    }

    /// The device to compute on; the default one where none is given.
    #[must_use]
    pub fn device(self, device: &Device) -> PCA {
        PCA { device: Some(device.clone()), ..self }
    }

    /// The components of samples `x`, `[n, features]`.
    ///
    /// # Errors
    /// Data of another shape or with NaN; fewer than two samples; more than 4096 features; a covariance that overflows; more components than samples or features; those of the device.
    pub fn fit(&self, x: &Tensor) -> Result<PrincipalComponents> {
        let device = device(self.device.as_ref())?;
        let x = samples("PCA", x, &device)?;
        let (n, features) = (x.shape()[0], x.shape()[1]);
        if n < 2 || features > MOST_FEATURES {
            return Err(invalid(
                "PCA",
                format!("there must be at least 2 samples and at most {MOST_FEATURES} features, got {n} and {features}"),
            ));
        }
        let mean = x.mean(0);
        let centered = &x - &mean;
        let covariance = centered.transpose().matmul(&centered) / (n - 1) as f64;
        let [mean, covariance] = read_all([mean, covariance], &device)?;
        let (values, vectors) =
            eigen::symmetric(&covariance, features).ok_or_else(|| invalid("PCA", "the covariance of the data overflows; scale it"))?;
        // What is below 0 is rounding.
        let variances: Vec<f64> = values.into_iter().map(|value| value.max(0.0)).collect();
        let total: f64 = variances.iter().sum();
        let kept = self.kept(&variances, total, n)?;
        let components: Vec<f64> = vectors.into_iter().take(kept).flat_map(upwards).collect();
        let ratio = variances.iter().take(kept).map(|value| if total > 0.0 { value / total } else { 0.0 }).collect();
        let explained_variance: Vec<f64> = variances.into_iter().take(kept).collect();
        Ok(PrincipalComponents { mean, components, explained_variance, explained_variance_ratio: ratio, samples: n, device })
    }

    fn kept(&self, variances: &[f64], total: f64, n: usize) -> Result<usize> {
        let most = variances.len().min(n);
        match self.keep {
            Keep::Number(number) if (1..=most).contains(&number) => Ok(number),
            Keep::Number(number) => {
                Err(invalid("PCA", format!("n_components must be 1 to {most}, the lesser of samples and features, got {number}")))
            }
            Keep::Variance(share) if share > 0.0 && share < 1.0 => {
                let mut sum = 0.0;
                let below = variances.iter().take_while(|value| {
                    sum += **value;
                    sum <= share * total
                });
                Ok((below.count() + 1).min(most))
            }
            Keep::Variance(share) => Err(invalid("PCA", format!("the share of the variance must be between 0 and 1, got {share}"))),
        }
    }
}

/// A direction, such that its largest element is positive: of the two that there are, the one that scikit-learn chooses.
fn upwards(vector: Vec<f64>) -> Vec<f64> {
    // Of elements as large as each other the first.
    let largest = vector.iter().copied().reduce(|most, x| if x.abs() > most.abs() { x } else { most }).unwrap_or(0.0);
    if largest < 0.0 { vector.into_iter().map(|x| -x).collect() } else { vector }
}

/// What [`PCA`] has found.
#[derive(Clone, Debug)]
pub struct PrincipalComponents {
    mean: Vec<f64>,
    components: Vec<f64>,
    explained_variance: Vec<f64>,
    explained_variance_ratio: Vec<f64>,
    samples: usize,
    device: Device,
}

impl PrincipalComponents {
    /// The directions, `[n_components, features]`, those of the largest variance first.
    pub fn components(&self) -> Tensor {
        tensor(&self.components, [self.explained_variance.len(), self.mean.len()], &self.device)
    }

    /// The mean of each feature.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The variance in each direction.
    pub fn explained_variance(&self) -> &[f64] {
        &self.explained_variance
    }

    /// Its share of the whole variance.
    pub fn explained_variance_ratio(&self) -> &[f64] {
        &self.explained_variance_ratio
    }

    /// The singular values of the centered samples.
    pub fn singular_values(&self) -> Vec<f64> {
        self.explained_variance.iter().map(|variance| (variance * (self.samples - 1) as f64).sqrt()).collect()
    }

    /// Samples as seen along the components, `[n, n_components]`.
    ///
    /// # Errors
    /// Data of another shape or with NaN; those of the device.
    pub fn transform(&self, x: &Tensor) -> Result<Tensor> {
        let x = samples_with("PCA", x, self.mean.len(), &self.device)?;
        let centered = x - tensor(&self.mean, [self.mean.len()], &self.device);
        Ok(centered.matmul(&self.components().transpose()).eval_on(&self.device)?)
    }

    /// Samples from what [`PrincipalComponents::transform`] gave, as near as the components come.
    ///
    /// # Errors
    /// As [`PrincipalComponents::transform`].
    pub fn inverse_transform(&self, z: &Tensor) -> Result<Tensor> {
        let z = samples_with("PCA", z, self.explained_variance.len(), &self.device)?;
        Ok((z.matmul(&self.components()) + tensor(&self.mean, [self.mean.len()], &self.device)).eval_on(&self.device)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `np.argmax(np.abs(v))` is the first.
    #[test]
    fn the_first_of_the_largest_elements_is_positive() {
        assert_eq!(upwards(vec![0.1, -0.5, 0.5]), [-0.1, 0.5, -0.5]);
        assert_eq!(upwards(vec![0.5, -0.5]), [0.5, -0.5]);
    }
}
