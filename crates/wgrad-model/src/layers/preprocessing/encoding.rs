//! Category numbers as vectors.

use super::named::named;
use crate::layers::data_format::last_from_first;
use wgrad_tensor::{DType, Shape, Tensor};

named! {
    /// The form of category numbers.
    pub enum OutputMode, "output_mode" {
        /// The numbers themselves, as i32.
        "int" => Int,
        /// For each number a vector with 1 at its place, f32; a last axis of length 1 is replaced.
        "one_hot" => OneHot,
        /// For each sample (the second axis) one vector with 1 at the places of its numbers, f32.
        "multi_hot" | "binary" => MultiHot,
        /// For each sample how often each number occurs, f32.
        "count" => Count,
        /// The count, each times the weight of its place, f32.
        "tf_idf" | "tf-idf" => TfIdf,
    }
}

/// `indices` (i32) as `mode` says, vectors of length `depth`. Indices outside `0..depth` count nowhere. In the modes with counts each counts by its
/// weight, else by 1.
///
/// Errors: the rule that is broken.
#[track_caller]
pub(crate) fn encode(indices: &Tensor, mode: &OutputMode, depth: usize, weights: Option<&Tensor>) -> Result<Tensor, String> {
    match mode.known()? {
        OutputMode::OneHot => match indices.shape().split_last() {
            Some((1, [_, ..])) => Ok(indices.squeeze(-1).one_hot(depth)),
            _ => Ok(indices.one_hot(depth)),
        },
        OutputMode::MultiHot => Ok(count(indices, depth, None)?.gt(0.0).cast(DType::F32)),
        OutputMode::Count | OutputMode::TfIdf => count(indices, depth, weights),
        OutputMode::Int | OutputMode::Unknown(_) => Ok(indices.clone()),
    }
}

/// How often each of `depth` numbers occurs along the second axis, or the only one.
#[track_caller]
fn count(indices: &Tensor, depth: usize, weights: Option<&Tensor>) -> Result<Tensor, String> {
    // [samples..., positions]
    let ordered = |x: &Tensor| if x.rank() > 2 { last_from_first(x) } else { x.clone() };
    let places = if indices.rank() == 0 { indices.unsqueeze(0) } else { ordered(indices) };
    let (&positions, samples) = places.shape().split_last().ok_or("the input must have an axis")?;
    let samples = Shape::from(samples);
    let rows = samples.numel();
    let total = rows.checked_mul(depth).filter(|n| i32::try_from(*n).is_ok());
    let total = total.ok_or_else(|| format!("{rows} samples of {depth} categories are too many"))?;
    let places = places.reshape([rows, positions]);
    let inside = places.ge(0).logical_and(places.lt(depth));
    let start = Tensor::iota([rows, 1], 0, DType::I32) * depth;
    let flat = inside.where_(&places + start, -1).flatten();
    let ones = match weights {
        None => Tensor::ones(flat.shape().clone()),
        Some(weights) if weights.shape() == indices.shape() => ordered(weights).flatten(),
        Some(weights) => return Err(format!("count_weights has the shape {}, but the input {}", weights.shape(), indices.shape())),
    };
    let counts = Tensor::zeros([total]).cast(ones.dtype()).scatter_add(&flat, &ones, 0);
    Ok(counts.reshape([&samples[..], &[depth]].concat()))
}

/// How many elements of `sorted`, an ascending vector, are not above each element of `x`, as i32: a binary search.
#[track_caller]
pub(crate) fn count_not_above(sorted: &Tensor, x: &Tensor) -> Tensor {
    let n = sorted.shape().numel();
    let steps = (0..usize::BITS - n.leading_zeros()).rev().map(|bit| 1usize << bit);
    steps.fold(Tensor::constant(wgrad_tensor::Scalar::I32(0), x.shape().clone()), |count, step| {
        let next = &count + step;
        let fits = next.le(n).logical_and(sorted.take(&(&next - 1), 0).le(x));
        fits.where_(&next, &count)
    })
}
