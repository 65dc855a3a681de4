//! Matrix products by the `gemm` crates on one thread, with `unsafe` code, since those take raw pointers.
//!
//! Invariant: before the call, every element that the product reads or writes is proved to lie in the slice that was given for it, from the
//! lowest and the highest offset that rows, columns and strides reach. The destination is an exclusive slice, so it overlaps neither operand.
#![allow(unsafe_code)]

use gemm_common::Parallelism;
use wgrad_tensor::{Error, Result};

/// A strided matrix: element `(i, j)` is `data[offset + i * row + j * col]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix<'a, T> {
    pub(super) data: &'a [T],
    pub(super) offset: isize,
    pub(super) row: isize,
    pub(super) col: isize,
}

/// The types that matrices can be multiplied in.
pub(super) trait Gemm: bytemuck::Pod + Send + Sync {
    /// `c = a b + (accumulate ? c : 0)`, where `c` is `m x n`, its rows `stride` apart, `a` is `m x k` and `b` is `k x n`.
    ///
    /// # Errors
    /// [`Error::InvalidProgram`] where a matrix leaves its slice.
    fn gemm(size: [usize; 3], c: (&mut [Self], usize), a: Matrix<'_, Self>, b: Matrix<'_, Self>, accumulate: bool) -> Result<()>;
}

/// The offset of element (0, 0), if all `rows x cols` elements lie in the slice.
fn start<T>(matrix: &Matrix<'_, T>, rows: usize, cols: usize) -> Option<usize> {
    let reach = |n: usize, stride: isize| (n as isize - 1).checked_mul(stride);
    let (row, col) = (reach(rows, matrix.row)?, reach(cols, matrix.col)?);
    let low = matrix.offset.checked_add(row.min(0))?.checked_add(col.min(0))?;
    let high = matrix.offset.checked_add(row.max(0))?.checked_add(col.max(0))?;
    (low >= 0 && (high as usize) < matrix.data.len()).then_some(matrix.offset as usize)
}

macro_rules! gemm {
    ($type:ty, $function:path) => {
        impl Gemm for $type {
            fn gemm(
                [m, n, k]: [usize; 3],
                (c, stride): (&mut [$type], usize),
                a: Matrix<'_, $type>,
                b: Matrix<'_, $type>,
                accumulate: bool,
            ) -> Result<()> {
                let outside = || Error::InvalidProgram(format!("a product of {m} x {k} and {k} x {n} leaves its buffers"));
                let result = Matrix { data: &*c, offset: 0, row: isize::try_from(stride).map_err(|_| outside())?, col: 1 };
                if m == 0 || n == 0 {
                    return Ok(());
                }
                start(&result, m, n).filter(|_| stride >= n || m == 1).ok_or_else(outside)?;
                if k == 0 {
                    if !accumulate {
                        c.chunks_mut(stride.max(1)).take(m).for_each(|row| row[..n].fill(0.0));
                    }
                    return Ok(());
                }
                let a_start = start(&a, m, k).ok_or_else(outside)?;
                let b_start = start(&b, k, n).ok_or_else(outside)?;
                // Safety: by the checks above all elements lie in the slices. The kernels want the destination in columns, so this is
                // the product of the transposed matrices in the other order.
                unsafe {
                    $function()(
                        n,
                        m,
                        k,
                        c.as_mut_ptr(),
                        stride as isize,
                        1,
                        accumulate,
                        b.data.as_ptr().add(b_start),
                        b.row,
                        b.col,
                        a.data.as_ptr().add(a_start),
                        a.row,
                        a.col,
                        1.0,
                        1.0,
                        false,
                        false,
                        false,
                        Parallelism::None,
                    );
                }
                Ok(())
            }
        }
    };
}

gemm!(f32, gemm_f32::gemm::f32::get_gemm_fn);
gemm!(f64, gemm_f64::gemm::f64::get_gemm_fn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplies_with_any_strides() {
        for (m, n, k) in [(1, 1, 1), (3, 5, 7), (17, 33, 65), (64, 100, 300), (1, 9, 4), (9, 1, 4), (4, 4, 0), (130, 70, 2)] {
            let data: Vec<f64> = (0..m * k + k * n).map(|i| ((i * 37) % 23) as f64 - 11.0).collect();
            // Both operands plain, transposed, and with rows in reverse.
            for (ar, ac, ao) in [(k as isize, 1, 0), (1, m as isize, 0), (-(k as isize), 1, (m * k) as isize - k as isize)] {
                for (br, bc) in [(n as isize, 1), (1, k as isize)] {
                    let a = Matrix { data: &data[..m * k], offset: ao, row: ar, col: ac };
                    let b = Matrix { data: &data[m * k..], offset: 0, row: br, col: bc };
                    let at =
                        |x: &Matrix<'_, f64>, i: usize, j: usize| x.data[(x.offset + i as isize * x.row + j as isize * x.col) as usize];
                    let mut c = vec![1.0; m * n];
                    f64::gemm([m, n, k], (&mut c, n), a, b, true).unwrap();
                    for i in 0..m {
                        for j in 0..n {
                            let exact = 1.0 + (0..k).map(|l| at(&a, i, l) * at(&b, l, j)).sum::<f64>();
                            assert_eq!(c[i * n + j], exact, "{m} x {k} x {n}, ({i}, {j})");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_matrix_that_leaves_its_slice_is_an_error() {
        let data = [1f32; 12];
        let matrix = |row| Matrix { data: &data, offset: 0, row, col: 1 };
        let mut c = [0f32; 9];
        assert!(f32::gemm([3, 3, 4], (&mut c, 3), matrix(4), matrix(3), false).is_ok());
        assert!(f32::gemm([3, 3, 4], (&mut c, 3), matrix(5), matrix(3), false).is_err());
        assert!(f32::gemm([3, 3, 4], (&mut c, 3), matrix(-1), matrix(3), false).is_err());
        assert!(f32::gemm([3, 3, 4], (&mut c[..8], 3), matrix(4), matrix(3), false).is_err());
    }
}
