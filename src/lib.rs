#![doc = include_str!("../README.md")]

pub use wgrad_data as data;
pub use wgrad_model::*;
pub use wgrad_tensor as tensor;
pub use wgrad_tensor::*;

// Linking a backend registers its devices.
#[cfg(feature = "cpu")]
use wgrad_cpu as _;
#[cfg(feature = "wgpu")]
use wgrad_wgpu as _;
