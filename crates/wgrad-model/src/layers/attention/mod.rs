//! Attention: sums of values with weights that follow from queries and keys.

mod additive_attention;
#[allow(clippy::module_inception)] // the class has the name of the family
mod attention;
mod group_query_attention;
mod heads;
mod lengths;
mod masks;
mod multi_head_attention;
mod projection;

pub use additive_attention::AdditiveAttention;
pub use attention::Attention;
pub use group_query_attention::GroupQueryAttention;
pub use lengths::Lengths;
pub use multi_head_attention::MultiHeadAttention;
