//! What can be wrong with a specialisation.

/// A name that a shader does not have, or a problem that a kernel cannot address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("there is no shader file {0:?}")]
    NoFile(String),
    #[error("{file} has no {kind} {name:?}")]
    NoName { file: &'static str, kind: &'static str, name: String },
    #[error("{file}: {what} is {value}, more than the {limit} that the kernel can address")]
    TooLarge { file: &'static str, what: &'static str, value: u128, limit: u128 },
    #[error("{file}: {what}")]
    Unsupported { file: &'static str, what: String },
}
