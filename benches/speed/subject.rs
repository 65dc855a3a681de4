//! What is measured, and how criterion repeats it.

use crate::table::Table;
use anyhow::Result;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use std::time::{Duration, Instant};
use wgrad::{Device, device::Stats};

/// Runs between two waits for the device, at most.
const WAIT_EVERY: u64 = 20;
/// How many of the times count: criterion takes at least as many samples, after its warm-up.
const SAMPLES: usize = 10;

/// Something that can be repeated and waited for.
pub(crate) struct Subject {
    /// Queues one run.
    pub(crate) run: Box<dyn FnMut() -> Result<()>>,
    /// Waits for all queued runs.
    pub(crate) wait: Box<dyn FnMut() -> Result<()>>,
    /// The cost of one run.
    pub(crate) stats: Stats,
}

impl Subject {
    fn repeat(&mut self, runs: u64) -> Result<Duration> {
        let start = Instant::now();
        for i in 1..=runs {
            (self.run)()?;
            if i % WAIT_EVERY == 0 {
                (self.wait)()?;
            }
        }
        (self.wait)()?;
        Ok(start.elapsed())
    }
}

/// Criterion, and the table of what it measured.
pub(crate) struct Bench {
    criterion: Criterion,
    table: Table,
}

impl Bench {
    pub(crate) fn new(criterion: Criterion) -> Bench {
        Bench { criterion, table: Table::default() }
    }

    /// Measures what `make` makes, which is called only where the name `KIND/SIZE/DEVICE` passes criterion's filter.
    ///
    /// # Panics
    /// Where the subject cannot be made or run: criterion's closures return no errors.
    pub(crate) fn measure(
        &mut self,
        (kind, size, device): (&str, &str, &Device),
        throughput: Throughput,
        make: impl FnOnce() -> Result<Subject>,
    ) {
        let failed = |error: anyhow::Error| -> ! { panic!("{kind}/{size} on {device}: {error:#}") };
        let (mut make, mut subject, mut times) = (Some(make), None, Vec::new());
        let mut group = self.criterion.benchmark_group(kind);
        group.throughput(throughput).sampling_mode(SamplingMode::Flat);
        group.bench_function(BenchmarkId::new(size, &device.info().name), |bencher| {
            if let Some(make) = make.take() {
                subject = Some(make().unwrap_or_else(|error| failed(error)));
            }
            let Some(subject) = &mut subject else { return };
            bencher.iter_custom(|runs| {
                let time = subject.repeat(runs).unwrap_or_else(|error| failed(error));
                times.push(time.div_f64(runs as f64));
                time
            });
        });
        group.finish();
        // In test mode there is one run, whose time tells nothing.
        if let (Some(subject), Some(warm_up)) = (subject, times.len().checked_sub(SAMPLES)) {
            let samples = &mut times[warm_up..];
            samples.sort();
            self.table.add(device, format!("{kind}: {size}"), samples[samples.len() / 2], &subject.stats);
        }
    }

    /// Prints the table.
    pub(crate) fn finish(self) {
        self.criterion.final_summary();
        print!("{}", self.table);
    }
}
