//! Missing values: counted, left out, filled in.

use super::{
    Column, Table, Value,
    describe::{mean, quantile},
    invalid,
};
use crate::Result;

/// What stands in for missing values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fill<'a> {
    /// The mean of the others.
    Mean,
    /// The median of the others.
    Median,
    /// The most frequent of the others; the first in order where there are several.
    Mode,
    /// This value.
    Value(Value<'a>),
}

impl Table {
    /// `True` where a value is missing.
    #[must_use]
    pub fn isna(&self) -> Table {
        let is_missing = |column: &Column| Column::from(column.iter().map(|value| value == Value::Missing).collect::<Vec<bool>>());
        let columns = self.columns.iter().map(|(name, column)| (name.clone(), is_missing(column))).collect();
        Table { columns, rows: self.rows }
    }

    /// How many values are missing in each column.
    pub fn missing(&self) -> Vec<(&str, usize)> {
        self.columns().map(|(name, column)| (name, column.missing())).collect()
    }

    /// The rows without missing values.
    #[must_use]
    pub fn dropna(&self) -> Table {
        let whole = |&row: &usize| self.columns().all(|(_, column)| column.get(row) != Value::Missing);
        self.rows(&(0..self.rows).filter(whole).collect::<Vec<_>>())
    }

    /// Fills in the missing values of a column. Whole numbers become floats where what is filled in is none.
    ///
    /// # Errors
    /// There is no such column; the mean or median of texts; a value of another kind; no value to take the mean, median or mode of.
    pub fn fillna(&self, name: &str, fill: Fill<'_>) -> Result<Table> {
        let column = self.column(name)?;
        let nothing = || invalid(format!("all values of {name:?} are missing: there is nothing to fill them with"));
        let numbers = || {
            let numbers = column.numbers().filter(|_| column.is_numeric());
            let numbers = numbers.ok_or_else(|| invalid(format!("{name:?} holds {}, which have no mean or median", column.kind())))?;
            Ok::<Vec<f64>, crate::Error>(numbers.flatten().collect())
        };
        let value = match fill {
            Fill::Mean => {
                let numbers = numbers()?;
                Value::Float(Some(mean(&numbers)).filter(|_| !numbers.is_empty()).ok_or_else(nothing)?)
            }
            Fill::Median => {
                let mut numbers = numbers()?;
                numbers.sort_by(f64::total_cmp);
                Value::Float(quantile(&numbers, 0.5).ok_or_else(nothing)?)
            }
            Fill::Mode => {
                // The last of the largest is the first in order.
                column.counts().into_iter().rev().max_by_key(|(_, count)| *count).ok_or_else(nothing)?.0
            }
            Fill::Value(value) => value,
        };
        let fits = match column {
            Column::Float(_) | Column::Int(_) => matches!(value, Value::Float(_) | Value::Int(_)),
            Column::Text(_) => matches!(value, Value::Text(_)),
            Column::Bool(_) => matches!(value, Value::Bool(_)),
        };
        if !fits {
            return Err(invalid(format!("{name:?} holds {}, which cannot be filled with {value:?}", column.kind())));
        }
        if column.is_empty() {
            // No values have no kind; the column keeps its own.
            return Ok(self.clone());
        }
        let filled: Vec<Value<'_>> = column.iter().map(|known| if known == Value::Missing { value } else { known }).collect();
        let filled = match (column, Column::of_values(&filled)) {
            // Floats stay floats, even where nothing has a fraction.
            (Column::Float(_), _) => Column::Float(filled.iter().map(|value| value.number()).collect()),
            (_, filled) => filled,
        };
        self.clone().with_column(name, filled)
    }
}
