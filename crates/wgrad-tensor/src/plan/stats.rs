//! What a plan costs, before anything runs.

use super::{Code, Kernel, Level, Operand, Place, Plan, Step, View};
use crate::device::Stats;

/// What one step of a plan costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The step's number; the body of a loop counts behind a point: `3.0` is the first step of the loop that is step 3.
    pub step: String,
    /// Its kind and size, such as `matmul 1 x 32 x 784 x 100`.
    pub what: String,
    /// How often it runs in a run of the plan: more than once in the body of a loop, 0 for the loop itself, which only frames its body.
    pub times: u64,
    /// Bytes that it reads, each element that a view touches once.
    pub bytes_read: u64,
    /// Bytes that it writes.
    pub bytes_written: u64,
    /// Floating-point operations (a multiply-add counts as two).
    pub flops: u64,
}

impl Plan {
    /// What each step costs each time it runs, in order, the steps of a loop's body after the loop. [`Plan::stats`] is their sum.
    pub fn costs(&self) -> Vec<Cost> {
        let mut costs = Vec::with_capacity(self.steps.len());
        self.add_costs("", 1, &mut costs);
        costs
    }

    fn add_costs(&self, prefix: &str, times: u64, costs: &mut Vec<Cost>) {
        for (number, step) in self.steps.iter().enumerate() {
            let (number, what) = (format!("{prefix}{number}"), step.describe());
            if let Step::Scan(scan) = step {
                costs.push(Cost { step: number.clone(), what, ..Cost::default() });
                scan.plan.add_costs(&format!("{number}."), times.saturating_mul(scan.length as u64), costs);
                continue;
            }
            let (bytes_read, bytes_written) = (self.bytes_read(step), self.sum_bytes(&step.writes()));
            costs.push(Cost { step: number, what, times, bytes_read, bytes_written, flops: flops(step) });
        }
    }

    /// Steps, bytes, floating-point operations and memory of one run.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats { temporary_bytes: self.temporary_bytes(), ..Stats::default() };
        for cost in self.costs() {
            let all = |each: u64| each.saturating_mul(cost.times);
            stats.dispatches = stats.dispatches.saturating_add(cost.times as usize);
            stats.bytes_read = stats.bytes_read.saturating_add(all(cost.bytes_read));
            stats.bytes_written = stats.bytes_written.saturating_add(all(cost.bytes_written));
            stats.flops = stats.flops.saturating_add(all(cost.flops));
        }
        stats.peak_bytes = stats.temporary_bytes + self.fixed_bytes();
        stats
    }

    /// Bytes of the slots, and of all memory of the bodies of loops.
    fn temporary_bytes(&self) -> u64 {
        let body = |step: &Step| if let Step::Scan(scan) = step { scan.plan.temporary_bytes() + scan.plan.fixed_bytes() } else { 0 };
        self.slots.iter().sum::<u64>() + self.steps.iter().map(body).sum::<u64>()
    }

    /// Bytes of inputs and outputs.
    fn fixed_bytes(&self) -> u64 {
        let fixed = self.buffers.iter().filter(|buffer| !matches!(buffer.place, Place::Slot(_)));
        fixed.map(|b| (b.len * b.dtype.device_size()) as u64).sum()
    }

    fn bytes_read(&self, step: &Step) -> u64 {
        match step {
            // Only the rows that are taken: no more than there are in the result.
            Step::Gather { x, indices, out, .. } => self.bytes(x).min(self.bytes(out)) + self.bytes(indices),
            Step::Kernel(_)
            | Step::MatMul(_)
            | Step::Conv(_)
            | Step::WindowSum { .. }
            | Step::WindowSelect { .. }
            | Step::WindowScatter { .. }
            | Step::ScatterAdd { .. }
            | Step::ArgSort { .. }
            | Step::CumSum { .. }
            | Step::Random { .. }
            | Step::Scan(_) => self.sum_bytes(&step.reads()),
        }
    }

    fn sum_bytes(&self, operands: &[&Operand]) -> u64 {
        operands.iter().map(|operand| self.bytes(operand)).fold(0, u64::saturating_add)
    }

    fn bytes(&self, operand: &Operand) -> u64 {
        let buffer = &self.buffers[operand.buffer];
        operand.view.touched().min(buffer.len as u64).saturating_mul(buffer.dtype.device_size() as u64)
    }
}

impl View {
    /// The number of elements that the view touches, at most: repeated ones count once, masked positions touch none, and axes that overlap touch no
    /// more than lies between the first and the last element.
    fn touched(&self) -> u64 {
        let length = |axis: usize| match &self.mask {
            Some(mask) => mask.valid[axis].1.saturating_sub(mask.valid[axis].0) as u64,
            None => self.shape[axis] as u64,
        };
        let (mut positions, mut span) = (1u64, 1u64);
        for (axis, stride) in self.strides.iter().enumerate() {
            match (length(axis), stride.unsigned_abs() as u64) {
                (0, _) => return 0,
                (_, 0) => {}
                (n, stride) => (positions, span) = (positions.saturating_mul(n), span.saturating_add((n - 1).saturating_mul(stride))),
            }
        }
        positions.min(span)
    }
}

impl Step {
    /// How many entries it has in [`Plan::costs`]: 1, and those of a loop's body.
    pub fn count(&self) -> usize {
        if let Step::Scan(scan) = self { 1 + scan.plan.steps.iter().map(Step::count).sum::<usize>() } else { 1 }
    }

    /// Its kind and size, in one line for people.
    pub fn describe(&self) -> String {
        let name = self.name();
        match self {
            Step::Kernel(kernel) => format!("{name} of {} lines over {} x {}", kernel.code.len(), kernel.rows, kernel.cols),
            Step::MatMul(m) => format!("{name} {} x {} x {} x {}", m.batch, m.m, m.k, m.n),
            Step::Conv(conv) => format!("{name} {:?} * {:?} -> {:?}", conv.lhs.view.shape, conv.rhs.view.shape, conv.out_shape),
            Step::Scan(scan) => format!("{name} of {} iterations", scan.length),
            Step::WindowSum { out, .. }
            | Step::WindowSelect { out, .. }
            | Step::WindowScatter { out, .. }
            | Step::Gather { out, .. }
            | Step::ScatterAdd { out, .. }
            | Step::ArgSort { out, .. }
            | Step::CumSum { out, .. }
            | Step::Random { out, .. } => format!("{name} -> {:?}", out.view.shape),
        }
    }
}

fn flops(step: &Step) -> u64 {
    match step {
        Step::Kernel(kernel) => kernel.flops(),
        Step::MatMul(m) => {
            let column_sums = if m.b_sum.is_some() { product(&[m.k, m.n]) } else { 0 };
            (2 * product(&[m.batch, m.m, m.k, m.n])).saturating_add(m.epilogue.flops()).saturating_add(column_sums)
        }
        Step::Conv(conv) => {
            conv.conv.flops(&conv.lhs.view.shape, &conv.rhs.view.shape, &conv.out_shape).saturating_add(conv.epilogue.flops())
        }
        Step::WindowSum { out, window, .. } | Step::WindowSelect { out, window, .. } => {
            product(&out.view.shape).saturating_mul(product(&window.size))
        }
        Step::WindowScatter { g, window, .. } => product(&g.view.shape).saturating_mul(product(&window.size)),
        Step::ScatterAdd { updates, .. } => product(&updates.view.shape),
        Step::CumSum { x, .. } => product(&x.view.shape),
        Step::Gather { .. } | Step::ArgSort { .. } | Step::Random { .. } | Step::Scan(_) => 0,
    }
}

/// Never more than half of all numbers, so that it can be doubled.
fn product(lengths: &[usize]) -> u64 {
    lengths.iter().fold(1u64, |product, &n| product.saturating_mul(n as u64)).min(u64::MAX / 2)
}

impl Kernel {
    /// Floating-point operations of the kernel: one for each arithmetic line and number.
    fn flops(&self) -> u64 {
        let (row, element) = (self.rows as u64, product(&[self.rows, self.cols]));
        let lines = self.code.iter().map(|line| match (&line.code, line.level) {
            (Code::Reduce(..), _) => element,
            (Code::Unary(..) | Code::Binary(..), Level::Element) => element,
            (Code::Unary(..) | Code::Binary(..), Level::Row) => row,
            (Code::Load(_) | Code::Acc | Code::Constant(_) | Code::Index { .. } | Code::Select(..) | Code::Cast(_), _) => 0,
        });
        lines.fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Program, Spec, Tensor, plan::PlanOptions, scan};

    fn plan(inputs: &[Tensor], outputs: &[Tensor]) -> Plan {
        let program = Program::trace(inputs, outputs).unwrap().program;
        Plan::new(&program, &PlanOptions::default()).unwrap()
    }

    fn input(name: &str, dtype: DType, shape: &[usize]) -> Tensor {
        Tensor::placeholder(name, Spec::new(dtype, shape))
    }

    /// The numbers of a step: what, times, bytes read, bytes written, operations.
    fn numbers(cost: &Cost) -> (&str, &str, u64, u64, u64, u64) {
        (&cost.step, &cost.what, cost.times, cost.bytes_read, cost.bytes_written, cost.flops)
    }

    #[test]
    fn a_matmul_reads_its_operands_once_and_a_broadcast_bias_as_it_is() {
        let (x, w, b) = (input("x", DType::F32, &[4, 3]), input("w", DType::F32, &[3, 5]), input("b", DType::F32, &[5]));
        let y = x.matmul(&w) + &b;
        let costs = plan(&[x, w, b], &[y]).costs();
        let (read, written, flops) = (4 * (4 * 3 + 3 * 5 + 5), 4 * 4 * 5, 2 * 4 * 3 * 5 + 4 * 5);
        assert_eq!(costs.iter().map(numbers).collect::<Vec<_>>(), [("0", "matmul 1 x 4 x 3 x 5", 1, read, written, flops)]);
    }

    #[test]
    fn only_elements_that_are_touched_count() {
        let x = input("x", DType::F32, &[10, 10]);
        let rows: &[(Tensor, u64)] = &[
            (x.i((2..5, ..)) + 1.0, 30),
            (x.flip(0) + 1.0, 100),
            (x.i((0, ..)).unsqueeze(0).expand([50, 10]) * 2.0, 10),
            (x.pad(&[(3, 3), (0, 0)], 0.0) * 2.0, 100),
        ];
        for (y, elements) in rows {
            let costs = plan(std::slice::from_ref(&x), std::slice::from_ref(y)).costs();
            assert_eq!(costs.iter().map(|cost| cost.bytes_read).collect::<Vec<_>>(), [4 * elements], "{costs:?}");
        }
        let overlapping = View { shape: vec![8, 3], strides: vec![1, 1], offset: 0, mask: None };
        assert_eq!(overlapping.touched(), 10);
    }

    #[test]
    fn a_gather_reads_the_rows_that_it_takes() {
        let (x, rows) = (input("x", DType::F32, &[60_000, 784]), input("rows", DType::I32, &[32]));
        let y = x.take(&rows, 0);
        let costs = plan(&[x, rows], &[y]).costs();
        assert_eq!(costs.iter().map(numbers).collect::<Vec<_>>(), [("0", "gather -> [32, 784]", 1, 4 * (32 * 784 + 32), 4 * 32 * 784, 0)]);
    }

    #[test]
    fn the_body_of_a_loop_counts_for_each_iteration() {
        let (h, x, w) = (input("h", DType::F32, &[2, 4]), input("x", DType::F32, &[6, 2, 4]), input("w", DType::F32, &[4, 4]));
        let body = |c: &[Tensor], x: &[Tensor], w: &[Tensor]| {
            let h = c[0].matmul(&w[0]) + &x[0];
            (vec![h.clone()], vec![])
        };
        let (last, _) = scan(std::slice::from_ref(&h), std::slice::from_ref(&x), std::slice::from_ref(&w), body);
        let plan = plan(&[h, x, w], &last);
        let costs = plan.costs();
        let (read, written, flops) = (4 * (8 + 16 + 8), 4 * 8, 2 * 2 * 4 * 4 + 8);
        let expected = [("0", "scan of 6 iterations", 0, 0, 0, 0), ("0.0", "matmul 1 x 2 x 4 x 4", 6, read, written, flops)];
        assert_eq!(costs.iter().map(numbers).collect::<Vec<_>>(), expected);
        assert_eq!(plan.steps.iter().map(Step::count).sum::<usize>(), costs.len());
        let stats = plan.stats();
        assert_eq!((stats.dispatches, stats.bytes_read, stats.bytes_written, stats.flops), (6, 6 * read, 6 * written, 6 * flops));
    }
}
