//! Tables: named columns of numbers, texts and truths, with missing values, as pandas' `DataFrame`.
//!
//! ```
//! use wgrad_data::{Fill, Scaler, Table};
//! let cars = Table::parse_csv("mpg,horsepower,origin\n18,130,usa\n24,,japan\n26,46,europe\n")?;
//! let cars = cars.fillna("horsepower", Fill::Median)?.one_hot("origin")?;
//! let (train, test) = cars.split(0.3, 7);
//! let scaler = Scaler::standard(&train.drop(["mpg"])?)?;
//! let x = scaler.transform(&train.drop(["mpg"])?)?.to_tensor()?;
//! assert_eq!((&x.shape()[..], test.len()), (&[2, 4][..], 1));
//! # Ok::<(), wgrad_data::Error>(())
//! ```

mod categories;
mod column;
mod csv;
mod describe;
mod missing;
mod scaler;
mod show;
mod split;

pub use column::{Column, Value};
pub use csv::{ColumnReport, Csv, CsvReport};
pub use describe::{Description, Summary};
pub use missing::Fill;
pub use scaler::Scaler;

use crate::{Error, Result};
use std::collections::HashSet;
use wgrad_tensor::{HostData, HostTensor, Tensor};

/// Columns of equal length, each with a name of its own. Methods give new tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<(String, Column)>,
    rows: usize,
}

pub(crate) fn invalid(rule: impl Into<String>) -> Error {
    Error::invalid("table", rule)
}

fn other_length(name: &str, len: usize, rows: usize) -> Error {
    invalid(format!("the column {name:?} has {len} rows, the table {rows}"))
}

/// The first name that was there before.
fn repeated<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = HashSet::new();
    names.find(|name| !seen.insert(*name))
}

impl Table {
    /// A table of these columns.
    ///
    /// # Errors
    /// Columns of different lengths, two columns of one name.
    pub fn new<N: Into<String>, C: Into<Column>>(columns: impl IntoIterator<Item = (N, C)>) -> Result<Table> {
        let columns: Vec<(String, Column)> = columns.into_iter().map(|(name, column)| (name.into(), column.into())).collect();
        if let Some(name) = repeated(columns.iter().map(|(name, _)| name.as_str())) {
            return Err(invalid(format!("there are two columns {name:?}")));
        }
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        match columns.iter().find(|(_, column)| column.len() != rows) {
            Some((name, column)) => Err(other_length(name, column.len(), rows)),
            None => Ok(Table { columns, rows }),
        }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The names of the columns.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// Names and columns.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (&str, &Column)> {
        self.columns.iter().map(|(name, column)| (name.as_str(), column))
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(known, _)| known == name)
    }

    fn position(&self, name: &str) -> Result<usize> {
        let known = || self.names().collect::<Vec<_>>().join(", ");
        self.find(name).ok_or_else(|| invalid(format!("there is no column {name:?}; there are {}", known())))
    }

    /// The column of a name.
    ///
    /// # Errors
    /// There is none.
    pub fn column(&self, name: &str) -> Result<&Column> {
        Ok(&self.columns[self.position(name)?].1)
    }

    /// The numbers of a column; NaN where they are missing, 0 and 1 for truths.
    ///
    /// # Errors
    /// There is no such column; it holds texts.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let column = self.column(name)?;
        let numbers = column.numbers().ok_or_else(|| invalid(format!("the column {name:?} holds {}, not numbers", column.kind())))?;
        Ok(numbers.map(|number| number.unwrap_or(f64::NAN)).collect())
    }

    /// Replaces the column of this name, or adds one at the end.
    ///
    /// # Errors
    /// A column of another length.
    pub fn with_column(mut self, name: impl Into<String>, column: impl Into<Column>) -> Result<Table> {
        let (name, column) = (name.into(), column.into());
        if !self.columns.is_empty() && column.len() != self.rows {
            return Err(other_length(&name, column.len(), self.rows));
        }
        self.rows = column.len();
        match self.find(&name) {
            Some(i) => self.columns[i].1 = column,
            None => self.columns.push((name, column)),
        }
        Ok(self)
    }

    /// These columns, in this order.
    ///
    /// # Errors
    /// There is no column of a name, or a name comes twice.
    pub fn select<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Table> {
        let columns = names.into_iter().map(|name| Ok((name, self.column(name)?.clone()))).collect::<Result<Vec<_>>>()?;
        Ok(Table { rows: self.rows, ..Table::new(columns)? })
    }

    /// All but these columns.
    ///
    /// # Errors
    /// There is no column of a name.
    pub fn drop<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Table> {
        let dropped = names.into_iter().map(|name| self.position(name)).collect::<Result<Vec<_>>>()?;
        let kept = self.columns.iter().enumerate().filter(|(i, _)| !dropped.contains(i));
        Ok(Table { columns: kept.map(|(_, column)| column.clone()).collect(), rows: self.rows })
    }

    /// The rows at these positions, in their order; positions that there are not are left out.
    #[must_use]
    pub fn rows(&self, positions: &[usize]) -> Table {
        let positions: Vec<usize> = positions.iter().copied().filter(|&row| row < self.rows).collect();
        let columns = self.columns.iter().map(|(name, column)| (name.clone(), column.rows(&positions))).collect();
        Table { columns, rows: positions.len() }
    }

    /// The first `n` rows; all where there are no more.
    #[must_use]
    pub fn head(&self, n: usize) -> Table {
        self.rows(&(0..n.min(self.rows)).collect::<Vec<_>>())
    }

    /// The last `n` rows; all where there are no more.
    #[must_use]
    pub fn tail(&self, n: usize) -> Table {
        self.rows(&(self.rows.saturating_sub(n)..self.rows).collect::<Vec<_>>())
    }

    /// The rows whose value in the column `name` `keep` says `true` to.
    ///
    /// # Errors
    /// There is no such column.
    pub fn filter(&self, name: &str, keep: impl Fn(Value<'_>) -> bool) -> Result<Table> {
        let column = self.column(name)?;
        Ok(self.rows(&(0..self.rows).filter(|&row| keep(column.get(row))).collect::<Vec<_>>()))
    }

    /// `f32[rows, columns]` of numbers and truths (0 and 1).
    ///
    /// # Errors
    /// A column of texts; a missing value, with its column and row.
    pub fn to_tensor(&self) -> Result<Tensor> {
        let width = self.columns.len();
        let mut elements = vec![0.0_f32; self.rows * width];
        for (i, (name, column)) in self.columns().enumerate() {
            let numbers = column.numbers().ok_or_else(|| invalid(format!("the column {name:?} holds {}, not numbers", column.kind())))?;
            for (row, (number, element)) in numbers.zip(elements.iter_mut().skip(i).step_by(width)).enumerate() {
                *element = number.ok_or_else(|| invalid(format!("a tensor has no missing values; row {row} of {name:?} is one")))? as f32;
            }
        }
        tensor([self.rows, width], HostData::F32(elements))
    }
}

/// A tensor on the host.
fn tensor(shape: impl Into<wgrad_tensor::Shape>, data: HostData) -> Result<Tensor> {
    let tensor = HostTensor::new(shape, data).ok_or_else(|| invalid("rows and columns do not make a tensor"))?;
    Ok(Tensor::from_value(tensor.into()))
}
