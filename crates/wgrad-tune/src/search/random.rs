//! Hyper-parameters at random.

use super::{
    MOST_TRIALS,
    runner::{Job, Runner},
    settings::{Settings, evaluate_method, search_methods},
};
use crate::{Objective, Trial, hyper_parameters::Values, invalid};
use serde_json::{Value as Json, json};
use wgrad_model::Result;

/// Tries hyper-parameters at random (Keras Tuner's `RandomSearch`). What a trial draws depends on the seed, its number and the name of the hyper-parameter; trials
/// are independent, so in a small space one may come twice.
#[derive(Clone, Debug)]
pub struct RandomSearch {
    settings: Settings,
    trials: usize,
    epochs: usize,
    seed: u64,
}

search_methods!(RandomSearch);
evaluate_method!(RandomSearch);

impl RandomSearch {
    /// That many trials for the best `objective`, for example `"val_accuracy"`.
    pub fn new(objective: impl Into<Objective>, max_trials: usize) -> RandomSearch {
        RandomSearch { settings: Settings::new(objective.into()), trials: max_trials, epochs: 1, seed: 0 }
    }

    /// The seed of what is drawn; 0 by default.
    #[must_use]
    pub fn seed(self, seed: u64) -> RandomSearch {
        RandomSearch { seed, ..self }
    }

    /// Epochs of a trial; 1 by default.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> RandomSearch {
        RandomSearch { epochs, ..self }
    }

    /// What must be the same for an interrupted search to go on.
    fn description(&self) -> Json {
        json!({"search": "RandomSearch", "objective": self.settings.objective.description(), "seed": self.seed, "epochs": self.epochs})
    }

    fn explore(&self, runner: &Runner<'_>) -> Result<Vec<Trial>> {
        if !(1..=MOST_TRIALS).contains(&self.trials) {
            return Err(invalid("RandomSearch", format!("there must be 1 to {MOST_TRIALS} trials, got {}", self.trials)));
        }
        let job = |trial: usize| Job::new(vec![trial], Values::Random { seed: self.seed, trial: trial as u64 }, self.epochs);
        runner.run((0..self.trials).map(job).collect(), false, &|_| Ok(Vec::new()))
    }
}
