//! Building programs value by value; equal instructions become one.

use crate::{Input, Instr, Op, Program, Scalar, Spec, ValueId};
use std::{collections::HashMap, panic::Location};

/// A program in the making.
#[derive(Debug)]
pub(crate) struct Builder {
    pub(crate) program: Program,
    seen: HashMap<(String, Vec<ValueId>), ValueId>,
}

impl Builder {
    pub(crate) fn new(inputs: &[Input]) -> Builder {
        Builder { program: Program { inputs: inputs.to_vec(), ..Program::default() }, seen: HashMap::new() }
    }

    /// The value of an instruction: an earlier one where an equal instruction exists.
    pub(crate) fn push(&mut self, op: Op, operands: Vec<ValueId>, spec: Spec, at: &'static Location<'static>) -> ValueId {
        // Loop bodies are long and rarely equal: they are not worth a key.
        let key = (!matches!(op, Op::Scan(_))).then(|| (format!("{op:?}"), operands.clone()));
        if let Some(&value) = key.as_ref().and_then(|key| self.seen.get(key)) {
            return value;
        }
        let value = self.program.len();
        self.program.instrs.push(Instr { op, operands, spec, at });
        if let Some(key) = key {
            self.seen.insert(key, value);
        }
        value
    }

    /// The operation and operands that define a value; `None` for inputs.
    pub(crate) fn definition(&self, value: ValueId) -> Option<(&Op, &[ValueId])> {
        self.program.instr(value).map(|instr| (&instr.op, instr.operands.as_slice()))
    }

    /// The number that every element of a value is, where that is known.
    pub(crate) fn uniform(&self, mut value: ValueId) -> Option<Scalar> {
        loop {
            match self.definition(value)? {
                (Op::Constant(scalar), _) => return Some(*scalar),
                (Op::Reshape(_) | Op::Expand(_) | Op::Permute(_) | Op::Slice(_), &[operand]) => value = operand,
                _ => return None,
            }
        }
    }

    /// A value of `spec` whose elements are all `scalar`.
    pub(crate) fn fill(&mut self, scalar: Scalar, spec: &Spec, at: &'static Location<'static>) -> ValueId {
        let constant = self.push(Op::Constant(scalar), vec![], Spec::new(scalar.dtype(), ()), at);
        if spec.shape.rank() == 0 {
            return constant;
        }
        let ones = Spec::new(spec.dtype, vec![1; spec.shape.rank()]);
        let reshaped = self.push(Op::Reshape(ones.shape.clone()), vec![constant], ones.clone(), at);
        if ones.shape == spec.shape {
            return reshaped;
        }
        self.push(Op::Expand(spec.shape.clone()), vec![reshaped], spec.clone(), at)
    }
}

impl Program {
    /// The program without instructions that no output depends on.
    pub(crate) fn without_dead(&self) -> Program {
        let inputs = self.inputs.len();
        let mut live = vec![false; self.len()];
        for &output in &self.outputs {
            live[output] = true;
        }
        for value in (inputs..self.len()).rev() {
            if live[value] {
                for &operand in &self.instrs[value - inputs].operands {
                    live[operand] = true;
                }
            }
        }
        let mut program = Program { inputs: self.inputs.clone(), donations: self.donations.clone(), ..Program::default() };
        let mut map: Vec<ValueId> = (0..self.len()).collect();
        for (i, instr) in self.instrs.iter().enumerate().filter(|(i, _)| live[inputs + i]) {
            map[inputs + i] = program.len();
            let operands = instr.operands.iter().map(|&operand| map[operand]).collect();
            program.instrs.push(Instr { operands, ..instr.clone() });
        }
        program.outputs = self.outputs.iter().map(|&output| map[output]).collect();
        program
    }
}
