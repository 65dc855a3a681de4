//! What a legal program is.

use crate::{Error, Op, Program, Result, Spec};

impl Program {
    /// Checks the form of the program: operands come first, every spec is what the shape rules give, donations fit.
    ///
    /// # Errors
    /// [`Error::InvalidProgram`] names the value and the rule.
    pub fn verify(&self) -> Result<()> {
        let invalid = |value: usize, rule: String| Err(Error::InvalidProgram(format!("%{value}: {rule}")));
        for (i, instr) in self.instrs.iter().enumerate() {
            let value = self.inputs.len() + i;
            if let Some(operand) = instr.operands.iter().find(|&&operand| operand >= value) {
                return invalid(value, format!("operand %{operand} does not come first"));
            }
            let expected = match (&instr.op, instr.operands.as_slice()) {
                (Op::Part(part), &[scan]) => self.part(scan, *part),
                (op, operands) => op.infer(&operands.iter().map(|&id| self.spec(id)).collect::<Vec<_>>()),
            };
            match expected {
                Ok(spec) if spec == instr.spec => {}
                Ok(spec) => return invalid(value, format!("{} gives {spec}, not {}", instr.op, instr.spec)),
                Err(rule) => return invalid(value, format!("{}: {rule} (at {})", instr.op, instr.at)),
            }
            if let Op::Scan(scan) = &instr.op {
                scan.body.verify()?;
            }
        }
        if let Some(output) = self.outputs.iter().find(|&&output| output >= self.len()) {
            return invalid(*output, "an output that does not exist".into());
        }
        for (i, &(input, output)) in self.donations.iter().enumerate() {
            let specs = (self.inputs.get(input).map(|i| &i.spec), self.outputs.get(output).map(|&o| self.spec(o)));
            let twice = self.donations[..i].iter().any(|d| d.0 == input || d.1 == output);
            if specs.0.is_none() || specs.0 != specs.1 || twice {
                let rule = "a donation needs an input and an output of one spec, each donated once";
                return Err(Error::InvalidProgram(format!("donation of input {input} to output {output}: {rule}")));
            }
        }
        Ok(())
    }

    fn part(&self, scan: usize, part: usize) -> Result<Spec, String> {
        match self.instr(scan).map(|instr| &instr.op) {
            Some(Op::Scan(scan)) => {
                let results = scan.results();
                results.get(part).cloned().ok_or_else(|| format!("the scan has {} results, no number {part}", results.len()))
            }
            Some(_) | None => Err("parts are taken of scans".into()),
        }
    }
}
