//! Stages that run on threads of their own. Items keep their order.

use super::{Items, Pipeline};
use crate::{Error, Result};
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel, sync_channel},
    },
    thread,
};

/// A pass starts no more threads.
const MAX_THREADS: usize = 1024;

impl<T: Send + 'static> Pipeline<T> {
    /// [`Pipeline::map`] on `threads` threads (0: as many as there are cores; at most 1024, and as many as the system gives). The items come in the order of those that they are made of.
    #[must_use]
    pub fn parallel_map<U: Send + 'static>(self, threads: usize, f: impl Fn(T) -> U + Send + Sync + 'static) -> Pipeline<U> {
        let f: Arc<dyn Fn(T) -> U + Send + Sync> = Arc::new(f);
        self.then(move |items, _| ParallelMap::start(items, threads, &f))
    }

    /// Prepares up to `n` items (at least 1) ahead, on a thread of its own that ends with the pass.
    #[must_use]
    pub fn prefetch(self, n: usize) -> Pipeline<T> {
        self.then(move |items, _| Prefetch { waiting: Some(items), ready: None, n: n.max(1) })
    }
}

/// A result with the number of its item.
type Numbered<U> = (u64, Result<U>);

struct ParallelMap<T, U> {
    items: Option<Items<T>>,
    /// To the workers, which end when it is dropped.
    jobs: Sender<(u64, T)>,
    results: Receiver<Numbered<U>>,
    /// Results that came before those of earlier items.
    early: BTreeMap<u64, Result<U>>,
    sent: u64,
    taken: u64,
    /// Items that may be under way at once.
    window: u64,
}

impl<T: Send + 'static, U: Send + 'static> ParallelMap<T, U> {
    fn start(items: Items<T>, threads: usize, f: &Arc<dyn Fn(T) -> U + Send + Sync>) -> ParallelMap<T, U> {
        let threads = if threads == 0 { thread::available_parallelism().map_or(1, usize::from) } else { threads };
        let (jobs, next) = channel::<(u64, T)>();
        let (done, results) = channel();
        let next = Arc::new(Mutex::new(next));
        let spawned = (0..threads.min(MAX_THREADS))
            .take_while(|_| {
                let (f, next, done) = (f.clone(), next.clone(), done.clone());
                let work = move || {
                    // The lock is held while this thread waits; whoever has it gets the next item.
                    while let Ok((number, item)) = { next.lock().unwrap_or_else(PoisonError::into_inner).recv() } {
                        let result = guarded("parallel_map", || f(item));
                        if done.send((number, result)).is_err() {
                            break;
                        }
                    }
                };
                thread::Builder::new().name("wgrad-map".into()).spawn(work).is_ok()
            })
            .count();
        let mut early = BTreeMap::new();
        let mut items = Some(items);
        if spawned == 0 {
            early.insert(0, Err(Error::Pipeline { stage: "parallel_map", why: "the system gives no thread".into() }));
            items = None;
        }
        ParallelMap { items, jobs, results, sent: early.len() as u64, early, taken: 0, window: 2 * spawned as u64 }
    }

    /// Keeps the workers busy.
    fn send(&mut self) {
        while self.sent - self.taken < self.window
            && let Some(items) = &mut self.items
        {
            match items.next() {
                Some(Ok(item)) => {
                    // It fails only where all workers have died; `next` finds that out.
                    let _ = self.jobs.send((self.sent, item));
                }
                Some(Err(error)) => {
                    self.early.insert(self.sent, Err(error));
                }
                None => {
                    self.items = None;
                    return;
                }
            }
            self.sent += 1;
        }
    }
}

impl<T: Send + 'static, U: Send + 'static> Iterator for ParallelMap<T, U> {
    type Item = Result<U>;

    fn next(&mut self) -> Option<Result<U>> {
        self.send();
        if self.taken == self.sent {
            return None;
        }
        let wanted = self.taken;
        self.taken += 1;
        loop {
            if let Some(result) = self.early.remove(&wanted) {
                return Some(result);
            }
            match self.results.recv() {
                Ok((number, result)) => self.early.insert(number, result),
                Err(_) => return Some(Err(Error::Pipeline { stage: "parallel_map", why: "its threads have ended".into() })),
            };
        }
    }
}

struct Prefetch<T> {
    /// Until the first item is asked for.
    waiting: Option<Items<T>>,
    ready: Option<Receiver<Result<T>>>,
    n: usize,
}

impl<T: Send + 'static> Prefetch<T> {
    fn start(&mut self, mut items: Items<T>) -> Result<()> {
        let (send, ready) = sync_channel(self.n);
        let work = move || {
            loop {
                let (item, ended) = match guarded("prefetch", || items.next()) {
                    Ok(Some(item)) => (item, false),
                    Ok(None) => return,
                    Err(error) => (Err(error), true),
                };
                // Nobody listens any more where the pass was dropped.
                if send.send(item).is_err() || ended {
                    return;
                }
            }
        };
        let spawned = thread::Builder::new().name("wgrad-prefetch".into()).spawn(work);
        spawned.map_err(|source| Error::Pipeline { stage: "prefetch", why: source.to_string() })?;
        self.ready = Some(ready);
        Ok(())
    }
}

impl<T: Send + 'static> Iterator for Prefetch<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if let Some(items) = self.waiting.take()
            && let Err(error) = self.start(items)
        {
            return Some(Err(error));
        }
        self.ready.as_ref()?.recv().ok()
    }
}

/// Runs a user's function; a panic in it becomes an error instead of a thread that is missed.
fn guarded<R>(stage: &'static str, f: impl FnOnce() -> R) -> Result<R> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_string()).or_else(|| panic.downcast_ref::<String>().cloned());
        Error::Pipeline { stage, why: format!("a function panicked: {}", text.unwrap_or_else(|| "without a message".into())) }
    })
}
