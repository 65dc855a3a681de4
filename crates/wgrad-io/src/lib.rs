//! Models and arrays in and out of files.
//!
//! [`load_model`] and [`load_weights`] read what Keras writes: `.keras` archives, whole models in `.h5` (Keras 2 and 3), `.weights.h5`.
//! Everything in a file may be hostile: sizes are checked before memory is taken, and what does not fit is an error that names the place.

mod archive;
mod hdf5;
mod keras;
mod load;
mod save;

pub use load::{Load, load_model, load_model_with, load_weights};
pub use save::{save_model, save_weights};
