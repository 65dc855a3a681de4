//! Matrix products.

use super::{
    index::collect,
    number::{Float, each_float, view},
};
use wgrad_tensor::{HostData, Result, Shape};

/// `[B..., M, K] x [B..., K, N] -> [B..., M, N]`.
pub(super) fn matmul(a: &HostData, b: &HostData, a_shape: &Shape, out: &Shape) -> Result<HostData> {
    fn product<T: Float>(a: &[T], b: &[T], [m, k, n]: [usize; 3], len: usize) -> Result<HostData> {
        let element = |i: usize| {
            let (batch, row, column) = (i / (m * n), i / n % m, i % n);
            let row = &a[(batch * m + row) * k..][..k];
            let sum = row.iter().enumerate().map(|(j, v)| v.widen() * b[(batch * k + j) * n + column].widen());
            T::narrow(sum.sum())
        };
        Ok(T::into_data(collect(len, (0..len).map(element))?))
    }
    let rank = out.rank();
    let sizes = [out[rank - 2], a_shape[rank - 1], out[rank - 1]];
    each_float!("matmul", a, a => product(a, view(b)?, sizes, out.numel()))
}
