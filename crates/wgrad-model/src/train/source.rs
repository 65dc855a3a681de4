//! Where the batches of an epoch come from: rows of data in memory, or an iterator of batches.

use super::{
    batch::{Batch, IntoBatch},
    data::{Feed, Samples},
    permutation::permutation,
    rows::all_rows,
    session::Session,
};
use crate::{Error, Model, Result};
use serde::{Deserialize, Serialize};
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
    /// Passes that were begun, this one included.
    begun: usize,
}

/// How far a training is in its data, after a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Passes that were begun, where the data is batches; the model counts those over rows.
    pub(crate) passes: usize,
    /// Rows or batches of this pass; 0 where it is over.
    pub(crate) taken: usize,
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

    pub(crate) fn position(&self) -> Position {
        match self {
            Source::Rows(rows) => Position { passes: 0, taken: rows.done },
            Source::Batches(batches) => Position { passes: batches.begun, taken: batches.taken },
        }
    }

    /// Goes where an earlier training over the same data was; `most` is how many passes and how many batches it can have seen.
    pub(crate) fn resume(&mut self, position: Position, most: usize, model: &Model) -> Result<()> {
        let limit = match self {
            Source::Rows(rows) => rows.samples,
            Source::Batches(_) => most,
        };
        if position.taken > limit || position.passes > most {
            let Position { passes, taken } = position;
            return Err(Error::invalid("backup", format!("it is of other data: place {taken} of {limit}, pass {passes} of {most}")));
        }
        match self {
            Source::Rows(rows) => rows.resume(position, model),
            Source::Batches(batches) => batches.resume(position, model),
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
    fn order_of(&self, pass: u64) -> Vec<i32> {
        self.shuffle.map_or_else(|| all_rows(self.samples), |seed| permutation(self.samples, seed, pass))
    }

    fn resume(&mut self, position: Position, model: &Model) -> Result<()> {
        if position.taken > 0 {
            self.order = self.order_of(model.compiled()?.passes.saturating_sub(1));
        }
        self.done = position.taken;
        Ok(())
    }

    fn step(&mut self, model: &mut Model, session: &mut Session, again: bool) -> Result<bool> {
        if self.done >= self.order.len() {
            let ended = !self.order.is_empty();
            self.order.clear();
            self.done = 0;
            if ended && !again {
                return Ok(false);
            }
            let pass = if self.shuffle.is_some() { model.next_pass()? } else { 0 };
            self.order = self.order_of(pass);
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
        Batches { begin: Box::new(begin), now: None, peeked: None, taken: 0, begun: 0 }
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
        let batch = match &mut self.now {
            Some(now) => now.next(),
            None => self.begin_pass().next(),
        };
        let batch = batch.transpose()?;
        batch.map(|batch| Samples::new(model, &batch.x, &batch.y, &batch.sample_weight)).transpose()
    }

    fn begin_pass(&mut self) -> &mut Box<dyn Iterator<Item = Result<Batch>> + 's> {
        self.begun += 1;
        self.now.insert((self.begin)())
    }

    /// Begins passes as the earlier training did, for what shuffles counts them, and takes the batches that it took.
    fn resume(&mut self, position: Position, model: &Model) -> Result<()> {
        while self.begun < position.passes {
            self.peeked = None;
            self.begin_pass();
        }
        if position.taken == 0 {
            (self.now, self.peeked) = (None, None);
        }
        for _ in 0..position.taken {
            self.next(model)?;
        }
        self.taken = position.taken;
        Ok(())
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
