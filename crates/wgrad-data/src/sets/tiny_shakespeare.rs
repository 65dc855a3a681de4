//! Tiny Shakespeare (Karpathy, char-rnn): 40,000 lines of plays, 65 different characters.

use crate::{Error, Result, file::gunzip};
use wgrad_tensor::Tensor;

/// The text, its characters, and the text as numbers. It is in the public domain, and this crate carries it.
///
/// ```
/// let text = wgrad_data::TinyShakespeare::load()?;
/// assert_eq!((text.text.len(), text.vocabulary.len()), (1_115_394, 65));
/// let ids = text.encode("First Citizen")?;
/// assert_eq!(ids[..5], [18, 47, 56, 57, 58]);
/// assert_eq!(text.decode(&ids), "First Citizen");
/// # Ok::<(), wgrad_data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TinyShakespeare {
    /// The whole text.
    pub text: String,
    /// The characters that occur in it, sorted; their positions are the numbers of [`TinyShakespeare::encode`].
    pub vocabulary: Vec<char>,
}

const TEXT: &[u8] = include_bytes!("../../sample/tiny-shakespeare/input.txt.gz");
const LENGTH: u64 = 1_115_394;

impl TinyShakespeare {
    /// Unpacks the text.
    ///
    /// # Errors
    /// None, as long as the crate is whole.
    pub fn load() -> Result<TinyShakespeare> {
        let file = "the text of Tiny Shakespeare";
        let bytes = gunzip(TEXT, LENGTH, file)?;
        let text = String::from_utf8(bytes).map_err(|e| Error::Format { file: file.into(), rule: e.to_string() })?;
        let vocabulary = text.chars().collect::<std::collections::BTreeSet<char>>().into_iter().collect();
        Ok(TinyShakespeare { text, vocabulary })
    }

    /// The numbers of the characters of `text`.
    ///
    /// # Errors
    /// A character that is not in the vocabulary.
    pub fn encode(&self, text: &str) -> Result<Vec<i32>> {
        let number = |c: char| match self.vocabulary.binary_search(&c) {
            Ok(i) => Ok(i as i32),
            Err(_) => Err(Error::invalid("TinyShakespeare::encode", format!("the character {c:?} is not in the vocabulary"))),
        };
        text.chars().map(number).collect()
    }

    /// The whole text as numbers, `i32[1115394]`.
    ///
    /// # Errors
    /// None while `text` and `vocabulary` belong together.
    pub fn ids(&self) -> Result<Tensor> {
        let ids = self.encode(&self.text)?;
        let n = ids.len();
        Ok(Tensor::from_vec(ids, [n]))
    }

    /// The characters of numbers; a number that is none becomes `\u{fffd}`.
    pub fn decode(&self, ids: &[i32]) -> String {
        let character = |&id: &i32| usize::try_from(id).ok().and_then(|id| self.vocabulary.get(id)).copied();
        ids.iter().map(|id| character(id).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}
