//! What a legal plan is. Backends rely on it: no step of a verified plan reads or writes outside its buffers.

use super::{Code, Kernel, Level, Operand, Place, Plan, Step, View};
use crate::{Error, Result};

impl Plan {
    /// Checks every step: views lie inside their buffers, code is in order, what is read was written before.
    ///
    /// # Errors
    /// [`Error::InvalidProgram`] names the step and the rule.
    pub fn verify(&self) -> Result<()> {
        for (i, buffer) in self.buffers.iter().enumerate() {
            if let Place::Slot(slot) = buffer.place
                && slot >= self.slots.len()
            {
                return Err(Error::InvalidProgram(format!("buffer b{i} is in slot {slot}, and there are {}", self.slots.len())));
            }
        }
        let mut written: Vec<bool> = self.buffers.iter().map(|buffer| matches!(buffer.place, Place::Input(_))).collect();
        for (i, step) in self.steps.iter().enumerate() {
            self.verify_step(step, &mut written).map_err(|rule| Error::InvalidProgram(format!("step {i} ({}): {rule}", step.name())))?;
        }
        let missing = self.outputs.iter().find(|&&output| !written[output] && self.buffers[output].len > 0);
        missing.map_or(Ok(()), |output| Err(Error::InvalidProgram(format!("output b{output} is never written"))))
    }

    fn verify_step(&self, step: &Step, written: &mut [bool]) -> Result<(), String> {
        for operand in step.reads() {
            self.verify_operand(operand)?;
            if !written[operand.buffer] && self.buffers[operand.buffer].len > 0 {
                return Err(format!("{operand} is read before it is written"));
            }
        }
        for target in step.writes() {
            self.verify_operand(target)?;
            if target.view.mask.is_some() || target.view.shape.iter().zip(&target.view.strides).any(|(&n, &stride)| n > 1 && stride == 0) {
                return Err(format!("the target {target} is masked or overlaps itself"));
            }
        }
        match step {
            Step::Kernel(kernel) => kernel.verify()?,
            Step::MatMul(m) => {
                let shapes = (m.a.view.shape.as_slice(), m.b.view.shape.as_slice());
                if shapes != ([m.batch, m.m, m.k].as_slice(), [m.batch, m.k, m.n].as_slice()) || m.epilogue.rows != m.batch * m.m * m.n {
                    return Err("the views do not have the shapes of the product".into());
                }
                m.epilogue.verify()?;
            }
            Step::Conv(conv) => {
                if conv.epilogue.rows != conv.out_shape.iter().product::<usize>() {
                    return Err("the epilogue does not have the positions of the result".into());
                }
                conv.epilogue.verify()?;
            }
            Step::Scan(scan) => scan.plan.verify().map_err(|error| error.to_string())?,
            Step::WindowSum { .. }
            | Step::WindowSelect { .. }
            | Step::WindowScatter { .. }
            | Step::Gather { .. }
            | Step::ScatterAdd { .. }
            | Step::ArgSort { .. }
            | Step::CumSum { .. }
            | Step::Random { .. } => {}
        }
        for target in step.writes() {
            written[target.buffer] = true;
        }
        Ok(())
    }

    fn verify_operand(&self, operand: &Operand) -> Result<(), String> {
        let buffer = self.buffers.get(operand.buffer).ok_or_else(|| format!("{operand}: there is no such buffer"))?;
        match operand.view.extent() {
            Some((low, high)) if low < 0 || high >= buffer.len as i128 => {
                Err(format!("{operand} reaches elements {low} to {high} of a buffer of {}", buffer.len))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl View {
    /// The lowest and the highest element that the view touches; `None` where it touches none.
    fn extent(&self) -> Option<(i128, i128)> {
        let (mut low, mut high) = (self.offset as i128, self.offset as i128);
        for (axis, (&n, &stride)) in self.shape.iter().zip(&self.strides).enumerate() {
            let (first, end) = self.mask.as_ref().map_or((0, n), |mask| mask.valid[axis]);
            if first >= end {
                return None;
            }
            let (a, b) = (first as i128 * stride as i128, (end - 1) as i128 * stride as i128);
            low += a.min(b);
            high += a.max(b);
        }
        Some((low, high))
    }
}

impl Kernel {
    fn verify(&self) -> Result<(), String> {
        let positions = |level: Level| match level {
            Level::Row => self.rows,
            Level::Element => self.rows * self.cols,
        };
        for (i, line) in self.code.iter().enumerate() {
            let (operands, loaded): (Vec<usize>, Option<usize>) = match &line.code {
                Code::Load(operand) => (vec![], Some(operand.view.numel())),
                Code::Index { shape, .. } => (vec![], Some(shape.iter().product())),
                Code::Acc | Code::Constant(_) => (vec![], None),
                Code::Unary(_, x) | Code::Cast(x) => (vec![*x], None),
                Code::Reduce(_, x) => {
                    if line.level != Level::Row || self.code.get(*x).is_some_and(|x| x.level == Level::Row) {
                        return Err(format!("v{i} must reduce elements to a row value"));
                    }
                    if *x >= i {
                        return Err(format!("v{i} uses a later line"));
                    }
                    continue;
                }
                Code::Binary(_, a, b) => (vec![*a, *b], None),
                Code::Select(c, a, b) => (vec![*c, *a, *b], None),
            };
            if loaded.is_some_and(|numel| numel != positions(line.level)) {
                return Err(format!("v{i} has {loaded:?} positions, not {}", positions(line.level)));
            }
            if operands.iter().any(|&x| x >= i || (line.level == Level::Row && self.code[x].level == Level::Element)) {
                return Err(format!("v{i} uses a later line, or elements in a row value"));
            }
        }
        for (line, target) in &self.stores {
            let level = self.code.get(*line).map(|line| line.level).ok_or_else(|| format!("there is no v{line} to store"))?;
            if target.view.numel() != positions(level) {
                return Err(format!("v{line} has {} positions, its target {target} has others", positions(level)));
            }
        }
        Ok(())
    }
}
