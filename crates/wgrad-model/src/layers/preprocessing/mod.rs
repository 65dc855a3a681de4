//! Layers that prepare data.

mod affine;
mod encoding;
mod factor;
mod hash;
mod hashing;
mod lookup;
mod named;
mod numbers;
mod quantiles;
mod string_lookup;
mod text_steps;
mod text_vectorization;
mod tokens;

pub use affine::{FillMode, PixelInterpolation};
pub use encoding::OutputMode;
pub use factor::Factor;
pub use hashing::Hashing;
pub use lookup::{OovMethod, Salt};
pub use numbers::Numbers;
pub use random_flip::FlipMode;
pub use string_lookup::StringLookup;
pub use text_steps::{Ngrams, Split, Standardize, TextStep};
pub use text_vectorization::TextVectorization;
pub use tokens::{Tokens, Vocabulary};

use crate::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use wgrad_tensor::{DType, Tensor};

layer_family! {
    category_encoding::{CategoryEncoding}
    discretization::{Discretization}
    integer_lookup::{IntegerLookup}
    normalization::{Normalization}
    random_affine::{RandomRotation, RandomTranslation, RandomZoom}
    random_color::{RandomBrightness, RandomContrast}
    random_flip::{RandomFlip}
    rescaling::{Rescaling}
    resizing::{CenterCrop, RandomCrop, Resizing}
}

/// `x`, or f32 of integers and truth values.
#[track_caller]
fn float(x: &Tensor) -> Tensor {
    if x.dtype().is_float() { x.clone() } else { x.cast(DType::F32) }
}

/// The rule that an argument `sparse` breaks.
fn dense(sparse: bool) -> Result<(), String> {
    if sparse { Err("sparse must be false: there are no sparse tensors".into()) } else { Ok(()) }
}

/// What stands before models from Keras' `get_config()`.
fn from_config<T: DeserializeOwned>(class: &str, config: &Json) -> Result<T> {
    serde_json::from_value(super::own_arguments(class, config)).map_err(|e| Error::invalid(format!("layer {class}"), e.to_string()))
}
