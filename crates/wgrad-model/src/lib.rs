//! Layers, losses, metrics, optimizers and training with the vocabulary of Keras.
//!
//! A [`Layer`] is its configuration and one function; a [`Sequential`] is a stack of layers; compiling it gives a [`Model`] with
//! `fit`, `evaluate` and `predict`. A training step is one program over flat parameters, compiled once and replayed.

mod activation;
mod any_length;
mod by_name;
mod checkpoint;
mod compile;
mod compile_json;
mod config;
mod constraint;
mod custom_model;
mod dtype_policy;
mod each;
mod entry;
mod error;
mod family;
mod files;
mod graph;
mod initializer;
mod input_layer;
mod layer;
mod layer_view;
mod layout;
mod model;
mod model_graph;
mod model_json;
mod names;
mod regularizer;
mod remat;
mod replace;
mod scope;
mod sequential;
mod settings;
mod summary;
mod table;
mod train;
mod variable;
mod weights;

pub mod callbacks;
pub mod layers;
pub mod losses;
pub mod metrics;
pub mod optimizers;
pub mod schedules;

pub use activation::Activation;
pub use any_length::ANY;
pub use by_name::ByName;
pub use callbacks::{Callback, Run};
pub use compile::{Compile, Losses, Metrics};
pub use constraint::{Constraint, NormAxes};
pub use custom_model::CustomModel;
pub use dtype_policy::DTypePolicy;
pub use each::{Arrays, Each};
pub use entry::Entry;
pub use error::{Error, Result, UnknownName};
pub use family::Custom;
pub use graph::{Functional, Symbol, Symbols};
pub use initializer::{Distribution, FanMode, Initializer, Scaling};
pub use layer::Layer;
pub use layer_view::LayerView;
pub use losses::{Loss, LossArgument};
pub use metrics::{Metric, MetricArgument};
pub use model::Model;
pub use model_graph::{GraphNode, ModelGraph};
pub use names::snake_case;
pub use optimizers::{Optimizer, OptimizerArgument};
pub use regularizer::{Orthogonal, Regularizer};
pub use remat::RematScope;
pub use replace::replace_file;
pub use scope::{Logits, Scope};
pub use sequential::Sequential;
pub use summary::Summary;
pub use train::{Batch, Fit, History, IntoBatch, Logs, PendingLogs, StepMemory, StepResult, TrainStep, Trainer, Verbose};
pub use variable::{Variable, Weight};
