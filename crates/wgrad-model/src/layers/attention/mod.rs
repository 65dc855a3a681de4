//! Attention: sums of values with weights that follow from queries and keys.

layer_family! {
    additive_attention::{AdditiveAttention}
    attention::{Attention}
    group_query_attention::{GroupQueryAttention}
    multi_head_attention::{MultiHeadAttention}
}

#[allow(clippy::module_inception)] // the class has the name of the family
mod heads;
mod lengths;
mod masks;
mod projection;

pub use lengths::Lengths;
