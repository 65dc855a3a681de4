//! Layers that bring their input to a mean, a spread or a length.

mod affine;
mod batch_normalization;
mod group_normalization;
mod layer_normalization;
mod renorm;
mod rms_normalization;
mod spectral_normalization;
mod statistics;
mod unit_normalization;

pub use batch_normalization::BatchNormalization;
pub use group_normalization::GroupNormalization;
pub use layer_normalization::LayerNormalization;
pub use renorm::RenormClipping;
pub use rms_normalization::RMSNormalization;
pub use spectral_normalization::SpectralNormalization;
pub(crate) use statistics::unit_length;
pub use unit_normalization::UnitNormalization;
