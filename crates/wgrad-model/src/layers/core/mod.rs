//! Linear maps, layers that models start with, and small ones.

mod dense;
mod einsum;
mod einsum_dense;
mod embedding;
mod identity;
mod lambda;
mod masking;
mod reversible_embedding;

pub use dense::Dense;
pub use einsum_dense::{EinsumDense, PartialShape};
pub use embedding::Embedding;
pub use identity::Identity;
pub use lambda::Lambda;
pub use masking::Masking;
pub use reversible_embedding::ReversibleEmbedding;
