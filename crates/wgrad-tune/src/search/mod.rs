//! Searches: which trials there are, and what they share.

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
