//! Folds with as many of each class as the whole.

use super::{Split, TrainTest, check, folds};
use crate::{draw::shuffle, invalid};
use std::collections::HashMap;
use wgrad_model::Result;
use wgrad_tensor::Tensor;

/// Folds in which the classes have the shares that they have in the whole (scikit-learn's `StratifiedKFold`). Without `shuffle` the rows of a class come in their order,
/// exactly as there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StratifiedKFold {
    n_splits: usize,
    shuffle: bool,
    seed: u64,
}

impl StratifiedKFold {
    /// That many folds, without shuffling.
    pub fn new(n_splits: usize) -> StratifiedKFold {
        StratifiedKFold { n_splits, shuffle: false, seed: 0 }
    }

    /// Whether the rows of a class are dealt out at random.
    #[must_use]
    pub fn shuffle(self, shuffle: bool) -> StratifiedKFold {
        StratifiedKFold { shuffle, ..self }
    }

    /// The seed of that; 0 by default.
    #[must_use]
    pub fn seed(self, seed: u64) -> StratifiedKFold {
        StratifiedKFold { seed, ..self }
    }

    /// The folds of samples with these classes.
    ///
    /// # Errors
    /// Fewer than two folds, or more than samples, or more than every class has samples; more than 2^31 - 1 samples, or a billion in all folds.
    pub fn split_classes(&self, classes: &[i64]) -> Result<Vec<TrainTest>> {
        check("StratifiedKFold", self.n_splits, classes.len())?;
        // Rows of each class, in the order in which the classes come.
        let mut rows_of: Vec<Vec<usize>> = Vec::new();
        let mut known: HashMap<i64, usize> = HashMap::new();
        for (row, class) in classes.iter().enumerate() {
            let place = *known.entry(*class).or_insert(rows_of.len());
            match rows_of.get_mut(place) {
                Some(rows) => rows.push(row),
                None => rows_of.push(vec![row]),
            }
        }
        let most = rows_of.iter().map(Vec::len).max().unwrap_or(0);
        if self.n_splits > most {
            let rule = format!("n_splits={} is more than the {most} samples of the largest class", self.n_splits);
            return Err(invalid("StratifiedKFold", rule));
        }
        let mut fold_of = vec![0; classes.len()];
        let mut dealt = 0;
        for (number, rows) in rows_of.iter().enumerate() {
            // All samples, sorted by class, are dealt out in turn: that tells how many of the class each fold gets.
            let mut numbers: Vec<usize> = (dealt..dealt + rows.len()).map(|position| position % self.n_splits).collect();
            numbers.sort_unstable();
            dealt += rows.len();
            if self.shuffle {
                shuffle(&mut numbers, self.seed, &format!("StratifiedKFold {number}"));
            }
            for (row, fold) in rows.iter().zip(numbers) {
                fold_of[*row] = fold;
            }
        }
        Ok(folds(&fold_of, self.n_splits))
    }
}

impl Split for StratifiedKFold {
    /// Labels are whole numbers, one for each sample, or rows of which the largest element tells the class (one-hot).
    fn split(&self, _x: &Tensor, y: &Tensor) -> Result<Vec<TrainTest>> {
        self.split_classes(&classes(y)?)
    }
}

/// The class of each sample.
fn classes(y: &Tensor) -> Result<Vec<i64>> {
    let shape = y.shape().to_vec();
    let labels = match shape.as_slice() {
        [_] | [_, 1] => y.clone(),
        [_, _] => y.argmax(-1),
        _ => {
            let rule = format!("labels must be [samples], [samples, 1] or [samples, classes], got {}", y.spec());
            return Err(invalid("StratifiedKFold", rule));
        }
    };
    let host = labels.to_host()?;
    let whole = |value: f64| {
        let rule = || format!("labels must be whole numbers, got {value}");
        (value.fract() == 0.0).then_some(value as i64).ok_or_else(|| invalid("StratifiedKFold", rule()))
    };
    host.data().to_f64().into_iter().map(whole).collect()
}
