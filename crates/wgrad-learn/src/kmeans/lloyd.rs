//! The iterations of k-means: distances, nearest centers and sums are the device's, `k` centers the host's.

use crate::data::{read, read_all, tensor};
use wgrad_model::Result;
use wgrad_tensor::{Device, Tensor};

/// The samples around their mean: distances between large numbers would lose digits.
pub(super) struct Scene {
    x: Tensor,
    rows: Vec<f64>,
    mean: Vec<f64>,
    /// The mean variance of the features.
    variance: f64,
    device: Device,
}

/// What came of a run.
pub(super) struct Run {
    pub(super) centers: Vec<f64>,
    pub(super) labels: Vec<usize>,
    pub(super) inertia: f64,
    pub(super) n_iter: usize,
}

/// What one look at the samples tells.
struct Look {
    labels: Vec<usize>,
    /// Squared distances to the nearest center.
    nearest: Vec<f64>,
    /// The sum of the samples of each center.
    sums: Vec<f64>,
    counts: Vec<f64>,
}

/// `|x - c|^2` of samples `[n, d]` and centers `[k, d]`, as `[n, k]`.
pub(super) fn squared_distances(x: &Tensor, centers: &Tensor) -> Tensor {
    let product = x.matmul(&centers.transpose()) * -2.0;
    (product + x.square().sum_keep(-1) + centers.square().sum(-1)).relu()
}

impl Scene {
    pub(super) fn new(x: &Tensor, device: &Device) -> Result<Scene> {
        let mean = x.mean(0);
        let centered = (x - &mean).eval_on(device)?;
        let [mean, variance] = read_all([mean, x.var(0).mean(())], device)?;
        let variance = variance.first().copied().unwrap_or(0.0);
        Ok(Scene { rows: read(&centered, device)?, x: centered, mean, variance, device: device.clone() })
    }

    /// The mean of the samples.
    pub(super) fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The number of samples.
    pub(super) fn len(&self) -> usize {
        self.rows.len() / self.mean.len().max(1)
    }

    /// A sample.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        let features = self.mean.len();
        self.rows.get(row * features..(row + 1) * features).unwrap_or_default()
    }

    /// Points as seen from the mean.
    pub(super) fn centered(&self, points: &[f64]) -> Vec<f64> {
        points.iter().zip(self.mean.iter().cycle()).map(|(point, mean)| point - mean).collect()
    }

    /// Squared distances of each sample to each of the points.
    pub(super) fn squared_distances(&self, points: &[f64]) -> Result<Vec<f64>> {
        read(&squared_distances(&self.x, &self.tensor(points)), &self.device)
    }

    fn tensor(&self, points: &[f64]) -> Tensor {
        let features = self.mean.len();
        tensor(points, [points.len() / features.max(1), features], &self.device)
    }

    fn look(&self, centers: &[f64], k: usize) -> Result<Look> {
        let distances = squared_distances(&self.x, &self.tensor(centers));
        let labels = distances.argmin(-1);
        let members = labels.one_hot(k).cast(self.x.dtype());
        let sums = members.transpose().matmul(&self.x);
        let [labels, nearest, sums, counts] = read_all([labels, distances.min(-1), sums, members.sum(0)], &self.device)?;
        Ok(Look { labels: labels.into_iter().map(|label| label as usize).collect(), nearest, sums, counts })
    }

    /// Lloyd's iterations, until no sample changes its cluster or the centers hardly move.
    pub(super) fn lloyd(&self, mut centers: Vec<f64>, k: usize, max_iter: usize, tol: f64) -> Result<Run> {
        let mut labels: Vec<usize> = Vec::new();
        let mut n_iter = 0;
        while n_iter < max_iter {
            n_iter += 1;
            let mut look = self.look(&centers, k)?;
            self.fill_empty(&mut look);
            let counts = look.counts.iter().flat_map(|count| std::iter::repeat_n(*count, self.mean.len()));
            let moved: Vec<f64> =
                look.sums.iter().zip(counts).zip(&centers).map(|((sum, n), old)| if n > 0.0 { sum / n } else { *old }).collect();
            let shift: f64 = moved.iter().zip(&centers).map(|(new, old)| (new - old).powi(2)).sum();
            centers = moved;
            let settled = look.labels == labels;
            labels = look.labels;
            if settled || shift <= tol * self.variance {
                break;
            }
        }
        // The labels that belong to the last centers.
        let last = self.look(&centers, k)?;
        let inertia = self.inertia(&centers, &last.labels);
        Ok(Run { centers, labels: last.labels, inertia, n_iter })
    }

    /// The sum of the squared distances to the centers, by differences: what the device finds the nearest center with loses digits where distances are small.
    fn inertia(&self, centers: &[f64], labels: &[usize]) -> f64 {
        let features = self.mean.len();
        let center = |label: usize| centers.get(label * features..(label + 1) * features).unwrap_or_default();
        let squares = labels.iter().enumerate().map(|(row, label)| {
            let pairs = self.row(row).iter().zip(center(*label));
            pairs.map(|(x, c)| (x - c).powi(2)).sum::<f64>()
        });
        squares.sum()
    }

    /// Gives each cluster without samples one of those that are farthest from their centers.
    fn fill_empty(&self, look: &mut Look) {
        let empty: Vec<usize> = look.counts.iter().enumerate().filter(|(_, count)| **count == 0.0).map(|(cluster, _)| cluster).collect();
        if empty.is_empty() {
            return;
        }
        let features = self.mean.len();
        let mut far: Vec<usize> = (0..look.nearest.len()).collect();
        far.sort_by(|a, b| look.nearest[*b].total_cmp(&look.nearest[*a]));
        for (cluster, row) in empty.into_iter().zip(far) {
            let from = look.labels[row];
            for (feature, value) in self.row(row).iter().enumerate() {
                look.sums[from * features + feature] -= value;
                look.sums[cluster * features + feature] = *value;
            }
            look.counts[from] -= 1.0;
            look.counts[cluster] = 1.0;
        }
    }
}
