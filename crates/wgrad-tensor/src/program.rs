//! Programs: the verified, linear form of a graph, with its inputs, outputs and donations.

use crate::{Op, Spec};
use std::{fmt, panic::Location};

/// The index of a value in a program: first the inputs, then one for each instruction.
pub type ValueId = usize;

/// A linear, pure program in single-assignment form.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The inputs: values `0..inputs.len()`.
    pub inputs: Vec<Input>,
    /// The instructions in an order in which operands come first: instruction `i` defines value `inputs.len() + i`.
    pub instrs: Vec<Instr>,
    /// The results.
    pub outputs: Vec<ValueId>,
    /// `(input, output)` numbers: the output may take the storage of the input, which is of the same spec and is not used afterwards.
    pub donations: Vec<(usize, usize)>,
}

/// An input of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Dtype and shape.
    pub spec: Spec,
    /// The name under which errors and prints mention it; may be empty.
    pub name: String,
}

/// One operation of a program.
#[derive(Clone, Debug)]
pub struct Instr {
    /// What to do.
    pub op: Op,
    /// The operands.
    pub operands: Vec<ValueId>,
    /// Dtype and shape of the result.
    pub spec: Spec,
    /// The source line of the call that made it.
    pub at: &'static Location<'static>,
}

impl Program {
    /// Dtype and shape of a value.
    ///
    /// # Panics
    /// Where `value` is not one of the program's; [`Program::verify`] excludes it.
    pub fn spec(&self, value: ValueId) -> &Spec {
        match value.checked_sub(self.inputs.len()) {
            None => &self.inputs[value].spec,
            Some(instr) => &self.instrs[instr].spec,
        }
    }

    /// The instruction that defines a value; `None` for inputs.
    pub fn instr(&self, value: ValueId) -> Option<&Instr> {
        self.instrs.get(value.checked_sub(self.inputs.len())?)
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.inputs.len() + self.instrs.len()
    }

    /// Whether there is neither input nor instruction.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Programs are equal where they compute the same; source lines do not count.
impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&Instr, &Instr)| a.op == b.op && a.operands == b.operands && a.spec == b.spec;
        self.inputs == other.inputs
            && self.outputs == other.outputs
            && self.donations == other.donations
            && self.instrs.len() == other.instrs.len()
            && self.instrs.iter().zip(&other.instrs).all(same)
    }
}

/// One line for each value: `%3: f32[2, 4] = matmul %0 %1`.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, input) in self.inputs.iter().enumerate() {
            let donated = self.donations.iter().find(|d| d.0 == i).map(|d| format!(" donated to output {}", d.1));
            writeln!(f, "%{i}: {} = input {:?}{}", input.spec, input.name, donated.unwrap_or_default())?;
        }
        for (i, instr) in self.instrs.iter().enumerate() {
            write!(f, "%{}: {} = {}", self.inputs.len() + i, instr.spec, instr.op)?;
            for operand in &instr.operands {
                write!(f, " %{operand}")?;
            }
            writeln!(f)?;
        }
        let outputs: Vec<_> = self.outputs.iter().map(|o| format!("%{o}")).collect();
        writeln!(f, "return {}", outputs.join(" "))
    }
}
