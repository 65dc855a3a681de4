//! What the peers share: the cases, their data, the measuring loop of wgrad's `train_bench`, and the line of JSON that a run ends with.

mod cases;
mod data;
mod program;

// The same loop measures wgrad.
#[path = "../../../../examples/train_bench/measure.rs"]
#[allow(dead_code, reason = "what wgrad reports beside speed")]
mod measure;

pub use cases::{Case, Net, Optimizer, Training};
pub use data::{Batches, Random};
pub use measure::Stepper;
pub use program::{Peer, Ready, run};
