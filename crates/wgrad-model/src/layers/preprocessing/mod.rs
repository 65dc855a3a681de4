//! Layers that prepare data.

mod category_encoding;
mod discretization;
mod encoding;
mod named;
mod normalization;
mod numbers;
mod quantiles;
mod rescaling;

pub use category_encoding::CategoryEncoding;
pub use discretization::Discretization;
pub use encoding::OutputMode;
pub use normalization::Normalization;
pub use numbers::Numbers;
pub use rescaling::Rescaling;

use wgrad_tensor::{DType, Tensor};

/// `x`, or f32 of integers and truth values.
#[track_caller]
fn float(x: &Tensor) -> Tensor {
    if x.dtype().is_float() { x.clone() } else { x.cast(DType::F32) }
}

/// The rule that an argument `sparse` breaks.
fn dense(sparse: bool) -> Result<(), String> {
    if sparse { Err("sparse must be false: there are no sparse tensors".into()) } else { Ok(()) }
}
