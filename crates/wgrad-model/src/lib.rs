//! Layers, losses, metrics, optimizers and training with the vocabulary of Keras.
//!
//! A [`Layer`] is its configuration and one function; a [`Sequential`] is a stack of layers; compiling it gives a [`Model`] with
//! `fit`, `evaluate` and `predict`. A training step is one program over flat parameters, compiled once and replayed.

mod activation;
mod by_name;
mod config;
mod constraint;
mod entry;
mod error;
mod family;
mod initializer;
mod layer;
mod layout;
mod model;
mod regularizer;
mod scope;
mod sequential;
mod summary;
mod table;
mod train;
mod variable;
mod weights;

pub mod layers;
pub mod losses;
pub mod metrics;
pub mod optimizers;
pub mod schedules;

pub use activation::Activation;
pub use by_name::ByName;
pub use constraint::{Constraint, NormAxes};
pub use entry::Entry;
pub use error::{Error, Result, UnknownName};
pub use family::Custom;
pub use initializer::Initializer;
pub use layer::Layer;
pub use losses::{Loss, LossArgument};
pub use metrics::{Metric, MetricArgument, Metrics};
pub use model::Model;
pub use optimizers::{Optimizer, OptimizerArgument};
pub use regularizer::{Orthogonal, Regularizer};
pub use scope::{Logits, Scope};
pub use sequential::Sequential;
pub use train::{Fit, History, Logs, Trainer, Verbose};
pub use variable::{Variable, Weight};
