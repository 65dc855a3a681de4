//! Which positions attend to which: Bool tensors `[batch, queries, keys]` and what broadcasts to it.

use wgrad_tensor::{DType, Tensor};

/// The numbers of the queries as a column and those of the keys as a row.
fn positions(queries: usize, keys: usize) -> (Tensor, Tensor) {
    (Tensor::iota([1, queries, 1], 1, DType::I32), Tensor::iota([1, 1, keys], 2, DType::I32))
}

/// Each query attends to keys that do not come later, `[1, queries, keys]`.
#[track_caller]
pub(super) fn causal(queries: usize, keys: usize) -> Tensor {
    let (query, key) = positions(queries, keys);
    query.ge(key)
}

/// Each query attends to keys less than `window` positions away, `[1, queries, keys]`.
#[track_caller]
pub(super) fn sliding(queries: usize, keys: usize, window: usize) -> Tensor {
    let (query, key) = positions(queries, keys);
    (query - key).abs().lt(i32::try_from(window).unwrap_or(i32::MAX))
}

/// True where all masks are; `None` of none.
#[track_caller]
pub(super) fn all(masks: impl IntoIterator<Item = Tensor>) -> Option<Tensor> {
    masks.into_iter().reduce(|all, mask| all.logical_and(mask))
}
