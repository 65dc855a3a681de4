//! Summaries of columns, as pandas' `describe`.

use super::{Column, Table};
use std::fmt;

/// Summaries of the columns with numbers; prints as pandas does.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Names and summaries, in the order of the table.
    pub columns: Vec<(String, Summary)>,
}

/// What the numbers of a column are like; NaN where there are too few.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many are not missing.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, with `n - 1` (as pandas').
    pub std: f64,
    /// The least.
    pub min: f64,
    /// The first quartile; between two numbers it is interpolated linearly.
    pub q25: f64,
    /// The median.
    pub median: f64,
    /// The third quartile.
    pub q75: f64,
    /// The greatest.
    pub max: f64,
}

impl Summary {
    /// Of numbers in any order.
    fn of(mut numbers: Vec<f64>) -> Summary {
        numbers.sort_by(f64::total_cmp);
        let n = numbers.len() as f64;
        let mean = mean(&numbers);
        let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
        let std = if numbers.len() > 1 { (squares / (n - 1.0)).sqrt() } else { f64::NAN };
        let at = |share| quantile(&numbers, share).unwrap_or(f64::NAN);
        Summary { count: numbers.len(), mean, std, min: at(0.0), q25: at(0.25), median: at(0.5), q75: at(0.75), max: at(1.0) }
    }

    fn all(&self) -> [f64; 8] {
        [self.count as f64, self.mean, self.std, self.min, self.q25, self.median, self.q75, self.max]
    }
}

/// The mean; NaN of no numbers. Of equal numbers it is that number exactly, which a rounded sum divided by their count is not.
pub(super) fn mean(numbers: &[f64]) -> f64 {
    let n = numbers.len() as f64;
    let first = numbers.first().copied().unwrap_or(f64::NAN);
    let mean = first + numbers.iter().map(|number| number - first).sum::<f64>() / n;
    // Distances from an infinity are none.
    if mean.is_finite() { mean } else { numbers.iter().sum::<f64>() / n }
}

/// The number below which a share of sorted numbers lies, interpolated linearly.
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (sorted.get(place.floor() as usize)?, sorted.get(place.ceil() as usize)?);
    // Between two infinities there is no distance.
    Some(if low == high { *low } else { low + (high - low) * place.fract() })
}

impl Table {
    /// Count, mean, standard deviation, minimum, quartiles and maximum of the columns with numbers.
    pub fn describe(&self) -> Description {
        let numeric = self.columns().filter(|(_, column)| column.is_numeric());
        let summary =
            |(name, column): (&str, &Column)| (name.to_string(), Summary::of(column.iter().filter_map(|value| value.number()).collect()));
        Description { columns: numeric.map(summary).collect() }
    }
}

impl Description {
    /// The summary of a column.
    pub fn get(&self, name: &str) -> Option<&Summary> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, summary)| summary)
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = ["count", "mean", "std", "min", "25%", "50%", "75%", "max"].map(String::from);
        let column = |(name, summary): &(String, Summary)| (name.clone(), Column::Float(summary.all().map(Some).to_vec()));
        super::show::write(f, &index, &self.columns.iter().map(column).collect::<Vec<_>>())
    }
}
