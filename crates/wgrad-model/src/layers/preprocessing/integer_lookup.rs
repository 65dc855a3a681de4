//! Integers as numbers of a vocabulary.

use super::{
    encoding::{OutputMode, count_not_above},
    lookup::{Lookup, OovMethod, Salt},
    tokens::{Tokens, Vocabulary},
};
use crate::{Layer, Result, Scope, layers::arguments::arguments};
use wgrad_tensor::{DType, Tensor};

arguments! {
    /// The number of each integer in a vocabulary (Keras `IntegerLookup`), the same for integers as [`crate::layers::StringLookup`] for texts. As a
    /// layer it takes integers as i32, or floats, which are cut; on the host ([`IntegerLookup::apply`]) those of 64 bits.
    ///
    /// Errors: arguments that do not go together; no vocabulary; in a model, 0 or several `num_oov_indices` with hashes.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::IntegerLookup};
    /// use wgrad_tensor::Tensor;
    /// let lookup = IntegerLookup::new().vocabulary([12, 36, 1138]).output_mode("count");
    /// let mut model = Sequential::new([lookup.into()]).input_shape([3]).build()?;
    /// assert_eq!(model.predict(&Tensor::from([[12, 7, 12]]))?.to_vec::<f32>()?, [1.0, 2.0, 0.0, 0.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct IntegerLookup() {
        /// The most numbers that there may be.
        may_take max_tokens: usize;
        /// How many numbers integers have that are not in the vocabulary; 1 by default.
        takes num_oov_indices: usize = 1;
        /// An integer that stands for nothing.
        may_take mask_token: i64;
        /// What stands for the integers that are not in the vocabulary; -1 by default.
        takes oov_token: i64 = -1;
        /// The integers that have numbers.
        may_convert vocabulary: Vocabulary<i64>;
        /// Of the vocabulary: always `"int64"`.
        converts vocabulary_dtype: String = "int64".into();
        /// The weights of the vocabulary in the mode `"tf_idf"`.
        may_convert idf_weights: Vec<f64>;
        /// Whether it goes from numbers to integers.
        takes invert: bool = false;
        /// `"int"` (the default), `"one_hot"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
        converts output_mode: OutputMode = OutputMode::Int;
        /// Whether vectors have `max_tokens` elements, however many integers the vocabulary has.
        takes pad_to_max_tokens: bool = false;
        /// Must be `false`: there are no sparse tensors.
        takes sparse: bool = false;
        /// Which of several numbers an integer has that is not in the vocabulary: `"floormod"` (the default) or `"farmhash"`.
        converts oov_method: OovMethod = OovMethod::Floormod;
        /// The key of the hash.
        may_convert salt: Salt;
    }
}

impl IntegerLookup {
    fn lookup(&self) -> Lookup<'_, i64> {
        Lookup {
            class: "IntegerLookup",
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

    /// Makes the vocabulary of the integers in `data`, as [`crate::layers::StringLookup::adapt`] does of texts; to call before a model is built.
    ///
    /// # Errors
    /// Arguments that do not go together; no integers.
    pub fn adapt(&mut self, data: impl Into<Tokens<i64>>) -> Result<()> {
        self.adapt_batches([data])
    }

    /// [`IntegerLookup::adapt`] of data in batches.
    ///
    /// # Errors
    /// Those of [`IntegerLookup::adapt`].
    pub fn adapt_batches<B: Into<Tokens<i64>>>(&mut self, batches: impl IntoIterator<Item = B>) -> Result<()> {
        let learned = self.lookup().learn(batches.into_iter().map(Into::into));
        let (tokens, weights) = learned.map_err(|rule| self.lookup().invalid(rule))?;
        (self.vocabulary, self.idf_weights) = (Some(tokens.into()), weights);
        Ok(())
    }

    /// The numbers of `integers`, or the vectors that the mode asks for, computed on the host.
    ///
    /// # Errors
    /// See [`IntegerLookup`].
    pub fn apply(&self, integers: impl Into<Tokens<i64>>) -> Result<Tensor> {
        self.lookup().apply(&integers.into())
    }

    /// The integers in the order of their numbers, with or without the special ones before the others.
    pub fn get_vocabulary(&self, include_special_tokens: bool) -> Vec<i64> {
        self.lookup().all_tokens(include_special_tokens)
    }

    /// How many numbers there are, those of special integers included.
    pub fn vocabulary_size(&self) -> usize {
        self.lookup().size()
    }

    /// The layer's result, or the rule that is broken.
    #[track_caller]
    fn find(&self, x: &Tensor) -> Result<Tensor, String> {
        let lookup = self.lookup();
        lookup.check()?;
        lookup.depth()?;
        let x = x.cast(DType::I32);
        if self.invert {
            return integers(&lookup, &x);
        }
        let start = lookup.token_start() - self.num_oov_indices;
        let unknown = match (self.num_oov_indices, &self.oov_method) {
            (0, _) => return Err("num_oov_indices must be at least 1 in a model".into()),
            (1, _) => x.full_like(start as f64),
            (buckets, OovMethod::Floormod) => {
                let n = i32::try_from(buckets).map_err(|_| format!("num_oov_indices = {buckets} is too large"))?;
                let remainder = &x % n;
                remainder.lt(0).where_(&remainder + n, &remainder) + start
            }
            (..) => return Err("several num_oov_indices with hashes are not for models; call apply".into()),
        };
        let indices = numbers(lookup.tokens(), lookup.token_start(), &x, &unknown);
        let indices = match self.mask_token.map(i32::try_from) {
            Some(Ok(mask)) => x.eq(mask).where_(if start > 0 { 0 } else { -1 }, &indices),
            _ => indices,
        };
        lookup.encode(&indices)
    }
}

/// The numbers, from `start`, of the elements of `x` among `tokens`, else what `unknown` says.
#[track_caller]
fn numbers(tokens: &[i64], start: usize, x: &Tensor, unknown: &Tensor) -> Tensor {
    let mut sorted: Vec<(i32, i32)> =
        tokens.iter().enumerate().filter_map(|(i, &token)| Some((i32::try_from(token).ok()?, i32::try_from(start + i).ok()?))).collect();
    sorted.sort_unstable();
    if sorted.is_empty() {
        return unknown.clone();
    }
    let (keys, values): (Vec<i32>, Vec<i32>) = sorted.into_iter().unzip();
    let length = keys.len();
    let (keys, values) = (Tensor::from_vec(keys, [length]), Tensor::from_vec(values, [length]));
    let place = count_not_above(&keys, x) - 1;
    let found = place.ge(0).logical_and(keys.take(&place, 0).eq(x));
    found.where_(values.take(&place, 0), unknown)
}

/// The integers of numbers.
#[track_caller]
fn integers(lookup: &Lookup<'_, i64>, numbers: &Tensor) -> Result<Tensor, String> {
    let narrow = |token: i64| i32::try_from(token).map_err(|_| format!("{token} in the vocabulary is too large for i32"));
    let tokens: Vec<i32> = (0..lookup.size() as i64).map(|index| narrow(lookup.token(index))).collect::<Result<_, _>>()?;
    let length = tokens.len();
    let known = numbers.ge(0).logical_and(numbers.lt(length));
    Ok(known.where_(Tensor::from_vec(tokens, [length]).take(numbers, 0), narrow(*lookup.oov_token)?))
}

impl Layer for IntegerLookup {
    fn class_name(&self) -> &'static str {
        "IntegerLookup"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        self.find(x).unwrap_or_else(|rule| Tensor::invalid("IntegerLookup", rule, &[x]))
    }
}
