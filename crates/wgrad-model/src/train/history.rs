//! Numbers of an epoch, and of all epochs.

use std::{collections::BTreeMap, fmt};

/// Loss and metrics by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Logs(pub(crate) BTreeMap<String, f64>);

impl Logs {
    /// The number of that name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    /// The loss; NaN where there is none.
    pub fn loss(&self) -> f64 {
        self.get("loss").unwrap_or(f64::NAN)
    }

    /// Adds a number, or changes the one of that name.
    pub fn insert(&mut self, name: &str, value: f64) {
        self.0.insert(name.into(), value);
    }

    /// Names and numbers, sorted by name, as Keras prints them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Adds those of `other` with `prefix` before their names.
    pub(crate) fn extend(&mut self, prefix: &str, other: &Logs) {
        self.0.extend(other.iter().map(|(name, value)| (format!("{prefix}{name}"), value)));
    }
}

/// As in Keras' progress lines: `accuracy: 0.8300 - loss: 0.4821`.
impl fmt::Display for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.iter().enumerate() {
            let separator = if i == 0 { "" } else { " - " };
            let number = if value.abs() <= 1e-3 && value != 0.0 { format!("{value:.4e}") } else { format!("{value:.4}") };
            write!(f, "{separator}{name}: {number}")?;
        }
        Ok(())
    }
}

/// What happened in each epoch of a `fit`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    epochs: Vec<Logs>,
}

impl History {
    pub(crate) fn push(&mut self, logs: Logs) {
        self.epochs.push(logs);
    }

    /// The numbers of each epoch: `loss`, metrics by name, and the same with `val_` before for the validation data.
    pub fn epochs(&self) -> &[Logs] {
        &self.epochs
    }

    /// One number for each epoch, empty where the name is none of the history's.
    pub fn get(&self, name: &str) -> Vec<f64> {
        self.epochs.iter().filter_map(|logs| logs.get(name)).collect()
    }

    /// The number of the last epoch.
    pub fn last(&self, name: &str) -> Option<f64> {
        self.epochs.last().and_then(|logs| logs.get(name))
    }

    /// The names, sorted.
    pub fn names(&self) -> Vec<&str> {
        self.epochs.first().into_iter().flat_map(|logs| logs.iter().map(|(name, _)| name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_keras() {
        let logs = Logs([("loss".into(), 0.5), ("accuracy".into(), 0.831), ("mse".into(), 0.00012)].into());
        assert_eq!(logs.to_string(), "accuracy: 0.8310 - loss: 0.5000 - mse: 1.2000e-4");
    }
}
