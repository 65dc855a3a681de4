//! Layers that models start with.

mod embedding;
mod masking;

pub use embedding::Embedding;
pub use masking::Masking;
