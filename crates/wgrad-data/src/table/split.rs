//! Random parts of a table; the same for the same seed.

use super::Table;
use crate::{Result, random::permutation};

impl Table {
    /// `n` rows in random order, none twice; all where there are no more.
    #[must_use]
    pub fn sample(&self, n: usize, seed: u64) -> Table {
        let order = permutation(self.rows, seed);
        self.rows(order.get(..n).unwrap_or(&order))
    }

    /// Training and test rows in random order: of `n` rows `ceil(test_share * n)` are for testing, as scikit-learn's `train_test_split` has it.
    pub fn split(&self, test_share: f64, seed: u64) -> (Table, Table) {
        let order = permutation(self.rows, seed);
        let (test, train) = order.split_at(self.test_rows(test_share));
        (self.rows(train), self.rows(test))
    }

    /// As [`Table::split`], with each value of the column `name` as frequent in both parts as in the whole, as far as whole rows allow (the largest
    /// remainders get the rows that are left).
    ///
    /// # Errors
    /// There is no such column.
    pub fn split_stratified(&self, name: &str, test_share: f64, seed: u64) -> Result<(Table, Table)> {
        let column = self.column(name)?;
        let values = column.distinct();
        // What is missing is a class, too: the last.
        let class = |row: usize| values.binary_search_by(|value| value.order(&column.get(row))).unwrap_or(values.len());
        let mut counts = vec![0usize; values.len() + 1];
        (0..self.rows).for_each(|row| counts[class(row)] += 1);
        let mut quota = shares(&counts, self.test_rows(test_share));
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for row in permutation(self.rows, seed) {
            let left = &mut quota[class(row)];
            if *left > 0 { &mut test } else { &mut train }.push(row);
            *left = left.saturating_sub(1);
        }
        Ok((self.rows(&train), self.rows(&test)))
    }

    fn test_rows(&self, share: f64) -> usize {
        // A product like 0.1 * 30 must not become 4 rows by its rounding.
        let rows = (share * self.rows as f64 - 1e-9).ceil();
        (rows.max(0.0) as usize).min(self.rows)
    }
}

/// `n` in proportion to `counts`, in whole numbers: by largest remainders.
fn shares(counts: &[usize], n: usize) -> Vec<usize> {
    let all = counts.iter().sum::<usize>().max(1) as f64;
    let exact: Vec<f64> = counts.iter().map(|&count| count as f64 * n as f64 / all).collect();
    let mut shares: Vec<usize> = exact.iter().map(|share| *share as usize).collect();
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()));
    let left = n.saturating_sub(shares.iter().sum());
    order.iter().take(left).for_each(|&class| shares[class] += 1);
    shares
}
