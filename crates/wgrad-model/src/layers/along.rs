//! Linear maps along one axis.

use wgrad_tensor::Tensor;

/// Elements beyond which the matrix of a map is an error.
const LARGEST: usize = 1 << 28;

/// An axis with `positions` positions, each a weighted sum of neighbours in `x`: `row` of it gives the first of them and the weights from there on.
///
/// Errors: a matrix that is too large.
pub(crate) fn map_axis(x: &Tensor, axis: usize, positions: usize, row: impl Fn(usize) -> (usize, Vec<f32>)) -> Result<Tensor, String> {
    let n = x.shape()[axis];
    let size = positions.checked_mul(n).filter(|size| *size <= LARGEST);
    let mut matrix =
        vec![0.0; size.ok_or_else(|| format!("an axis of {n} positions cannot be mapped to {positions}, which are too many"))?];
    for (position, places) in matrix.chunks_mut(n.max(1)).enumerate() {
        let (start, weights) = row(position);
        for (place, weight) in places.iter_mut().skip(start).zip(weights) {
            *place = weight;
        }
    }
    let matrix = Tensor::from_vec(matrix, [positions, n]).cast(x.dtype());
    // [..., n, ...] -> [..., ..., n] -> [..., ..., positions] -> [..., positions, ...]
    let last = x.rank() as i64 - 1;
    Ok(x.swap_axes(axis as i64, last).matmul(&matrix.transpose()).swap_axes(axis as i64, last))
}
