//! Folds of the same size.

use super::{Split, TrainTest, check, folds};
use crate::draw::shuffle;
use wgrad_model::Result;
use wgrad_tensor::Tensor;

/// Cuts the data into `n_splits` parts, each once the test part (scikit-learn's `KFold`): the first `n % n_splits` of them have one sample more. Without `shuffle` each is a
/// run of rows.
///
/// ```
/// use wgrad_tune::KFold;
/// let folds = KFold::new(3).split_rows(7)?;
/// assert_eq!(folds.iter().map(|fold| fold.test.clone()).collect::<Vec<_>>(), [vec![0, 1, 2], vec![3, 4], vec![5, 6]]);
/// assert_eq!(folds[1].train, [0, 1, 2, 5, 6]);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KFold {
    n_splits: usize,
    shuffle: bool,
    seed: u64,
}

impl KFold {
    /// That many folds, without shuffling.
    pub fn new(n_splits: usize) -> KFold {
        KFold { n_splits, shuffle: false, seed: 0 }
    }

    /// Whether rows are put in a random order before.
    #[must_use]
    pub fn shuffle(self, shuffle: bool) -> KFold {
        KFold { shuffle, ..self }
    }

    /// The seed of that order; 0 by default.
    #[must_use]
    pub fn seed(self, seed: u64) -> KFold {
        KFold { seed, ..self }
    }

    /// The folds of so many samples.
    ///
    /// # Errors
    /// Fewer than two folds, or more than samples; more than 2^31 - 1 samples, or a billion in all folds.
    pub fn split_rows(&self, samples: usize) -> Result<Vec<TrainTest>> {
        check("KFold", self.n_splits, samples)?;
        let mut rows: Vec<usize> = (0..samples).collect();
        if self.shuffle {
            shuffle(&mut rows, self.seed, "KFold");
        }
        let (size, longer) = (samples / self.n_splits, samples % self.n_splits);
        let sizes = (0..self.n_splits).map(|fold| size + usize::from(fold < longer));
        let numbers = sizes.enumerate().flat_map(|(fold, size)| std::iter::repeat_n(fold, size));
        let mut fold_of = vec![0; samples];
        for (row, fold) in rows.into_iter().zip(numbers) {
            fold_of[row] = fold;
        }
        Ok(folds(&fold_of, self.n_splits))
    }
}

impl Split for KFold {
    fn split(&self, x: &Tensor, _y: &Tensor) -> Result<Vec<TrainTest>> {
        self.split_rows(x.shape().first().copied().unwrap_or(0))
    }
}
