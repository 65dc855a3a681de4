//! What a plan costs, before anything runs.

use super::{Code, Kernel, Operand, Place, Plan, Step};
use crate::device::Stats;

impl Plan {
    /// Steps, bytes, floating-point operations and memory of one run.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats { temporary_bytes: self.slots.iter().sum(), ..Stats::default() };
        for step in &self.steps {
            let times = if let Step::Scan(scan) = step { scan.length as u64 } else { 1 };
            match step {
                Step::Scan(scan) => {
                    let body = scan.plan.stats();
                    stats.dispatches += body.dispatches * scan.length;
                    stats.bytes_read += body.bytes_read * times;
                    stats.bytes_written += body.bytes_written * times;
                    stats.flops += body.flops * times;
                    stats.temporary_bytes += body.peak_bytes;
                }
                _ => {
                    stats.dispatches += 1;
                    stats.bytes_read += step.reads().into_iter().map(|operand| self.bytes(operand)).sum::<u64>();
                    stats.bytes_written += step.writes().into_iter().map(|operand| self.bytes(operand)).sum::<u64>();
                    stats.flops += flops(step);
                }
            }
        }
        let fixed = self.buffers.iter().filter(|buffer| !matches!(buffer.place, Place::Slot(_)));
        stats.peak_bytes = stats.temporary_bytes + fixed.map(|b| (b.len * b.dtype.device_size()) as u64).sum::<u64>();
        stats
    }

    /// Bytes that a view touches: repeated elements count once.
    fn bytes(&self, operand: &Operand) -> u64 {
        let buffer = &self.buffers[operand.buffer];
        let axes = operand.view.shape.iter().zip(&operand.view.strides);
        let elements: usize = axes.filter(|(_, stride)| **stride != 0).map(|(n, _)| *n).product();
        (elements.min(buffer.len) * buffer.dtype.device_size()) as u64
    }
}

fn flops(step: &Step) -> u64 {
    match step {
        Step::Kernel(kernel) => kernel.flops(),
        Step::MatMul(m) => 2 * (m.batch * m.m * m.k * m.n) as u64 + m.epilogue.flops(),
        Step::Conv(conv) => {
            let rhs = &conv.rhs.view.shape;
            let per_output: usize = rhs[..rhs.len() - 1].iter().product();
            2 * (conv.out_shape.iter().product::<usize>() * per_output) as u64 + conv.epilogue.flops()
        }
        Step::WindowSum { out, window, .. } | Step::WindowSelect { out, window, .. } => {
            (out.view.numel() * window.size.iter().product::<usize>()) as u64
        }
        Step::WindowScatter { g, window, .. } => (g.view.numel() * window.size.iter().product::<usize>()) as u64,
        Step::ScatterAdd { updates, .. } => updates.view.numel() as u64,
        Step::CumSum { x, .. } => x.view.numel() as u64,
        Step::Gather { .. } | Step::ArgSort { .. } | Step::Random { .. } | Step::Scan(_) => 0,
    }
}

impl Kernel {
    /// Floating-point operations of the kernel: one for each arithmetic line and number.
    fn flops(&self) -> u64 {
        let lines = self.code.iter().map(|line| match (&line.code, line.level) {
            (Code::Reduce(..), _) => self.rows * self.cols,
            (Code::Unary(..) | Code::Binary(..), super::Level::Element) => self.rows * self.cols,
            (Code::Unary(..) | Code::Binary(..), super::Level::Row) => self.rows,
            (Code::Load(_) | Code::Acc | Code::Constant(_) | Code::Index { .. } | Code::Select(..) | Code::Cast(_), _) => 0,
        });
        lines.sum::<usize>() as u64
    }
}
