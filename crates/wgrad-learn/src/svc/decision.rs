//! What support vectors say of other samples.

use super::Kernel;
use crate::{
    accuracy_score,
    data::{read, samples_with, tensor},
};
use wgrad_model::Result;
use wgrad_tensor::{Device, Tensor};

/// What [`super::SVC`] has learnt.
#[derive(Clone, Debug)]
pub struct SupportVectors {
    pub(super) vectors: Tensor,
    pub(super) support: Vec<usize>,
    pub(super) n_support: Vec<usize>,
    /// `[support vectors, pairs of classes]`, positive for the first class of the pair.
    pub(super) coef: Vec<f64>,
    pub(super) intercept: Vec<f64>,
    pub(super) classes: Vec<i32>,
    pub(super) kernel: Kernel,
    pub(super) gamma: f64,
    /// Where the vectors are seen from.
    pub(super) origin: Tensor,
    pub(super) converged: bool,
    pub(super) device: Device,
}

impl SupportVectors {
    /// The labels, in ascending order.
    pub fn classes(&self) -> &[i32] {
        &self.classes
    }

    /// The row numbers of the support vectors, class by class.
    pub fn support(&self) -> &[usize] {
        &self.support
    }

    /// The support vectors, `[number, features]`.
    ///
    /// # Errors
    /// Those of the device.
    pub fn support_vectors(&self) -> Result<Tensor> {
        Ok((&self.vectors + &self.origin).eval_on(&self.device)?)
    }

    /// How many support vectors there are of each class.
    pub fn n_support(&self) -> &[usize] {
        &self.n_support
    }

    /// What each support vector counts where two classes are told apart, with its sign: positive for the second of two classes, as scikit-learn's `dual_coef_`. For more classes there is a row for
    /// each pair (0 and 1, 0 and 2, ...), positive for the first of the pair.
    pub fn dual_coef(&self) -> Vec<Vec<f64>> {
        let (pairs, sign) = (self.intercept.len(), self.sign());
        (0..pairs).map(|pair| self.coef.iter().skip(pair).step_by(pairs.max(1)).map(|coef| sign * coef).collect()).collect()
    }

    /// The intercept of each pair.
    pub fn intercept(&self) -> Vec<f64> {
        self.intercept.iter().map(|intercept| self.sign() * intercept).collect()
    }

    /// The `gamma` of the RBF kernel.
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// Whether the optimum was reached within `max_iter` steps.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// For two classes `[n]`: positive is the second, and 1 and -1 are the ends of the margin. For more `[n, classes]`: the pairs that a class has won, and in the fraction by how much, as
    /// scikit-learn's `decision_function_shape="ovr"`.
    ///
    /// # Errors
    /// Data of another shape or with NaN; those of the device.
    pub fn decision_function(&self, x: &Tensor) -> Result<Tensor> {
        let pairs = self.pairs(x)?;
        if self.classes.len() == 2 {
            return Ok((pairs.squeeze(-1) * -1.0).eval_on(&self.device)?);
        }
        let k = self.classes.len();
        let values = read(&pairs, &self.device)?;
        let mut scores = Vec::new();
        for values in values.chunks(self.intercept.len().max(1)) {
            let (votes, sums) = self.count(values);
            scores.extend(votes.iter().zip(&sums).map(|(votes, sum)| votes + sum / (3.0 * (sum.abs() + 1.0))));
        }
        Ok(tensor(&scores, [scores.len() / k, k], &self.device))
    }

    /// The label of each sample, i32 `[n]`: the class that wins most pairs, of equal ones the first, as libsvm.
    ///
    /// # Errors
    /// As [`SupportVectors::decision_function`].
    pub fn predict(&self, x: &Tensor) -> Result<Tensor> {
        let values = read(&self.pairs(x)?, &self.device)?;
        let label = |values: &[f64]| {
            let (votes, _) = self.count(values);
            let most = votes.iter().copied().fold(0.0, f64::max);
            votes.iter().position(|votes| *votes == most).and_then(|class| self.classes.get(class)).copied().unwrap_or_default()
        };
        let labels: Vec<i32> = values.chunks(self.intercept.len().max(1)).map(label).collect();
        let n = labels.len();
        Ok(Tensor::from_vec(labels, [n]))
    }

    /// The share of samples that get their label.
    ///
    /// # Errors
    /// As [`SupportVectors::decision_function`]; another number of labels.
    pub fn score(&self, x: &Tensor, y: &Tensor) -> Result<f64> {
        accuracy_score(y, &self.predict(x)?)
    }

    /// scikit-learn turns the signs of two classes.
    fn sign(&self) -> f64 {
        if self.classes.len() == 2 { -1.0 } else { 1.0 }
    }

    /// The function of each pair, `[n, pairs]`: positive for the first class.
    fn pairs(&self, x: &Tensor) -> Result<Tensor> {
        let x = samples_with("SVC", x, self.origin.shape().first().copied().unwrap_or(0), &self.device)?;
        let pairs = self.intercept.len();
        let coef = tensor(&self.coef, [self.support.len(), pairs], &self.device);
        let kernel = self.kernel.matrix(&(x - &self.origin), &self.vectors, self.gamma);
        Ok(kernel.matmul(&coef) + tensor(&self.intercept, [pairs], &self.device))
    }

    /// The votes for each class and the sum of what its pairs say for it.
    fn count(&self, values: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let k = self.classes.len();
        let (mut votes, mut sums) = (vec![0.0; k], vec![0.0; k]);
        let pairs = (0..k).flat_map(|i| (i + 1..k).map(move |j| (i, j)));
        for ((i, j), value) in pairs.zip(values) {
            // A tie is the second's for libsvm.
            votes[if *value > 0.0 { i } else { j }] += 1.0;
            sums[i] += value;
            sums[j] -= value;
        }
        (votes, sums)
    }
}
