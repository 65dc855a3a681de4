//! The thread that measures, and the end of it.

use super::bench::{Bench, Comparison};
use super::known::{Entry, Known};
use super::{Ready, Tunable, note};
use crate::gpu::{Gpu, lock};
use std::{
    cell::RefCell,
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};
use wgpu::AdapterInfo;
use wgrad_tensor::Result;

/// The time that the tuner may take in a process where `WGRAD_TUNE` does not say.
const BUDGET: Duration = Duration::from_secs(1);
/// The longest that the end of a thread waits for a kernel that is being compiled: a process that exits meanwhile may crash in the driver.
const LEAVE: Duration = Duration::from_secs(30);

/// The tuner of an adapter.
#[derive(Debug)]
pub(crate) struct Tuner {
    pub(crate) known: Arc<Known>,
    budget: Duration,
    state: Mutex<State>,
    idle: Condvar,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Weak<Tunable>>,
    working: bool,
    /// Whether somebody waits for the end of the work.
    leaving: bool,
    spent: Duration,
}

thread_local! {
    /// The tuners that programs of this thread have started. A process must not end while a driver compiles: drivers take down what their compilers
    /// need when the process exits. The values of a thread are dropped before.
    static LEAVING: RefCell<Vec<Leaving>> = const { RefCell::new(Vec::new()) };
}

struct Leaving(Weak<Tuner>);

impl Drop for Leaving {
    fn drop(&mut self) {
        if let Some(tuner) = self.0.upgrade() {
            lock(&tuner.state).leaving = true;
            tuner.wait(LEAVE);
        }
    }
}

impl Tuner {
    /// The tuner that the user wants: none where `WGRAD_TUNE` is `off`.
    pub(crate) fn from_env(adapter: &AdapterInfo) -> Option<Arc<Tuner>> {
        let budget = budget(std::env::var("WGRAD_TUNE").ok().as_deref());
        (!budget.is_zero()).then(|| Arc::new(Tuner::new(Known::of(adapter), budget)))
    }

    pub(crate) fn new(known: Known, budget: Duration) -> Tuner {
        Tuner { known: Arc::new(known), budget, state: Mutex::default(), idle: Condvar::new() }
    }

    /// Has dispatches of programs of `gpu` measured, on a thread of its own.
    pub(crate) fn tune(self: &Arc<Tuner>, gpu: &Arc<Gpu>, tunables: &[Arc<Tunable>]) {
        let mut state = lock(&self.state);
        if state.spent >= self.budget {
            return;
        }
        state.leaving = false;
        state.queue.extend(tunables.iter().map(Arc::downgrade));
        if !state.working {
            let (tuner, gpu) = (self.clone(), Arc::downgrade(gpu));
            state.working = thread::Builder::new().name("wgrad tuner".into()).spawn(move || tuner.work(&gpu)).is_ok();
        }
        drop(state);
        // At the very end of a thread nothing can be kept any more.
        let _ = LEAVING.try_with(|leaving| leaving.borrow_mut().push(Leaving(Arc::downgrade(self))));
    }

    /// Waits until nothing is measured any more, but not longer than `patience`.
    pub(crate) fn wait(&self, patience: Duration) {
        let state = lock(&self.state);
        drop(self.idle.wait_timeout_while(state, patience, |state| state.working).unwrap_or_else(PoisonError::into_inner));
    }

    /// Measures until there is nothing left, or no time.
    fn work(&self, gpu: &Weak<Gpu>) {
        loop {
            if let Some(gpu) = gpu.upgrade() {
                let mut bench = None;
                while let Some(tunable) = self.next() {
                    let start = Instant::now();
                    if let Err(why) = self.measure(&gpu, &mut bench, &tunable) {
                        note(|| format!("{}: {why}", tunable.label));
                    }
                    let waited = bench.as_mut().map_or(Duration::ZERO, |bench: &mut Bench| std::mem::take(&mut bench.waited));
                    lock(&self.state).spent += start.elapsed().saturating_sub(waited);
                }
            } else {
                lock(&self.state).queue.clear();
            }
            // Both connections to the adapter are closed: whoever waits may end the process.
            let mut state = lock(&self.state);
            if state.queue.is_empty() {
                state.working = false;
                self.idle.notify_all();
                return;
            }
        }
    }

    /// What is measured next.
    fn next(&self) -> Option<Arc<Tunable>> {
        let mut state = lock(&self.state);
        if state.leaving || state.spent >= self.budget {
            state.queue.clear();
        }
        // Of programs that are gone nothing is measured.
        std::iter::from_fn(|| state.queue.pop_front()).find_map(|tunable| tunable.upgrade())
    }

    /// The time that is left.
    fn left(&self) -> Duration {
        let state = lock(&self.state);
        if state.leaving { Duration::ZERO } else { self.budget.saturating_sub(state.spent) }
    }

    /// Measures one dispatch. Where anything fails, it stays what it is.
    fn measure(&self, gpu: &Gpu, bench: &mut Option<Bench>, tunable: &Tunable) -> Result<()> {
        let Some(first) = tunable.candidates.first() else { return Ok(()) };
        // Another dispatch of this bucket may have been measured since this one was compiled.
        let mut entry = self.known.get(&tunable.bucket).unwrap_or_else(|| Entry { best: first.name.clone(), slower: Vec::new() });
        let mut best = tunable.candidates.iter().find(|candidate| candidate.name == entry.best).unwrap_or(first);
        let start = Instant::now();
        let mut slowest = tunable.compiled_in;
        for other in &tunable.candidates {
            // Whatever comes next may take as long to compile as what took longest.
            let too_late = start.elapsed() + slowest > self.left();
            if too_late || other.name == best.name || entry.slower.contains(&other.name) {
                continue;
            }
            let bench = match bench {
                Some(bench) => bench,
                None => bench.insert(Bench::new(gpu)?),
            };
            let (began, waited) = (Instant::now(), bench.waited);
            let wanted = || !self.left().is_zero();
            let Some(Comparison { times, second_is_faster }) = bench.compare(gpu, &tunable.label, [best, other], wanted)? else { continue };
            slowest = slowest.max(began.elapsed().saturating_sub(bench.waited - waited));
            note(|| format!("{}: {} takes {:.1?}, {} {:.1?}", tunable.bucket, best.name, times[0], other.name, times[1]));
            let slower = if second_is_faster { std::mem::replace(&mut best, other) } else { other };
            entry.best.clone_from(&best.name);
            entry.slower.retain(|name| *name != entry.best);
            entry.slower.push(slower.name.clone());
            self.known.set(&tunable.bucket, entry.clone());
            self.known.save();
        }
        if best.name != first.name {
            let pipeline = gpu.pipeline(&tunable.label, &best.shader)?;
            let _ = tunable.faster.set(Ready { pipeline, groups: best.shader.groups });
        }
        Ok(())
    }
}

fn budget(text: Option<&str>) -> Duration {
    match text.map(str::trim) {
        None | Some("") => BUDGET,
        Some("off") => Duration::ZERO,
        Some(text) => text.parse().map_or_else(
            |_| {
                note(|| format!("WGRAD_TUNE: {text:?} is neither off nor a number of milliseconds"));
                BUDGET
            },
            Duration::from_millis,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_milliseconds_or_nothing() {
        let budgets = [None, Some(""), Some("off"), Some("0"), Some(" 250"), Some("never"), Some("-1")].map(budget);
        let ms = Duration::from_millis;
        assert_eq!(budgets, [BUDGET, BUDGET, ms(0), ms(0), ms(250), BUDGET, BUDGET]);
    }
}
