//! Where values are kept: which buffer, and which part of it.

use super::{
    Buffer, BufferId, Operand, Place, View,
    group::{Form, GroupId, Grouping, Link},
};
use crate::{Op, ValueId};
use std::collections::HashMap;

/// The place of every stored value.
pub(super) struct Storage {
    pub(super) buffers: Vec<Buffer>,
    pub(super) inputs: Vec<BufferId>,
    pub(super) outputs: Vec<BufferId>,
    /// For each stored value its buffer and the view of it in its own shape.
    pub(super) places: Vec<Option<Operand>>,
    /// The places of all results of each loop.
    pub(super) results: HashMap<ValueId, Vec<Operand>>,
}

/// Gives every stored value a place. Outputs that update a donated input in place order their group after the input's other readers.
pub(super) fn store(grouping: &mut Grouping<'_>) -> Storage {
    let program = grouping.program;
    let stored = grouping.stored();
    let mut storage =
        Storage { buffers: vec![], inputs: vec![], outputs: vec![], places: vec![None; program.len()], results: HashMap::new() };
    for (i, input) in program.inputs.iter().enumerate() {
        let buffer = storage.whole(i, &input.spec.shape, input.spec.dtype, Place::Input(i));
        storage.inputs.push(buffer);
    }
    for (o, &output) in program.outputs.iter().enumerate() {
        let donor = program.donations.iter().find(|d| d.1 == o).map(|d| d.0).filter(|&i| update_in_place(grouping, &stored, i, output));
        let buffer = match donor {
            Some(i) => storage.inputs[i],
            None => {
                storage.buffers.push(Buffer { dtype: program.spec(output).dtype, len: grouping.numel(output), place: Place::Output(o) });
                storage.buffers.len() - 1
            }
        };
        storage.outputs.push(buffer);
        storage.places[output] = Some(Operand { buffer, view: View::contiguous(&program.spec(output).shape) });
    }
    // Concatenations come after their parts, so going backwards gives a whole its place before its parts.
    for value in (program.inputs.len()..program.len()).rev() {
        if !stored[value] {
            continue;
        }
        if storage.places[value].is_none() {
            let spec = program.spec(value);
            // Slots are assigned when all lives are known.
            storage.whole(value, &spec.shape, spec.dtype, Place::Slot(usize::MAX));
        }
        if let Some(Op::Concat { axis }) = grouping.op(value) {
            storage.place_parts(grouping, value, *axis);
        }
    }
    storage.place_results(grouping);
    storage
}

impl Storage {
    fn whole(&mut self, value: ValueId, shape: &[usize], dtype: crate::DType, place: Place) -> BufferId {
        self.buffers.push(Buffer { dtype, len: shape.iter().product(), place });
        let buffer = self.buffers.len() - 1;
        self.places[value] = Some(Operand { buffer, view: View::contiguous(shape) });
        buffer
    }

    /// Loops store all their results; those that nobody reads go to temporary memory.
    fn place_results(&mut self, grouping: &Grouping<'_>) {
        let program = grouping.program;
        let mut parts: HashMap<(ValueId, usize), ValueId> = HashMap::new();
        for value in program.inputs.len()..program.len() {
            if let Some(Op::Part(part)) = grouping.op(value) {
                parts.insert((grouping.operands(value)[0], *part), value);
            }
        }
        for value in program.inputs.len()..program.len() {
            let Some(Op::Scan(scan)) = grouping.op(value) else { continue };
            let place = |(i, spec): (usize, crate::Spec)| {
                // The node itself stands for result 0.
                let owner = if i == 0 { Some(&value) } else { parts.get(&(value, i)) };
                owner.and_then(|&owner| self.places[owner].clone()).unwrap_or_else(|| {
                    let len = spec.shape.numel();
                    self.buffers.push(Buffer { dtype: spec.dtype, len, place: Place::Slot(usize::MAX) });
                    Operand { buffer: self.buffers.len() - 1, view: View::contiguous(&spec.shape) }
                })
            };
            let results = scan.results().into_iter().enumerate().map(place).collect();
            self.results.insert(value, results);
        }
    }

    /// Parts are stored by their producers, right at their place in the whole.
    fn place_parts(&mut self, grouping: &Grouping<'_>, whole: ValueId, axis: usize) {
        let Some(Operand { buffer, view }) = self.places[whole].clone() else { return };
        let mut start = 0;
        for &part in grouping.operands(whole) {
            let shape = &grouping.program.spec(part).shape;
            let mut place = View { shape: shape.to_vec(), ..view.clone() };
            place.offset += start as isize * view.strides[axis];
            start += shape[axis];
            let chain = grouping.part_chain(part);
            for pair in chain.windows(2) {
                place = unmoved(place, grouping.op(pair[0]), &grouping.program.spec(pair[1]).shape);
            }
            if let Some(&source) = chain.last() {
                self.places[source] = Some(Operand { buffer, view: place });
            }
        }
    }

    /// The buffer and the view of an operand that is loaded.
    pub(super) fn operand(&self, source: ValueId, view: &View) -> Option<Operand> {
        // What is read lies in one piece, parts of a whole too (`own.rs` sees to it), so that any view of it is only shifted.
        let place = self.places[source].as_ref().filter(|place| place.view.is_contiguous())?;
        let mut view = view.clone();
        view.offset += place.view.offset;
        Some(Operand { buffer: place.buffer, view })
    }
}

/// Where the operand of a movement is stored if its result is to be found at `place`.
fn unmoved(place: View, movement: Option<&Op>, operand: &[usize]) -> View {
    match movement {
        Some(Op::Permute(axes)) => {
            let inverse: Vec<usize> = (0..axes.len()).filter_map(|axis| axes.iter().position(|&a| a == axis)).collect();
            place.permuted(&inverse)
        }
        // The positions are the same under another shape, whether or not strides can say so.
        Some(Op::Reshape(_)) => place.moved(&Op::Reshape(operand.into())).unwrap_or(place),
        Some(_) | None => place,
    }
}

/// Whether `output` may overwrite `input`: it is computed position by position from it, and every other reader runs before.
fn update_in_place(grouping: &mut Grouping<'_>, stored: &[bool], input: ValueId, output: ValueId) -> bool {
    let Some(home) = grouping.group_of[output] else { return false };
    let group = &grouping.groups[home];
    let fusable = match group.form {
        Form::Kernel => true,
        Form::Epilogue(anchor) => anchor != output && !reads(grouping, anchor, input),
        Form::Alone(_) | Form::Gone => false,
    };
    let same_place = |member: &ValueId| {
        grouping.links[*member].iter().filter_map(Link::load).filter(|(source, _)| *source == input).all(|(_, view)| {
            let whole = view.is_contiguous() && view.offset == 0 && view.numel() == grouping.numel(output);
            whole && grouping.is_row[*member] == grouping.is_row[output]
        })
    };
    if !fusable || grouping.program.outputs.contains(&input) || !group.members.iter().all(same_place) {
        return false;
    }
    // All positions of a row may read a row value: it must not change while elements are still stored.
    if grouping.is_row[output] && group.members.iter().any(|&member| stored[member] && !grouping.is_row[member]) {
        return false;
    }
    let readers: Vec<GroupId> = (0..grouping.groups.len()).filter(|&g| g != home && grouping.groups[g].loads.contains(&input)).collect();
    if readers.iter().any(|&reader| grouping.depends(reader, home)) {
        return false;
    }
    grouping.groups[home].after.extend(readers);
    true
}

fn reads(grouping: &Grouping<'_>, member: ValueId, input: ValueId) -> bool {
    grouping.links[member].iter().filter_map(Link::load).any(|(source, _)| source == input)
}
