//! From a text to its tokens: standardize, split, join neighbours.

use super::named::named;
use crate::Custom;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use std::sync::Arc;

/// One step on the way from a text to its tokens.
#[derive(Clone, Debug)]
pub enum TextStep<N, T> {
    /// The text as it is.
    None,
    /// A step of Keras'.
    Named(N),
    /// A closure.
    Custom(Custom<dyn Fn(&str) -> T + Send + Sync>),
}

named! {
    /// How texts are made alike. Letters other than those of ASCII stay as they are.
    pub enum Standardize, "standardize" {
        /// ASCII letters become lower case, and ASCII punctuation goes.
        "lower_and_strip_punctuation" => LowerAndStripPunctuation,
        /// ASCII letters become lower case.
        "lower" => Lower,
        /// ASCII punctuation goes.
        "strip_punctuation" => StripPunctuation,
    }
}

named! {
    /// How texts become tokens.
    pub enum Split, "split" {
        /// At ASCII white space.
        "whitespace" => Whitespace,
        /// Between characters (Unicode scalar values).
        "character" => Character,
    }
}

impl<N, T> TextStep<N, T> {
    /// A closure under a name that errors show.
    pub fn custom(name: &str, function: impl Fn(&str) -> T + Send + Sync + 'static) -> Self {
        TextStep::Custom(Custom { name: name.into(), function: Arc::new(function) })
    }
}

impl TextStep<Standardize, String> {
    pub(crate) fn apply(&self, text: &str) -> Result<String, String> {
        let lower = |text: &str| text.to_ascii_lowercase();
        let strip = |text: &str| text.replace(|c: char| c.is_ascii_punctuation(), "");
        Ok(match self {
            TextStep::None => text.into(),
            TextStep::Custom(custom) => (custom.function)(text),
            TextStep::Named(named) => match named.known()? {
                Standardize::Lower => lower(text),
                Standardize::StripPunctuation => strip(text),
                Standardize::LowerAndStripPunctuation | Standardize::Unknown(_) => strip(&lower(text)),
            },
        })
    }
}

impl TextStep<Split, Vec<String>> {
    pub(crate) fn apply(&self, text: &str) -> Result<Vec<String>, String> {
        // As C's `isspace`.
        let is_space = |c: char| matches!(c, ' ' | '\t'..='\r');
        Ok(match self {
            TextStep::None => vec![text.into()],
            TextStep::Custom(custom) => (custom.function)(text),
            TextStep::Named(named) => match named.known()? {
                Split::Character => text.chars().map(String::from).collect(),
                Split::Whitespace | Split::Unknown(_) => text.split(is_space).filter(|part| !part.is_empty()).map(String::from).collect(),
            },
        })
    }
}

impl<N: From<String>, T> From<&str> for TextStep<N, T> {
    fn from(name: &str) -> Self {
        TextStep::Named(name.to_string().into())
    }
}

/// A name, or null for the text as it is.
impl<N: Clone + Into<String>, T> Serialize for TextStep<N, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            TextStep::None => serializer.serialize_none(),
            TextStep::Named(name) => serializer.serialize_str(&name.clone().into()),
            TextStep::Custom(custom) => Err(ser::Error::custom(format!("{} is a closure and cannot be written", custom.name))),
        }
    }
}

impl<'de, N: From<String>, T> Deserialize<'de> for TextStep<N, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name: Option<String> = Option::deserialize(deserializer)?;
        Ok(name.map_or(TextStep::None, |name| TextStep::Named(name.into())))
    }
}

/// How many neighbours are joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ngrams {
    /// One, two, ... up to so many.
    UpTo(usize),
    /// So many, in this order.
    Each(Vec<usize>),
}

impl From<usize> for Ngrams {
    fn from(most: usize) -> Self {
        Ngrams::UpTo(most)
    }
}

impl<const N: usize> From<[usize; N]> for Ngrams {
    fn from(widths: [usize; N]) -> Self {
        Ngrams::Each(widths.into())
    }
}

impl Ngrams {
    /// All neighbours of the row, joined by spaces.
    pub(crate) fn apply(&self, row: &[String]) -> Result<Vec<String>, String> {
        let widths = match self {
            // More than the row has give none.
            Ngrams::UpTo(most) => (1..=(*most).min(row.len())).collect(),
            Ngrams::Each(widths) => widths.clone(),
        };
        if widths.contains(&0) || *self == Ngrams::UpTo(0) {
            return Err("ngrams must be at least 1, got 0".into());
        }
        Ok(widths.into_iter().flat_map(|width| row.windows(width).map(|words| words.join(" "))).collect())
    }
}
