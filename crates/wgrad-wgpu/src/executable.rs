//! Running: the commands of a program, recorded behind those of the runs before.

use crate::codegen::{Bound, buffer_bytes};
use crate::compile::{Compiled, Dispatch, each};
use crate::gpu::{Gpu, lock};
use crate::inbox::Inbox;
use crate::memory::{GpuBuffer, Kind};
use crate::pending::Recording;
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

/// Sets of buffers whose bind groups are kept. Steady state needs one; outputs that the user still holds make their buffers alternate.
const KEPT: usize = 8;

/// A program that is ready to run on a GPU.
#[derive(Debug)]
pub(crate) struct GpuExecutable {
    gpu: Arc<Gpu>,
    inputs: Vec<(String, Spec)>,
    outputs: Vec<Output>,
    compiled: Compiled,
    stats: Stats,
    inbox: Inbox,
    /// The bind groups of the last runs with different buffers, the newest last.
    bindings: Mutex<Vec<Arc<Bindings>>>,
    timer: Option<Arc<Timer>>,
}

#[derive(Debug)]
struct Output {
    spec: Spec,
    place: Place,
}

/// The bind groups of all dispatches for certain buffers.
#[derive(Debug)]
struct Bindings {
    /// The numbers of the buffers, as [`Memory::ids`] gives them.
    ids: Vec<u64>,
    /// For each dispatch.
    groups: Vec<BindGroup>,
}

/// The buffers of one run.
struct Memory {
    inputs: Vec<Arc<GpuBuffer>>,
    outputs: Vec<Option<Arc<GpuBuffer>>>,
    slots: Vec<Arc<GpuBuffer>>,
    /// `(from, to)`: inputs that are overwritten though somebody still holds them.
    copies: Vec<(Arc<GpuBuffer>, Arc<GpuBuffer>)>,
    /// Inputs that the host gives by way of the inbox.
    given: Vec<(usize, Value)>,
}

impl GpuExecutable {
    pub(crate) fn new(gpu: Arc<Gpu>, program: &Program, plan: &Plan, compiled: Compiled, stats: Stats) -> Result<Self> {
        let inputs = program.inputs.iter().map(|input| (input.name.clone(), input.spec.clone())).collect();
        let place = |(output, &value): (&usize, &usize)| {
            let buffer =
                plan.buffers.get(*output).ok_or_else(|| Error::InvalidProgram(format!("output buffer {output} does not exist")))?;
            Ok(Output { spec: program.spec(value).clone(), place: buffer.place })
        };
        let outputs: Vec<Output> = plan.outputs.iter().zip(&program.outputs).map(place).collect::<Result<_>>()?;
        let own = |i: usize| compiled.written[i] || outputs.iter().any(|output| output.place == Place::Input(i));
        let inbox = Inbox::new(&gpu, program.inputs.iter().enumerate().map(|(i, input)| (&input.spec, own(i))));
        let timer = profile::wanted().then(|| Timer::new(&gpu, plan, &compiled));
        Ok(GpuExecutable { gpu, inputs, outputs, compiled, stats, inbox, bindings: Mutex::default(), timer })
    }

    /// The buffers of a run. Consumes the inputs, so that storage which nobody else holds can be recognised.
    fn memory(&self, inputs: Vec<Value>) -> Result<Memory> {
        if inputs.len() != self.inputs.len() {
            let (expected, got) = (format!("{} values", self.inputs.len()), inputs.len().to_string());
            return Err(Error::Mismatch { what: "inputs of the program".into(), expected, got });
        }
        let (mut copies, mut given) = (Vec::new(), Vec::new());
        let mut buffers = Vec::with_capacity(inputs.len());
        for (i, value) in inputs.into_iter().enumerate() {
            let buffer = self.input(i, value, &mut given)?;
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
        Ok(Memory { inputs: buffers, outputs, slots: self.gpu.scratch(&self.compiled.slots)?, copies, given })
    }

    fn input(&self, i: usize, value: Value, given: &mut Vec<(usize, Value)>) -> Result<Arc<GpuBuffer>> {
        let (_, spec) = &self.inputs[i];
        let mismatch = |expected: String, got: String| Error::Mismatch { what: self.input_name(i), expected, got };
        if value.spec != *spec {
            return Err(mismatch(spec.to_string(), value.spec.to_string()));
        }
        if let Some(data) = value.host() {
            if data.dtype() != spec.dtype || Some(data.len()) != spec.shape.checked_numel() {
                return Err(mismatch(value.spec.to_string(), format!("storage of {} elements of {}", data.len(), data.dtype())));
            }
            if let Some(inbox) = self.inbox.buffer(&self.gpu, i)? {
                given.push((i, value));
                return Ok(inbox);
            }
            return Ok(Arc::new(self.gpu.upload(&|| self.input_name(i), data)?));
        }
        let name = &self.gpu.info.name;
        if value.storage.device() == Some(name)
            && let Ok(buffer) = value.storage.clone().into_any().downcast::<GpuBuffer>()
        {
            return Ok(buffer);
        }
        let there = value.storage.device().unwrap_or("the host");
        Err(mismatch(format!("a value on {name} or the host"), format!("one on {there}")))
    }

    fn input_name(&self, i: usize) -> String {
        match self.inputs[i].0.as_str() {
            "" => format!("input {i} of the program"),
            name => format!("input {i} ({name:?}) of the program"),
        }
    }

    /// Records `commands` after what the run needs before its first dispatch.
    fn record(&self, memory: &Memory, commands: impl FnOnce(&mut CommandEncoder)) -> Result<()> {
        let reach = self.inbox.reach(&memory.given);
        self.gpu.record(self.compiled.started, reach.end - reach.start, |recording: &mut Recording<'_>| {
            for (from, to) in &memory.copies {
                recording.encoder.copy_buffer_to_buffer(from.raw(), 0, to.raw(), 0, from.bytes());
            }
            self.inbox.receive(&memory.given, recording);
            commands(recording.encoder);
        })
    }

    fn run_recorded(&self, memory: &Memory) -> Result<()> {
        let _span = timeline::host("encode");
        let bindings = self.bindings(memory)?;
        self.record(memory, |encoder| {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            self.compiled.each_dispatch(&mut |dispatch| start(&mut pass, dispatch, &bindings.groups[dispatch.number]));
        })
    }

    /// A run with a timestamp before and after each dispatch.
    fn run_stamped(&self, memory: &Memory, timer: &Timer) -> Result<()> {
        let (stamps, bindings) = (timer.stamps()?, self.bindings(memory)?);
        self.gpu.flush()?;
        let mut number = 0;
        self.record(memory, |encoder| {
            self.compiled.each_dispatch(&mut |dispatch| {
                let mut pass = encoder.begin_compute_pass(&stamps.pass(number));
                start(&mut pass, dispatch, &bindings.groups[dispatch.number]);
                number += 1;
            });
        })?;
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        stamps.resolve(&mut encoder);
        let submitted = Instant::now();
        let index = self.gpu.submit(encoder.finish())?;
        timer.submitted(stamps, submitted, index);
        Ok(())
    }

    /// A run that waits for each dispatch, where there are no timestamps.
    fn run_waiting(&self, memory: &Memory, timer: &Timer) -> Result<()> {
        let bindings = self.bindings(memory)?;
        let done = || self.gpu.wait(self.gpu.submit(self.gpu.device.create_command_encoder(&Default::default()).finish())?);
        self.record(memory, |_| ())?;
        done()?;
        each(&self.compiled.commands, &mut |dispatch| {
            let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
            start(&mut encoder.begin_compute_pass(&ComputePassDescriptor::default()), dispatch, &bindings.groups[dispatch.number]);
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

    /// The bind groups for the buffers of this run, made anew only where they are not those of a run before.
    fn bindings(&self, memory: &Memory) -> Result<Arc<Bindings>> {
        let mut kept = lock(&self.bindings);
        if let Some(known) = kept.iter().rev().find(|known| memory.ids().eq(known.ids.iter().copied())) {
            return Ok(known.clone());
        }
        let ids: Vec<u64> = memory.ids().collect();
        let mut groups = Vec::with_capacity(self.compiled.dispatches);
        self.compiled.each_kind(&mut |dispatch| {
            let same = |known: &&Arc<Bindings>| dispatch.bound.iter().all(|bound| memory.id(&ids, bound) == memory.id(&known.ids, bound));
            groups.push(match kept.iter().rev().find(same) {
                Some(known) => known.groups[dispatch.number].clone(),
                None => self.bind_group(dispatch, memory)?,
            });
            Ok(())
        })?;
        if kept.len() == KEPT {
            kept.remove(0);
        }
        let bindings = Arc::new(Bindings { ids, groups });
        kept.push(bindings.clone());
        Ok(bindings)
    }

    fn bind_group(&self, dispatch: &Dispatch, memory: &Memory) -> Result<BindGroup> {
        let entry = |(i, bound): (usize, &Bound)| Ok(entry(i, memory.at(bound.place)?, memory.offset(bound.place, &self.inbox), bound));
        let entries = dispatch.bound.iter().enumerate().map(entry).collect::<Result<Vec<_>>>()?;
        self.gpu.guarded("a bind group", 0, |device| {
            device.create_bind_group(&BindGroupDescriptor { label: None, layout: &dispatch.ready().pipeline.layout, entries: &entries })
        })
    }
}

/// Binds the part of a buffer from byte `offset` on that has elements, up to a whole vector of four.
pub(crate) fn entry<'b>(i: usize, buffer: &'b GpuBuffer, offset: u64, bound: &Bound) -> BindGroupEntry<'b> {
    let bytes = bound.bytes().next_multiple_of(16).min(buffer.bytes().saturating_sub(offset));
    let binding = BufferBinding { buffer: buffer.raw(), offset, size: BufferSize::new(bytes) };
    BindGroupEntry { binding: i as u32, resource: BindingResource::Buffer(binding) }
}

impl Memory {
    /// The numbers of all buffers: inputs, outputs, slots. Without buffer there is the number that no buffer has.
    fn ids(&self) -> impl Iterator<Item = u64> {
        let outputs = self.outputs.iter().map(|output| output.as_ref().map_or(u64::MAX, |buffer| buffer.id()));
        self.inputs.iter().map(|buffer| buffer.id()).chain(outputs).chain(self.slots.iter().map(|buffer| buffer.id()))
    }

    /// The number among `ids` of the buffer that is bound.
    fn id(&self, ids: &[u64], bound: &Bound) -> Option<u64> {
        let at = match bound.place {
            Place::Input(i) => i,
            Place::Output(i) => self.inputs.len() + i,
            Place::Slot(i) => self.inputs.len() + self.outputs.len() + i,
        };
        ids.get(at).copied()
    }

    /// Where the elements begin: inputs that were given by way of the inbox lie somewhere in it.
    fn offset(&self, place: Place, inbox: &Inbox) -> u64 {
        match place {
            Place::Input(i) if self.given.iter().any(|(given, _)| *given == i) => inbox.offset(i),
            Place::Input(_) | Place::Output(_) | Place::Slot(_) => 0,
        }
    }

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
            None => self.run_recorded(&memory)?,
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
