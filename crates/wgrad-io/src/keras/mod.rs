//! Where Keras' files keep the variables of a model, and how they describe it.

pub(crate) mod assets;
pub(crate) mod config;
mod legacy;
mod optimizer;
mod places;
mod weights;
pub(crate) mod write;

pub(crate) use legacy::{is_legacy, read_legacy};
pub(crate) use optimizer::{OPTIMIZER, compile_from_store, compile_from_training, from_store};
pub(crate) use weights::read_weights;
