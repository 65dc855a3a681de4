//! Running: all commands of a program in one submission.

use crate::codegen::{Bound, buffer_bytes};
use crate::compile::{Compiled, Dispatch, each};
use crate::gpu::{Gpu, lock};
use crate::memory::{GpuBuffer, Kind};
use crate::timing::{Timer, start};
use std::{
    sync::{Arc, Mutex},
    time::Instant,
};
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, BufferBinding, BufferSize, CommandEncoder, ComputePassDescriptor,
};
use wgrad_tensor::device::Stats;
use wgrad_tensor::plan::{Place, Plan};
use wgrad_tensor::profile::{self, Profile};
use wgrad_tensor::{Error, Executable, Program, Result, Spec, Value, timeline};

/// Bind groups that are kept for each dispatch. Steady state needs one; outputs that the user still holds make their buffers alternate.
const KEPT: usize = 8;

/// A program that is ready to run on a GPU.
#[derive(Debug)]
pub(crate) struct GpuExecutable {
    gpu: Arc<Gpu>,
    inputs: Vec<(String, Spec)>,
    outputs: Vec<Output>,
    compiled: Compiled,
    stats: Stats,
    /// For each dispatch the bind groups of the last buffers, the newest last.
    bind_groups: Mutex<Vec<Vec<Bindings>>>,
    timer: Option<Arc<Timer>>,
}

#[derive(Debug)]
struct Output {
    spec: Spec,
    place: Place,
}

#[derive(Debug)]
struct Bindings {
    buffers: Vec<u64>,
    group: BindGroup,
}

/// The buffers of one run.
struct Memory {
    inputs: Vec<Arc<GpuBuffer>>,
    outputs: Vec<Option<Arc<GpuBuffer>>>,
    slots: Vec<Arc<GpuBuffer>>,
    /// `(from, to)`: inputs that are overwritten though somebody still holds them.
    copies: Vec<(Arc<GpuBuffer>, Arc<GpuBuffer>)>,
}

impl GpuExecutable {
    pub(crate) fn new(gpu: Arc<Gpu>, program: &Program, plan: &Plan, compiled: Compiled, stats: Stats) -> Result<Self> {
        let inputs = program.inputs.iter().map(|input| (input.name.clone(), input.spec.clone())).collect();
        let place = |(output, &value): (&usize, &usize)| {
            let buffer =
                plan.buffers.get(*output).ok_or_else(|| Error::InvalidProgram(format!("output buffer {output} does not exist")))?;
            Ok(Output { spec: program.spec(value).clone(), place: buffer.place })
        };
        let outputs = plan.outputs.iter().zip(&program.outputs).map(place).collect::<Result<_>>()?;
        let bind_groups = Mutex::new((0..compiled.dispatches).map(|_| Vec::new()).collect());
        let timer = profile::wanted().then(|| Timer::new(&gpu, plan, &compiled));
        Ok(GpuExecutable { gpu, inputs, outputs, compiled, stats, bind_groups, timer })
    }

    /// The buffers of a run. Consumes the inputs, so that storage which nobody else holds can be recognised.
    fn memory(&self, inputs: Vec<Value>) -> Result<Memory> {
        if inputs.len() != self.inputs.len() {
            let (expected, got) = (format!("{} values", self.inputs.len()), inputs.len().to_string());
            return Err(Error::Mismatch { what: "inputs of the program".into(), expected, got });
        }
        let mut copies = Vec::new();
        let mut buffers = Vec::with_capacity(inputs.len());
        for (i, value) in inputs.into_iter().enumerate() {
            let buffer = self.input(i, value)?;
            // The value is consumed, so one count is this run's own.
            if self.compiled.written[i] && Arc::strong_count(&buffer) > 1 {
                let copy = Arc::new(self.gpu.buffer(Kind::Storage, &|| self.input_name(i), buffer.bytes())?);
                copies.push((buffer, copy.clone()));
                buffers.push(copy);
            } else {
                buffers.push(buffer);
            }
        }
        let mut outputs: Vec<Option<Arc<GpuBuffer>>> = Vec::new();
        for (i, output) in self.outputs.iter().enumerate() {
            if let Place::Output(place) = output.place {
                outputs.resize_with(outputs.len().max(place + 1), || None);
                if outputs[place].is_none() {
                    let bytes = buffer_bytes(output.spec.dtype, output.spec.shape.numel());
                    let what = || format!("output {i} ({})", output.spec);
                    outputs[place] = Some(Arc::new(self.gpu.buffer(Kind::Storage, &what, bytes)?));
                }
            }
        }
        Ok(Memory { inputs: buffers, outputs, slots: self.gpu.scratch(&self.compiled.slots)?, copies })
    }

    fn input(&self, i: usize, value: Value) -> Result<Arc<GpuBuffer>> {
        let (_, spec) = &self.inputs[i];
        let mismatch = |expected: String, got: String| Error::Mismatch { what: self.input_name(i), expected, got };
        if value.spec != *spec {
            return Err(mismatch(spec.to_string(), value.spec.to_string()));
        }
        if let Some(data) = value.host() {
            return Ok(Arc::new(self.gpu.upload(&|| self.input_name(i), data)?));
        }
        let name = &self.gpu.info.name;
        let there = value.storage.device().unwrap_or("the host").to_string();
        let buffer = (there == *name).then(|| value.storage.into_any().downcast::<GpuBuffer>().ok()).flatten();
        buffer.ok_or_else(|| mismatch(format!("a value on {name} or the host"), format!("one on {there}")))
    }

    fn input_name(&self, i: usize) -> String {
        match self.inputs[i].0.as_str() {
            "" => format!("input {i} of the program"),
            name => format!("input {i} ({name:?}) of the program"),
        }
    }

    /// Copies that a run needs before its first dispatch.
    fn begin(&self, memory: &Memory) -> CommandEncoder {
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        for (from, to) in &memory.copies {
            encoder.copy_buffer_to_buffer(from.raw(), 0, to.raw(), 0, from.bytes());
        }
        encoder
    }

    fn encode(&self, memory: &Memory) -> Result<wgpu::CommandBuffer> {
        let _span = timeline::host("encode");
        let mut encoder = self.begin(memory);
        let mut bind_groups = lock(&self.bind_groups);
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        each(&self.compiled.commands, &mut |dispatch| {
            start(&mut pass, dispatch, self.bind_group(dispatch, memory, &mut bind_groups[dispatch.number])?);
            Ok(())
        })?;
        drop(pass);
        Ok(encoder.finish())
    }

    /// A run with a timestamp before and after each dispatch.
    fn run_stamped(&self, memory: &Memory, timer: &Timer) -> Result<()> {
        let stamps = timer.stamps()?;
        let span = timeline::host("encode");
        let mut encoder = self.begin(memory);
        let mut bind_groups = lock(&self.bind_groups);
        let mut number = 0;
        each(&self.compiled.commands, &mut |dispatch| {
            let group = self.bind_group(dispatch, memory, &mut bind_groups[dispatch.number])?;
            start(&mut encoder.begin_compute_pass(&stamps.pass(number)), dispatch, group);
            number += 1;
            Ok(())
        })?;
        stamps.resolve(&mut encoder);
        let commands = encoder.finish();
        drop(span);
        let submitted = Instant::now();
        let index = self.gpu.submit(commands)?;
        timer.submitted(stamps, submitted, index);
        Ok(())
    }

    /// A run that waits for each dispatch, where there are no timestamps.
    fn run_waiting(&self, memory: &Memory, timer: &Timer) -> Result<()> {
        let index = self.gpu.submit(self.begin(memory).finish())?;
        self.gpu.wait(index)?;
        let mut bind_groups = lock(&self.bind_groups);
        each(&self.compiled.commands, &mut |dispatch| {
            let group = self.bind_group(dispatch, memory, &mut bind_groups[dispatch.number])?;
            let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
            start(&mut encoder.begin_compute_pass(&ComputePassDescriptor::default()), dispatch, group);
            let commands = encoder.finish();
            timer.recorder.time(dispatch.step, || self.gpu.wait(self.gpu.submit(commands)?))
        })?;
        timer.recorder.add_run();
        Ok(())
    }

    /// A run as on an adapter without timestamps.
    #[cfg(test)]
    pub(crate) fn wait_for_each_dispatch(&self, inputs: Vec<Value>) -> Result<()> {
        let memory = self.memory(inputs)?;
        self.timer.as_ref().map_or(Ok(()), |timer| self.run_waiting(&memory, timer))
    }

    /// The bind group of a dispatch for the buffers of this run, made anew only where they are not those of a run before.
    fn bind_group<'k>(&self, dispatch: &Dispatch, memory: &Memory, kept: &'k mut Vec<Bindings>) -> Result<&'k BindGroup> {
        let buffers: Vec<&GpuBuffer> = dispatch.bound.iter().map(|bound| memory.at(bound.place)).collect::<Result<_>>()?;
        let same = |bindings: &Bindings| bindings.buffers.iter().copied().eq(buffers.iter().map(|buffer| buffer.id()));
        let found = match kept.iter().position(same) {
            Some(found) => found,
            None => {
                let entries: Vec<_> =
                    buffers.iter().zip(&dispatch.bound).enumerate().map(|(i, (buffer, bound))| entry(i, buffer, bound)).collect();
                let group = self.gpu.guarded("a bind group", 0, |device| {
                    device.create_bind_group(&BindGroupDescriptor {
                        label: None,
                        layout: &dispatch.ready().pipeline.layout,
                        entries: &entries,
                    })
                })?;
                if kept.len() == KEPT {
                    kept.remove(0);
                }
                kept.push(Bindings { buffers: buffers.iter().map(|buffer| buffer.id()).collect(), group });
                kept.len() - 1
            }
        };
        Ok(&kept[found].group)
    }
}

/// Binds the part of a buffer that has elements, up to a whole vector of four.
pub(crate) fn entry<'b>(i: usize, buffer: &'b GpuBuffer, bound: &Bound) -> BindGroupEntry<'b> {
    let binding =
        BufferBinding { buffer: buffer.raw(), offset: 0, size: BufferSize::new(bound.bytes().next_multiple_of(16).min(buffer.bytes())) };
    BindGroupEntry { binding: i as u32, resource: BindingResource::Buffer(binding) }
}

impl Memory {
    fn at(&self, place: Place) -> Result<&GpuBuffer> {
        let buffer = match place {
            Place::Input(i) => self.inputs.get(i),
            Place::Output(i) => self.outputs.get(i).and_then(Option::as_ref),
            Place::Slot(i) => self.slots.get(i),
        };
        buffer.map(|buffer| &**buffer).ok_or_else(|| Error::InvalidProgram(format!("a step uses {place:?}, which the plan does not have")))
    }
}

impl Executable for GpuExecutable {
    fn run(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let memory = self.memory(inputs)?;
        match &self.timer {
            None => drop(self.gpu.submit(self.encode(&memory)?)?),
            Some(timer) if self.gpu.has_timestamps() => self.run_stamped(&memory, timer)?,
            Some(timer) => self.run_waiting(&memory, timer)?,
        }
        self.compiled.tunables.count(&self.gpu);
        let output = |output: &Output| {
            let storage = match output.place {
                Place::Input(i) => memory.inputs.get(i),
                Place::Output(i) => memory.outputs.get(i).and_then(Option::as_ref),
                Place::Slot(_) => None,
            };
            let storage = storage.ok_or_else(|| Error::InvalidProgram(format!("an output is at {:?}", output.place)))?;
            Ok(Value { spec: output.spec.clone(), storage: storage.clone() })
        };
        self.outputs.iter().map(output).collect()
    }

    fn stats(&self) -> &Stats {
        &self.stats
    }

    fn source(&self) -> String {
        self.compiled.source.clone()
    }

    fn profile(&self) -> Option<Profile> {
        let timer = self.timer.as_ref()?;
        // What a lost device does not give is not in the profile.
        let _ = timer.finish();
        Some(timer.recorder.profile())
    }
}
