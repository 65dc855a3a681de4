//! What can go wrong, with the place, the rule and the values.

use crate::{DType, Spec};
use std::{fmt, panic::Location, sync::Arc};

/// The result of everything at a boundary.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the tensor, device or program level. Cheap to clone: tensors carry it to the next boundary.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An operation was applied to operands that it does not accept.
    #[error("{0}")]
    Op(Arc<OpError>),
    /// The values given to a program, or read from it, do not fit its signature.
    #[error("{what}: expected {expected}, got {got}")]
    Mismatch {
        /// The place, for example `input 2 ("x") of the program`.
        what: String,
        /// What the rule asks for.
        expected: String,
        /// What there was.
        got: String,
    },
    /// A device cannot do what a program asks for.
    #[error("device {device} does not support {what}: {why}")]
    Unsupported {
        /// The device's name.
        device: String,
        /// The feature, dtype or operation.
        what: String,
        /// The limit, and what to do instead.
        why: String,
    },
    /// More memory was needed than there was.
    #[error("device {device} is out of memory: {what} needs {needed} bytes, {available} are available")]
    OutOfMemory {
        /// The device's name.
        device: String,
        /// What asked for it.
        what: String,
        /// Bytes needed.
        needed: u64,
        /// Bytes that there were, or the limit that was exceeded.
        available: u64,
    },
    /// No device of that name can be opened.
    #[error("no device \"{requested}\": {why}")]
    NoDevice {
        /// What was asked for.
        requested: String,
        /// What was found instead, and what to do.
        why: String,
    },
    /// A device failed while it worked (lost, validation error, time-out).
    #[error("device {device} failed: {why}")]
    Device {
        /// The device's name.
        device: String,
        /// The driver's message.
        why: String,
    },
    /// The file of `WGRAD_TRACE` cannot be written.
    #[error("the timeline {path} cannot be written: {why}")]
    Timeline {
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// A program or plan that breaks the rules of its own form; always a mistake in wgrad.
    #[error("invalid program: {0}")]
    InvalidProgram(String),
}

/// The parts of [`Error::Op`].
#[derive(Clone, Debug)]
pub struct OpError {
    /// The operation as the user calls it, for example `matmul`.
    pub op: String,
    /// The rule that was broken, with the values.
    pub rule: String,
    /// Dtypes and shapes of the operands.
    pub operands: Vec<Spec>,
    /// The source line of the call.
    pub at: &'static Location<'static>,
    /// The layer path, where a layer made the call: `sequential/dense_1`.
    pub path: Option<String>,
}

impl fmt::Display for OpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.op, self.rule)?;
        if !self.operands.is_empty() {
            let operands: Vec<_> = self.operands.iter().map(Spec::to_string).collect();
            write!(f, " (operands {})", operands.join(", "))?;
        }
        if let Some(path) = &self.path {
            write!(f, " in layer {path}")?;
        }
        write!(f, " at {}:{}:{}", self.at.file(), self.at.line(), self.at.column())
    }
}

impl Error {
    /// The rule text for operands of different dtypes.
    pub(crate) fn mixed_dtypes(a: DType, b: DType) -> String {
        format!("dtypes {a} and {b} are mixed; convert one with cast")
    }
}
