//! Where the time of a program goes: one form for all devices.
//!
//! A device that is asked to ([`wanted`]) keeps a [`Recorder`] for each program that it compiles and tells it the time of every step. What comes of
//! it is a [`Profile`]: a table of steps with their time, bytes, floating-point operations and share of the device's [`Roof`].
//! `WGRAD_PROFILE=1` prints it when the program is dropped, or at the end of the process.

use crate::{
    device::Roof,
    plan::{Cost, Plan},
    timeline,
};
use std::{
    cell::Cell,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

static RECORDING: AtomicBool = AtomicBool::new(false);
/// Recorders whose profiles the environment wants printed.
static PRINTED: Mutex<Vec<Weak<Recorder>>> = Mutex::new(Vec::new());

/// Whether programs that are compiled from now on keep a profile, also without `WGRAD_PROFILE`: read it with
/// [`Executable::profile`](crate::Executable::profile). Profiling slows small programs down.
pub fn record(on: bool) {
    RECORDING.store(on, Ordering::Relaxed);
}

/// Whether a program that is compiled now should keep a profile: [`record`], `WGRAD_PROFILE=1`, or a timeline that wants the device's events.
pub fn wanted() -> bool {
    RECORDING.load(Ordering::Relaxed) || printing() || timeline::enabled()
}

/// Whether the environment asks for printed profiles.
pub(crate) fn printing() -> bool {
    static PRINTING: OnceLock<bool> = OnceLock::new();
    *PRINTING.get_or_init(|| std::env::var("WGRAD_PROFILE").is_ok_and(|value| !matches!(value.trim(), "" | "0")))
}

/// Time that threads of this process spent in drivers.
static IN_DRIVER: AtomicU64 = AtomicU64::new(0);

/// Runs something that a driver does while a thread of the host waits for it: a submission, a wait for the device.
pub fn in_driver<R>(run: impl FnOnce() -> R) -> R {
    let start = Instant::now();
    let result = run();
    IN_DRIVER.fetch_add(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    result
}

/// The time that threads of this process have spent in drivers so far. What a loop of steps takes beyond it is the cost of the host.
pub fn driver_time() -> Duration {
    Duration::from_nanos(IN_DRIVER.load(Ordering::Relaxed))
}

/// The times of one program's steps over all of its runs so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The device, as [`DeviceInfo::name`](crate::device::DeviceInfo::name) says.
    pub device: String,
    /// How the times were taken.
    pub clock: String,
    /// Runs that the sums are of.
    pub runs: u64,
    /// One for each step of the plan, in order.
    pub rows: Vec<Row>,
    /// What the device can do at most, where it was measured.
    pub roof: Option<Roof>,
}

/// Sums over all runs of a profile for one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The number of the step and what it is, such as `3: matmul 1 x 32 x 784 x 100`.
    pub what: String,
    /// How often something was started for it.
    pub dispatches: u64,
    /// Time on the device.
    pub time: Duration,
    /// Bytes read and written.
    pub bytes: u64,
    /// Floating-point operations.
    pub flops: u64,
}

impl Row {
    /// The share of the roof that the step reaches: the time that its bytes (at the speed of a copy) or its operations (at that of the best
    /// arithmetic) need at least, whichever is more, by the time that it took. More than 1 where its data lies in a cache.
    pub fn share_of(&self, roof: &Roof) -> f64 {
        let least = (self.bytes as f64 / roof.copy_bytes_per_s).max(self.flops as f64 / roof.fma_flops_per_s);
        least / self.time.as_secs_f64().max(1e-12)
    }
}

impl Profile {
    /// Time of all steps in all runs.
    pub fn time(&self) -> Duration {
        self.rows.iter().map(|row| row.time).sum()
    }
}

impl fmt::Display for Profile {
    /// A table with the most expensive step first; numbers are of one run.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (runs, all) = (self.runs.max(1) as f64, self.time().as_secs_f64());
        writeln!(f, "profile of {} runs on {}, {:.1} us each ({})", self.runs, self.device, 1e6 * all / runs, self.clock)?;
        if let Some(roof) = &self.roof {
            writeln!(f, "{roof}")?;
        }
        writeln!(f, "{:>10} {:>10} {:>7} {:>8} {:>9} {:>7}  step", "dispatches", "us", "time", "GB/s", "GFLOP/s", "roof")?;
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.dispatches > 0).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.time));
        for row in rows {
            let seconds = row.time.as_secs_f64().max(1e-12);
            let (dispatches, share) = (row.dispatches as f64 / runs, 100.0 * seconds / all.max(1e-12));
            let (bytes, flops) = (row.bytes as f64 / seconds / 1e9, row.flops as f64 / seconds / 1e9);
            let roof = self.roof.as_ref().map_or("-".into(), |roof| format!("{:.0} %", 100.0 * row.share_of(roof)));
            write!(f, "{dispatches:>10} {:>10.1} {share:>5.1} % {bytes:>8.2} {flops:>9.2} {roof:>7}", 1e6 * seconds / runs)?;
            writeln!(f, "  {}", row.what)?;
        }
        Ok(())
    }
}

/// Collects the times of one program. Its profile is printed when it is dropped, where the environment asks for it.
#[derive(Debug)]
pub struct Recorder {
    device: String,
    clock: &'static str,
    costs: Vec<Cost>,
    sums: Mutex<Sums>,
    printed: AtomicBool,
}

#[derive(Debug, Default)]
struct Sums {
    runs: u64,
    /// Dispatches and time of each step.
    steps: Vec<(u64, Duration)>,
    all: Duration,
}

impl Recorder {
    /// A recorder for a program of `device`, whose steps are numbered as in [`Plan::costs`]; `clock` says how times are taken.
    pub fn new(device: &str, clock: &'static str, plan: &Plan) -> Arc<Recorder> {
        let costs = plan.costs();
        let sums = Mutex::new(Sums { steps: vec![(0, Duration::ZERO); costs.len()], ..Sums::default() });
        let recorder = Arc::new(Recorder { device: device.into(), clock, costs, sums, printed: AtomicBool::new(false) });
        if printing() {
            lock(&PRINTED).push(Arc::downgrade(&recorder));
            at_exit();
        }
        recorder
    }

    /// Counts a run.
    pub fn add_run(&self) {
        lock(&self.sums).runs += 1;
    }

    /// Adds a dispatch of step `step` that took `time`.
    pub fn add(&self, step: usize, time: Duration) {
        let mut sums = lock(&self.sums);
        sums.all += time;
        if let Some((dispatches, total)) = sums.steps.get_mut(step) {
            (*dispatches, *total) = (*dispatches + 1, *total + time);
        }
    }

    /// Runs step `step` and adds its time, without that of steps which run within it (the body of a loop).
    pub fn time<R>(&self, step: usize, run: impl FnOnce() -> R) -> R {
        let (before, start) = (lock(&self.sums).all, Instant::now());
        let result = run();
        let time = start.elapsed();
        let within = lock(&self.sums).all - before;
        self.add(step, time.saturating_sub(within));
        timeline::device(self.what(step), start, time);
        result
    }

    /// What step `step` is.
    pub fn what(&self, step: usize) -> &str {
        self.costs.get(step).map_or("", |cost| &cost.what)
    }

    /// The profile so far.
    pub fn profile(&self) -> Profile {
        let sums = lock(&self.sums);
        let row = |(cost, &(dispatches, time)): (&Cost, &(u64, Duration))| {
            let all = |each: u64| each.saturating_mul(cost.times).saturating_mul(sums.runs);
            let bytes = all(cost.bytes_read.saturating_add(cost.bytes_written));
            Row { what: format!("{}: {}", cost.step, cost.what), dispatches, time, bytes, flops: all(cost.flops) }
        };
        let rows = self.costs.iter().zip(&sums.steps).map(row).collect();
        Profile { device: self.device.clone(), clock: self.clock.into(), runs: sums.runs, rows, roof: Roof::known(&self.device) }
    }

    /// Prints the profile, once, if there is something and the environment asks for it.
    fn print(&self) {
        let profile = self.profile();
        if printing() && profile.runs > 0 && !self.printed.swap(true, Ordering::Relaxed) {
            eprintln!("{profile}");
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.print();
        timeline::flush();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints the profiles of programs that live until the process ends, and completes the timeline.
struct AtExit(Cell<bool>);

thread_local! {
    static AT_EXIT: AtExit = const { AtExit(Cell::new(false)) };
}

impl Drop for AtExit {
    fn drop(&mut self) {
        if self.0.get() {
            let recorders: Vec<_> = lock(&PRINTED).drain(..).filter_map(|recorder| recorder.upgrade()).collect();
            recorders.iter().for_each(|recorder| recorder.print());
            timeline::flush();
        }
    }
}

/// What is kept until the end is told at the end of the main thread, which outlives the others.
pub(crate) fn at_exit() {
    if std::thread::current().name() == Some("main") {
        AT_EXIT.with(|guard| guard.0.set(true));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Program, Spec, Tensor, plan::PlanOptions};

    fn recorder() -> Arc<Recorder> {
        let input = |name, shape: &[usize]| Tensor::placeholder(name, Spec::new(DType::F32, shape));
        let (x, w) = (input("x", &[100, 100]), input("w", &[100, 100]));
        let y = x.matmul(&w).softmax(-1);
        let program = Program::trace(&[x, w], &[y]).unwrap().program;
        Recorder::new("test", "made up", &Plan::new(&program, &PlanOptions::default()).unwrap())
    }

    #[test]
    fn rows_are_sums_and_the_table_is_of_one_run() {
        let recorder = recorder();
        for _ in 0..2 {
            recorder.add(0, Duration::from_micros(30));
            recorder.add(1, Duration::from_micros(4));
            recorder.add(1, Duration::from_micros(6));
            recorder.add_run();
        }
        recorder.add(7, Duration::from_micros(1));
        let profile = Profile { roof: Some(Roof { copy_bytes_per_s: 20e9, fma_flops_per_s: 100e9 }), ..recorder.profile() };
        let (matmul, softmax) = (&profile.rows[0], &profile.rows[1]);
        assert_eq!((matmul.dispatches, matmul.bytes, matmul.flops), (2, 2 * 120_000, 2 * 2_000_000));
        assert_eq!((softmax.dispatches, softmax.time), (4, Duration::from_micros(20)));
        assert_eq!(profile.time(), Duration::from_micros(80));
        // 2 MFLOP at 100 GFLOP/s are 20 us, 80 KB at 20 GB/s are 4 us.
        assert!((matmul.share_of(&profile.roof.unwrap()) - 2.0 / 3.0).abs() < 1e-9);
        let text = profile.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "profile of 2 runs on test, 40.0 us each (made up)");
        assert_eq!(lines[1], "roof: copies 20.00 GB/s (read and written), multiply-adds 100.0 GFLOP/s");
        assert_eq!(lines[2], "dispatches         us    time     GB/s   GFLOP/s    roof  step");
        assert_eq!(lines[3], "         1       30.0  75.0 %     4.00     66.67    67 %  0: matmul 1 x 100 x 100 x 100");
        assert!(lines[4].starts_with("         2       10.0  25.0 %     8.00") && lines[4].contains("  1: kernel of "), "{text}");
    }

    #[test]
    fn a_loop_is_told_the_time_without_its_body() {
        let recorder = recorder();
        let body = Duration::from_millis(1000);
        recorder.time(0, || recorder.add(1, body));
        let rows = recorder.profile().rows;
        // The body claims more than the loop took.
        assert_eq!((rows[0].time, rows[1].time), (Duration::ZERO, body));
    }
}
