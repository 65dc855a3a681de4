//! The transposed form without patches: each tap of the kernel takes what it meets right from the lhs.
//!
//! Rows of the result (a tap and a channel) are summed over stretches of places that lie in one piece along the last axis, one element of the
//! batch after the other, in blocks of places that fit the first-level cache. Different rows are independent, so threads share them.
#![allow(clippy::needless_range_loop, reason = "loops over the vectors of a tile, whose numbers are constants, become registers")]

use super::{
    super::tile::{Columns, Neighbours, by_height, in_columns, load, multiply, multiply_each, store, tallest},
    patches::Patches,
    places::each_index,
};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Rows of a tile, the unit of work that threads share.
const TILE: usize = 12;
/// Bytes of the rhs that are multiplied at once.
const BLOCK_BYTES: usize = 16 << 10;
/// Places of a tap in an element of the batch, at least, on average: with fewer, sums are loaded and stored more often than patches are worth.
const FEWEST_PLACES: usize = 8;
/// Stretches of all taps, at most.
const MOST_STRETCHES: usize = 1 << 16;

/// Which taps meet which places.
#[derive(Debug)]
pub(super) struct Met {
    /// Whether each filter has a channel of its own (depthwise), so that what is met is multiplied element by element; a tap is one row then.
    apart: bool,
    /// For each tap (or row of joined taps) the stretches of places that it meets.
    stretches: Vec<Vec<Stretch>>,
    tiles: Vec<Tile>,
    /// Elements of the lhs between neighbouring places.
    step: usize,
    /// Rows of the rhs for each element of the batch, and in how many blocks they are taken.
    places: usize,
    blocks: usize,
}

/// Neighbouring places.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// Counted from the first element of this element of the batch.
    x: isize,
    place: usize,
    n: usize,
}

/// Some rows of the result under one tap.
#[derive(Clone, Copy, Debug)]
struct Tile {
    tap: usize,
    /// The first row under this tap, that of the result, and their number.
    from: usize,
    row: usize,
    rows: usize,
}

impl Met {
    /// `None` where patches are better. `patches` are those of the transposed form: its channels are rows of the result.
    pub(super) fn new(patches: &Patches, filters: usize, apart: bool) -> Option<Met> {
        let Patches { places, taps, channels, spatial, .. } = patches;
        let last = taps.len() - 1;
        let step = usize::try_from(spatial[last].stride).ok()? * spatial[last].place_step;
        if spatial.iter().any(|axis| axis.dilation != 1) || (channels.stride != 1 && channels.n != 1) {
            return None;
        }
        let joined = patches.joins_taps() && !apart;
        let mut outer = taps.clone();
        outer[last] = if joined { 1 } else { taps[last] };
        let run = if joined { channels.n * taps[last] } else { channels.n };
        let stretches: Vec<Vec<Stretch>> = each_index(&outer).map(|tap| stretches(patches, &tap)).collect();
        let met: usize = stretches.iter().flatten().map(|stretch| stretch.n).sum();
        let count: usize = stretches.iter().map(Vec::len).sum();
        if count > MOST_STRETCHES || met < FEWEST_PLACES * stretches.len() || run == 0 {
            return None;
        }
        let tile = |tap: usize, from: usize| Tile { tap, from, row: tap * run + from, rows: TILE.min(run - from) };
        let tiles = (0..stretches.len()).flat_map(|tap| (0..run).step_by(TILE).map(move |from| tile(tap, from))).collect();
        let places: usize = places.iter().product();
        let blocks = (places * filters * size_of::<f32>()).div_ceil(BLOCK_BYTES).max(1);
        Some(Met { apart, stretches, tiles, step, places, blocks })
    }

    pub(super) fn tiles(&self) -> usize {
        self.tiles.len()
    }

    /// The first row of the result of a tile; the number of rows for the number of tiles.
    pub(super) fn row(&self, tile: usize) -> usize {
        self.tiles.get(tile).map_or_else(|| self.tiles.last().map_or(0, |tile| tile.row + tile.rows), |tile| tile.row)
    }
}

/// The places that a tap meets, line by line.
fn stretches(patches: &Patches, tap: &[usize]) -> Vec<Stretch> {
    let last = tap.len() - 1;
    let met: Vec<Range<usize>> = (0..=last).map(|axis| patches.spatial[axis].places_under(tap[axis], patches.places[axis])).collect();
    let mut lines: Vec<usize> = met.iter().map(Range::len).collect();
    lines[last] = usize::from(lines[last] > 0);
    let line = |index: Vec<usize>| {
        let mut stretch = Stretch { x: 0, place: 0, n: met[last].len() };
        for (axis, i) in index.into_iter().enumerate() {
            let spatial = patches.spatial[axis];
            let at = met[axis].start + i;
            stretch.place = stretch.place * patches.places[axis] + at;
            stretch.x += spatial.stride * ((at * spatial.place_step + tap[axis] * spatial.tap_step) as isize - spatial.low);
        }
        stretch
    };
    each_index(&lines).map(line).collect()
}

/// The sums of some tiles over some elements of the batch.
pub(super) struct Sums<'a> {
    pub(super) met: &'a Met,
    pub(super) tiles: Range<usize>,
    pub(super) batch: Range<usize>,
    pub(super) x: &'a [f32],
    pub(super) x_start: isize,
    /// Elements of the lhs between elements of the batch.
    pub(super) x_step: isize,
    /// The rhs from its first element on, and the elements between two rows.
    pub(super) g: &'a [f32],
    pub(super) g_row: usize,
    pub(super) filters: usize,
    /// The rows of the result from the first tile on.
    pub(super) out: &'a mut [f32],
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sums { met, tiles, batch, x, x_start, x_step, g, g_row, filters, out } = self;
        let first = met.row(tiles.start);
        for (number, element) in batch.enumerate() {
            for block in 0..met.blocks {
                for tile in &met.tiles[tiles.clone()] {
                    let stretches = &met.stretches[tile.tap];
                    let stretches = &stretches[stretches.len() * block / met.blocks..stretches.len() * (block + 1) / met.blocks];
                    let x_start = x_start + x_step * element as isize + tile.from as isize;
                    let g = &g[element * met.places * g_row..];
                    let out = &mut out[(tile.row - first) * filters..][..tile.rows * filters];
                    let (apart, fresh) = (met.apart, number == 0 && block == 0);
                    in_columns(simd, filters, &mut Product { apart, stretches, step: met.step, fresh, x, x_start, g, g_row, filters, out });
                }
            }
        }
    }
}

struct Product<'a> {
    apart: bool,
    stretches: &'a [Stretch],
    step: usize,
    /// Whether the sums begin with 0 instead of what is there.
    fresh: bool,
    x: &'a [f32],
    x_start: isize,
    g: &'a [f32],
    g_row: usize,
    filters: usize,
    out: &'a mut [f32],
}

impl Columns for Product<'_> {
    #[inline(always)]
    fn run<S: Simd, const N: usize, const PART: bool>(&mut self, simd: S, col: usize, width: usize) {
        let rows = self.out.len() / self.filters;
        let mut row = 0;
        while row < rows {
            by_height!((rows - row).min(tallest::<S, N>()), M => {
                self.tile::<S, M, N, PART>(simd, row, col, width);
                row += M;
            });
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize, const PART: bool>(&mut self, simd: S, first: usize, col: usize, width: usize) {
        let at = |i: usize| (first + i) * self.filters + col;
        let mut tile = [[simd.splat_f32s(0.0); N]; M];
        if !self.fresh {
            for i in 0..M {
                tile[i] = load::<S, N, PART>(simd, &self.out[at(i)..][..width]);
            }
        }
        for &Stretch { x, place, n } in self.stretches {
            let x = &self.x[(self.x_start + x) as usize + first..];
            let g = (&self.g[place * self.g_row + col..], self.g_row, width);
            if self.apart {
                multiply_each::<S, N, PART>(simd, &mut tile[0], n, (&x[col..], self.step), g);
            } else {
                multiply::<S, M, N, PART>(simd, &mut tile, n, Neighbours(x, self.step), g);
            }
        }
        for i in 0..M {
            store::<S, N, PART>(simd, &mut self.out[at(i)..][..width], tile[i]);
        }
    }
}
