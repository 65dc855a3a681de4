//! What the lookups have in common: numbers of tokens by a vocabulary, and the vocabulary of data.

use super::{
    encoding::{OutputMode, encode},
    hash::{farm, sip},
    named::named,
    tokens::{Tokens, Vocabulary},
};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, fmt::Debug, hash::Hash};
use wgrad_tensor::Tensor;

named! {
    /// How integers that the vocabulary does not have get one of several numbers.
    pub enum OovMethod, "oov_method" {
        /// The remainder of the division by the number of them.
        "floormod" => Floormod,
        /// The hash of the decimal text.
        "farmhash" => Farmhash,
    }
}

/// The most numbers that vectors and rows are filled up with, and that stand for unknown tokens.
pub(crate) const LARGEST: usize = 1 << 28;

/// The key of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SaltForm")]
pub struct Salt(pub [i64; 2]);

#[derive(Deserialize)]
#[serde(untagged)]
enum SaltForm {
    One(i64),
    Two([i64; 2]),
}

impl From<SaltForm> for Salt {
    fn from(form: SaltForm) -> Self {
        match form {
            SaltForm::One(both) => both.into(),
            SaltForm::Two(two) => Salt(two),
        }
    }
}

impl From<i64> for Salt {
    fn from(both: i64) -> Self {
        Salt([both, both])
    }
}

impl From<[i64; 2]> for Salt {
    fn from(two: [i64; 2]) -> Self {
        Salt(two)
    }
}

/// The hash of a text below `buckets`.
pub(crate) fn bucket(text: &str, buckets: usize, salt: Option<Salt>) -> usize {
    let hash = match salt {
        None => farm(text.as_bytes()),
        Some(Salt(key)) => sip(text.as_bytes(), key.map(|half| half as u64)),
    };
    (hash % buckets.max(1) as u64) as usize
}

/// What can have a number.
pub(crate) trait Token: Clone + Eq + Hash + Ord + Debug {
    /// One of `buckets` for a token that the vocabulary does not have.
    fn bucket(&self, buckets: usize, method: &OovMethod, salt: Option<Salt>) -> usize;
}

impl Token for String {
    fn bucket(&self, buckets: usize, _method: &OovMethod, salt: Option<Salt>) -> usize {
        bucket(self, buckets, salt)
    }
}

impl Token for i64 {
    fn bucket(&self, buckets: usize, method: &OovMethod, salt: Option<Salt>) -> usize {
        match method {
            OovMethod::Farmhash => bucket(&self.to_string(), buckets, salt),
            OovMethod::Floormod | OovMethod::Unknown(_) => self.rem_euclid(buckets.max(1) as i64) as usize,
        }
    }
}

/// The arguments of a lookup. Its numbers are those of the mask token (0, in the mode `"int"`, where there is one), of the tokens that the vocabulary
/// does not have (`num_oov_indices` of them), and of the vocabulary.
pub(crate) struct Lookup<'a, T> {
    pub(crate) class: &'static str,
    pub(crate) vocabulary: Option<&'a Vocabulary<T>>,
    pub(crate) idf_weights: Option<&'a [f64]>,
    pub(crate) mask_token: Option<&'a T>,
    pub(crate) oov_token: &'a T,
    pub(crate) num_oov_indices: usize,
    pub(crate) max_tokens: Option<usize>,
    pub(crate) pad_to_max_tokens: bool,
    pub(crate) output_mode: &'a OutputMode,
    pub(crate) invert: bool,
    pub(crate) sparse: bool,
    pub(crate) oov_method: &'a OovMethod,
    pub(crate) salt: Option<Salt>,
}

impl<T: Token> Lookup<'_, T> {
    pub(crate) fn invalid(&self, rule: impl Into<String>) -> Error {
        Error::invalid(self.class, rule)
    }

    /// The rule that the arguments break.
    pub(crate) fn check(&self) -> Result<(), String> {
        super::dense(self.sparse)?;
        self.output_mode.known()?;
        self.oov_method.known()?;
        let tf_idf = *self.output_mode == OutputMode::TfIdf;
        match (self.max_tokens, self.vocabulary) {
            _ if self.num_oov_indices > LARGEST => Err(format!("num_oov_indices = {} is too large", self.num_oov_indices)),
            (Some(max), _) if self.pad_to_max_tokens && max > LARGEST => Err(format!("max_tokens = {max} is too large to pad to")),
            (Some(max), _) if max <= self.token_start() => {
                Err(format!("max_tokens must be more than the {} special tokens, got {max}", self.token_start()))
            }
            (None, _) if self.pad_to_max_tokens => Err("pad_to_max_tokens needs max_tokens".into()),
            _ if self.invert && *self.output_mode != OutputMode::Int => Err("the output_mode must be \"int\" where invert is true".into()),
            (_, None) if self.idf_weights.is_some() => Err("idf_weights belong to a vocabulary".into()),
            _ if !tf_idf && self.idf_weights.is_some() => Err("idf_weights belong to the output_mode \"tf_idf\"".into()),
            (_, Some(vocabulary)) => self.check_vocabulary(vocabulary),
            _ => Ok(()),
        }
    }

    fn check_vocabulary(&self, vocabulary: &Vocabulary<T>) -> Result<(), String> {
        let (given, skipped) = (vocabulary.tokens(), self.skipped());
        let tokens = &given[skipped..];
        let is_in = |token: &T| vocabulary.place(token).is_some_and(|place| place >= skipped);
        let specials = || format!("special tokens may stand before the others as {:?} only", self.specials());
        if given.is_empty() {
            return Err("the vocabulary must not be empty".into());
        }
        if let Some((_, token)) = tokens.iter().enumerate().find(|(i, token)| vocabulary.place(token) != Some(skipped + i)) {
            return Err(format!("the vocabulary has {token:?} twice"));
        }
        if let Some(mask) = self.mask_token.filter(|mask| is_in(mask)) {
            return Err(format!("the vocabulary has the mask token {mask:?}; {}", specials()));
        }
        if self.invert && is_in(self.oov_token) {
            return Err(format!("the vocabulary has the oov token {:?}; {}", self.oov_token, specials()));
        }
        match (self.max_tokens, self.idf_weights) {
            (Some(max), _) if self.size() > max => Err(format!("the vocabulary has {} tokens, more than max_tokens = {max}", self.size())),
            (_, Some(weights)) if weights.len() != given.len() => {
                Err(format!("idf_weights must be as long as the vocabulary, got {} and {}", weights.len(), given.len()))
            }
            (_, None) if *self.output_mode == OutputMode::TfIdf => Err("a vocabulary needs idf_weights in the output_mode \"tf_idf\"".into()),
            _ => Ok(()),
        }
    }

    /// The first number of unknown tokens.
    fn oov_start(&self) -> usize {
        usize::from(self.mask_token.is_some() && *self.output_mode == OutputMode::Int)
    }

    /// The first number of the vocabulary.
    pub(crate) fn token_start(&self) -> usize {
        self.oov_start().saturating_add(self.num_oov_indices)
    }

    /// The tokens with the numbers before the vocabulary.
    fn specials(&self) -> Vec<T> {
        let mask = self.mask_token.filter(|_| self.oov_start() > 0).cloned();
        mask.into_iter().chain(std::iter::repeat_n(self.oov_token.clone(), self.num_oov_indices)).collect()
    }

    /// How many special tokens the vocabulary begins with: all or none.
    fn skipped(&self) -> usize {
        let starts = |given: &[T]| given.len() >= self.token_start() && given.starts_with(&self.specials());
        if self.vocabulary.is_some_and(|vocabulary| starts(vocabulary.tokens())) { self.token_start() } else { 0 }
    }

    /// The tokens with numbers of their own.
    pub(crate) fn tokens(&self) -> &[T] {
        self.vocabulary.map_or(&[], |vocabulary| &vocabulary.tokens()[self.skipped()..])
    }

    /// How many numbers there are.
    pub(crate) fn size(&self) -> usize {
        self.token_start().saturating_add(self.tokens().len())
    }

    /// The tokens in the order of their numbers.
    pub(crate) fn all_tokens(&self, include_special_tokens: bool) -> Vec<T> {
        let specials = if include_special_tokens && self.num_oov_indices <= LARGEST { self.specials() } else { Vec::new() };
        specials.into_iter().chain(self.tokens().iter().cloned()).collect()
    }

    /// The number of a token; -1 for what counts nowhere.
    fn index(&self, token: &T, skipped: usize) -> Result<i32, String> {
        let known = self.vocabulary.and_then(|vocabulary| vocabulary.place(token)?.checked_sub(skipped));
        let index = match (known, self.num_oov_indices) {
            _ if self.mask_token == Some(token) => return Ok(if self.oov_start() > 0 { 0 } else { -1 }),
            (Some(place), _) => self.token_start() + place,
            (None, 0) => return Err(format!("{token:?} is not in the vocabulary, and num_oov_indices is 0")),
            (None, 1) => self.oov_start(),
            (None, buckets) => self.oov_start() + token.bucket(buckets, self.oov_method, self.salt),
        };
        i32::try_from(index).map_err(|_| format!("{index} is too large a number for i32"))
    }

    /// The length of vectors, where there is a vocabulary.
    pub(crate) fn depth(&self) -> Result<usize, String> {
        match (self.vocabulary, self.max_tokens) {
            (None, _) => Err("it has no vocabulary; give one or call adapt".into()),
            (_, Some(max)) if self.pad_to_max_tokens => Ok(max),
            _ => Ok(self.size()),
        }
    }

    /// The numbers of tokens.
    pub(crate) fn indices(&self, tokens: &Tokens<T>) -> Result<Tokens<i32>, String> {
        self.check()?;
        self.depth()?;
        if self.invert {
            return Err("it takes numbers where invert is true".into());
        }
        let skipped = self.skipped();
        tokens.try_map(|token| self.index(token, skipped))
    }

    /// Numbers in the form that the mode asks for.
    #[track_caller]
    pub(crate) fn encode(&self, indices: &Tensor) -> Result<Tensor, String> {
        let counts = encode(indices, self.output_mode, self.depth()?, None)?;
        if *self.output_mode != OutputMode::TfIdf {
            return Ok(counts);
        }
        let weights = self.weights()?;
        let length = weights.len();
        Ok(counts * Tensor::from_vec(weights, [length]))
    }

    /// The weight of each number: unknown tokens have the mean of the others.
    fn weights(&self) -> Result<Vec<f32>, String> {
        let given = self.idf_weights.unwrap_or_default();
        let mean = given.iter().sum::<f64>() / given.len().max(1) as f64;
        let front = if self.skipped() == self.token_start() { 0 } else { self.token_start() };
        let known = std::iter::repeat_n(mean, front).chain(given.iter().copied());
        Ok(known.chain(std::iter::repeat(0.0)).take(self.depth()?).map(|weight| weight as f32).collect())
    }

    /// [`Lookup::encode`] of tokens.
    pub(crate) fn apply(&self, tokens: &Tokens<T>) -> Result<Tensor> {
        let ragged = !matches!(self.output_mode, OutputMode::Int | OutputMode::OneHot);
        let encoded = self.indices(tokens).and_then(|indices| self.encode(&tensor(indices, ragged.then_some(-1))?));
        encoded.map_err(|rule| self.invalid(rule)).and_then(|y| y.error().cloned().map_or(Ok(y), |error| Err(error.into())))
    }

    /// The tokens of `batches`, the most frequent first and of equally frequent ones the greatest, and the weights of the mode `"tf_idf"`:
    /// `log(1 + rows / (1 + rows with the token))`.
    pub(crate) fn learn(&self, batches: impl IntoIterator<Item = Tokens<T>>) -> Result<(Vec<T>, Option<Vec<f64>>), String> {
        Lookup { vocabulary: None, idf_weights: None, ..*self }.check()?;
        let mut counts: HashMap<T, Seen> = HashMap::new();
        let mut documents = 0;
        for row in batches.into_iter().flat_map(Tokens::into_rows) {
            documents += 1;
            for token in row {
                let seen = counts.entry(token).or_default();
                seen.times += 1;
                seen.documents += usize::from(seen.last != documents);
                seen.last = documents;
            }
        }
        counts.retain(|token, _| Some(token) != self.mask_token && token != self.oov_token);
        if counts.is_empty() {
            return Err("the data have no tokens".into());
        }
        let mut ranked: Vec<(T, Seen)> = counts.into_iter().collect();
        ranked.sort_unstable_by(|(a, seen_a), (b, seen_b)| (seen_b.times, b).cmp(&(seen_a.times, a)));
        ranked.truncate(self.max_tokens.map_or(usize::MAX, |max| max - self.token_start()));
        let weight = |seen: &Seen| (1.0 + documents as f64 / (1 + seen.documents) as f64).ln();
        let weights = (*self.output_mode == OutputMode::TfIdf).then(|| ranked.iter().map(|(_, seen)| weight(seen)).collect());
        Ok((ranked.into_iter().map(|(token, _)| token).collect(), weights))
    }

    /// The token of a number.
    pub(crate) fn token(&self, index: i64) -> T {
        let place = usize::try_from(index).ok().and_then(|index| index.checked_sub(self.token_start()));
        match (place.and_then(|place| self.tokens().get(place)), self.mask_token) {
            (Some(token), _) => token.clone(),
            (None, Some(mask)) if index == 0 => mask.clone(),
            _ => self.oov_token.clone(),
        }
    }
}

/// How often a token was seen.
#[derive(Clone, Copy, Default)]
struct Seen {
    times: usize,
    documents: usize,
    last: usize,
}

/// Numbers as a tensor, shorter rows filled up with `fill`, where there is one.
pub(crate) fn tensor(indices: Tokens<i32>, fill: Option<i32>) -> Result<Tensor, String> {
    let rows = match indices {
        Tokens::List(list) => {
            let length = list.len();
            return Ok(Tensor::from_vec(list, [length]));
        }
        Tokens::Rows(rows) => rows,
    };
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let short = rows.iter().find(|row| row.len() < width && fill.is_none());
    if let Some(short) = short {
        return Err(format!("the rows must be equally long in this output_mode, got {} and {width} tokens", short.len()));
    }
    let count = rows.len();
    let filled = rows.into_iter().flat_map(|row| row.into_iter().chain(std::iter::repeat(fill.unwrap_or(0))).take(width));
    Ok(Tensor::from_vec(filled.collect(), [count, width]))
}
