//! K-means: Lloyd's algorithm.

mod init;
mod lloyd;

use crate::data::{device, invalid, read, samples, samples_with, tensor};
use lloyd::{Run, Scene};
use wgrad_model::Result;
use wgrad_tensor::{Device, Tensor};

/// Where the centers begin.
#[derive(Clone, Debug)]
pub enum Init {
    /// Samples that are far from each other: k-means++ (Arthur and Vassilvitskii, 2007), greedy as in scikit-learn.
    KMeansPlusPlus,
    /// Samples at random.
    Random,
    /// These, `[n_clusters, features]`.
    Centers(Tensor),
}

/// Clusters of samples around centers, such that the squared distances are small (scikit-learn's `KMeans` with Lloyd's algorithm, its defaults, and its rules for when to stop and
/// for clusters that become empty).
#[derive(Clone, Debug)]
pub struct KMeans {
    n_clusters: usize,
    init: Init,
    n_init: Option<usize>,
    max_iter: usize,
    tol: f64,
    seed: u64,
    device: Option<Device>,
}

impl KMeans {
    /// That many clusters.
    pub fn new(n_clusters: usize) -> KMeans {
        KMeans { n_clusters, init: Init::KMeansPlusPlus, n_init: None, max_iter: 300, tol: 1e-4, seed: 0, device: None }
    }

    /// Where the centers begin; k-means++ by default.
    #[must_use]
    pub fn init(self, init: Init) -> KMeans {
        KMeans { init, ..self }
    }

    /// How often it begins anew; the best run counts. By default 10 times from random samples, else once.
    #[must_use]
    pub fn n_init(self, n_init: usize) -> KMeans {
        KMeans { n_init: Some(n_init), ..self }
    }

    /// The most iterations of a run; 300 by default.
    #[must_use]
    pub fn max_iter(self, max_iter: usize) -> KMeans {
        KMeans { max_iter, ..self }
    }

    /// A run ends where the centers move less than this, relative to the variance of the features; 1e-4 by default.
    #[must_use]
    pub fn tol(self, tol: f64) -> KMeans {
        KMeans { tol, ..self }
    }

    /// The seed of where the centers begin; 0 by default.
    #[must_use]
    pub fn seed(self, seed: u64) -> KMeans {
        KMeans { seed, ..self }
    }

    /// The device to compute on; the default one where none is given.
    #[must_use]
    pub fn device(self, device: &Device) -> KMeans {
        KMeans { device: Some(device.clone()), ..self }
    }

    /// The clusters of samples `x`, `[n, features]`.
    ///
    /// # Errors
    /// Data of another shape or with NaN; more clusters than samples; settings of 0; those of the device.
    pub fn fit(&self, x: &Tensor) -> Result<Clusters> {
        let device = device(self.device.as_ref())?;
        let x = samples("KMeans", x, &device)?;
        let (n, features) = (x.shape()[0], x.shape()[1]);
        if self.n_clusters == 0 || self.n_clusters > n {
            return Err(invalid("KMeans", format!("n_clusters must be 1 to the {n} samples, got {}", self.n_clusters)));
        }
        let n_init = self.n_init.unwrap_or(if matches!(self.init, Init::Random) { 10 } else { 1 });
        if n_init == 0 || self.max_iter == 0 || self.tol.is_nan() || self.tol < 0.0 {
            let rule =
                format!("n_init and max_iter must be at least 1 and tol not negative, got {n_init}, {} and {}", self.max_iter, self.tol);
            return Err(invalid("KMeans", rule));
        }
        let scene = Scene::new(&x, &device)?;
        let mut best: Option<Run> = None;
        for run in 0..n_init as u64 {
            let centers = match &self.init {
                Init::KMeansPlusPlus => init::plus_plus(&scene, self.n_clusters, self.seed, run)?,
                Init::Random => init::random(&scene, self.n_clusters, self.seed, run),
                Init::Centers(centers) if centers.shape()[..] == [self.n_clusters, features] => {
                    scene.centered(&read(&samples("KMeans", centers, &device)?, &device)?)
                }
                Init::Centers(centers) => {
                    let rule = format!("the first centers must be [{}, {features}], got {}", self.n_clusters, centers.spec());
                    return Err(invalid("KMeans", rule));
                }
            };
            let run = scene.lloyd(centers, self.n_clusters, self.max_iter, self.tol)?;
            if best.as_ref().is_none_or(|best| run.inertia < best.inertia) {
                best = Some(run);
            }
        }
        let best = best.ok_or_else(|| invalid("KMeans", "there was no run"))?;
        let (labels, mean) = (best.labels.iter().map(|label| *label as i32).collect(), scene.mean().to_vec());
        Ok(Clusters { centers: best.centers, mean, labels, inertia: best.inertia, n_iter: best.n_iter, device })
    }
}

/// What [`KMeans`] has found.
#[derive(Clone, Debug)]
pub struct Clusters {
    /// Around the mean of the samples.
    centers: Vec<f64>,
    mean: Vec<f64>,
    labels: Vec<i32>,
    inertia: f64,
    n_iter: usize,
    device: Device,
}

impl Clusters {
    /// The centers, `[n_clusters, features]`.
    pub fn cluster_centers(&self) -> Tensor {
        let features = self.mean.len();
        let centers: Vec<f64> = self.centers.iter().zip(self.mean.iter().cycle()).map(|(center, mean)| center + mean).collect();
        tensor(&centers, [centers.len() / features.max(1), features], &self.device)
    }

    /// The cluster of each sample that it was fitted to.
    pub fn labels(&self) -> &[i32] {
        &self.labels
    }

    /// The sum of the squared distances to the nearest center.
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// The iterations of the best run.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Distances to each center, `[n, n_clusters]`.
    ///
    /// # Errors
    /// Data of another shape or with NaN; those of the device.
    pub fn transform(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.squares(x)?.sqrt().eval_on(&self.device)?)
    }

    /// The cluster of each sample, i32 `[n]`.
    ///
    /// # Errors
    /// As [`Clusters::transform`].
    pub fn predict(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.squares(x)?.argmin(-1).eval_on(&self.device)?)
    }

    fn squares(&self, x: &Tensor) -> Result<Tensor> {
        let features = self.mean.len();
        let x = samples_with("KMeans", x, features, &self.device)?;
        let centers = tensor(&self.centers, [self.centers.len() / features.max(1), features], &self.device);
        Ok(lloyd::squared_distances(&(x - tensor(&self.mean, [features], &self.device)), &centers))
    }
}
