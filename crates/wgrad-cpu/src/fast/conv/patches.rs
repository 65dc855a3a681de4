//! Patches: what each position of a convolution's result sees of the lhs, copied to the rows of a matrix.

use super::super::gemm::{Gemm, Matrix};
use std::ops::Range;

/// Which elements of the lhs a row of the patch matrix has.
#[derive(Debug)]
pub(super) struct Patches {
    /// Rows are numbered by batch, then by place.
    pub(super) batch: Axis,
    pub(super) places: Vec<usize>,
    /// Columns are numbered by tap, then by channel.
    pub(super) taps: Vec<usize>,
    pub(super) channels: Axis,
    /// Along each spatial axis, place `p` and tap `t` meet element `(p * place_step + t * tap_step - low) / dilation`.
    pub(super) spatial: Vec<Spatial>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) n: usize,
    pub(super) stride: isize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Spatial {
    pub(super) n: usize,
    pub(super) stride: isize,
    pub(super) place_step: usize,
    pub(super) tap_step: usize,
    pub(super) low: isize,
    pub(super) dilation: usize,
}

impl Patches {
    pub(super) fn rows(&self) -> usize {
        self.batch.n * self.places.iter().product::<usize>()
    }

    pub(super) fn cols(&self) -> usize {
        self.channels.n * self.taps.iter().product::<usize>()
    }

    /// Whether the taps of the last axis follow each other in memory.
    pub(super) fn has_long_runs(&self) -> bool {
        let last = self.spatial[self.spatial.len() - 1];
        let contiguous = self.channels.stride == 1 || self.channels.n == 1;
        contiguous && last.dilation == 1 && last.tap_step == 1 && last.stride == self.channels.n as isize
    }

    /// How many elements of a row follow each other in memory.
    pub(super) fn run(&self) -> usize {
        let contiguous = self.channels.stride == 1 || self.channels.n == 1;
        match (self.has_long_runs(), contiguous) {
            (true, _) => self.channels.n * self.taps[self.taps.len() - 1],
            (false, true) => self.channels.n,
            (false, false) => 1,
        }
    }

    /// Whether patches lie column by column: with one channel the rows of a tap follow each other in memory.
    fn by_columns(&self) -> bool {
        let last = self.spatial[self.spatial.len() - 1];
        self.channels.n == 1 && last.stride == 1 && last.place_step == 1 && last.dilation == 1
    }

    /// The block of `rows` patches that was filled, as a matrix.
    pub(super) fn matrix<'a, T>(&self, patches: &'a [T], rows: usize) -> Matrix<'a, T> {
        let (row, col) = if self.by_columns() { (1, rows as isize) } else { (self.cols() as isize, 1) };
        Matrix { data: patches, offset: 0, row, col }
    }

    /// Writes rows `rows` of the patch matrix, column by column.
    fn fill_columns<T: Gemm>(&self, x: &[T], offset: isize, rows: Range<usize>, out: &mut [T]) {
        let per_batch: usize = self.places.iter().product::<usize>().max(1);
        let last = self.spatial.len() - 1;
        let Spatial { n, tap_step, low, .. } = self.spatial[last];
        let (taps, line) = (self.taps[last], self.places[last].max(1));
        let total = rows.len();
        let mut row = rows.start;
        while row < rows.end {
            // Rows up to the end of the line.
            let run = (line - row % line).min(rows.end - row);
            let first = row % line;
            let base = offset + self.batch.stride * (row / per_batch) as isize;
            for outer in 0..self.cols() / taps.max(1) {
                let line_start = self.line(base, row % per_batch / line, outer);
                for tap in 0..taps {
                    let at = (outer * taps + tap) * total + row - rows.start;
                    let out = &mut out[at..at + run];
                    let Some(line_start) = line_start else {
                        out.fill(T::zeroed());
                        continue;
                    };
                    let from = (first + tap * tap_step) as isize - low;
                    let begin = (-from).clamp(0, run as isize) as usize;
                    let end = (n as isize - from).clamp(begin as isize, run as isize) as usize;
                    out[..begin].fill(T::zeroed());
                    out[end..].fill(T::zeroed());
                    if end > begin {
                        let start = (line_start + from + begin as isize) as usize;
                        out[begin..end].copy_from_slice(&x[start..start + end - begin]);
                    }
                }
            }
            row += run;
        }
    }

    /// The first element of the line along the last axis where places and taps of the other axes meet.
    fn line(&self, base: isize, place: usize, tap: usize) -> Option<isize> {
        let (mut place, mut tap, mut start) = (place, tap, base);
        for axis in (0..self.spatial.len() - 1).rev() {
            let (places, taps) = (self.places[axis].max(1), self.taps[axis].max(1));
            start += self.spatial[axis].stride * self.meet(axis, place % places, tap % taps)? as isize;
            (place, tap) = (place / places, tap / taps);
        }
        Some(start)
    }

    /// The element along one axis where a place and a tap meet.
    pub(super) fn meet(&self, axis: usize, place: usize, tap: usize) -> Option<usize> {
        let Spatial { n, place_step, tap_step, low, dilation, .. } = self.spatial[axis];
        let at = (place * place_step + tap * tap_step) as isize - low;
        let inside = at >= 0 && (at as usize).is_multiple_of(dilation) && (at as usize / dilation) < n;
        inside.then(|| at as usize / dilation)
    }

    /// Writes rows `rows` of the patch matrix of the elements from `x[offset]` on; see [`Patches::matrix`].
    pub(super) fn fill<T: Gemm>(&self, x: &[T], offset: isize, rows: Range<usize>, out: &mut [T]) {
        if self.by_columns() {
            return self.fill_columns(x, offset, rows, out);
        }
        let per_batch: usize = self.places.iter().product::<usize>().max(1);
        let long = self.has_long_runs();
        let mut places = [0; MAX_SPATIAL];
        for (row, out) in rows.zip(out.chunks_exact_mut(self.cols().max(1))) {
            let mut rest = row % per_batch;
            for axis in (0..self.places.len()).rev() {
                places[axis] = rest % self.places[axis];
                rest /= self.places[axis];
            }
            let base = offset + self.batch.stride * (row / per_batch) as isize;
            self.fill_axis(x, 0, base, &places, long, out);
        }
    }

    /// The taps of the axes from `axis` on.
    fn fill_axis<T: Gemm>(&self, x: &[T], axis: usize, base: isize, places: &[usize; MAX_SPATIAL], long: bool, out: &mut [T]) {
        let taps = self.taps[axis];
        let stride = self.spatial[axis].stride;
        let last = axis + 1 == self.taps.len();
        if last && long {
            let Spatial { n, place_step, low, .. } = self.spatial[axis];
            let first = (places[axis] * place_step) as isize - low;
            let begin = (-first).clamp(0, taps as isize) as usize;
            let end = (n as isize - first).clamp(begin as isize, taps as isize) as usize;
            let channels = self.channels.n;
            out[..begin * channels].fill(T::zeroed());
            out[end * channels..].fill(T::zeroed());
            if end > begin {
                let from = (base + (first + begin as isize) * stride) as usize;
                out[begin * channels..end * channels].copy_from_slice(&x[from..from + (end - begin) * channels]);
            }
            return;
        }
        for (tap, out) in out.chunks_exact_mut((out.len() / taps.max(1)).max(1)).enumerate() {
            match self.meet(axis, places[axis], tap) {
                None => out.fill(T::zeroed()),
                Some(i) if !last => self.fill_axis(x, axis + 1, base + stride * i as isize, places, long, out),
                Some(i) => {
                    let from = base + stride * i as isize;
                    if self.channels.stride == 1 {
                        out.copy_from_slice(&x[from as usize..][..out.len()]);
                    } else {
                        let element = |c: usize| x[(from + self.channels.stride * c as isize) as usize];
                        out.iter_mut().enumerate().for_each(|(c, out)| *out = element(c));
                    }
                }
            }
        }
    }
}

/// The most spatial axes.
pub(super) const MAX_SPATIAL: usize = 8;
