//! What a search found, as a table.

use crate::Trial;
use std::fmt;
use wgrad_model::Model;

/// The widest that a column can be padded to.
const MOST_WIDTH: usize = u16::MAX as usize;

/// The trials of a search; printed as a table, the best first.
#[derive(Debug)]
pub struct SearchResults {
    objective: String,
    trials: Vec<Trial>,
    best: Trial,
    best_model: Option<Model>,
}

impl SearchResults {
    pub(crate) fn new(objective: &str, trials: Vec<Trial>, best: Trial, best_model: Option<Model>) -> SearchResults {
        SearchResults { objective: objective.into(), trials, best, best_model }
    }

    /// All trials, in their order.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// The best trial.
    pub fn best(&self) -> &Trial {
        &self.best
    }

    pub(crate) fn model(&self) -> Option<&Model> {
        self.best_model.as_ref()
    }

    /// The model of the best trial with the weights of its best epoch; `None` where the search was over no models.
    pub fn best_model(&mut self) -> Option<&mut Model> {
        self.best_model.as_mut()
    }

    /// [`SearchResults::best_model`], to keep.
    pub fn into_best_model(self) -> Option<Model> {
        self.best_model
    }

    /// Trials with their numbers, the best first.
    fn ranked(&self) -> Vec<(usize, &Trial)> {
        let mut ranked: Vec<_> = self.trials.iter().enumerate().collect();
        ranked.sort_by(|(_, a), (_, b)| a.by_rank(b));
        ranked
    }

    /// The titles of the columns, and a row for each of the trials.
    fn table(&self, trials: &[(usize, &Trial)]) -> Vec<Vec<String>> {
        let mut names: Vec<&str> = Vec::new();
        for parameter in self.trials.iter().flat_map(Trial::parameters) {
            if !names.contains(&parameter.name.as_str()) {
                names.push(&parameter.name);
            }
        }
        let halving = self.trials.iter().any(|trial| trial.rung.is_some());
        let failed = self.trials.iter().any(|trial| trial.error().is_some());
        let mut titles = vec!["trial", self.objective.as_str()];
        titles.extend(if halving { &["bracket", "round", "epochs"][..] } else { &[] });
        titles.extend(&names);
        titles.extend(failed.then_some("error"));
        let mut rows = vec![titles.into_iter().map(String::from).collect::<Vec<_>>()];
        for (number, trial) in trials {
            let mut row = vec![number.to_string(), trial.score().map_or(String::new(), |score| format!("{score:?}"))];
            if halving {
                let rung = trial.rung.as_ref().map_or([0; 3], |rung| [rung.bracket, rung.round, rung.epochs]);
                row.extend(rung.map(|number| number.to_string()));
            }
            row.extend(names.iter().map(|name| trial.get(name).map_or(String::new(), ToString::to_string)));
            row.extend(failed.then(|| trial.error().unwrap_or_default().to_string()));
            rows.push(row);
        }
        rows
    }

    /// The trials in their order, as CSV with all digits.
    pub fn to_csv(&self) -> String {
        let quoted = |cell: &String| {
            let plain = !cell.contains([',', '"', '\n', '\r']);
            if plain { cell.clone() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
        };
        let in_order: Vec<_> = self.trials.iter().enumerate().collect();
        let lines = self.table(&in_order).into_iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n");
        lines.collect()
    }
}

/// The table, the best trial first.
impl fmt::Display for SearchResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = self.table(&self.ranked());
        // A trial is a line, whatever its error says.
        rows.iter_mut().flatten().for_each(|cell| *cell = cell.lines().collect::<Vec<_>>().join(" "));
        // Six digits are enough to look at.
        for row in rows.iter_mut().skip(1) {
            for cell in row.iter_mut().skip(1).filter(|cell| cell.contains('.') || cell.contains('e')) {
                *cell = cell.parse().map_or_else(|_| cell.clone(), short);
            }
        }
        let columns = rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0).min(MOST_WIDTH)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &rows {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// A number with six digits that matter.
fn short(value: f64) -> String {
    let digits = format!("{value:.5e}");
    let value: f64 = digits.parse().unwrap_or(value);
    format!("{value:?}")
}
