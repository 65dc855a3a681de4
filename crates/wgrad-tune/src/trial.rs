//! What was tried, and what came of it.

use crate::{
    HyperParameters,
    objective::Score,
    space::{Domain, Setting},
};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, collections::BTreeMap};

/// A hyper-parameter with its value in a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it may be.
    pub domain: Domain,
    /// What it was.
    pub value: Setting,
}

/// A trial: its hyper-parameters, and its score or why it has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its place among the trials: their order, and the name of its files.
    pub(crate) key: Vec<usize>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) outcome: Outcome,
    /// The place of a trial of Hyperband.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rung: Option<Rung>,
}

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Completed {
        score: Score,
        /// The best epoch, from 0 on.
        epoch: Option<usize>,
        metrics: BTreeMap<String, f64>,
    },
    Failed(String),
}

/// Where a trial of successive halving stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rung {
    pub(crate) bracket: usize,
    pub(crate) round: usize,
    pub(crate) initial_epoch: usize,
    pub(crate) epochs: usize,
    /// The trial whose weights it goes on with.
    pub(crate) continues: Option<Vec<usize>>,
}

impl Trial {
    /// Name and value of each hyper-parameter, in the order in which they were asked for.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The value of a hyper-parameter; `None` where the trial did not ask for it.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.parameters.iter().find(|parameter| parameter.name == name).map(|parameter| &parameter.value)
    }

    /// The objective in its best epoch; `None` where the trial failed.
    pub fn score(&self) -> Option<f64> {
        self.scored().map(|score| score.value)
    }

    /// The number of the best epoch, from 0 on, where there were epochs.
    pub fn best_epoch(&self) -> Option<usize> {
        match &self.outcome {
            Outcome::Completed { epoch, .. } => *epoch,
            Outcome::Failed(_) => None,
        }
    }

    /// A number of the best epoch.
    pub fn metric(&self, name: &str) -> Option<f64> {
        match &self.outcome {
            Outcome::Completed { metrics, .. } => metrics.get(name).copied(),
            Outcome::Failed(_) => None,
        }
    }

    /// Why it failed, where it did.
    pub fn error(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Completed { .. } => None,
            Outcome::Failed(error) => Some(error),
        }
    }

    /// Hyper-parameters with these values, to build the model once more.
    pub fn hyper_parameters(&self) -> HyperParameters {
        self.parameters.iter().fold(HyperParameters::new(), |hp, parameter| hp.set(&parameter.name, parameter.value.clone()))
    }

    fn scored(&self) -> Option<&Score> {
        match &self.outcome {
            Outcome::Completed { score, .. } => Some(score),
            Outcome::Failed(_) => None,
        }
    }

    /// Better trials first, then those without a score; of equal ones the earlier.
    pub(crate) fn by_rank(&self, other: &Trial) -> Ordering {
        let rank = |trial: &Trial| trial.scored().map_or(f64::INFINITY, Score::rank);
        rank(self).total_cmp(&rank(other)).then_with(|| self.key.cmp(&other.key))
    }
}
