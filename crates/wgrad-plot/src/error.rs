//! Errors of pictures.

use std::path::Path;
use wgrad_model::Error;

/// The error of a file, with its path.
pub(crate) fn file_error(path: &Path, why: impl ToString) -> Error {
    Error::File { path: path.display().to_string(), why: why.to_string() }
}

/// The error of a picture that cannot be drawn of its data.
pub(crate) fn invalid(place: &str, rule: impl Into<String>) -> Error {
    Error::Invalid { place: place.into(), rule: rule.into() }
}
