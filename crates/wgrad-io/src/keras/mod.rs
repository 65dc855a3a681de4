//! Where Keras' files keep the variables of a model.

mod legacy;
mod optimizer;
mod places;
mod weights;

pub(crate) use legacy::{is_legacy, read_legacy};
pub(crate) use optimizer::{from_store, from_training};
pub(crate) use weights::read_weights;
