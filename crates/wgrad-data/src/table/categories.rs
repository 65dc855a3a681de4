//! Categories: mapped, numbered, counted, one-hot.

use super::{Column, Table, Value, invalid, tensor};
use crate::Result;
use std::cmp::Ordering;
use wgrad_tensor::{HostData, Tensor};

impl Table {
    /// Replaces the values of a column by those that `pairs` give for them; values that it does not have become missing.
    ///
    /// # Errors
    /// There is no such column.
    pub fn map<'a, A: Into<Value<'a>>, B: Into<Value<'a>>>(&self, name: &str, pairs: impl IntoIterator<Item = (A, B)>) -> Result<Table> {
        let pairs: Vec<(Value<'_>, Value<'_>)> = pairs.into_iter().map(|(from, to)| (from.into(), to.into())).collect();
        let of = |value: Value<'_>| pairs.iter().find(|(from, _)| from.order(&value).is_eq()).map_or(Value::Missing, |(_, to)| *to);
        let column = self.column(name)?;
        if column.is_empty() {
            // No values have no kind; the column keeps its own.
            return Ok(self.clone());
        }
        let values: Vec<Value<'_>> = column.iter().map(of).collect();
        self.clone().with_column(name, Column::of_values(&values))
    }

    /// A column of truths for each value of the column `name`, instead of it and at the end of the table: `origin_europe`, `origin_japan`, ... (as
    /// `pandas.get_dummies`). Missing values are false in all of them.
    ///
    /// # Errors
    /// There is no such column; a new column has the name of another.
    pub fn one_hot(&self, name: &str) -> Result<Table> {
        let column = self.column(name)?;
        let mut table = self.drop([name])?;
        for value in column.distinct() {
            let new = format!("{name}_{value}");
            if table.find(&new).is_some() {
                return Err(invalid(format!("there is a column {new:?} already")));
            }
            table = table.with_column(new, column.iter().map(|other| other.order(&value).is_eq()).collect::<Vec<bool>>())?;
        }
        Ok(table)
    }

    /// The values of a column as numbers `i32[rows]`, and what they mean: positions in the sorted list of values.
    ///
    /// # Errors
    /// There is no such column; a value is missing.
    ///
    /// ```
    /// let table = wgrad_data::Table::new([("species", vec!["b", "a", "b"])])?;
    /// let (_labels, classes) = table.classes("species")?; // 1, 0, 1
    /// assert_eq!(classes, ["a", "b"]);
    /// # Ok::<(), wgrad_data::Error>(())
    /// ```
    pub fn classes(&self, name: &str) -> Result<(Tensor, Vec<String>)> {
        let column = self.column(name)?;
        let classes = column.distinct();
        let number = |(row, value): (usize, Value<'_>)| {
            let class = classes.binary_search_by(|class| class.order(&value));
            class.map(|class| class as i32).map_err(|_| invalid(format!("row {row} of {name:?} is missing and has no class")))
        };
        let numbers = column.iter().enumerate().map(number).collect::<Result<Vec<i32>>>()?;
        Ok((tensor([self.rows], HostData::I32(numbers))?, classes.iter().map(ToString::to_string).collect()))
    }

    /// How many rows each value of a column has: the most frequent first. Missing values are not counted.
    ///
    /// # Errors
    /// There is no such column.
    pub fn value_counts(&self, name: &str) -> Result<Vec<(String, usize)>> {
        let counts = self.column(name)?.counts();
        let mut counts: Vec<(String, usize)> = counts.into_iter().map(|(value, count)| (value.to_string(), count)).collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(counts)
    }

    /// How many rows each combination of the values of these columns has, sorted by them, in a last column `count` (as `groupby(...).size()`). Rows
    /// with missing values there are left out.
    ///
    /// # Errors
    /// There is no column of a name, a name comes twice, or one is `count`.
    pub fn group_counts<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Table> {
        let keys = self.select(names)?.dropna();
        if keys.find("count").is_some() {
            return Err(invalid("the column \"count\" cannot be grouped by: the column of counts has that name; rename it"));
        }
        let order = |a: &usize, b: &usize| {
            let differ = keys.columns().map(|(_, column)| column.get(*a).order(&column.get(*b))).find(|order| order.is_ne());
            differ.unwrap_or(Ordering::Equal)
        };
        let mut rows: Vec<usize> = (0..keys.rows).collect();
        rows.sort_by(order);
        let groups: Vec<&[usize]> = rows.chunk_by(|a, b| order(a, b).is_eq()).collect();
        let firsts: Vec<usize> = groups.iter().filter_map(|group| group.first().copied()).collect();
        keys.rows(&firsts).with_column("count", groups.iter().map(|group| group.len() as i64).collect::<Vec<i64>>())
    }
}
