//! Plans as text, one line for each step and one for each line of a kernel.

use super::{Code, Kernel, Operand, Place, Plan, Step, View};
use std::fmt;

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shape)?;
        if !self.is_contiguous() {
            write!(f, "*{:?}", self.strides)?;
        }
        if self.offset != 0 {
            write!(f, "{:+}", self.offset)?;
        }
        match &self.mask {
            Some(mask) => write!(f, " in {:?} else {}", mask.valid, mask.fill),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b{}{}", self.buffer, self.view)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, buffer) in self.buffers.iter().enumerate() {
            let place = match buffer.place {
                Place::Input(input) => format!("input {input}"),
                Place::Output(output) => format!("output {output}"),
                Place::Slot(slot) => format!("slot {slot}"),
            };
            writeln!(f, "b{i}: {}[{}] in {place}", buffer.dtype, buffer.len)?;
        }
        for (i, step) in self.steps.iter().enumerate() {
            write!(f, "step {i}: ")?;
            step.write(f)?;
        }
        let outputs: Vec<_> = self.outputs.iter().map(|b| format!("b{b}")).collect();
        writeln!(f, "return {}; temporary memory {} bytes in {} slots", outputs.join(" "), self.slots.iter().sum::<u64>(), self.slots.len())
    }
}

impl Step {
    /// The name of the step's kind.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Kernel(_) => "kernel",
            Step::MatMul(_) => "matmul",
            Step::Conv(_) => "conv",
            Step::WindowSum { .. } => "window_sum",
            Step::WindowSelect { .. } => "window_select",
            Step::WindowScatter { .. } => "window_scatter",
            Step::Gather { .. } => "gather",
            Step::ScatterAdd { .. } => "scatter_add",
            Step::ArgSort { .. } => "argsort",
            Step::CumSum { .. } => "cumsum",
            Step::Random { .. } => "random",
            Step::Scan(_) => "scan",
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name())?;
        match self {
            Step::Kernel(kernel) => return kernel.write(f),
            Step::MatMul(m) => {
                write!(f, " {} x {}", m.a, m.b)?;
                if let Some(target) = &m.b_sum {
                    write!(f, ", column sums -> {target}")?;
                }
                return m.epilogue.write(f);
            }
            Step::Conv(c) => {
                write!(f, " {} * {}", c.lhs, c.rhs)?;
                return c.epilogue.write(f);
            }
            Step::WindowSum { .. }
            | Step::WindowSelect { .. }
            | Step::WindowScatter { .. }
            | Step::Gather { .. }
            | Step::ScatterAdd { .. }
            | Step::ArgSort { .. }
            | Step::CumSum { .. }
            | Step::Random { .. }
            | Step::Scan(_) => {}
        }
        for operand in self.reads() {
            write!(f, " {operand}")?;
        }
        for operand in self.writes() {
            write!(f, " -> {operand}")?;
        }
        writeln!(f)?;
        if let Step::Scan(scan) = self {
            for line in scan.plan.to_string().lines() {
                writeln!(f, "    {line}")?;
            }
        }
        Ok(())
    }
}

impl Kernel {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, " over {} x {}", self.rows, self.cols)?;
        for (i, line) in self.code.iter().enumerate() {
            let level = match line.level {
                super::Level::Row => "row",
                super::Level::Element => "element",
            };
            write!(f, "    v{i}: {} {level} = ", line.dtype)?;
            match &line.code {
                Code::Load(operand) => writeln!(f, "load {operand}"),
                Code::Acc => writeln!(f, "acc"),
                Code::Constant(scalar) => writeln!(f, "{scalar}"),
                Code::Index { shape, axis } => writeln!(f, "index {shape:?} axis {axis}"),
                Code::Unary(op, x) => writeln!(f, "{} v{x}", op.name()),
                Code::Binary(op, a, b) => writeln!(f, "{} v{a} v{b}", op.name()),
                Code::Select(c, a, b) => writeln!(f, "where v{c} v{a} v{b}"),
                Code::Cast(x) => writeln!(f, "cast v{x}"),
                Code::Reduce(op, x) => writeln!(f, "{} v{x}", op.name()),
            }?;
        }
        for (line, target) in &self.stores {
            writeln!(f, "    v{line} -> {target}")?;
        }
        Ok(())
    }
}
