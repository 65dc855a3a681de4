//! When dispatches begin and end, for profiles and the timeline: by timestamps of the device, or, where the adapter has none, by waiting.
//!
//! While a program is profiled each of its dispatches is a pass of its own, since timestamps stand at the ends of passes. They are read back some
//! runs later, so that training goes on meanwhile.

use crate::compile::{Compiled, Dispatch};
use crate::gpu::{Gpu, lock};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use wgpu::{
    Buffer, BufferDescriptor, BufferUsages, CommandEncoder, ComputePassDescriptor, ComputePassTimestampWrites, Features, MapMode,
    QUERY_SET_MAX_QUERIES, QUERY_SIZE, QuerySet, QuerySetDescriptor, QueryType, SubmissionIndex,
};
use wgrad_tensor::{Error, Result, plan::Plan, profile::Recorder, timeline};

/// Runs whose timestamps may be on their way before the host waits for the oldest.
const FLYING: usize = 16;
/// Dispatches whose two timestamps fit one query set.
const EACH: usize = QUERY_SET_MAX_QUERIES as usize / 2;

/// Takes the times of one program's dispatches.
#[derive(Debug)]
pub(crate) struct Timer {
    gpu: Arc<Gpu>,
    pub(crate) recorder: Arc<Recorder>,
    /// The step of each dispatch of a run, loops unrolled.
    pub(crate) steps: Vec<usize>,
    flying: Mutex<VecDeque<Flight>>,
    free: Mutex<Vec<Stamps>>,
}

/// Timestamps of one run on their way to the host.
#[derive(Debug)]
struct Flight {
    stamps: Stamps,
    submitted: Instant,
    index: SubmissionIndex,
    /// Buffers that are not mapped yet.
    missing: Arc<AtomicUsize>,
}

/// Room for the timestamps of `len` dispatches.
#[derive(Debug)]
pub(crate) struct Stamps {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    set: QuerySet,
    resolved: Buffer,
    readable: Buffer,
}

/// A time of the host, and the ticks of the device that it is taken for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    host: Instant,
    ticks: u64,
}

impl Timer {
    /// A timer for a program.
    pub(crate) fn new(gpu: &Arc<Gpu>, plan: &Plan, compiled: &Compiled) -> Arc<Timer> {
        let clock = if gpu.has_timestamps() {
            "timestamps of the device; each dispatch is a pass of its own"
        } else {
            "the adapter has no timestamps: the host waits for each dispatch"
        };
        let mut steps = Vec::new();
        compiled.each_dispatch(&mut |dispatch| steps.push(dispatch.step));
        let recorder = Recorder::new(&gpu.info.name, clock, plan);
        let timer = Timer { gpu: gpu.clone(), recorder, steps, flying: Mutex::default(), free: Mutex::default() };
        let timer = Arc::new(timer);
        let mut timers = lock(&gpu.timers);
        timers.retain(|timer| timer.strong_count() > 0);
        timers.push(Arc::downgrade(&timer));
        drop(timers);
        timer
    }

    /// Room for the timestamps of a run.
    pub(crate) fn stamps(&self) -> Result<Stamps> {
        self.collect()?;
        let free = lock(&self.free).pop();
        free.map_or_else(|| self.gpu.stamps(self.steps.len()), Ok)
    }

    /// Waits for nothing; the times are added once they have arrived.
    pub(crate) fn submitted(&self, stamps: Stamps, submitted: Instant, index: SubmissionIndex) {
        let missing = stamps.begin_read();
        lock(&self.flying).push_back(Flight { stamps, submitted, index, missing });
    }

    /// Adds the times that have arrived; waits for the oldest where too many are on their way.
    pub(crate) fn collect(&self) -> Result<()> {
        self.collect_but(FLYING)
    }

    /// Waits for all times.
    pub(crate) fn finish(&self) -> Result<()> {
        self.collect_but(0)
    }

    fn collect_but(&self, most: usize) -> Result<()> {
        let mut flying = lock(&self.flying);
        while let Some(oldest) = flying.front() {
            if oldest.missing.load(Ordering::Acquire) > 0 {
                if flying.len() <= most {
                    break;
                }
                self.gpu.wait(oldest.index.clone())?;
            }
            if let Some(flight) = flying.pop_front() {
                self.add(flight)?;
            }
        }
        Ok(())
    }

    fn add(&self, flight: Flight) -> Result<()> {
        let times = flight.stamps.read().map_err(|why| Error::Device { device: self.gpu.info.name.clone(), why })?;
        for (&step, &(begin, end)) in self.steps.iter().zip(&times) {
            let time = self.gpu.duration(begin, end);
            self.recorder.add(step, time);
            if timeline::enabled() {
                timeline::device(self.recorder.what(step), self.gpu.host_time(begin, flight.submitted), time);
            }
        }
        self.recorder.add_run();
        lock(&self.free).push(flight.stamps);
        Ok(())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // What a lost device does not give is not in the profile.
        let _ = self.finish();
    }
}

impl Stamps {
    /// The pass of dispatch `number`.
    pub(crate) fn pass(&self, number: usize) -> ComputePassDescriptor<'_> {
        let at = 2 * (number % EACH) as u32;
        let timestamp_writes = self.parts.get(number / EACH).map(|part| ComputePassTimestampWrites {
            query_set: &part.set,
            beginning_of_pass_write_index: Some(at),
            end_of_pass_write_index: Some(at + 1),
        });
        ComputePassDescriptor { label: None, timestamp_writes }
    }

    /// Makes the timestamps readable after the passes.
    pub(crate) fn resolve(&self, encoder: &mut CommandEncoder) {
        for part in &self.parts {
            encoder.resolve_query_set(&part.set, 0..part.set.count(), &part.resolved, 0);
            encoder.copy_buffer_to_buffer(&part.resolved, 0, &part.readable, 0, part.readable.size());
        }
    }

    /// Maps the timestamps; gives the number of buffers that are still missing.
    fn begin_read(&self) -> Arc<AtomicUsize> {
        let missing = Arc::new(AtomicUsize::new(self.parts.len()));
        for part in &self.parts {
            let missing = missing.clone();
            part.readable.slice(..).map_async(MapMode::Read, move |_| {
                missing.fetch_sub(1, Ordering::Release);
            });
        }
        missing
    }

    /// Begin and end of each dispatch in ticks.
    fn read(&self) -> Result<Vec<(u64, u64)>, String> {
        let mut times = Vec::new();
        for part in &self.parts {
            let view = part.readable.slice(..).get_mapped_range().map_err(|error| format!("reading timestamps: {error}"))?;
            let ticks: &[[u64; 2]] = bytemuck::try_cast_slice(&view).map_err(|error| format!("reading timestamps: {error}"))?;
            times.extend(ticks.iter().map(|&[begin, end]| (begin, end)));
            drop(view);
            part.readable.unmap();
        }
        Ok(times)
    }
}

impl Gpu {
    pub(crate) fn has_timestamps(&self) -> bool {
        self.device.features().contains(Features::TIMESTAMP_QUERY)
    }

    fn stamps(&self, dispatches: usize) -> Result<Stamps> {
        let part = |first: usize| {
            let count = 2 * (dispatches - first).min(EACH) as u32;
            let size = u64::from(count * QUERY_SIZE);
            self.guarded("timestamps", 2 * size, |device| {
                let buffer = |usage| device.create_buffer(&BufferDescriptor { label: None, size, usage, mapped_at_creation: false });
                Part {
                    set: device.create_query_set(&QuerySetDescriptor { label: None, ty: QueryType::Timestamp, count }),
                    resolved: buffer(BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC),
                    readable: buffer(BufferUsages::COPY_DST | BufferUsages::MAP_READ),
                }
            })
        };
        Ok(Stamps { parts: (0..dispatches).step_by(EACH).map(part).collect::<Result<_>>()? })
    }

    /// The time of `encode`'s passes, dispatches `0..dispatches` of the [`Stamps`], waiting for them.
    pub(crate) fn timed(&self, encode: &dyn Fn(&mut CommandEncoder, ComputePassDescriptor<'_>)) -> Result<Duration> {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        if !self.has_timestamps() {
            encode(&mut encoder, ComputePassDescriptor::default());
            let start = Instant::now();
            let index = self.submit(encoder.finish())?;
            self.wait(index)?;
            return Ok(start.elapsed());
        }
        let stamps = self.stamps(1)?;
        encode(&mut encoder, stamps.pass(0));
        stamps.resolve(&mut encoder);
        let index = self.submit(encoder.finish())?;
        stamps.begin_read();
        self.wait(index)?;
        let times = stamps.read().map_err(|why| Error::Device { device: self.info.name.clone(), why })?;
        Ok(times.iter().map(|&(begin, end)| self.duration(begin, end)).sum())
    }

    fn duration(&self, begin: u64, end: u64) -> Duration {
        Duration::from_secs_f64(1e-9 * end.saturating_sub(begin) as f64 * f64::from(self.queue.get_timestamp_period()))
    }

    /// When the device was at `ticks`, on the clock of the host. No work begins before it is submitted: that is all that the clocks have in common.
    fn host_time(&self, ticks: u64, submitted: Instant) -> Instant {
        let mut clock = lock(&self.clock);
        let known = clock.get_or_insert(Clock { host: submitted, ticks });
        let time = match ticks.checked_sub(known.ticks) {
            Some(_) => known.host + self.duration(known.ticks, ticks),
            None => known.host - self.duration(ticks, known.ticks),
        };
        if time < submitted {
            *known = Clock { host: submitted, ticks };
        }
        time.max(submitted)
    }
}

/// Starts a dispatch in a pass.
pub(crate) fn start(pass: &mut wgpu::ComputePass<'_>, dispatch: &Dispatch, group: &wgpu::BindGroup) {
    let ready = dispatch.ready();
    pass.set_pipeline(&ready.pipeline.pipeline);
    pass.set_bind_group(0, group, &[]);
    let [x, y, z] = ready.groups;
    pass.dispatch_workgroups(x, y, z);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::connect_for_test;
    use crate::executable::GpuExecutable;
    use wgrad_tensor::plan::PlanOptions;
    use wgrad_tensor::profile::{self, Profile};
    use wgrad_tensor::{DType, Executable, HostData, HostTensor, Program, Spec, Tensor, Value, scan};

    /// A product, and a loop with a product in its body.
    fn program() -> Result<Program> {
        let input = |name, shape: &[usize]| Tensor::placeholder(name, Spec::new(DType::F32, shape));
        let (x, w) = (input("x", &[6, 2, 4]), input("w", &[4, 4]));
        let body = |c: &[Tensor], x: &[Tensor], w: &[Tensor]| (vec![c[0].matmul(&w[0]) + &x[0]], vec![]);
        let (last, _) = scan(&[x.i(0).matmul(&w).tanh()], std::slice::from_ref(&x), std::slice::from_ref(&w), body);
        Ok(Program::trace(&[x, w], &last)?.program)
    }

    fn inputs() -> Vec<Value> {
        let value = |shape: &[usize]| HostTensor::new(shape, HostData::F32(vec![0.1; shape.iter().product()]));
        [value(&[6, 2, 4]), value(&[4, 4])].into_iter().flatten().map(Value::from).collect()
    }

    /// Every dispatch is counted for its step, whichever way it is timed.
    #[test]
    fn dispatches_are_timed_by_timestamps_and_by_waiting() -> Result<()> {
        let Some(gpu) = connect_for_test()? else { return Ok(()) };
        let (gpu, program) = (Arc::new(gpu), program()?);
        let plan = Plan::new(&program, &PlanOptions::default())?;
        profile::record(true);
        let executable = || GpuExecutable::new(gpu.clone(), &program, &plan, crate::compile::compile(&gpu, &plan)?, plan.stats());
        let check = |profile: Profile, runs: u64| {
            let dispatches: Vec<(&str, u64)> = profile.rows.iter().map(|row| (row.what.as_str(), row.dispatches)).collect();
            let product = |what, times| (what, times * runs);
            assert_eq!(profile.runs, runs, "{profile}");
            assert!(dispatches.contains(&product("0: matmul 1 x 2 x 4 x 4", 1)), "{profile}");
            assert!(dispatches.contains(&product("1.0: matmul 1 x 2 x 4 x 4", 6)), "{profile}");
            let frame = dispatches.iter().find(|(what, _)| *what == "1: scan of 6 iterations").map_or(0, |row| row.1);
            assert!(frame >= runs * 2 * 6, "the copies around each iteration: {profile}");
            assert!(profile.time() > Duration::ZERO, "{profile}");
        };
        if gpu.has_timestamps() {
            let stamped = executable()?;
            // More runs than may be on their way.
            let runs = 2 * FLYING;
            (0..runs).try_for_each(|_| stamped.run(inputs()).map(drop))?;
            check(stamped.profile().expect("profiles are wanted"), runs as u64);
        }
        let waiting = executable()?;
        waiting.wait_for_each_dispatch(inputs())?;
        check(waiting.profile().expect("profiles are wanted"), 1);
        Ok(())
    }

    #[test]
    fn an_adapter_has_a_roof() -> Result<()> {
        let Some(gpu) = connect_for_test()? else { return Ok(()) };
        let roof = gpu.roof()?;
        assert!([roof.copy_bytes_per_s, roof.fma_flops_per_s].iter().all(|rate| rate.is_finite() && *rate > 0.0), "{roof}");
        Ok(())
    }
}
