//! Parts of the data to learn from and to be judged by.

mod cross_val_score;
mod kfold;
mod stratified;

pub use cross_val_score::{Fold, Scores, cross_val_score};
pub use kfold::KFold;
pub use stratified::StratifiedKFold;

use crate::invalid;
use wgrad_model::Result;
use wgrad_tensor::Tensor;

/// Row numbers of one fold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrainTest {
    /// To learn from, in ascending order.
    pub train: Vec<usize>,
    /// To be judged by, in ascending order.
    pub test: Vec<usize>,
}

/// A way to cut data into folds.
pub trait Split {
    /// The folds of inputs `x` and labels `y`, both batch first.
    ///
    /// # Errors
    /// Too few samples; labels that the way cannot use.
    fn split(&self, x: &Tensor, y: &Tensor) -> Result<Vec<TrainTest>>;
}

/// The rows of each fold, where `fold_of` tells in which fold's test part a row is.
fn folds(fold_of: &[usize], n_splits: usize) -> Vec<TrainTest> {
    let mut folds = vec![TrainTest::default(); n_splits];
    for (row, of) in fold_of.iter().enumerate() {
        for (number, fold) in folds.iter_mut().enumerate() {
            if number == *of { &mut fold.test } else { &mut fold.train }.push(row);
        }
    }
    folds
}

/// The most samples: row numbers are `i32`.
const MOST_SAMPLES: usize = i32::MAX as usize;
/// The most row numbers of all folds together.
const MOST_ROWS: usize = 1_000_000_000;

/// Checks the number of folds.
fn check(place: &str, n_splits: usize, samples: usize) -> Result<()> {
    if n_splits < 2 {
        return Err(invalid(place, format!("n_splits must be at least 2, got {n_splits}")));
    }
    if n_splits > samples {
        return Err(invalid(place, format!("n_splits={n_splits} is more than the {samples} samples")));
    }
    if samples > MOST_SAMPLES || n_splits.saturating_mul(samples) > MOST_ROWS {
        let rule =
            format!("there are at most {MOST_SAMPLES} samples, and {MOST_ROWS} in all folds, got n_splits={n_splits} of {samples} samples");
        return Err(invalid(place, rule));
    }
    Ok(())
}
