//! What can go wrong with a data set: each text names the file and the rule.

/// The result of reading data.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a data set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that cannot be opened, read or written.
    #[error("{file}: {source}")]
    Io {
        /// Its path.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file whose content breaks a rule of its format.
    #[error("{file}: {rule}")]
    Format {
        /// Its path.
        file: String,
        /// The rule, with the values.
        rule: String,
    },
    /// A file of the right format that is not the one it should be.
    #[error("{file}: the SHA-256 of its unpacked content is {got}, which is not that of this data set ({expected}); replace the file")]
    Checksum {
        /// Its path or address.
        file: String,
        /// The sum that it should have.
        expected: String,
        /// The sum that it has.
        got: String,
    },
    /// A file that could not be fetched.
    #[error("{url}: {why}")]
    Download {
        /// Its address.
        url: String,
        /// What the network says.
        why: String,
    },
    /// A data set that no place has.
    #[error("the data set {set} is neither here nor can it be fetched ({why}); set WGRAD_DATA to a directory that has the folder {set}")]
    Missing {
        /// Its name, which is that of its folder.
        set: String,
        /// What was tried last.
        why: String,
    },
    /// Arguments or values that do not fit a function.
    #[error("{place}: {rule}")]
    Invalid {
        /// The function.
        place: String,
        /// The rule, with the values.
        rule: String,
    },
    /// A stage of a pipeline that cannot do what it should.
    #[error("pipeline, {stage}: {why}")]
    Pipeline {
        /// Its name.
        stage: &'static str,
        /// The rule, with the values.
        why: String,
    },
    /// An error of a user's own function.
    #[error(transparent)]
    User(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The error of a function with arguments or values that do not fit.
    pub(crate) fn invalid(place: impl Into<String>, rule: impl Into<String>) -> Error {
        Error::Invalid { place: place.into(), rule: rule.into() }
    }

    /// Wraps an error of a user's function; one of this crate stays what it is.
    pub(crate) fn of_user(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        error.into().downcast::<Error>().map_or_else(Error::User, |error| *error)
    }
}
