//! Runs commands over memory that is allocated once.

use super::{
    NAME,
    kernel::{self, Memory},
    lower::{Command, KernelCommand, Lowered},
    outs::{Out, Outs},
    storage::{Buffer, Counters},
};
use std::{
    fmt,
    mem::take,
    sync::{Arc, Mutex},
};
use wgrad_tensor::{
    Result,
    plan::{BufferId, Place, Plan},
    profile::Recorder,
};

/// A lowered plan with its temporary memory.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) lowered: Lowered,
    counters: Arc<Counters>,
    /// None before the first run.
    slots: Mutex<Vec<Buffer>>,
    recording: Option<Recording>,
}

/// Who is told the time of each command, and the number that the plan's first step has there.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    pub(super) recorder: Arc<Recorder>,
    pub(super) first: usize,
}

/// The memory of an input.
#[derive(Debug)]
pub(super) enum Input<'a> {
    Shared(&'a [u8]),
    Owned(Buffer),
}

/// The memory of all buffers during a run.
#[derive(Debug)]
pub(super) struct Tables<'a> {
    buffers: &'a [wgrad_tensor::plan::Buffer],
    pub(super) inputs: Vec<Input<'a>>,
    pub(super) outputs: Vec<Buffer>,
    slots: Vec<Buffer>,
    /// For [`Tables::writing`], kept so that it need not be allocated again.
    taken: Vec<Buffer>,
}

/// A step with one result and without an epilogue.
pub(super) trait Work: fmt::Debug + Send + Sync {
    /// The buffer that it writes.
    fn out(&self) -> BufferId;
    /// Writes it; `out` is all of it.
    fn run(&self, tables: &Tables<'_>, out: &mut [u8]) -> Result<()>;
}

impl Tables<'_> {
    /// All bytes of a buffer; none while it is taken.
    pub(super) fn bytes(&self, buffer: BufferId) -> &[u8] {
        match self.buffers[buffer].place {
            Place::Input(input) => match &self.inputs[input] {
                Input::Shared(bytes) => bytes,
                Input::Owned(buffer) => buffer.bytes(),
            },
            Place::Output(output) => self.outputs.get(output).map_or(&[], Buffer::bytes),
            Place::Slot(slot) => self.slots.get(slot).map_or(&[], Buffer::bytes),
        }
    }

    fn place(&mut self, buffer: BufferId) -> Option<&mut Buffer> {
        match self.buffers[buffer].place {
            Place::Input(input) => match &mut self.inputs[input] {
                Input::Shared(_) => None,
                Input::Owned(buffer) => Some(buffer),
            },
            Place::Output(output) => self.outputs.get_mut(output),
            Place::Slot(slot) => self.slots.get_mut(slot),
        }
    }

    /// Bytes of an element of a buffer.
    pub(super) fn size(&self, buffer: BufferId) -> usize {
        self.buffers[buffer].dtype.size()
    }

    /// Runs `f` with the memory of some buffers taken out, to be written while others are read.
    pub(super) fn writing<R>(&mut self, buffers: &[BufferId], f: impl FnOnce(&Self, &mut [Buffer]) -> R) -> R {
        let mut taken = take(&mut self.taken);
        taken.extend(buffers.iter().map(|&buffer| self.place(buffer).map(take).unwrap_or_default()));
        let result = f(self, &mut taken);
        for (&buffer, memory) in buffers.iter().zip(taken.drain(..)) {
            if let Some(place) = self.place(buffer) {
                *place = memory;
            }
        }
        self.taken = taken;
        result
    }
}

impl kernel::Read for Tables<'_> {
    fn bytes(&self, buffer: BufferId) -> &[u8] {
        Tables::bytes(self, buffer)
    }
}

impl Machine {
    /// Lowers a plan; its temporary memory is allocated by the first run.
    ///
    /// # Errors
    /// Those of [`Lowered::new`].
    pub(super) fn new(plan: &Plan, counters: &Arc<Counters>, recording: Option<Recording>) -> Result<Machine> {
        let lowered = Lowered::new(plan, counters, recording.as_ref())?;
        Ok(Machine { lowered, counters: counters.clone(), slots: Mutex::default(), recording })
    }

    fn allocate(&self) -> Result<Vec<Buffer>> {
        crate::memory::check(NAME, || "the temporary memory of the program".into(), self.lowered.slots.iter().sum())?;
        let bytes = |&bytes: &u64| Buffer::counted(usize::try_from(bytes).unwrap_or(usize::MAX), &self.counters);
        self.lowered.slots.iter().map(bytes).collect()
    }

    /// Bytes of temporary memory, that of loops included.
    pub(super) fn temporary_bytes(&self) -> u64 {
        let of_loops = self.lowered.commands.iter().map(|command| if let Command::Scan(scan) = command { scan.bytes() } else { 0 });
        of_loops.chain(self.lowered.slots.iter().copied()).sum()
    }

    /// Runs all commands. `inputs` that are written must be owned. Gives inputs and fresh outputs back.
    pub(super) fn run<'a>(&'a self, inputs: Vec<Input<'a>>, outputs: Vec<Buffer>) -> Result<(Vec<Input<'a>>, Vec<Buffer>)> {
        let mut slots = self.slots.lock().unwrap_or_else(|e| e.into_inner());
        if slots.is_empty() {
            *slots = self.allocate()?;
        }
        let mut tables = Tables { buffers: &self.lowered.buffers, inputs, outputs, slots: take(&mut *slots), taken: Vec::new() };
        let run = |(command, step): (&Command, &usize), tables: &mut Tables<'_>| match &self.recording {
            None => command.run(tables),
            Some(recording) => recording.recorder.time(recording.first + step, || command.run(tables)),
        };
        let result = self.lowered.commands.iter().zip(&self.lowered.steps).try_for_each(|command| run(command, &mut tables));
        *slots = tables.slots;
        result.map(|()| (tables.inputs, tables.outputs))
    }
}

impl Command {
    fn run(&self, tables: &mut Tables<'_>) -> Result<()> {
        match self {
            Command::Kernel(kernel) => kernel.run(tables),
            Command::Work(work) => {
                tables.writing(&[work.out()], |tables, out| out.iter_mut().try_for_each(|out| work.run(tables, out.bytes_mut())))
            }
            Command::Conv(conv) => tables.writing(conv.outs(), |tables, outs| conv.run(tables, outs)),
            Command::Scan(scan) => {
                let outs: Vec<BufferId> = scan.outs().collect();
                tables.writing(&outs, |tables, outs| scan.run(tables, outs))
            }
        }
    }
}

impl KernelCommand {
    fn run(&self, tables: &mut Tables<'_>) -> Result<()> {
        let mut partials = self.partials.and_then(|b| tables.place(b).map(take)).unwrap_or_default();
        let result = tables.writing(&self.fused.outs, |tables, outs| {
            let sizes = self.fused.outs.iter().map(|&out| tables.size(out));
            let outs = Outs::new(outs.iter_mut().zip(sizes).map(|(out, size)| Out::new(out.bytes_mut(), size)));
            let acc = self.acc.map_or(&[][..], |acc| tables.bytes(acc));
            self.fused.run(Memory { acc, ..Memory::new(tables) }, outs, partials.bytes_mut())
        });
        if let Some(place) = self.partials.and_then(|b| tables.place(b)) {
            *place = partials;
        }
        result
    }
}
