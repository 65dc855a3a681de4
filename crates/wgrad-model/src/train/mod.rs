//! Training, evaluation and prediction. A training step is one program, compiled once and replayed.

mod data;
mod evaluate;
mod fit;
mod history;
mod permutation;
mod predict;
mod program;
mod progress;
mod rows;
mod session;
mod trainer;

pub use fit::{Fit, Verbose};
pub use history::{History, Logs};
pub(crate) use program::Programs;
pub use trainer::Trainer;
