//! Commands on their way to the device: several runs share a submission, because each costs the driver's time.
//!
//! Runs are recorded into one encoder, which is submitted when enough of them have gathered, and before anything that must come after them: a
//! download, a wait, a submission of its own. The first run after a wait is submitted at once, since the device has nothing to do; then two, four
//! and eight share one.
//!
//! **What the host writes comes before what is pending**, whatever the order of the calls: wgpu carries writes out at the next submission, ahead of
//! its commands. So the small inputs of a run (row numbers, step numbers) do not go where the run reads them: they gather in `staged`, which one
//! write brings to the device at the submission, and each run begins by copying its own part. Whole tensors are written right away, which is
//! wrong only where pending commands use the memory, that is where it was given back since the last submission: then what is pending goes first.

use crate::gpu::{Gpu, lock};
use crate::memory::{GpuBuffer, Kind};
use std::{collections::VecDeque, ops::Range};
use wgpu::{CommandBuffer, CommandEncoder, SubmissionIndex};
use wgrad_tensor::{Result, profile, timeline};

/// The most runs that share a submission.
const RUNS: usize = 8;
/// Dispatches that are worth a submission.
const DISPATCHES: usize = 512;
/// Runs that may be on their way before the host waits for the oldest.
const IN_FLIGHT: usize = 32;
/// Bytes of the small inputs of one submission.
pub(crate) const STAGED: u64 = 256 << 10;

/// What is recorded and not submitted yet, and what is submitted and not known to be complete.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    encoder: Option<CommandEncoder>,
    runs: usize,
    dispatches: usize,
    /// Runs that the next submission waits for, less one half.
    gather: usize,
    staged: Vec<u8>,
    staging: Option<GpuBuffer>,
    flying: VecDeque<(SubmissionIndex, usize)>,
}

/// Where a run records its commands.
pub(crate) struct Recording<'p> {
    pub(crate) encoder: &'p mut CommandEncoder,
    staged: &'p mut Vec<u8>,
    staging: Option<&'p GpuBuffer>,
}

impl Recording<'_> {
    /// Brings bytes to the range `to` of a buffer before the commands that are recorded next; `fill` writes them, multiples of 4 at a multiple of 4.
    pub(crate) fn give(&mut self, buffer: &GpuBuffer, to: Range<u64>, fill: impl FnOnce(&mut [u8])) {
        let (from, len) = (self.staged.len(), to.end - to.start);
        if let Some(staging) = self.staging {
            self.staged.resize(from + len as usize, 0);
            fill(&mut self.staged[from..]);
            self.encoder.copy_buffer_to_buffer(staging.raw(), from as u64, buffer.raw(), to.start, len);
        }
    }
}

impl Gpu {
    /// Records a run of `dispatches` dispatches that brings `staged` bytes, and submits it when enough have gathered.
    pub(crate) fn record(&self, dispatches: usize, staged: u64, run: impl FnOnce(&mut Recording<'_>)) -> Result<()> {
        if staged > 0 && lock(&self.pending).staging.is_none() {
            // Not with the lock: where there is no memory, what is pending is submitted.
            let staging = self.buffer(Kind::Storage, &|| "the small inputs of runs".into(), STAGED)?;
            lock(&self.pending).staging.get_or_insert(staging);
        }
        let mut pending = lock(&self.pending);
        if pending.staged.len() as u64 + staged > STAGED {
            self.submit_pending(&mut pending, None)?;
        }
        let Pending { encoder, staged, staging, .. } = &mut *pending;
        let encoder = encoder.get_or_insert_with(|| self.device.create_command_encoder(&Default::default()));
        run(&mut Recording { encoder, staged, staging: staging.as_ref() });
        pending.runs += 1;
        pending.dispatches += dispatches;
        if pending.runs > pending.gather || pending.dispatches >= DISPATCHES {
            pending.gather = (2 * pending.gather + 1).min(RUNS - 1);
            self.submit_pending(&mut pending, None)?;
        }
        drop(pending);
        self.check()
    }

    /// Submits commands after all that is pending.
    pub(crate) fn submit(&self, commands: CommandBuffer) -> Result<SubmissionIndex> {
        let index = self.submit_pending(&mut lock(&self.pending), Some(commands))?;
        self.check()?;
        Ok(index)
    }

    /// Submits what is pending, if there is anything.
    pub(crate) fn flush(&self) -> Result<()> {
        let mut pending = lock(&self.pending);
        if pending.encoder.is_some() { self.submit_pending(&mut pending, None).map(drop) } else { Ok(()) }
    }

    /// After a wait nothing is on its way: the next run need not wait for others.
    pub(crate) fn begin_anew(&self) {
        lock(&self.pending).gather = 0;
    }

    /// Submits what is pending and `more`. Where too many runs are on their way, waits for the oldest.
    fn submit_pending(&self, pending: &mut Pending, more: Option<CommandBuffer>) -> Result<SubmissionIndex> {
        let index = profile::in_driver(|| {
            let _span = timeline::host("submit");
            if let Some(staging) = pending.staging.as_ref().filter(|_| !pending.staged.is_empty()) {
                self.queue.write_buffer(staging.raw(), 0, &pending.staged);
                pending.staged.clear();
            }
            let gathered = pending.encoder.take().map(CommandEncoder::finish);
            let _turn = lock(&self.turn);
            let index = self.queue.submit(gathered.into_iter().chain(more));
            self.pool.next_submission();
            index
        });
        pending.flying.push_back((index.clone(), std::mem::take(&mut pending.runs).max(1)));
        pending.dispatches = 0;
        while pending.flying.iter().map(|(_, runs)| runs).sum::<usize>() > IN_FLIGHT
            && let Some((oldest, _)) = pending.flying.pop_front()
        {
            self.wait(oldest)?;
        }
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use crate::adapter::connect_for_test;
    use crate::backend::WgpuBackend;
    use std::{sync::Arc, thread};
    use wgrad_tensor::{DType, Device, Executable, HostData, HostTensor, Program, Result, Spec, Tensor, Value};

    fn host(values: impl IntoIterator<Item = f32>) -> HostTensor {
        let values: Vec<f32> = values.into_iter().collect();
        HostTensor::new([values.len()], HostData::F32(values)).expect("as many as there are")
    }

    /// `state * 0.5 + x`, the state updated in place where it is donated.
    fn step(device: &Device, n: usize, donated: bool) -> Result<Arc<dyn Executable>> {
        let [state, x] = ["state", "x"].map(|name| Tensor::placeholder(name, Spec::new(DType::F32, [n])));
        let mut program = Program::trace(&[state.clone(), x.clone()], &[&state * 0.5 + &x])?.program;
        program.donations = donated.then_some((0, 0)).into_iter().collect();
        device.compile(&program)
    }

    fn run(step: &Arc<dyn Executable>, state: impl Into<Value>, x: impl Into<Value>) -> Result<Value> {
        Ok(step.run(vec![state.into(), x.into()])?.remove(0))
    }

    fn first(device: &Device, value: &Value) -> Result<f32> {
        Ok(device.read(value)?.to_vec::<f32>().unwrap_or_default()[0])
    }

    fn device() -> Result<Option<(Arc<crate::gpu::Gpu>, Device)>> {
        Ok(connect_for_test()?.map(|gpu| {
            let backend = WgpuBackend::new(gpu);
            (backend.gpu.clone(), Device::new(backend))
        }))
    }

    /// Each run sees the numbers that it was given, though all of them go the same way and nothing is read in between.
    #[test]
    fn runs_that_share_a_submission_keep_their_own_inputs() -> Result<()> {
        let Some((gpu, device)) = device()? else { return Ok(()) };
        // Few bytes, many that fill what is staged, and more than the inbox takes.
        for n in [3, 10_000, 20_000] {
            let step = step(&device, n, false)?;
            let before = gpu.pool.submissions();
            let results =
                (0..40).map(|i| run(&step, host((0..n).map(|j| j as f32)), host(vec![i as f32; n]))).collect::<Result<Vec<_>>>()?;
            assert!(n > 3 || gpu.pool.submissions() - before <= 7, "1, 2, 4 and 8 runs share a submission");
            for (i, value) in results.iter().enumerate() {
                let expected: Vec<f32> = (0..n).map(|j| j as f32 * 0.5 + i as f32).collect();
                assert_eq!(device.read(value)?.to_vec::<f32>(), Some(expected), "run {i} of {n} elements");
            }
        }
        Ok(())
    }

    /// Memory that comes back while commands that read it are still pending is not written by the host before them.
    #[test]
    fn tensors_that_are_dropped_after_a_run_are_read_by_it() -> Result<()> {
        let Some((_, device)) = device()? else { return Ok(()) };
        let n = 5000;
        let step = step(&device, n, false)?;
        let state = device.put(&host(vec![0.0; n]))?;
        let results: Vec<Value> = (0..20)
            .map(|i| {
                let x = device.put(&host(vec![i as f32; n]))?;
                run(&step, state.clone(), x)
            })
            .collect::<Result<_>>()?;
        for (i, value) in results.iter().enumerate() {
            assert_eq!(first(&device, value)?, i as f32, "run {i}");
        }
        Ok(())
    }

    /// Steps that share submissions give the bits of steps that are submitted one by one.
    #[test]
    fn steps_give_the_same_bits_however_they_are_submitted() -> Result<()> {
        let Some((gpu, device)) = device()? else { return Ok(()) };
        let n = 1000;
        let step = step(&device, n, true)?;
        let train = |one_by_one: bool| -> Result<HostTensor> {
            let mut state = device.put(&host((0..n).map(|i| (i as f32).sin())))?;
            for i in 0..50 {
                state = run(&step, state, host((0..n).map(|j| ((i * j) as f32).cos())))?;
                if one_by_one {
                    gpu.flush()?;
                    gpu.begin_anew();
                }
            }
            device.read(&state)
        };
        let together = train(false)?;
        assert_eq!(together, train(true)?);
        // And of arithmetic on the host.
        let expected = (0..50).fold(1f32.sin(), |state, i| state * 0.5 + (i as f32).cos());
        assert!((together.to_vec::<f32>().unwrap_or_default()[1] - expected).abs() < 1e-5);
        Ok(())
    }

    #[test]
    fn threads_keep_their_own_inputs() -> Result<()> {
        let Some((_, device)) = device()? else { return Ok(()) };
        let step = step(&device, 4, false)?;
        thread::scope(|scope| {
            let work = |thread: usize| {
                let (step, device) = (&step, &device);
                move || {
                    for i in 0..20 {
                        let number = (100 * thread + i) as f32;
                        let results =
                            (0..3).map(|j| run(step, host([0.0; 4]), host([number + j as f32 / 4.0; 4]))).collect::<Result<Vec<_>>>()?;
                        for (j, value) in results.iter().enumerate() {
                            assert_eq!(first(device, value)?, number + j as f32 / 4.0);
                        }
                    }
                    Ok(())
                }
            };
            let threads: Vec<_> = (0..3).map(|thread| scope.spawn(work(thread))).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
        })
    }
}
