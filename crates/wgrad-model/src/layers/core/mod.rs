//! Layers that models start with.

mod embedding;
mod masking;
mod reversible_embedding;

pub use embedding::Embedding;
pub use masking::Masking;
pub use reversible_embedding::ReversibleEmbedding;
