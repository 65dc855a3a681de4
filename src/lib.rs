#![doc = include_str!("../README.md")]

mod choice;

pub use choice::Choice;
pub use wgrad_data as data;
pub use wgrad_model::*;
pub use wgrad_tensor as tensor;
pub use wgrad_tensor::*;
// Both crates have these; the model's hold the tensor's.
pub use wgrad_model::{Error, Result};

// Linking a backend registers its devices.
#[cfg(feature = "cpu")]
use wgrad_cpu as _;
#[cfg(feature = "wgpu")]
use wgrad_wgpu as _;
