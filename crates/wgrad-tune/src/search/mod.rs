//! Searches: which trials there are, and what they share.

/// The most trials that a search may plan.
const MOST_TRIALS: usize = 1_000_000;

mod experiment;
mod grid;
mod halving;
mod hyperband;
mod random;
mod results;
mod runner;
mod settings;
mod store;

pub use grid::GridSearch;
pub use hyperband::{Hyperband, SuccessiveHalving};
pub use random::RandomSearch;
pub use results::SearchResults;
