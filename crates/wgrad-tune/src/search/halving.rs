//! Successive halving: many trials for a few epochs, the best of them for more.

use super::runner::{Job, Runner};
use crate::{Trial, hyper_parameters::Values, trial::Rung};
use std::collections::HashSet;
use wgrad_model::Result;

/// A round: how many trials, and up to which epoch they are trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) size: usize,
    pub(crate) epochs: usize,
}

/// Rounds of which each goes on with the best of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bracket {
    /// Its number in tables.
    pub(crate) number: usize,
    pub(crate) rounds: Vec<Round>,
}

/// Runs bracket after bracket. The trials of a round are all done before the next begins, so what goes on does not depend on how many run at once.
pub(crate) fn explore(runner: &Runner<'_>, brackets: &[Bracket], seed: u64) -> Result<Vec<Trial>> {
    let (mut all, mut first): (Vec<Trial>, usize) = (Vec::new(), 0);
    for bracket in brackets {
        let mut survivors: Vec<Trial> = Vec::new();
        let mut initial_epoch = 0;
        for (number, round) in bracket.rounds.iter().enumerate() {
            let job = |(place, from): (usize, Option<&Trial>)| {
                let key = first.saturating_add(place);
                let random = Job::new(vec![key], Values::Random { seed, trial: key as u64 }, round.epochs);
                let rung = Rung {
                    bracket: bracket.number,
                    round: number,
                    initial_epoch,
                    epochs: round.epochs,
                    continues: from.map(|trial| trial.key.clone()),
                };
                let hp = from.map_or(random.hp, Trial::hyper_parameters);
                Job { hp, epochs: initial_epoch..round.epochs, rung: Some(rung), ..random }
            };
            let jobs = if number == 0 {
                (0..round.size).map(|place| job((place, None))).collect()
            } else {
                survivors.iter().enumerate().map(|(place, trial)| job((place, Some(trial)))).collect()
            };
            let mut trials = runner.run(jobs, true, &|_| Ok(Vec::new()))?;
            trials.sort_by(Trial::by_rank);
            let next = bracket.rounds.get(number + 1).map_or(0, |next| next.size);
            survivors = trials.iter().filter(|trial| trial.score().is_some()).take(next).cloned().collect();
            all.extend(trials);
            // Weights that nothing goes on with, other than the best so far.
            let best = all.iter().min_by(|a, b| a.by_rank(b));
            let needed: HashSet<&[usize]> = survivors.iter().chain(best).map(|trial| trial.key.as_slice()).collect();
            all.iter().filter(|trial| !needed.contains(trial.key.as_slice())).for_each(|trial| runner.forget(trial));
            (first, initial_epoch) = (first.saturating_add(round.size), round.epochs);
        }
    }
    Ok(all)
}
