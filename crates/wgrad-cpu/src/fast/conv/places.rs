//! Convolutions without patches: each place of the result takes what it sees right from the lhs, which its rows of channels make cheap.
//!
//! A *pass* is a stretch of a patch that lies in one piece both in the lhs and in the kernel: a tap, or all taps along the last axis. The
//! passes of a group are seen by the same places and their part of the kernel fits the first-level cache, so each group is a product of its
//! own, added to the sums.
#![allow(clippy::needless_range_loop, reason = "loops over the vectors of a tile, whose numbers are constants, become registers")]

use super::{
    super::tile::{Columns, Rows, by_height, in_columns, load, multiply, store, tallest},
    patches::{Patches, Spatial},
};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Rows of the kernel in a group, at most: with 64 columns they fill a usual first-level cache.
const GROUP_ROWS: usize = 192;
/// Rows of the kernel in a group, at least, on average: with fewer, sums are loaded and stored more often than patches are worth.
const FEWEST_ROWS: usize = 16;
/// Entries of all lists of places, at most.
const MOST_PLACES: usize = 1 << 16;
/// Bytes of the sums of a block.
const BLOCK_BYTES: usize = 32 << 10;

/// Which places see which taps.
#[derive(Debug)]
pub(super) struct Seen {
    lists: Vec<Vec<Place>>,
    groups: Vec<Group>,
    /// Places of an element of the batch.
    places: usize,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    number: usize,
    /// The element of the lhs under the first tap, counted from the first of this element of the batch.
    x: isize,
}

#[derive(Debug)]
struct Group {
    list: usize,
    passes: Vec<Pass>,
}

#[derive(Clone, Copy, Debug)]
struct Pass {
    /// Elements of the lhs between the first tap and this one.
    shift: isize,
    /// The first row of the kernel.
    row: usize,
    run: usize,
}

impl Spatial {
    /// The places that meet an element of the lhs under a tap.
    pub(super) fn places_under(&self, tap: usize, places: usize) -> Range<usize> {
        let step = self.place_step.max(1) as isize;
        let from = self.low - (tap * self.tap_step) as isize;
        let first = if from > 0 { (from + step - 1) / step } else { 0 };
        let end = self.n as isize + from;
        let end = if end > 0 { (end + step - 1) / step } else { 0 };
        let end = (end as usize).min(places);
        (first as usize).min(end)..end
    }
}

impl Patches {
    /// Whether every place sees every tap along an axis.
    pub(super) fn is_inside(&self, axis: usize) -> bool {
        (0..self.taps[axis]).all(|tap| self.spatial[axis].places_under(tap, self.places[axis]) == (0..self.places[axis]))
    }

    /// Whether the taps of the last axis follow each other in memory, for all places.
    pub(super) fn joins_taps(&self) -> bool {
        self.has_long_runs() && self.is_inside(self.taps.len() - 1)
    }
}

/// All combinations of the indices of some axes, in row-major order.
pub(super) fn each_index(sizes: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let index = |mut i: usize| {
        let mut index: Vec<usize> = sizes
            .iter()
            .rev()
            .map(|&n| {
                let at = i % n.max(1);
                i /= n.max(1);
                at
            })
            .collect();
        index.reverse();
        index
    };
    (0..sizes.iter().product()).map(index)
}

impl Seen {
    /// `None` where patches are better.
    pub(super) fn new(patches: &Patches) -> Option<Seen> {
        let Patches { places, taps, channels, spatial, .. } = patches;
        let last = taps.len() - 1;
        let joined = patches.joins_taps();
        if spatial.iter().any(|axis| axis.dilation != 1) || (channels.stride != 1 && channels.n != 1) {
            return None;
        }
        let mut outer = taps.clone();
        outer[last] = if joined { 1 } else { taps[last] };
        let run = if joined { channels.n * taps[last] } else { channels.n };
        let pieces = run.div_ceil(GROUP_ROWS);
        let mut ranges: Vec<Vec<Range<usize>>> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        for (number, tap) in each_index(&outer).enumerate() {
            let seen: Vec<Range<usize>> = (0..=last).map(|axis| spatial[axis].places_under(tap[axis], places[axis])).collect();
            let shift: isize = (0..=last).map(|axis| spatial[axis].stride * (tap[axis] * spatial[axis].tap_step) as isize).sum();
            let list = ranges.iter().position(|other| *other == seen).unwrap_or(ranges.len());
            if list == ranges.len() {
                ranges.push(seen);
            }
            for piece in 0..pieces {
                let (from, to) = (run * piece / pieces, run * (piece + 1) / pieces);
                let pass = Pass { shift: shift + from as isize, row: number * run + from, run: to - from };
                match groups.last_mut() {
                    Some(group) if group.list == list && group.rows() + pass.run <= GROUP_ROWS => group.passes.push(pass),
                    _ => groups.push(Group { list, passes: vec![pass] }),
                }
            }
        }
        let entries: usize = ranges.iter().map(|seen| seen.iter().map(Range::len).product::<usize>()).sum();
        if entries > MOST_PLACES || patches.cols() < FEWEST_ROWS * groups.len() {
            return None;
        }
        let lists = ranges.iter().map(|seen| list(seen, patches)).collect();
        Some(Seen { lists, groups, places: places.iter().product() })
    }

    /// Places of a block: a divisor of all, so that no block reaches over the end of an element of the batch.
    pub(super) fn block(&self, filters: usize) -> usize {
        let most = (BLOCK_BYTES / (filters * size_of::<f32>()).max(1)).clamp(1, self.places.max(1));
        (1..=most).rev().find(|&block| self.places.is_multiple_of(block)).unwrap_or(1)
    }
}

impl Group {
    fn rows(&self) -> usize {
        self.passes.iter().map(|pass| pass.run).sum()
    }
}

/// The places of some ranges.
fn list(seen: &[Range<usize>], patches: &Patches) -> Vec<Place> {
    let sizes: Vec<usize> = seen.iter().map(Range::len).collect();
    let place = |index: Vec<usize>| {
        let mut place = Place { number: 0, x: 0 };
        for (axis, i) in index.into_iter().enumerate() {
            let Spatial { stride, place_step, low, .. } = patches.spatial[axis];
            let at = seen[axis].start + i;
            place.number = place.number * patches.places[axis] + at;
            place.x += stride * ((at * place_step) as isize - low);
        }
        place
    };
    each_index(&sizes).map(place).collect()
}

/// The sums of some places of one element of the batch.
pub(super) struct Sums<'a> {
    pub(super) seen: &'a Seen,
    pub(super) places: Range<usize>,
    pub(super) x: &'a [f32],
    /// The first element of this element of the batch.
    pub(super) x_start: isize,
    /// The kernel from its first element on, and the elements between two rows.
    pub(super) w: &'a [f32],
    pub(super) w_row: usize,
    pub(super) filters: usize,
    pub(super) out: &'a mut [f32],
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sums { seen, places, x, x_start, w, w_row, filters, out } = self;
        for (number, group) in seen.groups.iter().enumerate() {
            let list = &seen.lists[group.list];
            let fresh = number == 0 && list.len() == seen.places;
            if number == 0 && !fresh {
                out.fill(0.0);
            }
            let from = list.partition_point(|place| place.number < places.start);
            let to = list.partition_point(|place| place.number < places.end);
            let list = &list[from..to];
            in_columns(simd, filters, &mut Product { group, list, fresh, first: places.start, x, x_start, w, w_row, filters, out });
        }
    }
}

struct Product<'a> {
    group: &'a Group,
    list: &'a [Place],
    /// Whether the sums begin with 0 instead of what is there.
    fresh: bool,
    /// The place of the first sum.
    first: usize,
    x: &'a [f32],
    x_start: isize,
    w: &'a [f32],
    w_row: usize,
    filters: usize,
    out: &'a mut [f32],
}

impl Columns for Product<'_> {
    #[inline(always)]
    fn run<S: Simd, const N: usize, const PART: bool>(&mut self, simd: S, col: usize, width: usize) {
        let mut list = self.list;
        while !list.is_empty() {
            by_height!(list.len().min(tallest::<S, N>()), M => {
                let Some((places, rest)) = list.split_first_chunk::<M>() else { return };
                self.tile::<S, M, N, PART>(simd, places, col, width);
                list = rest;
            });
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize, const PART: bool>(&mut self, simd: S, places: &[Place; M], col: usize, width: usize) {
        let row = |i: usize| (places[i].number - self.first) * self.filters + col;
        let mut tile = [[simd.splat_f32s(0.0); N]; M];
        if !self.fresh {
            for i in 0..M {
                tile[i] = load::<S, N, PART>(simd, &self.out[row(i)..][..width]);
            }
        }
        for &Pass { shift, row, run } in &self.group.passes {
            let mut seen: [&[f32]; M] = [&[]; M];
            for i in 0..M {
                seen[i] = &self.x[(self.x_start + places[i].x + shift) as usize..][..run];
            }
            multiply::<S, M, N, PART>(simd, &mut tile, run, Rows(seen), (&self.w[row * self.w_row + col..], self.w_row, width));
        }
        for i in 0..M {
            store::<S, N, PART>(simd, &mut self.out[row(i)..][..width], tile[i]);
        }
    }
}
