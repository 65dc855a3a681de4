//! Measuring variants on a connection of its own to the adapter.

use super::Candidate;
use crate::codegen::{Bound, Shader};
use crate::gpu::{Gpu, Pipeline};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding, BufferDescriptor, BufferSize, BufferUsages,
};
use wgrad_tensor::{Error, Result};

/// The time that one measurement is made to last, so that starting it does not count ...
const LONG_ENOUGH: Duration = Duration::from_millis(1);
/// ... with at most so many dispatches.
const DISPATCHES: u32 = 32;
/// In each round both variants are measured. There are at least 3, and no more when so much time is over.
const ROUNDS: usize = 6;
const PATIENCE: Duration = Duration::from_millis(60);
/// Another variant must be so much faster in each round: less is noise.
const GAIN: f64 = 0.93;
/// The longest that it waits until nothing else runs on the adapter.
const QUIET: Duration = Duration::from_secs(3);
/// The most bytes of buffers that measuring may take.
const MOST_BYTES: u64 = 256 << 20;

/// A second connection to the adapter of a GPU.
#[derive(Debug)]
pub(crate) struct Bench {
    gpu: Gpu,
    /// The time for which it has waited for programs, which was not lost: they ran.
    pub(crate) waited: Duration,
}

impl Bench {
    pub(crate) fn new(gpu: &Gpu) -> Result<Bench> {
        Ok(Bench { gpu: gpu.again()?, waited: Duration::ZERO })
    }

    /// Compares two variants while the programs of `gpu` wait. `None` where they do not end soon, or where it is not `wanted` any more.
    pub(crate) fn compare(
        &mut self,
        gpu: &Gpu,
        label: &str,
        candidates: [&Candidate; 2],
        wanted: impl Fn() -> bool,
    ) -> Result<Option<Comparison>> {
        let mut both = Vec::new();
        for candidate in candidates {
            if !wanted() {
                return Ok(None);
            }
            let ready = self.ready(label, &candidate.shader)?;
            // The first start compiles on some drivers.
            self.time(&ready, 1)?;
            both.push(ready);
        }
        let start = Instant::now();
        let quiet = gpu.quiet(QUIET);
        self.waited += start.elapsed();
        if quiet.is_none() {
            return Ok(None);
        }
        let start = Instant::now();
        let once = self.time(&both[0], 1)?.max(Duration::from_nanos(1));
        let dispatches = (LONG_ENOUGH.as_nanos() / once.as_nanos()).clamp(1, DISPATCHES.into()) as u32;
        let mut comparison = Comparison { times: [Duration::MAX; 2], second_is_faster: true };
        for round in 0..ROUNDS {
            if round >= 3 && start.elapsed() > PATIENCE {
                break;
            }
            let [first, second] = [self.time(&both[0], dispatches)? / dispatches, self.time(&both[1], dispatches)? / dispatches];
            comparison.second_is_faster &= second.as_secs_f64() < GAIN * first.as_secs_f64();
            comparison.times = [comparison.times[0].min(first), comparison.times[1].min(second)];
        }
        Ok(Some(comparison))
    }

    fn ready(&self, label: &str, shader: &Shader) -> Result<Started> {
        let pipeline = self.gpu.pipeline(label, shader)?;
        let group = self.bind_group(&pipeline, &shader.bound)?;
        Ok(Started { pipeline, group, groups: shader.groups })
    }

    /// Zeros for all that is read, in one buffer, and a buffer for each binding that is written.
    fn bind_group(&self, pipeline: &Pipeline, bound: &[Bound]) -> Result<BindGroup> {
        let read = bound.iter().filter(|bound| !bound.write).map(Bound::bytes).max().unwrap_or(4);
        let written = bound.iter().filter(|bound| bound.write).map(Bound::bytes);
        let total = written.fold(read, u64::saturating_add);
        if total > MOST_BYTES {
            let what = format!("{total} bytes of buffers");
            return Err(Error::Unsupported {
                device: self.gpu.info.name.clone(),
                what,
                why: format!("the tuner takes at most {MOST_BYTES}"),
            });
        }
        let buffer = |size| self.gpu.guarded("the tuner", size, |device| device.create_buffer(&descriptor(size)));
        let shared = buffer(read)?;
        let buffers = bound.iter().map(|bound| if bound.write { buffer(bound.bytes()) } else { Ok(shared.clone()) });
        let buffers = buffers.collect::<Result<Vec<Buffer>>>()?;
        let resource = |(buffer, bound): (_, &Bound)| BufferBinding { buffer, offset: 0, size: BufferSize::new(bound.bytes()) };
        let resources = buffers.iter().zip(bound).map(resource).map(BindingResource::Buffer).enumerate();
        let entries: Vec<_> = resources.map(|(i, resource)| BindGroupEntry { binding: i as u32, resource }).collect();
        self.gpu.guarded("the tuner", 0, |device| {
            device.create_bind_group(&BindGroupDescriptor { label: None, layout: &pipeline.layout, entries: &entries })
        })
    }

    fn time(&self, ready: &Started, dispatches: u32) -> Result<Duration> {
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&ready.pipeline.pipeline);
        pass.set_bind_group(0, &ready.group, &[]);
        let [x, y, z] = ready.groups;
        (0..dispatches).for_each(|_| pass.dispatch_workgroups(x, y, z));
        drop(pass);
        let commands = encoder.finish();
        let start = Instant::now();
        let index = self.gpu.submit(commands)?;
        self.gpu.wait(index)?;
        Ok(start.elapsed())
    }
}

/// The shortest time of each of two variants, and whether the second was the faster in every round.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) times: [Duration; 2],
    pub(crate) second_is_faster: bool,
}

/// A variant that is ready to be measured.
struct Started {
    pipeline: Arc<Pipeline>,
    group: BindGroup,
    groups: [u32; 3],
}

fn descriptor(size: u64) -> BufferDescriptor<'static> {
    BufferDescriptor { label: None, size, usage: BufferUsages::STORAGE, mapped_at_creation: false }
}
