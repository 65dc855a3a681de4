//! What can go wrong in a model, with the place and the rule.

/// The result of everything at a boundary of the model crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the model level.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An error of a tensor (its text names the layer path), a program or a device.
    #[error(transparent)]
    Tensor(#[from] wgrad_tensor::Error),
    /// A name that stands for nothing.
    #[error("{0}")]
    UnknownName(UnknownName),
    /// A setting, or a combination of settings, that makes no sense.
    #[error("{place}: {rule}")]
    Invalid {
        /// Where: an argument, a layer path.
        place: String,
        /// The rule and the values that break it.
        rule: String,
    },
    /// Data of a shape or dtype that the model does not take.
    #[error("{what}: expected {expected}, got {got}")]
    Mismatch {
        /// Which data.
        what: String,
        /// What the rule asks for.
        expected: String,
        /// What there was.
        got: String,
    },
    /// An error of a pipeline that gives batches.
    #[error(transparent)]
    Data(Box<dyn std::error::Error + Send + Sync>),
    /// A file that cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// The path of the file.
        path: String,
        /// What went wrong.
        why: String,
    },
}

impl Error {
    pub(crate) fn invalid(place: impl Into<String>, rule: impl Into<String>) -> Error {
        Error::Invalid { place: place.into(), rule: rule.into() }
    }

    pub(crate) fn mismatch(what: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) -> Error {
        Error::Mismatch { what: what.into(), expected: expected.into(), got: got.into() }
    }
}

/// A name that stands for nothing, and the known names that are near it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What the name should stand for: `optimizer`, `loss`, `layer`, ...
    pub kind: &'static str,
    /// The name.
    pub name: String,
    /// Known names that are near it, the nearest first.
    pub near: Vec<String>,
    /// All known names.
    pub known: Vec<String>,
}

impl UnknownName {
    /// Finds the names among `known` that are near `name`.
    pub(crate) fn new<'a>(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> UnknownName {
        let lower = name.to_lowercase();
        let limit = 1 + lower.chars().count() / 3;
        // Names that hold all words of the wanted one come first, then those that few changes of letters lead to.
        let rank = |known: &str| {
            let known = known.to_lowercase();
            let has_words = lower.split('_').all(|word| known.contains(word));
            (!has_words, edit_distance(&lower, &known))
        };
        let known: Vec<String> = known.into_iter().map(str::to_string).collect();
        let mut ranked: Vec<_> = known.iter().map(|known| (rank(known), known)).collect();
        ranked.sort_unstable();
        let is_near = |(lacks_words, distance): (bool, usize)| !lower.is_empty() && (!lacks_words || distance <= limit);
        let near = ranked.iter().filter(|(rank, _)| is_near(*rank)).map(|(_, known)| (*known).clone()).take(6).collect();
        UnknownName { kind, name: name.into(), near, known }
    }
}

impl std::fmt::Display for UnknownName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no {} \"{}\"", self.kind, self.name)?;
        match self.near.as_slice() {
            [] => write!(f, "; it is one of {}", self.known.join(", ")),
            near => write!(f, "; did you mean {}?", near.join(", ")),
        }
    }
}

impl From<UnknownName> for Error {
    fn from(unknown: UnknownName) -> Error {
        Error::UnknownName(unknown)
    }
}

/// Levenshtein's distance: the least number of insertions, deletions and replacements that make `b` of `a`.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_first() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        let unknown = UnknownName::new("activation", "rellu", ["sigmoid", "relu", "elu", "selu"]);
        assert_eq!(unknown.near[0], "relu");
        assert!(!unknown.near.contains(&"sigmoid".to_string()));
        assert!(Error::from(unknown).to_string().starts_with("there is no activation \"rellu\"; did you mean relu"));
    }

    #[test]
    fn all_names_where_none_is_near() {
        let unknown = UnknownName::new("optimizer", "zzzzzz", ["adam", "sgd"]);
        assert_eq!(unknown.to_string(), "there is no optimizer \"zzzzzz\"; it is one of adam, sgd");
    }
}
