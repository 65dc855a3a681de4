#![doc = include_str!("../README.md")]

mod choice;

pub use choice::Choice;
#[cfg(feature = "board")]
pub use wgrad_board as board;
pub use wgrad_data as data;
pub use wgrad_io as io;
pub use wgrad_io::{Load, load_model, load_model_with, load_weights, save_model, save_weights};
pub use wgrad_learn as learn;
pub use wgrad_model::*;
#[cfg(feature = "plot")]
pub use wgrad_plot as plot;
pub use wgrad_tensor as tensor;
pub use wgrad_tensor::*;
pub use wgrad_tune as tune;
// Both crates have these; the model's hold the tensor's.
pub use wgrad_model::{Error, Result};

// Linking a backend registers its devices.
#[cfg(feature = "cpu")]
use wgrad_cpu as _;
#[cfg(feature = "wgpu")]
use wgrad_wgpu as _;
