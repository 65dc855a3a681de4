//! Hyperband (Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 2018) with the brackets of Keras Tuner, and one bracket alone.

use super::{
    MOST_TRIALS,
    halving::{Bracket, Round, explore},
    runner::Runner,
    settings::{Settings, search_methods},
};
use crate::{Objective, Trial, invalid};
use serde_json::{Value as Json, json};
use wgrad_model::Result;

/// Brackets of successive halving, from many trials that are soon judged to few that are all trained to the end (Keras Tuner's `Hyperband`).
///
/// In round `r` of bracket `b` there are `ceil(ceil(1 + log_factor(max_epochs)) / (b + 1) * factor^(b - r))` trials, trained up to epoch
/// `ceil(max_epochs / factor^(b - r))`; they go on with the weights of the best epochs of the round before.
///
/// ```
/// use wgrad_tune::Hyperband;
/// let hyperband = Hyperband::new("val_loss", 9).factor(3);
/// // (trials, epochs) of each round of each bracket
/// assert_eq!(hyperband.schedule()?, [vec![(9, 1), (3, 3), (1, 9)], vec![(5, 3), (2, 9)], vec![(3, 9)]]);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hyperband {
    settings: Settings,
    max_epochs: usize,
    factor: usize,
    iterations: usize,
    seed: u64,
}

search_methods!(Hyperband);

impl Hyperband {
    /// For the best `objective` after `max_epochs` epochs at most.
    pub fn new(objective: impl Into<Objective>, max_epochs: usize) -> Hyperband {
        Hyperband { settings: Settings::new(objective.into()), max_epochs, factor: 3, iterations: 1, seed: 0 }
    }

    /// One of so many trials goes on, for so many times the epochs; 3 by default.
    #[must_use]
    pub fn factor(self, factor: usize) -> Hyperband {
        Hyperband { factor, ..self }
    }

    /// How often all brackets are run; 1 by default.
    #[must_use]
    pub fn hyperband_iterations(self, iterations: usize) -> Hyperband {
        Hyperband { iterations, ..self }
    }

    /// The seed of what is drawn; 0 by default.
    #[must_use]
    pub fn seed(self, seed: u64) -> Hyperband {
        Hyperband { seed, ..self }
    }

    /// Trials and epochs of each round of each bracket of an iteration.
    ///
    /// # Errors
    /// A factor below 2, no epochs, or more than a million trials.
    pub fn schedule(&self) -> Result<Vec<Vec<(usize, usize)>>> {
        let rounds = |bracket: Bracket| bracket.rounds.iter().map(|round| (round.size, round.epochs)).collect();
        Ok(self.brackets()?.into_iter().map(rounds).collect())
    }

    fn brackets(&self) -> Result<Vec<Bracket>> {
        check(self.factor, "max_epochs", self.max_epochs, "Hyperband")?;
        let (most, factor) = (self.max_epochs as f64, self.factor as f64);
        let divided = std::iter::successors(Some(most), |epochs| Some(epochs / factor));
        let count = divided.take_while(|epochs| *epochs >= 1.0).count();
        let last_size = (1.0 + most.ln() / factor.ln()).ceil();
        let mut trials = 0.0;
        let mut round = |bracket: usize, round: usize| {
            let scale = factor.powi(bracket as i32 - round as i32);
            let size = (last_size / (bracket + 1) as f64 * scale).ceil();
            trials += size;
            Round { size: size as usize, epochs: (most / scale).ceil() as usize }
        };
        let mut bracket = |number| Bracket { number, rounds: (0..=number).map(|r| round(number, r)).collect() };
        let brackets = (0..count).rev().map(&mut bracket).collect();
        if trials * self.iterations as f64 > MOST_TRIALS as f64 {
            return Err(invalid("Hyperband", format!("it would have {} trials, more than {MOST_TRIALS}", trials * self.iterations as f64)));
        }
        Ok(brackets)
    }

    /// What must be the same for an interrupted search to go on.
    fn description(&self) -> Json {
        json!({
            "search": "Hyperband",
            "objective": self.settings.objective.description(),
            "max_epochs": self.max_epochs,
            "factor": self.factor,
            "seed": self.seed,
        })
    }

    fn explore(&self, runner: &Runner<'_>) -> Result<Vec<Trial>> {
        if self.iterations == 0 {
            return Err(invalid("Hyperband", "hyperband_iterations must be at least 1, got 0"));
        }
        let brackets = self.brackets()?;
        let all: Vec<Bracket> = (0..self.iterations).flat_map(|_| brackets.iter().cloned()).collect();
        explore(runner, &all, self.seed)
    }
}

/// One bracket: of the trials of a round, trained up to `min_epochs`, `min_epochs * factor`, ... epochs, one in `factor` goes on (scikit-learn's `HalvingRandomSearchCV` with epochs
/// as the resource).
#[derive(Clone, Debug)]
pub struct SuccessiveHalving {
    settings: Settings,
    trials: usize,
    min_epochs: usize,
    max_epochs: usize,
    factor: usize,
    seed: u64,
}

search_methods!(SuccessiveHalving);

impl SuccessiveHalving {
    /// For the best `objective` of so many trials, after `max_epochs` epochs at most.
    pub fn new(objective: impl Into<Objective>, trials: usize, max_epochs: usize) -> SuccessiveHalving {
        SuccessiveHalving { settings: Settings::new(objective.into()), trials, min_epochs: 1, max_epochs, factor: 3, seed: 0 }
    }

    /// One of so many trials goes on, for so many times the epochs; 3 by default.
    #[must_use]
    pub fn factor(self, factor: usize) -> SuccessiveHalving {
        SuccessiveHalving { factor, ..self }
    }

    /// Epochs of the first round; 1 by default.
    #[must_use]
    pub fn min_epochs(self, min_epochs: usize) -> SuccessiveHalving {
        SuccessiveHalving { min_epochs, ..self }
    }

    /// The seed of what is drawn; 0 by default.
    #[must_use]
    pub fn seed(self, seed: u64) -> SuccessiveHalving {
        SuccessiveHalving { seed, ..self }
    }

    /// Trials and epochs of each round.
    ///
    /// # Errors
    /// A factor below 2; no trials or epochs; `min_epochs` above `max_epochs`.
    pub fn schedule(&self) -> Result<Vec<(usize, usize)>> {
        check(self.factor, "min_epochs", self.min_epochs, "SuccessiveHalving")?;
        if self.min_epochs > self.max_epochs || self.trials == 0 || self.trials > MOST_TRIALS {
            let SuccessiveHalving { min_epochs, max_epochs, trials, .. } = self;
            let rule = format!(
                "there must be 1 to {MOST_TRIALS} trials and min_epochs up to max_epochs, got {trials}, {min_epochs} and {max_epochs}"
            );
            return Err(invalid("SuccessiveHalving", rule));
        }
        let next = |(size, epochs): &(usize, usize)| {
            let epochs = epochs.checked_mul(self.factor).filter(|epochs| *size > 1 && *epochs <= self.max_epochs)?;
            Some((size.div_ceil(self.factor), epochs))
        };
        Ok(std::iter::successors(Some((self.trials, self.min_epochs)), next).collect())
    }

    /// What must be the same for an interrupted search to go on.
    fn description(&self) -> Json {
        json!({
            "search": "SuccessiveHalving",
            "objective": self.settings.objective.description(),
            "trials": self.trials,
            "min_epochs": self.min_epochs,
            "max_epochs": self.max_epochs,
            "factor": self.factor,
            "seed": self.seed,
        })
    }

    fn explore(&self, runner: &Runner<'_>) -> Result<Vec<Trial>> {
        let rounds = self.schedule()?.into_iter().map(|(size, epochs)| Round { size, epochs }).collect();
        explore(runner, &[Bracket { number: 0, rounds }], self.seed)
    }
}

fn check(factor: usize, name: &str, epochs: usize, place: &str) -> Result<()> {
    if factor < 2 || epochs == 0 {
        return Err(invalid(place, format!("factor must be at least 2 and {name} at least 1, got {factor} and {epochs}")));
    }
    Ok(())
}
