//! What the adapter can do at most: a copy of much memory and nothing but multiply-adds, each as a kernel.

use crate::codegen::{Bound, Shader};
use crate::gpu::Gpu;
use crate::memory::{GpuBuffer, Kind};
use std::time::Duration;
use wgpu::{BindGroupDescriptor, BindGroupEntry};
use wgrad_tensor::device::Roof;
use wgrad_tensor::plan::Place;
use wgrad_tensor::{DType, Error, Result};

/// Invocations of a workgroup of both kernels.
const WORKGROUP: u64 = 64;
/// The most bytes that are copied at a time.
const BYTES: u64 = 256 << 20;
/// Vectors of four f32 that an invocation copies.
const EACH: u64 = 4;
/// Multiply-adds of each of an invocation's 16 chains.
const ROUNDS: u64 = 1024;
/// A run of multiply-adds lasts at least so long, so that starting it does not count.
const LONG: Duration = Duration::from_millis(5);
/// The best of so many counts.
const TRIES: usize = 4;

impl Gpu {
    /// Measures both.
    pub(crate) fn roof(&self) -> Result<Roof> {
        Ok(Roof { copy_bytes_per_s: self.copy_rate()?, fma_flops_per_s: self.fma_rate()? })
    }

    fn copy_rate(&self) -> Result<f64> {
        let each = 16 * EACH * WORKGROUP;
        let groups = BYTES.min(self.limits.max_storage_buffer_binding_size.min(self.limits.max_buffer_size)) / each;
        let (shader, groups) = self.shader("roof_copy.wgsl", ("EACH", EACH), groups, |groups| [4 * EACH * WORKGROUP * groups; 2])?;
        Ok(2.0 * (groups * each) as f64 / self.best(&shader, TRIES)?.as_secs_f64())
    }

    fn fma_rate(&self) -> Result<f64> {
        let mut wanted = 64;
        loop {
            let (shader, groups) = self.shader("roof_fma.wgsl", ("ROUNDS", ROUNDS), wanted, |groups| [8, groups * WORKGROUP])?;
            if wanted >= 1 << 20 || self.best(&shader, 1)? >= LONG {
                let operations = 2 * 16 * ROUNDS * WORKGROUP * groups;
                return Ok(operations as f64 / self.best(&shader, TRIES)?.as_secs_f64());
            }
            wanted *= 4;
        }
    }

    /// A kernel over `x` and `out` of `lens` f32 for the number of its workgroups, which is at least `wanted`.
    fn shader(&self, file: &str, constant: (&str, u64), wanted: u64, lens: impl Fn(u64) -> [u64; 2]) -> Result<(Shader, u64)> {
        let wrong = |why: String| Error::Device { device: self.info.name.clone(), why: format!("{file}: {why}") };
        let shader = wgrad_shaders::Shader::new(file).set(constant.0, format_args!("{}u", constant.1));
        let source = shader.source().map_err(|error| wrong(error.to_string()))?.to_string();
        let grid = wgrad_shaders::workgroups(wanted).ok_or_else(|| wrong("too many workgroups".into()))?;
        // A grid of several dimensions may have a few workgroups more, and they all do something.
        let groups = grid.into_iter().map(u64::from).product();
        let bound =
            |(place, len): (usize, u64)| Bound { place: Place::Slot(place), dtype: DType::F32, len: len as usize, write: place == 1 };
        let bound = lens(groups).into_iter().enumerate().map(bound).collect();
        Ok((Shader { source, bound, groups: grid }, groups))
    }

    /// The shortest time of `tries` runs after one that does not count.
    fn best(&self, shader: &Shader, tries: usize) -> Result<Duration> {
        let pipeline = self.pipeline("roof", shader)?;
        let buffer = |bound: &Bound| self.buffer(Kind::Storage, &|| "the measurement of the roof".into(), bound.bytes());
        let buffers: Vec<GpuBuffer> = shader.bound.iter().map(buffer).collect::<Result<_>>()?;
        let entries: Vec<BindGroupEntry<'_>> = buffers
            .iter()
            .zip(&shader.bound)
            .enumerate()
            .map(|(i, (buffer, bound))| crate::executable::entry(i, buffer, 0, bound))
            .collect();
        let group = self.guarded("a bind group", 0, |device| {
            device.create_bind_group(&BindGroupDescriptor { label: None, layout: &pipeline.layout, entries: &entries })
        })?;
        let run = || {
            self.timed(&|encoder, descriptor| {
                let mut pass = encoder.begin_compute_pass(&descriptor);
                pass.set_pipeline(&pipeline.pipeline);
                pass.set_bind_group(0, &group, &[]);
                let [x, y, z] = shader.groups;
                pass.dispatch_workgroups(x, y, z);
            })
        };
        run()?;
        let times = (0..tries).map(|_| run()).collect::<Result<Vec<_>>>()?;
        Ok(times.into_iter().min().unwrap_or_default().max(Duration::from_nanos(1)))
    }
}
