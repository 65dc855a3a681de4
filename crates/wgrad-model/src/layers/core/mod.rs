//! Linear maps, layers that models start with, and small ones.

mod einsum;
mod lambda;

pub use einsum_dense::PartialShape;
pub use lambda::Lambda;

layer_family! {
    dense::{Dense}
    einsum_dense::{EinsumDense}
    embedding::{Embedding}
    identity::{Identity}
    masking::{Masking}
    reversible_embedding::{ReversibleEmbedding}
}
