//! Columns on one scale, by numbers that were taken from the training data.

use super::{Column, Table, Value, describe::mean, invalid};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};

/// `(x - shift) / scale` for each column with numbers, fitted to training data and applied to any. Kept in a file beside the model, it serves new data.
///
/// ```
/// use wgrad_data::{Scaler, Table};
/// let train = Table::new([("x", vec![1.0, 3.0])])?;
/// let scaler = Scaler::standard(&train)?;
/// let test = scaler.transform(&Table::new([("x", vec![2.0, 5.0])])?)?;
/// assert_eq!(test.numbers("x")?, [0.0, 3.0]);
/// # Ok::<(), wgrad_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    columns: Vec<Scale>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Scale {
    name: String,
    shift: f64,
    scale: f64,
}

impl Scaler {
    /// Mean 0 and standard deviation 1 (with `n`, as scikit-learn's `StandardScaler`). A column that is the same in all rows becomes 0.
    ///
    /// # Errors
    /// A column without any number.
    #[doc(alias = "StandardScaler")]
    pub fn standard(table: &Table) -> Result<Scaler> {
        Scaler::fit(table, |numbers| {
            let n = numbers.len() as f64;
            let mean = mean(numbers);
            let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / n;
            // What is no more than rounding errors is no deviation, as in scikit-learn.
            let (deviation, rounding) = (variance.sqrt(), n * f64::EPSILON * mean.abs());
            (mean, if deviation <= rounding { 0.0 } else { deviation })
        })
    }

    /// From 0 to 1, as scikit-learn's `MinMaxScaler`. A column that is the same in all rows becomes 0.
    ///
    /// # Errors
    /// A column without any number.
    #[doc(alias = "MinMaxScaler")]
    pub fn min_max(table: &Table) -> Result<Scaler> {
        Scaler::fit(table, |numbers| {
            let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (least, greatest - least)
        })
    }

    fn fit(table: &Table, of: impl Fn(&[f64]) -> (f64, f64)) -> Result<Scaler> {
        let scale = |(name, column): (&str, &Column)| {
            let numbers: Vec<f64> = column.iter().filter_map(Value::number).collect();
            let (shift, scale) = of(&numbers);
            let scale = if scale == 0.0 { 1.0 } else { scale };
            let whole = shift.is_finite() && scale.is_finite();
            let rule = || invalid(format!("the column {name:?} has no finite numbers to be scaled by"));
            whole.then(|| Scale { name: name.into(), shift, scale }).ok_or_else(rule)
        };
        let columns = table.columns().filter(|(_, column)| column.is_numeric()).map(scale).collect::<Result<_>>()?;
        Ok(Scaler { columns })
    }

    /// The table with the columns that the scaler was fitted to scaled; others stay what they are, and missing values missing.
    ///
    /// # Errors
    /// A column that is not there or holds no numbers.
    pub fn transform(&self, table: &Table) -> Result<Table> {
        self.apply(table, |number, scale| (number - scale.shift) / scale.scale)
    }

    /// The opposite of [`Scaler::transform`].
    ///
    /// # Errors
    /// Those of [`Scaler::transform`].
    pub fn inverse_transform(&self, table: &Table) -> Result<Table> {
        self.apply(table, |number, scale| number * scale.scale + scale.shift)
    }

    fn apply(&self, table: &Table, f: impl Fn(f64, &Scale) -> f64) -> Result<Table> {
        self.columns.iter().try_fold(table.clone(), |table, scale| {
            let column = table.column(&scale.name)?;
            let numbers =
                column.numbers().ok_or_else(|| invalid(format!("the column {:?} holds {}, not numbers", scale.name, column.kind())))?;
            let scaled = Column::Float(numbers.map(|number| Some(f(number?, scale))).collect());
            table.with_column(&scale.name, scaled)
        })
    }

    /// Writes the scaler to a JSON file.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let file = || path.display().to_string();
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::Format { file: file(), rule: e.to_string() })?;
        fs::write(path, text).map_err(|source| Error::Io { file: file(), source })
    }

    /// Reads a scaler that [`Scaler::save`] wrote.
    ///
    /// # Errors
    /// Those of the file system; a file that is no scaler, with the line.
    pub fn load(path: impl AsRef<Path>) -> Result<Scaler> {
        let path = path.as_ref();
        let file = || path.display().to_string();
        let text = fs::read(path).map_err(|source| Error::Io { file: file(), source })?;
        let scaler: Scaler = serde_json::from_slice(&text).map_err(|e| Error::Format { file: file(), rule: e.to_string() })?;
        match scaler.columns.iter().find(|scale| scale.scale == 0.0) {
            Some(scale) => Err(Error::Format { file: file(), rule: format!("the scale of {:?} is 0", scale.name) }),
            None => Ok(scaler),
        }
    }
}
