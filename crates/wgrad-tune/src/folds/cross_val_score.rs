//! How good a model is on data that it has not seen, fold by fold.

use super::{Split, TrainTest};
use crate::invalid;
use std::{fmt, ops::Deref};
use wgrad_model::{Error, Result};
use wgrad_tensor::{Device, Tensor};

/// The data of one fold.
#[derive(Clone, Debug)]
pub struct Fold {
    /// Its number, from 0 on.
    pub number: usize,
    /// Inputs to learn from.
    pub x_train: Tensor,
    /// Labels to learn from.
    pub y_train: Tensor,
    /// Inputs to be judged by.
    pub x_test: Tensor,
    /// Labels to be judged by.
    pub y_test: Tensor,
}

/// The score of each fold.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores(Vec<f64>);

impl Scores {
    /// Their mean.
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// Their standard deviation (of the population, as NumPy's `std`).
    pub fn std(&self) -> f64 {
        let mean = self.mean();
        (self.0.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / self.0.len() as f64).sqrt()
    }
}

impl Deref for Scores {
    type Target = [f64];
    fn deref(&self) -> &[f64] {
        &self.0
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4} +- {:.4} ({} folds)", self.mean(), self.std(), self.0.len())
    }
}

/// Learns and is judged once for each fold of inputs `x` and labels `y`, batch first (scikit-learn's `cross_val_score`). `score` gets the fold's data, on which
/// it makes a new model; what else is learnt from data, as scalers, belongs there too.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{Fit, Sequential, layers::Dense};
/// use wgrad_tensor::Tensor;
/// use wgrad_tune::{KFold, cross_val_score};
///
/// let x = Tensor::uniform([30, 2], -1.0, 1.0, 1);
/// let y = x.sum(-1).reshape([30, 1]);
/// let scores = cross_val_score(&KFold::new(3), &x, &y, |fold| {
///     let mut model = Sequential::new([Dense::new(1).into()]).input_shape([2]).compile("adam", "mse", ["mae"])?;
///     model.fit(&fold.x_train, &fold.y_train, Fit::epochs(2).verbose(0))?;
///     Ok(model.evaluate(&fold.x_test, &fold.y_test)?.get("mae").unwrap_or(f64::NAN))
/// })?;
/// assert_eq!(scores.len(), 3);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
///
/// # Errors
/// Those of the way to split; inputs and labels of different lengths; what `score` gives, with the number of the fold.
pub fn cross_val_score(cv: &dyn Split, x: &Tensor, y: &Tensor, mut score: impl FnMut(&Fold) -> Result<f64>) -> Result<Scores> {
    let rows = |tensor: &Tensor| tensor.shape().first().copied().unwrap_or(0);
    if rows(x) != rows(y) {
        return Err(invalid("cross_val_score", format!("there are {} inputs and {} labels", rows(x), rows(y))));
    }
    let device = Device::default_device()?;
    let data = Tensor::eval_all(&[x.clone(), y.clone()], &device)?;
    let [x, y] = data.as_slice() else { return Err(invalid("cross_val_score", "the data has no elements")) };
    let mut scores = Vec::new();
    for (number, rows) in cv.split(x, y)?.iter().enumerate() {
        let fold = fold(number, x, y, rows, &device)?;
        let in_fold = |error: Error| invalid(format!("fold {number}"), error.to_string());
        scores.push(score(&fold).map_err(in_fold)?);
    }
    Ok(Scores(scores))
}

fn fold(number: usize, x: &Tensor, y: &Tensor, rows: &TrainTest, device: &Device) -> Result<Fold> {
    let indices = |rows: &[usize]| -> Result<Tensor> {
        let indices: Option<Vec<i32>> = rows.iter().map(|row| i32::try_from(*row).ok()).collect();
        let indices = indices.ok_or_else(|| invalid("cross_val_score", "row numbers must fit into i32"))?;
        let n = indices.len();
        Ok(Tensor::from_vec(indices, [n]))
    };
    let (train, test) = (indices(&rows.train)?, indices(&rows.test)?);
    let parts = [x.take(&train, 0), y.take(&train, 0), x.take(&test, 0), y.take(&test, 0)];
    let parts: Result<[Tensor; 4], _> = Tensor::eval_all(&parts, device)?.try_into();
    let [x_train, y_train, x_test, y_test] = parts.map_err(|_| invalid("cross_val_score", "the device gave another number of tensors"))?;
    Ok(Fold { number, x_train, y_train, x_test, y_test })
}
