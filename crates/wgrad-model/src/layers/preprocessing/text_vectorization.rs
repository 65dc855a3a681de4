//! Texts as numbers of their words.

use super::{
    encoding::OutputMode,
    lookup::{LARGEST, Lookup, OovMethod, tensor},
    text_steps::{Ngrams, Split, Standardize, TextStep},
    tokens::{Tokens, Vocabulary},
};
use crate::{Result, layers::arguments::setter};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use wgrad_tensor::Tensor;

/// Texts as numbers of their tokens in a vocabulary (Keras `TextVectorization`): standardize, split, join neighbours, look up. Texts are no tensors, so
/// it is not a layer: it stands before the model.
///
/// In the mode `"int"` a list of texts gives i32 `[texts, tokens]`, where number 0 (the token `""`) fills up shorter rows and 1 stands for tokens that
/// the vocabulary does not have; the other modes give f32 `[texts, numbers]`, in which number 0 stands for unknown tokens. Without a split each text is
/// one token, and rows are texts that are split already.
///
/// Errors: arguments that do not go together; no vocabulary; rows of several texts where there is a split.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::layers::TextVectorization;
/// let mut texts = TextVectorization::new().output_sequence_length(4);
/// texts.adapt(["foo bar", "bar baz", "baz bada boom"])?;
/// assert_eq!(texts.get_vocabulary(true), ["", "[UNK]", "baz", "bar", "foo", "boom", "bada"]);
/// assert_eq!(texts.apply(["Foo, qux bar", "qux baz"])?.to_vec::<i32>()?, [4, 1, 3, 0, 1, 2, 0, 0]);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TextVectorization {
    /// The most numbers that there may be.
    pub max_tokens: Option<usize>,
    /// How texts are made alike.
    pub standardize: TextStep<Standardize, String>,
    /// How texts become tokens.
    pub split: TextStep<Split, Vec<String>>,
    /// How many neighbours are joined to tokens.
    pub ngrams: Option<Ngrams>,
    /// `"int"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
    pub output_mode: OutputMode,
    /// The tokens of each text, cut or filled up, in the mode `"int"`.
    pub output_sequence_length: Option<usize>,
    /// Whether vectors have `max_tokens` elements.
    pub pad_to_max_tokens: bool,
    /// The tokens that have numbers.
    pub vocabulary: Option<Vocabulary<String>>,
    /// The weights of the vocabulary in the mode `"tf_idf"`.
    pub idf_weights: Option<Vec<f64>>,
    sparse: bool,
    ragged: bool,
    encoding: String,
}

impl Default for TextVectorization {
    fn default() -> Self {
        TextVectorization {
            max_tokens: None,
            standardize: TextStep::Named(Standardize::LowerAndStripPunctuation),
            split: TextStep::Named(Split::Whitespace),
            ngrams: None,
            output_mode: OutputMode::Int,
            output_sequence_length: None,
            pad_to_max_tokens: false,
            vocabulary: None,
            idf_weights: None,
            sparse: false,
            ragged: false,
            encoding: "utf-8".into(),
        }
    }
}

impl TextVectorization {
    /// With Keras' defaults.
    pub fn new() -> TextVectorization {
        TextVectorization::default()
    }

    /// From Keras' `get_config()`.
    ///
    /// # Errors
    /// An argument that it does not have, or of the wrong type.
    pub fn from_config(config: &Json) -> Result<TextVectorization> {
        super::from_config("TextVectorization", config)
    }

    setter!(
        /// The most numbers that there may be.
        may_take max_tokens: usize, self.max_tokens
    );
    setter!(
        /// `"lower_and_strip_punctuation"` (the default), `"lower"`, `"strip_punctuation"`, [`TextStep::None`] or a closure.
        converts standardize: TextStep<Standardize, String>, self.standardize
    );
    setter!(
        /// `"whitespace"` (the default), `"character"`, [`TextStep::None`] or a closure.
        converts split: TextStep<Split, Vec<String>>, self.split
    );
    setter!(
        /// Also joins neighbours to tokens: up to so many, or just those of these numbers.
        may_convert ngrams: Ngrams, self.ngrams
    );
    setter!(
        /// `"int"` (the default), `"multi_hot"`, `"count"` or `"tf_idf"`.
        converts output_mode: OutputMode, self.output_mode
    );
    setter!(
        /// The tokens of each text, cut or filled up, in the mode `"int"`; those of the longest text by default.
        may_take output_sequence_length: usize, self.output_sequence_length
    );
    setter!(
        /// Whether vectors have `max_tokens` elements, however many tokens the vocabulary has.
        takes pad_to_max_tokens: bool, self.pad_to_max_tokens
    );
    setter!(
        /// The tokens that have numbers.
        may_convert vocabulary: Vocabulary<String>, self.vocabulary
    );
    setter!(
        /// The weights of the vocabulary in the mode `"tf_idf"`.
        may_convert idf_weights: Vec<f64>, self.idf_weights
    );

    /// The lookup of tokens, which lends `special` tokens.
    fn lookup<'a>(&'a self, special: &'a [String; 2]) -> Lookup<'a, String> {
        Lookup {
            class: "TextVectorization",
            vocabulary: self.vocabulary.as_ref(),
            idf_weights: self.idf_weights.as_deref(),
            mask_token: Some(&special[0]),
            oov_token: &special[1],
            num_oov_indices: 1,
            max_tokens: self.max_tokens,
            pad_to_max_tokens: self.pad_to_max_tokens,
            output_mode: &self.output_mode,
            invert: false,
            sparse: self.sparse,
            oov_method: &OovMethod::Floormod,
            salt: None,
        }
    }

    /// Makes the vocabulary of the tokens in `texts`, the most frequent first and of equally frequent ones the greatest; for the mode `"tf_idf"` also
    /// their weights `log(1 + texts / (1 + texts with the token))`.
    ///
    /// # Errors
    /// Arguments that do not go together; no tokens.
    pub fn adapt(&mut self, texts: impl Into<Tokens<String>>) -> Result<()> {
        self.adapt_batches([texts])
    }

    /// [`TextVectorization::adapt`] of texts in batches.
    ///
    /// # Errors
    /// Those of [`TextVectorization::adapt`].
    pub fn adapt_batches<B: Into<Tokens<String>>>(&mut self, batches: impl IntoIterator<Item = B>) -> Result<()> {
        let special = special();
        let lookup = self.lookup(&special);
        let batches: Result<Vec<_>, String> = batches.into_iter().map(|batch| self.tokens(batch.into())).collect();
        let (tokens, weights) = batches.and_then(|batches| lookup.learn(batches)).map_err(|rule| lookup.invalid(rule))?;
        (self.vocabulary, self.idf_weights) = (Some(tokens.into()), weights);
        Ok(())
    }

    /// The numbers of the tokens of `texts`, or the vectors that the mode asks for.
    ///
    /// # Errors
    /// See [`TextVectorization`].
    pub fn apply(&self, texts: impl Into<Tokens<String>>) -> Result<Tensor> {
        let special = special();
        let lookup = self.lookup(&special);
        let tokens = self.tokens(texts.into()).map_err(|rule| lookup.invalid(rule))?;
        if self.output_mode != OutputMode::Int {
            return lookup.apply(&tokens);
        }
        let padded = lookup.indices(&tokens).and_then(|indices| tensor(self.padded(indices)?, Some(0)));
        padded.map_err(|rule| lookup.invalid(rule))
    }

    /// Rows of the output's length, where it is given.
    fn padded(&self, indices: Tokens<i32>) -> Result<Tokens<i32>, String> {
        let Some(length) = self.output_sequence_length else { return Ok(indices) };
        let rows = indices.into_rows();
        if length.checked_mul(rows.len()).is_none_or(|size| size > LARGEST) {
            return Err(format!("output_sequence_length = {length} is too large for {} texts", rows.len()));
        }
        let cut = |row: Vec<i32>| row.into_iter().chain(std::iter::repeat(0)).take(length).collect();
        Ok(Tokens::Rows(rows.into_iter().map(cut).collect()))
    }

    /// The tokens of each text.
    fn tokens(&self, texts: Tokens<String>) -> Result<Tokens<String>, String> {
        if self.output_mode != OutputMode::Int && self.output_sequence_length.is_some() {
            return Err("output_sequence_length belongs to the output_mode \"int\"".into());
        }
        if self.ragged || !self.encoding.eq_ignore_ascii_case("utf-8") {
            return Err(format!("ragged must be false and the encoding utf-8, got {} and {}", self.ragged, self.encoding));
        }
        let split_already = matches!(self.split, TextStep::None);
        let rows = texts.into_rows().into_iter().map(|row| {
            if row.len() != 1 && !split_already {
                return Err(format!("rows must have one text where there is a split, got {}", row.len()));
            }
            let mut tokens = Vec::new();
            for text in &row {
                tokens.extend(self.split.apply(&self.standardize.apply(text)?)?);
            }
            match &self.ngrams {
                Some(ngrams) => ngrams.apply(&tokens),
                None => Ok(tokens),
            }
        });
        Ok(Tokens::Rows(rows.collect::<Result<_, String>>()?))
    }

    /// The tokens in the order of their numbers, with or without the special ones before the others.
    pub fn get_vocabulary(&self, include_special_tokens: bool) -> Vec<String> {
        self.lookup(&special()).all_tokens(include_special_tokens)
    }

    /// How many numbers there are, those of special tokens included.
    pub fn vocabulary_size(&self) -> usize {
        self.lookup(&special()).size()
    }
}

/// Padding, and what stands for unknown tokens.
fn special() -> [String; 2] {
    [String::new(), "[UNK]".into()]
}
