//! Texts as numbers of buckets, without a vocabulary.

use super::{
    encoding::OutputMode,
    encoding::encode,
    lookup::{Salt, bucket, tensor},
    tokens::Tokens,
};
use crate::{Error, Result, layers::arguments::arguments};
use serde_json::Value as Json;
use wgrad_tensor::Tensor;

arguments! {
    /// The hash of each text as one of `num_bins` numbers (Keras `Hashing`): FarmHash's fingerprint, or SipHash-2-4 with a key. Texts are no tensors,
    /// so it is not a layer; integers are hashed as their decimal texts.
    ///
    /// Errors: no bins, or only the one of `mask_value`; rows of different lengths in the modes `"int"` and `"one_hot"`.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::layers::Hashing;
    /// assert_eq!(Hashing::new(3).apply(["A", "B", "E"])?.to_vec::<i32>()?, [1, 0, 2]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct Hashing(
        /// How many numbers there are.
        num_bins: usize,
    ) {
        /// A text whose number is 0, which no other one has then.
        may_convert mask_value: String;
        /// The key of the hash.
        may_convert salt: Salt;
        /// `"int"` (the default), `"one_hot"`, `"multi_hot"` or `"count"`.
        converts output_mode: OutputMode = OutputMode::Int;
        /// Must be `false`: there are no sparse tensors.
        takes sparse: bool = false;
    }
}

impl Hashing {
    /// From Keras' `get_config()`.
    ///
    /// # Errors
    /// An argument that it does not have, or of the wrong type.
    pub fn from_config(config: &Json) -> Result<Hashing> {
        super::from_config("Hashing", config)
    }

    /// The numbers of `texts`, or the vectors that the mode asks for.
    ///
    /// # Errors
    /// See [`Hashing`].
    pub fn apply(&self, texts: impl Into<Tokens<String>>) -> Result<Tensor> {
        self.hashed(&texts.into()).map_err(|rule| Error::invalid("Hashing", rule))
    }

    fn hashed(&self, texts: &Tokens<String>) -> Result<Tensor, String> {
        super::dense(self.sparse)?;
        if *self.output_mode.known()? == OutputMode::TfIdf {
            return Err("the output_mode is one of int, one_hot, multi_hot, count, got \"tf_idf\"".into());
        }
        let masked = usize::from(self.mask_value.is_some());
        let bins = self.num_bins.checked_sub(masked).filter(|bins| *bins > 0 && i32::try_from(self.num_bins).is_ok());
        let bins = bins.ok_or_else(|| format!("num_bins must be at least {} and an i32, got {}", 1 + masked, self.num_bins))?;
        let number = |text: &String| if self.mask_value.as_ref() == Some(text) { 0 } else { (masked + bucket(text, bins, self.salt)) as i32 };
        let indices = texts.try_map(|text| Ok::<_, String>(number(text)))?;
        let ragged = matches!(self.output_mode, OutputMode::MultiHot | OutputMode::Count);
        encode(&tensor(indices, ragged.then_some(-1))?, &self.output_mode, self.num_bins, None)
    }
}
