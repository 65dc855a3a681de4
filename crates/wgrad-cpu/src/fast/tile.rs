//! Tiles of a product that stay in registers while their sums grow: `c[i] += sum over r of a(r)[i] * b[r]`, where the rows of `b` and `c` are
//! contiguous. The loops are plain Rust over the vectors of [`pulp`]; a tile has as many sums as there are registers for.
#![allow(clippy::needless_range_loop, clippy::manual_memcpy, reason = "loops over the vectors of a tile become registers")]

use pulp::Simd;

/// Work on some columns of a product, `N` vectors wide; where `PART`, one vector that is not filled.
pub(super) trait Columns {
    fn run<S: Simd, const N: usize, const PART: bool>(&mut self, simd: S, col: usize, width: usize);
}

/// Cuts `cols` columns into as wide pieces as this processor has registers for.
#[inline(always)]
pub(super) fn in_columns<S: Simd>(simd: S, cols: usize, work: &mut impl Columns) {
    let lanes = S::F32_LANES;
    let mut col = 0;
    while col < cols {
        let left = cols - col;
        let width = match left / lanes {
            4.. if S::REGISTER_COUNT >= 32 => 4 * lanes,
            2.. => 2 * lanes,
            _ => left.min(lanes),
        };
        match width / lanes {
            4 => work.run::<S, 4, false>(simd, col, width),
            2 => work.run::<S, 2, false>(simd, col, width),
            1 => work.run::<S, 1, false>(simd, col, width),
            _ => work.run::<S, 1, true>(simd, col, width),
        }
        col += width;
    }
}

/// The most rows of a tile of `N` vectors: 3 of 4 registers hold sums.
#[inline(always)]
pub(super) const fn tallest<S: Simd, const N: usize>() -> usize {
    let rows = S::REGISTER_COUNT / 4 * 3 / N;
    if rows < 8 { rows } else { 8 }
}

/// Runs `$body` with `$M` as a height of tiles that is at most `$rows` (and at least half of it).
macro_rules! by_height {
    ($rows:expr, $M:ident => $body:expr) => {
        match $rows {
            12.. => by_height!(@ 12, $M, $body),
            8.. => by_height!(@ 8, $M, $body),
            6.. => by_height!(@ 6, $M, $body),
            5 => by_height!(@ 5, $M, $body),
            4 => by_height!(@ 4, $M, $body),
            3 => by_height!(@ 3, $M, $body),
            2 => by_height!(@ 2, $M, $body),
            _ => by_height!(@ 1, $M, $body),
        }
    };
    (@ $height:expr, $M:ident, $body:expr) => {{
        const $M: usize = $height;
        $body
    }};
}
pub(super) use by_height;

/// `N` vectors of a row.
#[inline(always)]
pub(super) fn load<S: Simd, const N: usize, const PART: bool>(simd: S, row: &[f32]) -> [S::f32s; N] {
    if PART {
        return [simd.partial_load_f32s(row); N];
    }
    let (vectors, _) = S::as_simd_f32s(row);
    let mut values = [simd.splat_f32s(0.0); N];
    // Loops instead of functions of arrays, which are not inlined into code for other processors.
    for j in 0..N {
        values[j] = vectors[j];
    }
    values
}

/// Writes `N` vectors to a row.
#[inline(always)]
pub(super) fn store<S: Simd, const N: usize, const PART: bool>(simd: S, row: &mut [f32], values: [S::f32s; N]) {
    if PART {
        return simd.partial_store_f32s(row, values[0]);
    }
    let (vectors, _) = S::as_mut_simd_f32s(row);
    (0..N).for_each(|j| vectors[j] = values[j]);
}

/// The left side of a product.
pub(super) trait Left<const M: usize> {
    /// Column `r` of the tile's rows.
    fn column(&self, r: usize) -> [f32; M];
}

/// Rows that lie anywhere.
pub(super) struct Rows<'a, const M: usize>(pub(super) [&'a [f32]; M]);

impl<const M: usize> Left<M> for Rows<'_, M> {
    #[inline(always)]
    fn column(&self, r: usize) -> [f32; M] {
        let mut column = [0.0; M];
        for i in 0..M {
            column[i] = self.0[i][r];
        }
        column
    }
}

/// Columns of neighbours, as many elements apart.
pub(super) struct Neighbours<'a>(pub(super) &'a [f32], pub(super) usize);

impl<const M: usize> Left<M> for Neighbours<'_> {
    #[inline(always)]
    fn column(&self, r: usize) -> [f32; M] {
        let mut column = [0.0; M];
        column.copy_from_slice(&self.0[r * self.1..][..M]);
        column
    }
}

/// Adds the products of `run` rows of `b`, `row` elements apart, to a tile.
#[inline(always)]
pub(super) fn multiply<S: Simd, const M: usize, const N: usize, const PART: bool>(
    simd: S,
    tile: &mut [[S::f32s; N]; M],
    run: usize,
    left: impl Left<M>,
    (b, row, width): (&[f32], usize, usize),
) {
    for r in 0..run {
        let b = load::<S, N, PART>(simd, &b[r * row..][..width]);
        let a = left.column(r);
        for i in 0..M {
            let a = simd.splat_f32s(a[i]);
            for j in 0..N {
                tile[i][j] = simd.mul_add_e_f32s(a, b[j], tile[i][j]);
            }
        }
    }
}

/// Adds the products of the elements of `run` rows of `a` and `b`, each as many elements apart, to a row of sums.
#[inline(always)]
pub(super) fn multiply_each<S: Simd, const N: usize, const PART: bool>(
    simd: S,
    sums: &mut [S::f32s; N],
    run: usize,
    (a, a_row): (&[f32], usize),
    (b, b_row, width): (&[f32], usize, usize),
) {
    for r in 0..run {
        let a = load::<S, N, PART>(simd, &a[r * a_row..][..width]);
        let b = load::<S, N, PART>(simd, &b[r * b_row..][..width]);
        for j in 0..N {
            sums[j] = simd.mul_add_e_f32s(a[j], b[j], sums[j]);
        }
    }
}
