//! Where Keras' files keep the variables of a model, and how they describe it.

pub(crate) mod assets;
pub(crate) mod config;
mod legacy;
mod optimizer;
mod places;
mod weights;
pub(crate) mod write;

pub(crate) use legacy::{is_legacy, read_legacy};
pub(crate) use optimizer::{OPTIMIZER, from_store, from_training, in_training};
pub(crate) use weights::read_weights;
