//! Layers that bring their input to a mean, a spread or a length.

mod affine;
mod renorm;
mod statistics;

pub use renorm::RenormClipping;
pub(crate) use statistics::unit_length;

layer_family! {
    batch_normalization::{BatchNormalization}
    group_normalization::{GroupNormalization}
    layer_normalization::{LayerNormalization}
    rms_normalization::{RMSNormalization}
    spectral_normalization::{SpectralNormalization}
    unit_normalization::{UnitNormalization}
}
