//! Products of matrices of moderate size without packing: tiles of the result take rows of the right matrix where they lie.
//!
//! Packing pays only where each packed element is used often enough; a dense layer's batch is too small for that.
#![allow(clippy::needless_range_loop, reason = "loops over the vectors of a tile, whose numbers are constants, become registers")]

use super::{
    gemm::Matrix,
    outs::{Out, Outs, in_pieces, pieces},
    team,
    tile::{Columns, Neighbours, Rows, by_height, in_columns, load, multiply, store, tallest},
};
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;
use wgrad_tensor::Result;

/// Rows of the right matrix that are multiplied at once: with 64 columns they fill a usual first-level cache.
const DEPTH: usize = 128;
/// Rows of the result that are worth a piece where every thread has one: each piece reads the whole right matrix.
const ROWS: usize = 32;

/// With fewer columns most of a vector would be empty.
const FEWEST_COLUMNS: usize = 8;
/// Multiplications from which on packing pays: 512 x 512 x 512 take 0.9 and 1024 x 1024 x 1024 0.84 of the packed product's speed here.
const PACKING_PAYS: usize = 1 << 26;

/// The left matrix.
#[derive(Clone, Copy)]
enum Left<'a> {
    /// Rows that are contiguous, as many elements apart.
    Rows(&'a [f32], usize),
    /// Columns that are contiguous, as many elements apart.
    Columns(&'a [f32], usize),
}

/// `c = a b`, where the matrices are fit for it; `None` where they are not.
pub(super) fn product([m, n, k]: [usize; 3], c: &mut [f32], a: &Matrix<'_, f32>, b: &Matrix<'_, f32>) -> Option<Result<()>> {
    let (b_row, cost) = (usize::try_from(b.row).ok()?, m.checked_mul(n)?.checked_mul(k)?);
    let fits = b.col == 1 && n >= FEWEST_COLUMNS && k > 0 && m > 0 && c.len() == m * n && cost < PACKING_PAYS;
    if !fits {
        return None;
    }
    let (a_data, b) = (a.data.get(usize::try_from(a.offset).ok()?..)?, b.data.get(usize::try_from(b.offset).ok()?..)?);
    let left = match (usize::try_from(a.row).ok()?, usize::try_from(a.col).ok()?) {
        (row, 1) => Left::Rows(a_data, row),
        (1, col) => Left::Columns(a_data, col),
        _ => return None,
    };
    let (a_last, b_last) = match left {
        Left::Rows(_, row) => ((m - 1) * row + k - 1, (k - 1) * b_row + n - 1),
        Left::Columns(_, col) => ((k - 1) * col + m - 1, (k - 1) * b_row + n - 1),
    };
    if a_last >= a_data.len() || b_last >= b.len() {
        return None;
    }
    let all = Outs::new([Out::new(bytemuck::cast_slice_mut(c), size_of::<f32>())].into_iter());
    let pieces = pieces(cost).min(m.div_ceil(ROWS).max(team::size()));
    Some(in_pieces(0..m, pieces, all, &|row, _| row * n, &|rows, mut outs| {
        let (base, c) = outs.get(0).values::<f32>();
        let c = &mut c[rows.start * n - base..][..rows.len() * n];
        Arch::new().dispatch(Product { left, rows, n, k, b, b_row, c });
        Ok(())
    }))
}

struct Product<'a> {
    left: Left<'a>,
    rows: Range<usize>,
    n: usize,
    k: usize,
    b: &'a [f32],
    b_row: usize,
    /// The rows of the result.
    c: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { left, rows, n, k, b, b_row, c } = self;
        for first in (0..k).step_by(DEPTH) {
            let depth = first..k.min(first + DEPTH);
            in_columns(simd, n, &mut Part { left, rows: rows.clone(), n, depth, b, b_row, c });
        }
    }
}

/// The products with some rows of the right matrix.
struct Part<'a> {
    left: Left<'a>,
    rows: Range<usize>,
    n: usize,
    depth: Range<usize>,
    b: &'a [f32],
    b_row: usize,
    c: &'a mut [f32],
}

impl Columns for Part<'_> {
    #[inline(always)]
    fn run<S: Simd, const N: usize, const PART: bool>(&mut self, simd: S, col: usize, width: usize) {
        let (mut row, mut tiles) = (0, self.rows.len().div_ceil(tallest::<S, N>()));
        while row < self.rows.len() {
            // Of about the same height, since low tiles wait for their sums.
            by_height!((self.rows.len() - row).div_ceil(tiles.max(1)), M => {
                self.tile::<S, M, N, PART>(simd, row, col, width);
                row += M;
            });
            tiles = tiles.saturating_sub(1);
        }
    }
}

impl Part<'_> {
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize, const PART: bool>(&mut self, simd: S, first: usize, col: usize, width: usize) {
        let at = |i: usize| (first + i) * self.n + col;
        let mut tile = [[simd.splat_f32s(0.0); N]; M];
        if self.depth.start > 0 {
            for i in 0..M {
                tile[i] = load::<S, N, PART>(simd, &self.c[at(i)..][..width]);
            }
        }
        let row = self.rows.start + first;
        let b = (&self.b[self.depth.start * self.b_row + col..], self.b_row, width);
        match self.left {
            Left::Rows(a, stride) => {
                let mut rows: [&[f32]; M] = [&[]; M];
                for i in 0..M {
                    rows[i] = &a[(row + i) * stride + self.depth.start..][..self.depth.len()];
                }
                multiply::<S, M, N, PART>(simd, &mut tile, self.depth.len(), Rows(rows), b);
            }
            Left::Columns(a, stride) => {
                let a = &a[self.depth.start * stride + row..];
                multiply::<S, M, N, PART>(simd, &mut tile, self.depth.len(), Neighbours(a, stride), b);
            }
        }
        for i in 0..M {
            store::<S, N, PART>(simd, &mut self.c[at(i)..][..width], tile[i]);
        }
    }
}
