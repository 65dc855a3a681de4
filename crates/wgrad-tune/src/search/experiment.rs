//! What a trial does: train a model, or compute a number.

use super::{runner::Job, store::Store};
use crate::{
    HyperParameters, Objective, invalid,
    objective::{Score, is_better},
    trial::Outcome,
};
use std::collections::BTreeMap;
use wgrad_model::{Callback, Error, Fit, History, Logs, Model, Result, Run};
use wgrad_tensor::HostTensor;

/// Why a trial has no score.
pub(crate) enum Failure {
    /// It alone went wrong.
    Trial(Error),
    /// All would go wrong like that.
    Search(Error),
}

/// What is tried.
pub(crate) trait Experiment: Sync {
    /// Tries it. What must be kept of a trial is in the store when this ends.
    fn run(&self, hp: &mut HyperParameters, job: &Job, store: &Store) -> Result<Outcome, Failure>;

    /// The model of a trial, with the weights of its best epoch, where there is one.
    fn model(&self, hp: &mut HyperParameters, key: &[usize], store: &Store) -> Result<Option<Model>>;
}

/// A model that is built and trained.
pub(crate) struct Training<'a, B, F> {
    pub(crate) build: B,
    pub(crate) fit: F,
    pub(crate) objective: &'a Objective,
}

impl<B, F> Experiment for Training<'_, B, F>
where
    B: Fn(&mut HyperParameters) -> Result<Model> + Sync,
    F: Fn(&mut HyperParameters, &mut Model, Fit<'_>) -> Result<History> + Sync,
{
    fn run(&self, hp: &mut HyperParameters, job: &Job, store: &Store) -> Result<Outcome, Failure> {
        let mut model = (self.build)(hp).map_err(Failure::Trial)?;
        if let Some(key) = job.continues() {
            store.restore(key, &mut model).map_err(Failure::Search)?;
        }
        let mut best = BestEpoch { objective: self.objective, best: None };
        let fit = Fit::epochs(job.epochs.end).initial_epoch(job.epochs.start).verbose(0).callback(&mut best);
        let history = (self.fit)(hp, &mut model, fit).map_err(Failure::Trial)?;
        self.objective.check(&history).map_err(Failure::Search)?;
        let upwards = self.objective.upwards(Some(&model)).map_err(Failure::Search)?;
        let Some((epoch, value, logs)) = self.objective.best_epoch(&history, upwards) else {
            let rule = format!("{} was a number in none of {} epochs", self.objective.name(), history.epochs().len());
            return Err(Failure::Trial(invalid("objective", rule)));
        };
        let metrics: BTreeMap<String, f64> = logs.iter().filter(|(_, v)| v.is_finite()).map(|(name, v)| (name.into(), v)).collect();
        if let Some((_, weights)) = best.best {
            model.set_weights(weights).map_err(Failure::Trial)?;
        }
        store.keep(&job.key, &model).map_err(Failure::Search)?;
        Ok(Outcome::Completed { score: Score { value, upwards }, epoch: Some(job.epochs.start + epoch), metrics })
    }

    fn model(&self, hp: &mut HyperParameters, key: &[usize], store: &Store) -> Result<Option<Model>> {
        let mut model = (self.build)(hp)?;
        store.restore(key, &mut model)?;
        Ok(Some(model))
    }
}

/// Keeps the weights of the best epoch.
struct BestEpoch<'a> {
    objective: &'a Objective,
    best: Option<(f64, Vec<(String, HostTensor)>)>,
}

impl Callback for BestEpoch<'_> {
    fn on_epoch_end(&mut self, run: &mut Run<'_>, _epoch: usize, logs: &mut Logs) -> Result<()> {
        let Ok(upwards) = self.objective.upwards(Some(run.model())) else {
            // All trials would go wrong like this one, which is told after it.
            run.stop_training();
            return Ok(());
        };
        let Some(value) = logs.get(self.objective.name()).filter(|value| value.is_finite()) else { return Ok(()) };
        if self.best.as_ref().is_none_or(|(best, _)| is_better(value, *best, upwards)) {
            self.best = Some((value, run.model().weights()?));
        }
        Ok(())
    }
}

/// A number that is computed.
pub(crate) struct Scoring<S> {
    pub(crate) score: S,
    pub(crate) upwards: bool,
}

impl<S: Fn(&mut HyperParameters) -> Result<f64> + Sync> Experiment for Scoring<S> {
    fn run(&self, hp: &mut HyperParameters, _job: &Job, _store: &Store) -> Result<Outcome, Failure> {
        let value = (self.score)(hp).map_err(Failure::Trial)?;
        if !value.is_finite() {
            return Err(Failure::Trial(invalid("objective", format!("the score must be a finite number, got {value}"))));
        }
        Ok(Outcome::Completed { score: Score { value, upwards: self.upwards }, epoch: None, metrics: BTreeMap::new() })
    }

    fn model(&self, _hp: &mut HyperParameters, _key: &[usize], _store: &Store) -> Result<Option<Model>> {
        Ok(None)
    }
}
