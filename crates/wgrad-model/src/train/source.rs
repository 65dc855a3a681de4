//! Where the batches of an epoch come from: rows of data in memory, or an iterator of batches.

use super::{
    batch::{Batch, IntoBatch},
    data::{Feed, Samples},
    permutation::permutation,
    rows::all_rows,
    session::Session,
};
use crate::{Model, Result};
use std::sync::Arc;

/// Batches of one pass over the data, again and again.
pub(crate) enum Source<'s> {
    Rows(Rows),
    Batches(Batches<'s>),
}

/// Rows of data in memory.
pub(crate) struct Rows {
    samples: usize,
    batch_size: usize,
    /// The seed of the order, where each pass has one of its own.
    shuffle: Option<u64>,
    order: Vec<i32>,
    /// Rows of this pass that were trained with.
    done: usize,
}

/// Makes an iterator over batches, for each pass one.
pub(crate) type Begin<'s> = Box<dyn FnMut() -> Box<dyn Iterator<Item = Result<Batch>> + 's> + 's>;

/// Batches that someone else makes.
pub(crate) struct Batches<'s> {
    begin: Begin<'s>,
    now: Option<Box<dyn Iterator<Item = Result<Batch>> + 's>>,
    /// The first batch, which was looked at before training.
    peeked: Option<Samples>,
    /// Batches of this pass.
    taken: usize,
}

impl<'s> Source<'s> {
    /// `samples` rows in batches of `batch_size`, in order or, with a seed, in another order in each pass.
    pub(crate) fn rows(samples: usize, batch_size: usize, shuffle: Option<u64>) -> Source<'s> {
        Source::Rows(Rows { samples, batch_size, shuffle, order: Vec::new(), done: 0 })
    }

    /// Steps of one pass, where that is known.
    pub(crate) fn steps(&self) -> Option<usize> {
        match self {
            Source::Rows(rows) => Some(rows.samples.div_ceil(rows.batch_size)),
            Source::Batches(_) => None,
        }
    }

    /// One step over the next batch. At the end of the data no step is done, and the next pass begins; `again` begins it at once.
    pub(crate) fn step(&mut self, model: &mut Model, session: &mut Session, again: bool) -> Result<bool> {
        match self {
            Source::Rows(rows) => rows.step(model, session, again),
            Source::Batches(batches) => batches.step(model, session, again),
        }
    }
}

impl Rows {
    fn step(&mut self, model: &mut Model, session: &mut Session, again: bool) -> Result<bool> {
        if self.done >= self.order.len() {
            let ended = !self.order.is_empty();
            self.order.clear();
            self.done = 0;
            if ended && !again {
                return Ok(false);
            }
            self.order = match self.shuffle {
                Some(seed) => permutation(self.samples, seed, model.next_pass()?),
                None => all_rows(self.samples),
            };
        }
        let end = (self.done + self.batch_size).min(self.order.len());
        session.step(model, &self.order[self.done..end])?;
        self.done = end;
        Ok(true)
    }
}

impl<'s> Batches<'s> {
    /// The batches that `begin` starts.
    pub(crate) fn new<I>(mut begin: impl FnMut() -> I + 's) -> Batches<'s>
    where
        I: IntoIterator<Item: IntoBatch + 's>,
        I::IntoIter: 's,
    {
        let begin = move || Box::new(begin().into_iter().map(IntoBatch::into_batch)) as Box<dyn Iterator<Item = Result<Batch>> + 's>;
        Batches { begin: Box::new(begin), now: None, peeked: None, taken: 0 }
    }

    /// The first batch of the first pass, checked; `None` where there is none.
    pub(crate) fn peek(&mut self, model: &Model) -> Result<Option<&Samples>> {
        if self.peeked.is_none() {
            self.peeked = self.next(model)?;
        }
        Ok(self.peeked.as_ref())
    }

    fn next(&mut self, model: &Model) -> Result<Option<Samples>> {
        if let Some(samples) = self.peeked.take() {
            return Ok(Some(samples));
        }
        let batch = self.now.get_or_insert_with(&mut self.begin).next().transpose()?;
        batch.map(|batch| Samples::new(model, &batch.x, &batch.y, &batch.sample_weight)).transpose()
    }

    fn step(&mut self, model: &mut Model, session: &mut Session, again: bool) -> Result<bool> {
        let mut samples = self.next(model)?;
        if samples.is_none() {
            let ended = std::mem::take(&mut self.taken) > 0;
            self.now = None;
            if !(again && ended) {
                return Ok(false);
            }
            samples = self.next(model)?;
        }
        let Some(samples) = samples else { return Ok(false) };
        let rows = all_rows(samples.len());
        session.feed(Arc::new(Feed::Host(samples.columns)));
        session.step(model, &rows)?;
        self.taken += 1;
        Ok(true)
    }
}
