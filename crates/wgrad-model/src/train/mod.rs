//! Training, evaluation and prediction. A training step is one program, compiled once and replayed.

mod batch;
mod class_weight;
mod columns;
mod data;
mod evaluate;
mod fit;
mod fit_batches;
mod history;
mod permutation;
mod predict;
mod program;
mod rows;
pub(crate) mod session;
mod source;
mod tally;
mod trainer;

pub use batch::Batch;
pub use fit::{Fit, Verbose};
pub use history::{History, Logs};
pub(crate) use program::Programs;
pub use trainer::Trainer;
