//! Texts and integers on the host, and the vocabularies that give them numbers.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{collections::HashMap, fmt, hash::Hash, sync::Arc};

/// Texts or integers on the host: a list, or rows of them, which may have different lengths.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tokens<T> {
    List(Vec<T>),
    Rows(Vec<Vec<T>>),
}

impl<T> Tokens<T> {
    /// Each as `f` says.
    pub(crate) fn try_map<U, E>(&self, mut f: impl FnMut(&T) -> Result<U, E>) -> Result<Tokens<U>, E> {
        let mut all = |list: &Vec<T>| list.iter().map(&mut f).collect::<Result<Vec<U>, E>>();
        Ok(match self {
            Tokens::List(list) => Tokens::List(all(list)?),
            Tokens::Rows(rows) => Tokens::Rows(rows.iter().map(all).collect::<Result<_, E>>()?),
        })
    }

    /// The rows, of which a list's elements are one each.
    pub(crate) fn into_rows(self) -> Vec<Vec<T>> {
        match self {
            Tokens::List(list) => list.into_iter().map(|token| vec![token]).collect(),
            Tokens::Rows(rows) => rows,
        }
    }
}

/// The tokens that have numbers, in their order.
#[derive(Clone)]
pub struct Vocabulary<T>(Arc<Entries<T>>);

struct Entries<T> {
    tokens: Vec<T>,
    places: HashMap<T, usize>,
}

impl<T: Clone + Eq + Hash> Vocabulary<T> {
    fn new(tokens: Vec<T>) -> Self {
        // Where a token occurs twice, the last one counts: the first may be one of the special ones before the others.
        let places = tokens.iter().enumerate().map(|(i, token)| (token.clone(), i)).collect();
        Vocabulary(Arc::new(Entries { tokens, places }))
    }
}

impl<T: Eq + Hash> Vocabulary<T> {
    /// The tokens.
    pub fn tokens(&self) -> &[T] {
        &self.0.tokens
    }

    /// Where a token stands.
    pub fn place(&self, token: &T) -> Option<usize> {
        self.0.places.get(token).copied()
    }
}

impl<T> fmt::Debug for Vocabulary<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vocabulary({} tokens)", self.0.tokens.len())
    }
}

impl<T: Serialize> Serialize for Vocabulary<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.tokens.serialize(serializer)
    }
}

impl<'de, T: Clone + Eq + Hash + Deserialize<'de>> Deserialize<'de> for Vocabulary<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Vocabulary::new)
    }
}

/// Lists and rows of a type as tokens and vocabularies.
macro_rules! tokens_from {
    ($($from:ty => $token:ty),*) => {$(
        impl From<&[$from]> for Tokens<$token> {
            fn from(list: &[$from]) -> Self {
                Tokens::List(list.iter().cloned().map(<$token>::from).collect())
            }
        }
        impl From<Vec<$from>> for Tokens<$token> {
            fn from(list: Vec<$from>) -> Self {
                Tokens::List(list.into_iter().map(<$token>::from).collect())
            }
        }
        impl<const N: usize> From<[$from; N]> for Tokens<$token> {
            fn from(list: [$from; N]) -> Self {
                Tokens::List(list.into_iter().map(<$token>::from).collect())
            }
        }
        impl From<Vec<Vec<$from>>> for Tokens<$token> {
            fn from(rows: Vec<Vec<$from>>) -> Self {
                Tokens::Rows(rows.into_iter().map(|row| row.into_iter().map(<$token>::from).collect()).collect())
            }
        }
        impl<const M: usize, const N: usize> From<[[$from; N]; M]> for Tokens<$token> {
            fn from(rows: [[$from; N]; M]) -> Self {
                Tokens::Rows(rows.into_iter().map(|row| row.into_iter().map(<$token>::from).collect()).collect())
            }
        }
        impl From<&[$from]> for Vocabulary<$token> {
            fn from(tokens: &[$from]) -> Self {
                Vocabulary::new(tokens.iter().cloned().map(<$token>::from).collect())
            }
        }
        impl From<Vec<$from>> for Vocabulary<$token> {
            fn from(tokens: Vec<$from>) -> Self {
                Vocabulary::new(tokens.into_iter().map(<$token>::from).collect())
            }
        }
        impl<const N: usize> From<[$from; N]> for Vocabulary<$token> {
            fn from(tokens: [$from; N]) -> Self {
                Vocabulary::new(tokens.into_iter().map(<$token>::from).collect())
            }
        }
    )*};
}
tokens_from!(&str => String, String => String, i32 => i64, i64 => i64);
