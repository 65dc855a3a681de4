//! Pipelines: streams of items that can be run through again and again, as `tf.data.Dataset`.
//!
//! A [`Pipeline`] knows how to begin a pass; nothing runs until a pass is iterated over. What is random depends on the seed and the number of the pass
//! only, never on the number of threads.
//!
//! ```
//! use wgrad_data::Pipeline;
//! let numbers = Pipeline::range(10).filter(|n| n % 2 == 1).map(|n| n as f32).shuffle(4, 7).batch(2);
//! let shapes: Vec<_> = numbers.iter().map(|batch| Ok(batch?.shape().to_vec())).collect::<wgrad_data::Result<_>>()?;
//! assert_eq!(shapes, [[2], [2], [1]]);
//! # Ok::<(), wgrad_data::Error>(())
//! ```

mod batch;
mod cache;
mod order;
mod parallel;
mod rows;
mod sources;

pub use batch::Collate;
pub use rows::IntoRows;

use crate::{Error, Result};
use std::{
    fmt, iter,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A stream of items that can be run through again and again. Cheap to clone; clones count their passes together.
pub struct Pipeline<T> {
    begin: Arc<dyn Fn(u64) -> Items<T> + Send + Sync>,
    passes: Arc<AtomicU64>,
}

/// One pass over a pipeline. After an `Err` it goes on with the next item.
pub struct Items<T>(Box<dyn Iterator<Item = Result<T>> + Send>);

impl<T: Send + 'static> Pipeline<T> {
    /// A pipeline whose pass number `n` is `begin(n)`. The same number should give the same items.
    pub fn new<I>(begin: impl Fn(u64) -> I + Send + Sync + 'static) -> Pipeline<T>
    where
        I: Iterator<Item = Result<T>> + Send + 'static,
    {
        Pipeline { begin: Arc::new(move |pass| Items(Box::new(begin(pass)))), passes: Arc::default() }
    }

    /// Pass number `pass`: the same items in the same order whenever it is asked for, so that training can go on where it was interrupted.
    pub fn pass(&self, pass: u64) -> Items<T> {
        (self.begin)(pass)
    }

    /// The next pass: the first call gives pass 0. What is shuffled is shuffled anew.
    pub fn iter(&self) -> Items<T> {
        self.pass(self.passes.fetch_add(1, Ordering::Relaxed))
    }

    /// A pipeline whose passes are made of those of this one.
    fn then<U: Send + 'static, I>(self, stage: impl Fn(Items<T>, u64) -> I + Send + Sync + 'static) -> Pipeline<U>
    where
        I: Iterator<Item = Result<U>> + Send + 'static,
    {
        Pipeline::new(move |pass| stage(self.pass(pass), pass))
    }

    /// Each item as `f` makes it.
    #[must_use]
    pub fn map<U: Send + 'static>(self, f: impl Fn(T) -> U + Send + Sync + 'static) -> Pipeline<U> {
        self.try_map(move |item| Ok::<U, Error>(f(item)))
    }

    /// Each item as `f` makes it; an error of `f` takes the place of the item.
    #[must_use]
    pub fn try_map<U: Send + 'static, E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        self,
        f: impl Fn(T) -> Result<U, E> + Send + Sync + 'static,
    ) -> Pipeline<U> {
        let f = Arc::new(f);
        self.then(move |items, _| {
            let f = f.clone();
            items.map(move |item| f(item?).map_err(Error::of_user))
        })
    }

    /// The items that `keep` says `true` to.
    #[must_use]
    pub fn filter(self, keep: impl Fn(&T) -> bool + Send + Sync + 'static) -> Pipeline<T> {
        let keep = Arc::new(keep);
        self.then(move |items, _| {
            let keep = keep.clone();
            items.filter(move |item| item.as_ref().map_or(true, |item| keep(item)))
        })
    }

    /// The first `n` items of each pass.
    #[must_use]
    pub fn take(self, n: usize) -> Pipeline<T> {
        self.then(move |items, _| items.take(n))
    }

    /// Each pass without its first `n` items. Errors are no items here: they are not skipped.
    #[must_use]
    pub fn skip(self, n: usize) -> Pipeline<T> {
        self.then(move |items, _| {
            let mut left = n;
            items.filter(move |item| {
                let skipped = item.is_ok() && left > 0;
                left -= usize::from(skipped);
                !skipped
            })
        })
    }

    /// Items with their positions in the pass.
    #[must_use]
    pub fn enumerate(self) -> Pipeline<(usize, T)> {
        self.then(|items, _| items.enumerate().map(|(i, item)| Ok((i, item?))))
    }

    /// Pairs of the items of two pipelines, as long as both have one: the longer gives one item more than there are pairs.
    #[must_use]
    pub fn zip<U: Send + 'static>(self, other: Pipeline<U>) -> Pipeline<(T, U)> {
        self.then(move |mut items, pass| {
            let mut others = other.pass(pass);
            // Both are asked, also where one has ended: a cache fills only in a pass that it sees the end of.
            iter::from_fn(move || match (items.next(), others.next()) {
                (Some(a), Some(b)) => Some(a.and_then(|a| Ok((a, b?)))),
                _ => None,
            })
            .fuse()
        })
    }
}

impl<T> Clone for Pipeline<T> {
    fn clone(&self) -> Self {
        Pipeline { begin: self.begin.clone(), passes: self.passes.clone() }
    }
}

impl<T> fmt::Debug for Pipeline<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").field("passes", &self.passes).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}

impl<T> Iterator for Items<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.0.next()
    }
}

impl<T: Send + 'static> IntoIterator for &Pipeline<T> {
    type Item = Result<T>;
    type IntoIter = Items<T>;

    fn into_iter(self) -> Items<T> {
        self.iter()
    }
}
