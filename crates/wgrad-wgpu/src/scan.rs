//! Loops: the commands of the body, repeated within the submission.
//!
//! The body runs on memory of its own: one buffer for each carry, for the element of each sequence, and for each of its results. Two copies
//! frame it: one brings the elements of this iteration in, the other takes the results out and the new carries over. Which iteration it is, they
//! read from one counter and write to another, so that no invocation reads what a neighbour has just changed.

use crate::codegen::{Bound, Shader, Target, buffer_bytes, storage_type};
use crate::lower::{Command, Dispatch, Lowering, slot_bytes};
use wgrad_tensor::plan::{Buffer, Loop, Operand, Place};
use wgrad_tensor::{DType, Error, Result};

/// Invocations of a workgroup of the copies.
const WORKGROUP: u32 = 64;

/// `len` elements from one memory to another, from element `offset` on, and further by `len` for each iteration where `stacked`.
#[derive(Clone, Debug)]
struct Copy {
    dtype: DType,
    len: usize,
    from: End,
    to: End,
}

#[derive(Clone, Debug)]
struct End {
    place: Place,
    offset: usize,
    stacked: bool,
}

/// What a copy does with the counters besides.
#[derive(Clone, Copy, Debug)]
enum Count {
    Reset,
    Enter,
    Leave,
    Nothing,
}

/// The slots of the counters: the iteration that comes next, and the one that runs.
#[derive(Clone, Copy, Debug)]
struct Counters {
    next: Place,
    now: Place,
}

impl Lowering {
    /// The commands of a loop over `buffers` of the plan that has it.
    /// `number` is that of its step: among all steps, and in its plan.
    pub(crate) fn scan(
        &mut self,
        number: (usize, usize),
        scan: &Loop,
        buffers: &[Buffer],
        commands: &mut Vec<Command<Dispatch>>,
    ) -> Result<()> {
        let body = &scan.plan;
        let counters = Counters { next: self.slot(4), now: self.slot(4) };
        let (mut start, mut enter, mut leave, mut finish) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut inputs = Vec::new();
        for (i, &buffer) in body.inputs.iter().enumerate() {
            let buffer = lookup(&body.buffers, buffer)?;
            inputs.push(match i.checked_sub(scan.carries.len() + scan.sequences.len()) {
                Some(constant) => match end(buffers, operand(&scan.constants, constant)?)? {
                    End { place, offset: 0, .. } => place,
                    from => {
                        let place = self.slot(buffer_bytes(buffer.dtype, buffer.len));
                        start.push(Copy { dtype: buffer.dtype, len: buffer.len, from, to: End { place, offset: 0, stacked: false } });
                        place
                    }
                },
                None => self.slot(buffer_bytes(buffer.dtype, buffer.len)),
            });
        }
        let mapped = self.body_buffers(scan, &inputs);
        let results: Vec<&Buffer> = body.outputs.iter().map(|&output| lookup(&mapped, output)).collect::<Result<_>>()?;

        for (i, carry) in scan.carries.iter().enumerate() {
            let inside = End { place: inputs[i], offset: 0, stacked: false };
            let (dtype, len) = (results[i].dtype, results[i].len);
            start.push(Copy { dtype, len, from: end(buffers, carry)?, to: inside.clone() });
            finish.push(Copy { dtype, len, from: inside.clone(), to: end(buffers, operand(&scan.out, i)?)? });
            leave.push(Copy { dtype, len, from: End { place: results[i].place, ..inside.clone() }, to: inside });
        }
        for (i, sequence) in scan.sequences.iter().enumerate() {
            let element = lookup(&mapped, body.inputs[scan.carries.len() + i])?;
            let from = End { stacked: true, ..end(buffers, sequence)? };
            let to = End { place: element.place, offset: 0, stacked: false };
            enter.push(Copy { dtype: element.dtype, len: element.len, from, to });
        }
        for (result, target) in results.iter().zip(&scan.out).skip(scan.carries.len()) {
            let to = End { stacked: true, ..end(buffers, target)? };
            let from = End { place: result.place, offset: 0, stacked: false };
            leave.push(Copy { dtype: result.dtype, len: result.len, from, to });
        }
        let aside = self.set_aside(&mut leave, &inputs[..scan.carries.len()]);

        let label = |part: &str| (number.0, format!("step {}: scan, {part}", number.1));
        self.copies(label("start"), scan, start, Count::Reset, counters, commands)?;
        let mut iteration = Vec::new();
        self.copies(label("enter"), scan, enter, Count::Enter, counters, &mut iteration)?;
        iteration.extend(self.steps(body, &mapped)?);
        self.copies(label("set aside"), scan, aside, Count::Nothing, counters, &mut iteration)?;
        self.copies(label("leave"), scan, leave, Count::Leave, counters, &mut iteration)?;
        commands.push(Command::Repeat(scan.length, iteration));
        self.copies(label("finish"), scan, finish, Count::Nothing, counters, commands)
    }

    /// The buffers of the body, placed in the memory of the whole program.
    fn body_buffers(&mut self, scan: &Loop, inputs: &[Place]) -> Vec<Buffer> {
        let body = &scan.plan;
        let first_slot = self.slots.len();
        self.slots.extend(slot_bytes(body));
        let mut outputs: Vec<Option<Place>> = Vec::new();
        let mut mapped = body.buffers.clone();
        for buffer in &mut mapped {
            buffer.place = match buffer.place {
                Place::Input(i) => inputs.get(i).copied().unwrap_or(buffer.place),
                Place::Slot(i) => Place::Slot(first_slot + i),
                Place::Output(i) => {
                    outputs.resize(outputs.len().max(i + 1), None);
                    let bytes = buffer_bytes(buffer.dtype, buffer.len);
                    *outputs[i].get_or_insert_with(|| self.slot(bytes))
                }
            };
        }
        mapped
    }

    /// A carry that the body passes on, to another carry or as a result, must leave before the new carries come: it is copied to memory of its
    /// own first. Carries that stay need no copy at all.
    fn set_aside(&mut self, leave: &mut Vec<Copy>, carries: &[Place]) -> Vec<Copy> {
        leave.retain(|copy| copy.from.place != copy.to.place);
        let mut aside = Vec::new();
        for copy in leave.iter_mut().filter(|copy| carries.contains(&copy.from.place)) {
            let place = self.slot(buffer_bytes(copy.dtype, copy.len));
            let from = std::mem::replace(&mut copy.from, End { place, offset: 0, stacked: false });
            aside.push(Copy { dtype: copy.dtype, len: copy.len, from, to: copy.from.clone() });
        }
        aside
    }

    /// The dispatches of `copies`, as many in one as the device's bindings allow.
    fn copies(
        &mut self,
        (step, label): (usize, String),
        scan: &Loop,
        mut copies: Vec<Copy>,
        count: Count,
        counters: Counters,
        commands: &mut Vec<Command<Dispatch>>,
    ) -> Result<()> {
        copies.retain(|copy| copy.len > 0);
        let room = (self.target.max_buffers.saturating_sub(2) / 2).max(1);
        let mut chunks = copies.chunks(room);
        let mut counting = Some(count).filter(|count| !matches!(count, Count::Nothing));
        loop {
            let chunk = chunks.next().unwrap_or_default();
            if chunk.is_empty() && counting.is_none() {
                return Ok(());
            }
            // A later part of the copies knows the iteration from the counter that the first part has not changed.
            let part = counting.take();
            let shader = shader(chunk, part, count, counters, scan, &self.target)?;
            commands.push(Command::Dispatch(Dispatch { step, label: label.clone(), shader, choice: None }));
        }
    }
}

/// One dispatch of copies; `part` is what it does with the counters, `count` what the first of its kind does.
fn shader(copies: &[Copy], part: Option<Count>, count: Count, counters: Counters, scan: &Loop, target: &Target) -> Result<Shader> {
    let mut bound = Vec::new();
    let mut declarations = String::new();
    let mut bind = |name: &str, place: Place, dtype: DType, len: usize, write: bool| -> Result<()> {
        let access = if write { "read_write" } else { "read" };
        let of = storage_type(dtype)?;
        declarations += &format!("@group(0) @binding({}) var<storage, {access}> {name}: array<{of}>; // {dtype}[{len}]\n", bound.len());
        bound.push(Bound { place, dtype, len, write });
        Ok(())
    };
    let (read, change) = match count {
        Count::Reset => (None, Some((counters.next, "0u"))),
        Count::Enter => (Some(counters.next), Some((counters.now, "iteration"))),
        Count::Leave => (Some(counters.now), Some((counters.next, "iteration + 1u"))),
        Count::Nothing => (None, None),
    };
    let mut body = String::new();
    if let Some(place) = read {
        bind("counter", place, DType::U32, 1, false)?;
        body += "    let iteration = counter[0];\n";
        let last = scan.length.saturating_sub(1);
        body += &if scan.reverse { format!("    let at = {last}u - iteration;\n") } else { "    let at = iteration;\n".into() };
    }
    if let (Some((place, value)), Some(_)) = (change, part) {
        bind("other", place, DType::U32, 1, true)?;
        body += &format!("    if (position == 0u) {{ other[0] = {value}; }}\n");
    }
    for (i, copy) in copies.iter().enumerate() {
        let whole = |end: &End| copy.len.saturating_mul(if end.stacked { scan.length } else { 1 }).saturating_add(end.offset);
        bind(&format!("from{i}"), copy.from.place, copy.dtype, whole(&copy.from), false)?;
        bind(&format!("to{i}"), copy.to.place, copy.dtype, whole(&copy.to), true)?;
        let index = |end: &End| {
            let stacked = if end.stacked { format!("at * {}u + ", copy.len) } else { String::new() };
            let offset = if end.offset > 0 { format!("{}u + ", end.offset) } else { String::new() };
            format!("{offset}{stacked}position")
        };
        body += &format!("    if (position < {}u) {{ to{i}[{}] = from{i}[{}]; }}\n", copy.len, index(&copy.to), index(&copy.from));
    }
    let longest = copies.iter().map(|copy| copy.len).max().unwrap_or(1);
    let groups = wgrad_shaders::workgroups((longest as u64).div_ceil(WORKGROUP.into())).filter(|_| u32::try_from(longest).is_ok());
    let groups = groups.ok_or_else(|| Error::Unsupported {
        device: target.device.clone(),
        what: format!("a loop over {longest} elements"),
        why: "it counts at most 4294967295".into(),
    })?;
    let [x, y, _] = groups;
    let enable = if copies.iter().any(|copy| copy.dtype == DType::F16) { "enable f16;\n\n" } else { "" };
    let source = format!(
        "{enable}{declarations}\n@compute @workgroup_size({WORKGROUP})\n\
         fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {{\n\
         \x20   let position = (group.x + {x}u * (group.y + {y}u * group.z)) * {WORKGROUP}u + local;\n{body}}}\n"
    );
    Ok(Shader { source, bound, groups })
}

fn lookup(buffers: &[Buffer], buffer: usize) -> Result<&Buffer> {
    buffers.get(buffer).ok_or_else(|| Error::InvalidProgram(format!("a loop names buffer {buffer}, which does not exist")))
}

fn operand(operands: &[Operand], i: usize) -> Result<&Operand> {
    operands.get(i).ok_or_else(|| Error::InvalidProgram(format!("a loop has no operand {i}")))
}

/// The memory of an operand of a loop, which is row-major and whole.
fn end(buffers: &[Buffer], operand: &Operand) -> Result<End> {
    let offset = usize::try_from(operand.view.offset).ok().filter(|_| operand.view.is_contiguous());
    let offset = offset.ok_or_else(|| Error::InvalidProgram("a loop has an operand that is not row-major".into()))?;
    Ok(End { place: lookup(buffers, operand.buffer)?.place, offset, stacked: false })
}
