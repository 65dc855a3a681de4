//! Loops: the body is a machine of its own that runs once for each element.

use super::{
    lower::{Lower, Plain, invalid},
    machine::{Input, Machine, Tables},
    storage::{Buffer, Counters},
};
use std::{
    mem::{swap, take},
    sync::{Arc, Mutex},
};
use wgrad_tensor::{
    Result,
    plan::{BufferId, Loop, Operand, Place},
};

#[derive(Debug)]
pub(super) struct Scan {
    machine: Machine,
    carries: Vec<Plain>,
    sequences: Vec<Plain>,
    constants: Vec<Plain>,
    out: Vec<Plain>,
    /// Bytes of an element of each of `out`'s buffers.
    sizes: Vec<usize>,
    length: usize,
    reverse: bool,
    memory: Mutex<Memory>,
}

/// What lives from one iteration to the next.
#[derive(Debug)]
struct Memory {
    carries: Vec<Buffer>,
    /// The carries of the next iteration.
    next: Vec<Buffer>,
    /// Fresh outputs of the body.
    fresh: Vec<Buffer>,
}

impl Lower {
    pub(super) fn scan(&mut self, step: &Loop, counters: &Arc<Counters>) -> Result<Scan> {
        let machine = Machine::new(&step.plan, counters, self.body_recording())?;
        let mut plain = |operands: &[Operand]| -> Result<Vec<Plain>> {
            let plain = |operand: &Operand| {
                let dtype = self.dtype(operand)?;
                self.plain(operand, dtype)
            };
            operands.iter().map(plain).collect()
        };
        let (carries, sequences, constants) = (plain(&step.carries)?, plain(&step.sequences)?, plain(&step.constants)?);
        let contiguous = step.out.iter().all(|out| out.view.is_contiguous());
        if !contiguous || machine.lowered.outputs.len() != step.out.len() || step.carries.len() > step.out.len() {
            return Err(invalid("a loop whose results are not whole buffers"));
        }
        let out = plain(&step.out)?;
        let sizes: Vec<usize> = step.out.iter().map(|out| self.dtype(out).map(|dtype| dtype.size())).collect::<Result<_>>()?;
        let zeros = || step.carries.iter().zip(&out).zip(&sizes).map(|((_, out), size)| Buffer::counted(out.len * size, counters));
        let fresh = machine.lowered.fresh.iter().map(|&bytes| Buffer::counted(bytes, counters));
        let memory = Memory {
            carries: zeros().collect::<Result<_>>()?,
            next: zeros().collect::<Result<_>>()?,
            fresh: fresh.collect::<Result<_>>()?,
        };
        let (length, reverse) = (step.length, step.reverse);
        Ok(Scan { machine, carries, sequences, constants, out, sizes, length, reverse, memory: Mutex::new(memory) })
    }
}

impl Plain {
    /// The bytes of the stretch.
    fn bytes<'a>(&self, tables: &'a Tables<'_>, size: usize) -> Result<&'a [u8]> {
        let all = tables.bytes(self.buffer);
        all.get(self.offset * size..(self.offset + self.len) * size).ok_or_else(|| invalid("an operand of a loop leaves its buffer"))
    }
}

impl Scan {
    /// Bytes of memory of its own.
    pub(super) fn bytes(&self) -> u64 {
        let memory = self.memory.lock().unwrap_or_else(|e| e.into_inner());
        let kept = memory.carries.iter().chain(&memory.next).chain(&memory.fresh).map(|buffer| buffer.bytes().len() as u64);
        self.machine.temporary_bytes() + kept.sum::<u64>()
    }

    /// The buffers that it writes.
    pub(super) fn outs(&self) -> impl Iterator<Item = BufferId> {
        self.out.iter().map(|out| out.buffer)
    }

    /// `outs` is the memory of the buffers of [`Scan::outs`].
    pub(super) fn run(&self, tables: &Tables<'_>, outs: &mut [Buffer]) -> Result<()> {
        let mut memory = self.memory.lock().unwrap_or_else(|e| e.into_inner());
        let memory = &mut *memory;
        for ((plain, carry), size) in self.carries.iter().zip(&mut memory.carries).zip(&self.sizes) {
            carry.bytes_mut().copy_from_slice(plain.bytes(tables, *size)?);
        }
        for i in 0..self.length {
            let i = if self.reverse { self.length - 1 - i } else { i };
            self.iterate(i, tables, memory, outs)?;
        }
        for (((carry, out), plain), size) in memory.carries.iter().zip(outs).zip(&self.out).zip(&self.sizes) {
            let at = plain.offset * size;
            let place = out.bytes_mut().get_mut(at..at + plain.len * size).ok_or_else(|| invalid("a final carry leaves its buffer"))?;
            place.copy_from_slice(carry.bytes());
        }
        Ok(())
    }

    fn iterate(&self, i: usize, tables: &Tables<'_>, memory: &mut Memory, outs: &mut [Buffer]) -> Result<()> {
        let size = |plain: &Plain| tables.size(plain.buffer);
        let mut inputs: Vec<Input<'_>> = Vec::with_capacity(self.carries.len() + self.sequences.len() + self.constants.len());
        inputs.extend(memory.carries.iter_mut().map(|carry| Input::Owned(take(carry))));
        for sequence in &self.sequences {
            let bytes = sequence.bytes(tables, size(sequence))?;
            let element = bytes.len() / self.length;
            inputs.push(Input::Shared(&bytes[i * element..(i + 1) * element]));
        }
        for constant in &self.constants {
            inputs.push(Input::Shared(constant.bytes(tables, size(constant))?));
        }
        let (mut inputs, fresh) = self.machine.run(inputs, take(&mut memory.fresh))?;
        memory.fresh = fresh;
        let result = |output: usize| match self.machine.lowered.buffers[self.machine.lowered.outputs[output]].place {
            Place::Input(input) => match &inputs[input] {
                Input::Shared(bytes) => *bytes,
                Input::Owned(buffer) => buffer.bytes(),
            },
            Place::Output(output) => memory.fresh[output].bytes(),
            Place::Slot(_) => &[],
        };
        let carries = self.carries.len();
        for (k, out) in outs.iter_mut().enumerate().skip(carries) {
            let (plain, size) = (self.out[k], self.sizes[k]);
            let element = plain.len / self.length * size;
            let at = plain.offset * size + i * element;
            let place = out.bytes_mut().get_mut(at..at + element).ok_or_else(|| invalid("a stacked result leaves its buffer"))?;
            place.copy_from_slice(result(k));
        }
        for (k, next) in memory.next.iter_mut().enumerate() {
            next.bytes_mut().copy_from_slice(result(k));
        }
        for (carry, input) in memory.carries.iter_mut().zip(&mut inputs) {
            if let Input::Owned(buffer) = input {
                *carry = take(buffer);
            }
        }
        swap(&mut memory.carries, &mut memory.next);
        Ok(())
    }
}
