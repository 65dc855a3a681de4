//! Layers that bring their input to a mean, a spread or a length.

mod affine;
mod batch_normalization;
mod layer_normalization;
mod renorm;
mod statistics;

pub use batch_normalization::BatchNormalization;
pub use layer_normalization::LayerNormalization;
pub use renorm::RenormClipping;
pub(crate) use statistics::unit_length;
