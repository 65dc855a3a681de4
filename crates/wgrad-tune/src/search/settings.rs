//! What all searches can be told.

use crate::Objective;
use std::path::PathBuf;

/// Settings of any search.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) objective: Objective,
    pub(crate) threads: usize,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) overwrite: bool,
}

impl Settings {
    pub(crate) fn new(objective: Objective) -> Settings {
        Settings { objective, threads: 1, directory: None, overwrite: false }
    }
}

/// Gives a search the settings that all have, and the methods that run it. The type has a field `settings` and methods `epochs_of_trial`, `description` and `explore`.
macro_rules! search_methods {
    ($type:ident) => {
        impl $type {
            /// How many trials run at once; 1 by default. Scores do not depend on it.
            #[must_use]
            pub fn threads(mut self, threads: usize) -> Self {
                self.settings.threads = threads;
                self
            }

            /// Where each trial is written as it ends (`trial-0003.json`, weights as `.safetensors`), and the table (`results.csv`) and the best weights
            /// (`best.safetensors`) at the end. The same search in the same directory goes on where it was interrupted.
            #[must_use]
            pub fn directory(mut self, directory: impl Into<std::path::PathBuf>) -> Self {
                self.settings.directory = Some(directory.into());
                self
            }

            /// Whether trials that are in the directory already are done anew; `false` by default.
            #[must_use]
            pub fn overwrite(mut self, overwrite: bool) -> Self {
                self.settings.overwrite = overwrite;
                self
            }

            /// Runs the search over models: `build` makes a compiled model, `fit` trains it with what the given [`wgrad_model::Fit`] says (the epochs, silently, and a callback that
            /// keeps the weights of the best epoch), to which it adds what it wants. The score of a trial is the objective in its best epoch.
            ///
            /// A trial whose functions give an error has that error in place of a score.
            ///
            /// # Errors
            /// Settings that make no sense; an objective that the history does not have; no trial that ended well; those of the file system; a directory that holds
            /// another search.
            pub fn search<B, F>(&self, build: B, fit: F) -> wgrad_model::Result<$crate::SearchResults>
            where
                B: Fn(&mut $crate::HyperParameters) -> wgrad_model::Result<wgrad_model::Model> + Sync,
                F: Fn(
                        &mut $crate::HyperParameters,
                        &mut wgrad_model::Model,
                        wgrad_model::Fit<'_>,
                    ) -> wgrad_model::Result<wgrad_model::History>
                    + Sync,
            {
                let training = $crate::search::experiment::Training { build, fit, objective: &self.settings.objective };
                $crate::search::runner::run(&training, &self.settings, &self.description(), |runner| self.explore(runner))
            }
        }
    };
}
pub(crate) use search_methods;

/// Gives a search over single trials `evaluate`.
macro_rules! evaluate_method {
    ($type:ident) => {
        impl $type {
            /// Runs the search over anything that gives a number, for example the mean of [`crate::cross_val_score`]. Where the name of the objective does not end with `loss`, say
            /// which way it gets better: [`crate::Objective::max`], [`crate::Objective::min`].
            ///
            /// # Errors
            /// As `search`.
            pub fn evaluate<S>(&self, score: S) -> wgrad_model::Result<$crate::SearchResults>
            where
                S: Fn(&mut $crate::HyperParameters) -> wgrad_model::Result<f64> + Sync,
            {
                let scoring = $crate::search::experiment::Scoring { score, upwards: self.settings.objective.upwards(None)? };
                $crate::search::runner::run(&scoring, &self.settings, &self.description(), |runner| self.explore(runner))
            }
        }
    };
}
pub(crate) use evaluate_method;
