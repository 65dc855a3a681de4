//! Stages that change the order or the number of items.

use super::{Items, Pipeline};
use crate::{Result, random::Draws};
use std::{collections::VecDeque, sync::Arc};

impl<T: Send + 'static> Pipeline<T> {
    /// Items in random order: each is drawn from the next `buffer` items, uniformly. With a buffer as long as the pass every order is equally likely.
    /// The order depends on the seed and the number of the pass. Errors are not shuffled.
    #[must_use]
    pub fn shuffle(self, buffer: usize, seed: u64) -> Pipeline<T> {
        self.then(move |items, pass| Shuffle { items: Some(items), buffer: Vec::new(), size: buffer.max(1), draws: Draws::new(seed, pass) })
    }

    /// `times` passes one after the other, each with a number of its own (and so shuffled anew where a stage before this one shuffles).
    /// Ends where a pass has no items.
    #[must_use]
    pub fn repeat(self, times: u64) -> Pipeline<T> {
        Pipeline::new(move |pass| Repeat::new(self.clone(), pass.wrapping_mul(times), times))
    }

    /// Passes one after the other without end. Ends where a pass has no items.
    #[must_use]
    pub fn repeat_forever(self) -> Pipeline<T> {
        // Far more repetitions than anybody waits for fit between the numbers of two passes.
        Pipeline::new(move |pass| Repeat::new(self.clone(), pass << 32, u64::MAX))
    }

    /// The items of one pipeline after the other: `f` makes one of each item.
    #[must_use]
    pub fn flat_map<U: Send + 'static>(self, f: impl Fn(T) -> Pipeline<U> + Send + Sync + 'static) -> Pipeline<U> {
        self.interleave(1, f)
    }

    /// Items of `cycle` pipelines by turns: `f` makes a pipeline of each item, and one item is taken of each of the `cycle` oldest that have not ended.
    #[must_use]
    pub fn interleave<U: Send + 'static>(self, cycle: usize, f: impl Fn(T) -> Pipeline<U> + Send + Sync + 'static) -> Pipeline<U> {
        let f = Arc::new(f);
        self.then(move |items, pass| {
            let f = f.clone();
            let inner = Box::new(items.map(move |item| Ok(f(item?).pass(pass))));
            Interleave { items: inner, open: VecDeque::new(), cycle: cycle.max(1) }
        })
    }
}

struct Shuffle<T> {
    items: Option<Items<T>>,
    buffer: Vec<T>,
    size: usize,
    draws: Draws,
}

impl<T> Iterator for Shuffle<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        while self.buffer.len() < self.size {
            match self.items.as_mut().and_then(Iterator::next) {
                Some(Ok(item)) => self.buffer.push(item),
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    self.items = None;
                    break;
                }
            }
        }
        if self.buffer.is_empty() {
            return None;
        }
        let i = self.draws.below(self.buffer.len());
        Some(Ok(self.buffer.swap_remove(i)))
    }
}

struct Repeat<T> {
    source: Pipeline<T>,
    now: Option<Items<T>>,
    next: u64,
    /// Passes that have not begun.
    left: u64,
    /// Whether the pass before this one had items.
    any: bool,
}

impl<T> Repeat<T> {
    fn new(source: Pipeline<T>, first: u64, times: u64) -> Repeat<T> {
        Repeat { source, now: None, next: first, left: times, any: true }
    }
}

impl<T: Send + 'static> Iterator for Repeat<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(item) = self.now.as_mut().and_then(Iterator::next) {
                self.any = true;
                return Some(item);
            }
            if self.left == 0 || !std::mem::take(&mut self.any) {
                return None;
            }
            self.left -= 1;
            self.now = Some(self.source.pass(self.next));
            self.next = self.next.wrapping_add(1);
        }
    }
}

struct Interleave<U> {
    /// The pipelines' passes.
    items: Box<dyn Iterator<Item = Result<Items<U>>> + Send>,
    open: VecDeque<Items<U>>,
    cycle: usize,
}

impl<U> Iterator for Interleave<U> {
    type Item = Result<U>;

    fn next(&mut self) -> Option<Result<U>> {
        loop {
            while self.open.len() < self.cycle {
                match self.items.next() {
                    Some(Ok(items)) => self.open.push_back(items),
                    Some(Err(error)) => return Some(Err(error)),
                    None => break,
                }
            }
            let mut first = self.open.pop_front()?;
            if let Some(item) = first.next() {
                self.open.push_back(first);
                return Some(item);
            }
        }
    }
}
