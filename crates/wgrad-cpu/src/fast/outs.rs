//! The buffers that a step writes, cut into disjoint parts for its tasks without any unsafe code.

use super::{storage::whole_mut, team};
use bytemuck::Pod;
use std::{
    mem::take,
    ops::Range,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use wgrad_tensor::Result;

pub(super) use super::kernel::MAX_OUTS;

/// Stretches of the buffers that a step writes.
#[derive(Debug, Default)]
pub(super) struct Outs<'a> {
    list: [Out<'a>; MAX_OUTS],
}

/// A stretch of a buffer.
#[derive(Debug, Default)]
pub(super) struct Out<'a> {
    bytes: &'a mut [u8],
    /// Number of its first element in the buffer, and bytes of an element.
    base: usize,
    size: usize,
}

impl<'a> Out<'a> {
    /// A whole buffer.
    pub(super) fn new(bytes: &'a mut [u8], size: usize) -> Out<'a> {
        Out { bytes, base: 0, size }
    }

    /// The number in the buffer of the first element, and the elements.
    pub(super) fn values<T: Pod>(&mut self) -> (usize, &mut [T]) {
        (self.base, whole_mut(self.bytes))
    }

    /// The number in the buffer of the first element, and the bytes.
    fn bytes(&self) -> (usize, &[u8]) {
        (self.base, self.bytes)
    }

    /// The part before element `cut` of the buffer, and the rest.
    fn split(self, cut: usize) -> (Out<'a>, Out<'a>) {
        let size = self.size.max(1);
        let at = (cut.saturating_sub(self.base) * size).min(self.bytes.len());
        let (left, right) = self.bytes.split_at_mut(at);
        let base = self.base;
        (Out { bytes: left, base, size }, Out { bytes: right, base: base + at / size, size })
    }
}

impl<'a> Outs<'a> {
    /// Whole buffers; at most [`MAX_OUTS`].
    pub(super) fn new(outs: impl Iterator<Item = Out<'a>>) -> Outs<'a> {
        let mut list: [Out<'a>; MAX_OUTS] = Default::default();
        list.iter_mut().zip(outs).for_each(|(place, out)| *place = out);
        Outs { list }
    }

    /// One of the buffers.
    pub(super) fn get(&mut self, out: usize) -> &mut Out<'a> {
        &mut self.list[out]
    }

    /// The numbers of the first elements, and the elements, of all.
    pub(super) fn each<T: Pod>(&mut self) -> [(usize, &mut [T]); MAX_OUTS] {
        self.list.each_mut().map(Out::values)
    }

    /// One of the buffers, to be read.
    pub(super) fn read(&self, out: usize) -> (usize, &[u8]) {
        self.list[out].bytes()
    }

    /// The same buffers, lent.
    pub(super) fn reborrow(&mut self) -> Outs<'_> {
        Outs::new(self.list.iter_mut().map(|out| Out { bytes: &mut *out.bytes, base: out.base, size: out.size }))
    }

    /// Cuts buffer `i` before element `cut(i)`.
    pub(super) fn split(self, cut: impl Fn(usize) -> usize) -> (Outs<'a>, Outs<'a>) {
        let (mut left, mut right) = (Outs::default(), Outs::default());
        for (i, out) in self.list.into_iter().enumerate() {
            if out.size > 0 {
                (left.list[i], right.list[i]) = out.split(cut(i));
            }
        }
        (left, right)
    }
}

/// Runs `run` for all of `tasks` in at most `pieces` consecutive pieces, each with its own part of the buffers: those between the elements
/// `cut(first task, buffer)` and `cut(task after the last, buffer)`.
///
/// # Errors
/// That of the first piece that has one.
pub(super) fn in_pieces<'a>(
    tasks: Range<usize>,
    pieces: usize,
    mut outs: Outs<'a>,
    cut: &impl Fn(usize, usize) -> usize,
    run: &(impl Fn(Range<usize>, Outs<'_>) -> Result<()> + Sync),
) -> Result<()> {
    let pieces = pieces.min(tasks.len());
    if pieces <= 1 {
        return run(tasks, outs);
    }
    let at = |piece: usize| tasks.start + tasks.len() * piece / pieces;
    let mut list = Vec::with_capacity(pieces);
    for piece in 1..pieces {
        let (own, rest) = outs.split(|buffer| cut(at(piece), buffer));
        list.push(Mutex::new((own, Ok(()))));
        outs = rest;
    }
    list.push(Mutex::new((outs, Ok(()))));
    let next = AtomicUsize::new(0);
    team::run(&|| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = list.get(number) else { break };
            let (outs, result) = &mut *piece.lock().unwrap_or_else(|e| e.into_inner());
            *result = run(at(number)..at(number + 1), take(outs));
        }
    });
    list.into_iter().try_for_each(|piece| piece.into_inner().unwrap_or_else(|e| e.into_inner()).1)
}

/// How many pieces work of `cost` elementary operations is worth: one where sharing it out costs more than it gives.
pub(super) fn pieces(cost: usize) -> usize {
    /// About 5 to 10 microseconds of vectorised work.
    const GRAIN: usize = 1 << 17;
    /// For each thread: the machine may do something else beside.
    const MOST: usize = 4;
    let threads = team::size();
    if threads == 1 { 1 } else { (cost / GRAIN).clamp(1, MOST * threads) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_every_element_once() {
        let mut bytes = vec![0u8; 100];
        for n in [1, 2, 3, 7, 50] {
            let outs = Outs::new([Out::new(&mut bytes, 1)].into_iter());
            in_pieces(0..10, n, outs, &|task, _| task * 10, &|tasks, mut outs| {
                let (base, values) = outs.get(0).values::<u8>();
                assert_eq!((base, values.len()), (tasks.start * 10, tasks.len() * 10));
                values.iter_mut().for_each(|v| *v += 1);
                Ok(())
            })
            .unwrap();
            assert!(bytes.iter().all(|&v| v == 1), "{n} pieces: {bytes:?}");
            bytes.fill(0);
        }
    }
}
