//! All combinations of hyper-parameters.

use super::{
    runner::{Job, Runner},
    settings::{Settings, evaluate_method, search_methods},
};
use crate::{Objective, Trial, hyper_parameters::Values, invalid};
use serde_json::{Value as Json, json};
use wgrad_model::Result;

/// Tries all combinations of values (Keras Tuner's `GridSearch`); of a range without steps ten values, evenly.
///
/// The grid need not be known beforehand: each trial tells what it asked for, and where another value could have been taken there is another trial. So a
/// hyper-parameter that only some values of others ask for is tried with those only.
#[derive(Clone, Debug)]
pub struct GridSearch {
    settings: Settings,
    epochs: usize,
}

search_methods!(GridSearch);
evaluate_method!(GridSearch);

impl GridSearch {
    /// For the best `objective`, for example `"val_accuracy"`.
    pub fn new(objective: impl Into<Objective>) -> GridSearch {
        GridSearch { settings: Settings::new(objective.into()), epochs: 1 }
    }

    /// Epochs of a trial; 1 by default.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> GridSearch {
        GridSearch { epochs, ..self }
    }

    /// What must be the same for an interrupted search to go on.
    fn description(&self) -> Json {
        json!({"search": "GridSearch", "objective": self.settings.objective.description(), "epochs": self.epochs})
    }

    fn explore(&self, runner: &Runner<'_>) -> Result<Vec<Trial>> {
        let job = |path: Vec<usize>| Job::new(path.clone(), Values::Path(path), self.epochs);
        let next = |trial: &Trial| Ok(branches(trial)?.into_iter().map(job).collect());
        runner.run(vec![job(vec![0])], false, &next)
    }
}

/// The paths that leave a trial's after the part that was given to it. A path ends with the option where it leaves, so each is found once.
fn branches(trial: &Trial) -> Result<Vec<Vec<usize>>> {
    // The first trial was given nothing: its key is there only to be its name.
    let given = if trial.key == [0] { 0 } else { trial.key.len() };
    let mut paths = Vec::new();
    for (place, parameter) in trial.parameters.iter().enumerate().skip(given) {
        let options = parameter.domain.options().map_err(|rule| invalid(format!("hyper-parameter \"{}\"", parameter.name), rule))?;
        for option in 1..options.len() {
            let begun = trial.key.iter().copied().take(given).chain(std::iter::repeat(0));
            paths.push(begun.take(place).chain([option]).collect());
        }
    }
    Ok(paths)
}
