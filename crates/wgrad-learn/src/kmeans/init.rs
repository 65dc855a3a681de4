//! Where the centers of k-means begin.

use super::lloyd::Scene;
use wgrad_model::Result;
use wgrad_tensor::philox;

/// Random numbers of a run.
struct Draws {
    seed: u64,
    run: u64,
    count: u32,
}

impl Draws {
    /// The next number of `0.0..1.0`.
    fn unit(&mut self) -> f64 {
        let key = [self.seed as u32, (self.seed >> 32) as u32];
        // A stream of its own: "kmns".
        let [high, low, ..] = philox([self.count, self.run as u32, (self.run >> 32) as u32, 0x6b6d_6e73], key);
        self.count += 1;
        ((u64::from(high) << 32 | u64::from(low)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number of `0..n`.
    fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// A position, in proportion to the weights.
    fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        let chosen = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        chosen.unwrap_or(weights.len().saturating_sub(1))
    }
}

/// Different samples at random.
pub(super) fn random(scene: &Scene, n_clusters: usize, seed: u64, run: u64) -> Vec<f64> {
    let mut draws = Draws { seed, run, count: 0 };
    let mut rows: Vec<usize> = (0..scene.len()).collect();
    let mut centers = Vec::new();
    for first in 0..n_clusters {
        let chosen = first + draws.below(rows.len() - first);
        rows.swap(first, chosen);
        centers.extend_from_slice(scene.row(rows[first]));
    }
    centers
}

/// One sample at random, then each time the best of some that are drawn in proportion to the squared distance from the nearest center so far.
pub(super) fn plus_plus(scene: &Scene, n_clusters: usize, seed: u64, run: u64) -> Result<Vec<f64>> {
    let mut draws = Draws { seed, run, count: 0 };
    // As many as Arthur and Vassilvitskii had tried, says scikit-learn.
    let trials = 2 + (n_clusters as f64).ln() as usize;
    let mut centers = scene.row(draws.below(scene.len())).to_vec();
    let mut nearest = scene.squared_distances(&centers)?;
    for _ in 1..n_clusters {
        let candidates: Vec<usize> = (0..trials).map(|_| draws.weighted(&nearest)).collect();
        let rows: Vec<f64> = candidates.iter().flat_map(|row| scene.row(*row)).copied().collect();
        let distances = scene.squared_distances(&rows)?;
        let with = |trial: usize| -> Vec<f64> {
            nearest.iter().zip(distances.iter().skip(trial).step_by(trials)).map(|(old, new)| old.min(*new)).collect()
        };
        let all: Vec<Vec<f64>> = (0..trials).map(with).collect();
        let sum = |distances: &Vec<f64>| distances.iter().sum::<f64>();
        let best = all.into_iter().zip(&candidates).min_by(|(a, _), (b, _)| sum(a).total_cmp(&sum(b)));
        if let Some((distances, row)) = best {
            nearest = distances;
            centers.extend_from_slice(scene.row(*row));
        }
    }
    Ok(centers)
}
