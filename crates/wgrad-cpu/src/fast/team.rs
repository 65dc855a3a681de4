//! The threads of the fast device: the one that runs a program and helpers that look for work for a while after each piece of it, since waking a
//! thread takes as long as a whole layer of a small model.
//!
//! One program at a time has the helpers; others, and parallel work within parallel work, run on their own thread. Whoever calls takes part and
//! never waits for a helper that has not begun, so that a busy machine costs no more than the helpers' share.
//!
//! Invariant of the `unsafe` code: helpers call a job only between its start and its end in [`Team::run`]. A helper counts itself in under the lock
//! of the state, and only where the job is still there; `run` takes the job away under that lock and returns (or unwinds) only when no helper is
//! counted any more.
#![allow(unsafe_code)]

use std::{
    env,
    ffi::OsStr,
    hint::spin_loop,
    mem::transmute,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, TryLockError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use wgrad_tensor::{Error, Result};

/// How long a helper looks for the next work before it sleeps: longer than the serial parts of a step.
const PATIENCE: Duration = Duration::from_micros(200);
/// Looks before the system may give the processor to another thread.
const LOOKS: usize = 64;

type Job = &'static (dyn Fn() + Sync);

/// A thread that calls and its helpers.
#[derive(Debug)]
pub(super) struct Team {
    shared: Arc<Shared>,
    helpers: Vec<thread::JoinHandle<()>>,
    turn: Mutex<()>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    /// [`State::number`], to be looked at without the lock.
    number: AtomicUsize,
    /// Helpers that run the job.
    inside: AtomicUsize,
    panicked: AtomicBool,
}

#[derive(Default)]
struct State {
    job: Option<Job>,
    /// Of the last job.
    number: usize,
    sleeping: usize,
    ended: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "job {}, {} sleeping", self.number, self.sleeping)
    }
}

/// How many threads work, by `WGRAD_THREADS` or as many as the system gives.
///
/// # Errors
/// [`Error::NoDevice`] where the variable is not a number from 1 on.
pub(super) fn threads() -> Result<usize> {
    env::var_os("WGRAD_THREADS").map_or_else(|| Ok(thread::available_parallelism().map_or(1, NonZero::get)), |wanted| number(&wanted))
}

fn number(wanted: &OsStr) -> Result<usize> {
    let number = wanted.to_str().and_then(|text| text.trim().parse::<NonZero<u16>>().ok());
    let why = || format!("WGRAD_THREADS is {wanted:?}, not a number of threads from 1 to {}", u16::MAX);
    number.map(|number| number.get().into()).ok_or_else(|| Error::NoDevice { requested: super::NAME.into(), why: why() })
}

/// Calls `work` on this thread and on every helper that is free meanwhile; it must share the work out itself.
pub(super) fn run(work: &(dyn Fn() + Sync)) {
    with_team(|team| team.run(work));
}

/// The number of threads of the team.
pub(super) fn size() -> usize {
    with_team(|team| team.helpers.len() + 1)
}

#[cfg(test)]
thread_local! {
    static OWN: std::cell::RefCell<Option<Team>> = const { std::cell::RefCell::new(None) };
}

/// Runs `f` with a team of so many threads.
#[cfg(test)]
pub(super) fn with_threads<R>(threads: usize, f: impl FnOnce() -> R) -> R {
    let before = OWN.replace(Some(Team::new(threads)));
    let result = f();
    OWN.set(before);
    result
}

fn with_team<R>(f: impl FnOnce(&Team) -> R) -> R {
    static TEAM: OnceLock<Team> = OnceLock::new();
    let all = || TEAM.get_or_init(|| Team::new(threads().unwrap_or(1)));
    #[cfg(test)]
    return OWN.with_borrow(|own| f(own.as_ref().unwrap_or_else(|| all())));
    #[cfg(not(test))]
    f(all())
}

impl Team {
    /// A team of `threads`, of which the caller is one; fewer where the system gives no more.
    fn new(threads: usize) -> Team {
        let shared = Arc::<Shared>::default();
        let helper = |number: usize| {
            let shared = shared.clone();
            thread::Builder::new().name(format!("wgrad-cpu {number}")).spawn(move || shared.help()).ok()
        };
        let helpers = (1..threads).map_while(helper).collect();
        Team { shared, helpers, turn: Mutex::default() }
    }

    fn run(&self, work: &(dyn Fn() + Sync)) {
        let _turn = match self.turn.try_lock() {
            _ if self.helpers.is_empty() => return work(),
            Err(TryLockError::WouldBlock) => return work(),
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(),
            Ok(turn) => turn,
        };
        // Safety: by the module's invariant no helper has the job when `_job` is dropped, which is before `work` ends.
        let job = self.shared.begin(unsafe { transmute::<&(dyn Fn() + Sync), Job>(work) });
        work();
        drop(job);
        assert!(!self.shared.panicked.swap(false, Ordering::Relaxed), "a helper of the fast CPU device panicked");
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.wake.notify_all();
        self.helpers.drain(..).for_each(|helper| drop(helper.join()));
    }
}

/// A job that helpers may take; ends when it is dropped.
struct Begun<'a>(&'a Shared);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.lock().job = None;
        watch(|| self.0.inside.load(Ordering::Acquire) == 0, None);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn begin(&self, job: Job) -> Begun<'_> {
        let mut state = self.lock();
        state.job = Some(job);
        state.number = state.number.wrapping_add(1);
        self.number.store(state.number, Ordering::Release);
        let sleeping = state.sleeping;
        drop(state);
        if sleeping > 0 {
            self.wake.notify_all();
        }
        Begun(self)
    }

    fn help(&self) {
        let mut seen = 0;
        while let Some(job) = self.next(&mut seen) {
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                self.panicked.store(true, Ordering::Relaxed);
            }
            self.inside.fetch_sub(1, Ordering::Release);
        }
    }

    /// The next job after number `seen`, with this helper counted in; none when the team has ended.
    fn next(&self, seen: &mut usize) -> Option<Job> {
        loop {
            watch(|| self.number.load(Ordering::Acquire) != *seen, Some(PATIENCE));
            let mut state = self.lock();
            while state.number == *seen && !state.ended {
                state.sleeping += 1;
                state = self.wake.wait(state).unwrap_or_else(|e| e.into_inner());
                state.sleeping -= 1;
            }
            if state.ended {
                return None;
            }
            *seen = state.number;
            if let Some(job) = state.job {
                self.inside.fetch_add(1, Ordering::Relaxed);
                return Some(job);
            }
        }
    }
}

/// Looks until `done`, or until the patience is over.
fn watch(done: impl Fn() -> bool, patience: Option<Duration>) {
    let start = Instant::now();
    while !done() {
        for _ in 0..LOOKS {
            spin_loop();
            if done() {
                return;
            }
        }
        if patience.is_some_and(|patience| start.elapsed() > patience) {
            return;
        }
        thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts to `n` together; the sum of what was counted.
    fn count(team: &Team, n: usize) -> usize {
        let (next, sum) = (AtomicUsize::new(0), AtomicUsize::new(0));
        team.run(&|| {
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                if i >= n {
                    break;
                }
                sum.fetch_add(i, Ordering::Relaxed);
            }
        });
        sum.into_inner()
    }

    #[test]
    fn a_number_of_threads_is_one_from_1_on() {
        assert_eq!(number(OsStr::new(" 3 ")).unwrap(), 3);
        for wrong in ["0", "-1", "many", "", "70000"] {
            let error = number(OsStr::new(wrong)).unwrap_err().to_string();
            assert!(error.contains(&format!("WGRAD_THREADS is {wrong:?}, not a number of threads from 1 to 65535")), "{error}");
        }
    }

    #[test]
    fn a_job_is_done_once_however_many_help() {
        for threads in [1, 2, 5] {
            let team = Team::new(threads);
            for n in (0..2000).map(|i| i % 100) {
                assert_eq!(count(&team, n), n * n.saturating_sub(1) / 2);
            }
            // Asleep by now.
            thread::sleep(10 * PATIENCE);
            assert_eq!(count(&team, 100), 4950);
        }
    }

    #[test]
    fn several_callers_and_work_within_work() {
        let team = Team::new(3);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..500).for_each(|_| assert_eq!(count(&team, 20), 190)));
            }
        });
        let (callers, inner) = (AtomicUsize::new(0), AtomicUsize::new(0));
        team.run(&|| {
            callers.fetch_add(1, Ordering::Relaxed);
            inner.fetch_add(count(&team, 10), Ordering::Relaxed);
        });
        let callers = callers.into_inner();
        assert!((1..=3).contains(&callers), "{callers} threads");
        assert_eq!(inner.into_inner(), 45 * callers);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let team = Team::new(2);
        for _ in 0..20 {
            let caller = thread::current().id();
            let began = AtomicBool::new(false);
            let helper_panics = catch_unwind(AssertUnwindSafe(|| {
                team.run(&|| {
                    if thread::current().id() == caller {
                        watch(|| began.load(Ordering::Relaxed), None);
                    } else {
                        began.store(true, Ordering::Relaxed);
                        std::panic::resume_unwind(Box::new("no message"));
                    }
                });
            }));
            assert!(helper_panics.is_err());
            let caller_panics = catch_unwind(AssertUnwindSafe(|| {
                team.run(&|| {
                    if thread::current().id() == caller {
                        std::panic::resume_unwind(Box::new("no message"));
                    }
                });
            }));
            assert!(caller_panics.is_err());
            assert_eq!(count(&team, 50), 1225);
        }
    }
}
