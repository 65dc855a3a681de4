//! Who is stored where: outputs have buffers of their own, and the parts of a concatenation are stored by their producers at their place in the whole.
//!
//! Fusion and storage rely on two invariants, and devices with them: **what a step loads lies row by row in one piece** (`Storage::operand` checks it),
//! and **no step loads from a whole into which it stores**. Both hold because the source of a part (what it reshapes or permutes) is stored at the part's
//! place only where nothing but the concatenation reads it, nor anything on the way from it to the part. Everything else is copied there, which costs
//! the kernel that computes it one more store. Whether that is so depends on how often a value is used, exactly: this is a pass over the finished program.

use super::prepare::inline_values;
use crate::{Instr, Op, Program, ValueId};
use std::{collections::HashSet, panic::Location};

/// The program with a copy wherever an output, or a part of a concatenation, cannot be stored at its place itself.
pub(super) fn own(program: &Program) -> Program {
    let owner = Owner { program, inline: inline_values(program), uses: uses(program) };
    let mut own = Program { inputs: program.inputs.clone(), donations: program.donations.clone(), ..Program::default() };
    let mut map: Vec<ValueId> = (0..program.inputs.len()).collect();
    for instr in &program.instrs {
        let mut operands: Vec<ValueId> = instr.operands.iter().map(|&operand| map[operand]).collect();
        if let Op::Concat { axis } = instr.op {
            for (&part, operand) in instr.operands.iter().zip(&mut operands) {
                if !owner.part_is_free(part, axis, &instr.spec.shape) {
                    *operand = copy(&mut own, *operand, instr.at);
                }
            }
        }
        map.push(own.len());
        own.instrs.push(Instr { operands, ..instr.clone() });
    }
    let mut placed: HashSet<ValueId> = HashSet::new();
    for &output in &program.outputs {
        let itself = owner.is_computed(output) && placed.insert(output);
        let at = program.instr(output).map_or(Location::caller(), |instr| instr.at);
        let output = if itself { map[output] } else { copy(&mut own, map[output], at) };
        own.outputs.push(output);
    }
    own
}

/// A value of its own with the elements of another.
fn copy(program: &mut Program, x: ValueId, at: &'static Location<'static>) -> ValueId {
    let spec = program.spec(x).clone();
    program.instrs.push(Instr { op: Op::StopGradient, operands: vec![x], spec, at });
    program.len() - 1
}

/// How often each value is used, as an operand or as an output.
fn uses(program: &Program) -> Vec<usize> {
    let mut uses = vec![0; program.len()];
    for &value in program.instrs.iter().flat_map(|instr| &instr.operands).chain(&program.outputs) {
        uses[value] += 1;
    }
    uses
}

struct Owner<'a> {
    program: &'a Program,
    inline: Vec<bool>,
    uses: Vec<usize>,
}

impl Owner<'_> {
    /// Whether a value is the result of a step, rather than an input, a movement or a constant.
    fn is_computed(&self, value: ValueId) -> bool {
        match self.program.instr(value).map(|instr| &instr.op) {
            None | Some(Op::Reshape(_) | Op::Permute(_) | Op::Expand(_) | Op::Slice(_) | Op::Pad { .. } | Op::Barrier) => false,
            Some(_) => !self.inline[value],
        }
    }

    /// Whether a part of a concatenation can be stored at its place in the whole by its producer.
    fn part_is_free(&self, part: ValueId, axis: usize, whole: &[usize]) -> bool {
        let (mut source, mut permuted) = (part, false);
        let mut used_once = self.uses[part] == 1;
        while let Some(instr) = self.program.instr(source) {
            match instr.op {
                // Another shape of what is stored in another order of axes has no strides.
                Op::Reshape(_) if !permuted => {}
                Op::Permute(_) => permuted = true,
                _ => break,
            }
            source = instr.operands[0];
            used_once &= self.uses[source] == 1;
        }
        // A scan places its results itself, and a whole has parts of its own.
        let elsewhere = matches!(self.program.instr(source).map(|instr| &instr.op), Some(Op::Part(_) | Op::Scan(_) | Op::Concat { .. }));
        let in_one_piece = whole[..axis].iter().all(|&n| n == 1);
        used_once && self.is_computed(source) && !elsewhere && (in_one_piece || !permuted)
    }
}
