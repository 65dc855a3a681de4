//! Training, evaluation and prediction. A training step is one program, compiled once and replayed.

mod backup;
mod batch;
mod by_row;
mod class_weight;
mod columns;
mod custom_step;
mod data;
mod evaluate;
mod fit;
mod fit_batches;
mod gradients;
mod history;
mod inference;
mod memory;
mod permutation;
mod predict;
mod program;
mod rows;
pub(crate) mod session;
mod source;
mod tally;
mod trainer;

pub use batch::{Batch, IntoBatch};
pub(crate) use custom_step::CustomStep;
pub use custom_step::{StepResult, TrainStep};
pub use fit::{Fit, Verbose};
pub use history::{History, Logs};
pub use memory::StepMemory;
pub(crate) use program::Programs;
pub use session::PendingLogs;
pub use trainer::Trainer;
