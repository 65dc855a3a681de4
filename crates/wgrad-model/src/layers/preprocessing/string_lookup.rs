//! Texts as numbers.

use super::{
    encoding::OutputMode,
    lookup::{Lookup, OovMethod, Salt},
    tokens::{Tokens, Vocabulary},
};
use crate::{Result, layers::arguments::arguments};
use serde_json::Value as Json;
use wgrad_tensor::Tensor;

arguments! {
    /// The number of each text in a vocabulary (Keras `StringLookup`). Texts are no tensors, so it is not a layer: it stands before the model.
    ///
    /// The numbers begin with that of `mask_token` (0, in the mode `"int"`, where there is one) and of the texts that the vocabulary does not have. A
    /// list or rows of texts give i32 of the same shape; the other modes give vectors as [`crate::layers::CategoryEncoding`] does, in which a mask
    /// token counts nowhere. In the modes with counts a list is one sample, and each of the rows is, of whatever length.
    ///
    /// Errors: arguments that do not go together; no vocabulary; a text that it does not have where `num_oov_indices` is 0.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::layers::StringLookup;
    /// let mut lookup = StringLookup::new();
    /// lookup.adapt(["b", "a", "b"])?;
    /// assert_eq!(lookup.get_vocabulary(true), ["[UNK]", "b", "a"]);
    /// assert_eq!(lookup.apply([["a", "c"]])?.to_vec::<i32>()?, [2, 0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct StringLookup() {
        /// The most numbers that there may be.
        may_take max_tokens: usize;
        /// How many numbers texts have that are not in the vocabulary; their hash tells which. 1 by default.
        takes num_oov_indices: usize = 1;
        /// A text that stands for nothing.
        may_convert mask_token: String;
        /// What stands for the texts that are not in the vocabulary; `"[UNK]"` by default.
        converts oov_token: String = "[UNK]".into();
        /// The texts that have numbers.
        may_convert vocabulary: Vocabulary<String>;
        /// The weights of the vocabulary in the mode `"tf_idf"`.
        may_convert idf_weights: Vec<f64>;
        /// Whether it goes from numbers to texts, see [`StringLookup::texts`].
        takes invert: bool = false;
        /// `"int"` (the default), `"one_hot"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
        converts output_mode: OutputMode = OutputMode::Int;
        /// Whether vectors have `max_tokens` elements, however many texts the vocabulary has.
        takes pad_to_max_tokens: bool = false;
        /// Must be `false`: there are no sparse tensors.
        takes sparse: bool = false;
        /// Texts are always hashed.
        converts oov_method: OovMethod = OovMethod::Floormod;
        /// The key of the hash of texts that are not in the vocabulary.
        may_convert salt: Salt;
        /// Of the texts: Rust's are UTF-8.
        converts encoding: String = "utf-8".into();
    }
}

impl StringLookup {
    /// From Keras' `get_config()`.
    ///
    /// # Errors
    /// An argument that it does not have, or of the wrong type.
    pub fn from_config(config: &Json) -> Result<StringLookup> {
        super::from_config("StringLookup", config)
    }

    pub(super) fn lookup(&self) -> Lookup<'_, String> {
        Lookup {
            class: "StringLookup",
            vocabulary: self.vocabulary.as_ref(),
            idf_weights: self.idf_weights.as_deref(),
            mask_token: self.mask_token.as_ref(),
            oov_token: &self.oov_token,
            num_oov_indices: self.num_oov_indices,
            max_tokens: self.max_tokens,
            pad_to_max_tokens: self.pad_to_max_tokens,
            output_mode: &self.output_mode,
            invert: self.invert,
            sparse: self.sparse,
            oov_method: &self.oov_method,
            salt: self.salt,
        }
    }

    /// Makes the vocabulary of the texts in `data`, the most frequent first and of equally frequent ones the greatest; for the mode `"tf_idf"` also
    /// their weights, where each text of a list is a document, and each of the rows is.
    ///
    /// # Errors
    /// Arguments that do not go together; no texts.
    pub fn adapt(&mut self, data: impl Into<Tokens<String>>) -> Result<()> {
        self.adapt_batches([data])
    }

    /// [`StringLookup::adapt`] of data in batches.
    ///
    /// # Errors
    /// Those of [`StringLookup::adapt`].
    pub fn adapt_batches<B: Into<Tokens<String>>>(&mut self, batches: impl IntoIterator<Item = B>) -> Result<()> {
        let learned = self.lookup().learn(batches.into_iter().map(Into::into));
        let (tokens, weights) = learned.map_err(|rule| self.lookup().invalid(rule))?;
        (self.vocabulary, self.idf_weights) = (Some(tokens.into()), weights);
        Ok(())
    }

    /// The numbers of `texts`, or the vectors that the mode asks for.
    ///
    /// # Errors
    /// See [`StringLookup`].
    pub fn apply(&self, texts: impl Into<Tokens<String>>) -> Result<Tensor> {
        self.lookup().apply(&texts.into())
    }

    /// The texts in the order of their numbers, with or without the special ones before the others.
    pub fn get_vocabulary(&self, include_special_tokens: bool) -> Vec<String> {
        self.lookup().all_tokens(include_special_tokens)
    }

    /// How many numbers there are, those of special texts included.
    pub fn vocabulary_size(&self) -> usize {
        self.lookup().size()
    }

    /// The texts of numbers, for a lookup in the mode `"int"`; what is no number of a text gives the one that stands for unknown texts.
    ///
    /// # Errors
    /// Arguments that do not go together; numbers that are not i32; a device that fails.
    pub fn texts(&self, numbers: &Tensor) -> Result<Vec<String>> {
        let lookup = self.lookup();
        lookup.check().and_then(|()| lookup.depth()).map_err(|rule| lookup.invalid(rule))?;
        Ok(numbers.to_vec::<i32>()?.into_iter().map(|index| lookup.token(index.into())).collect())
    }
}
