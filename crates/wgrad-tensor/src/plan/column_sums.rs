//! The sums of the columns of a matrix (the gradient of a bias) are taken by the matmul that reads the matrix anyway.

use super::{Code, Kernel, Line, Operand, Step, View};
use std::collections::BTreeSet;

/// Gives the column sums of a matmul's second operand to the matmul, where a kernel of their own would compute nothing else and the matmul uses
/// fewer than `max_buffers` buffers.
pub(super) fn attach_column_sums(steps: &mut Vec<Step>, max_buffers: usize) {
    let mut i = 0;
    while i < steps.len() {
        let found = match &steps[i] {
            Step::Kernel(kernel) => {
                column_sum(kernel).and_then(|(x, target)| Some((matmul_reading(steps, i, &x, &target, max_buffers)?, target)))
            }
            _ => None,
        };
        match found {
            Some((at, target)) => {
                if let Step::MatMul(matmul) = &mut steps[at] {
                    matmul.b_sum = Some(target);
                }
                steps.remove(i);
            }
            None => i += 1,
        }
    }
}

/// The matrix and the target of a kernel that stores the sums of its columns and nothing else.
fn column_sum(kernel: &Kernel) -> Option<(Operand, Operand)> {
    let [Line { code: Code::Load(x), .. }, Line { code: Code::Reduce(crate::Reduce::Sum, 0), .. }] = kernel.code.as_slice() else {
        return None;
    };
    let [(1, target)] = kernel.stores.as_slice() else { return None };
    let n = kernel.rows as isize;
    let transposed = View { shape: vec![kernel.rows, kernel.cols], strides: vec![1, n], offset: x.view.offset, mask: None };
    (x.view == transposed).then(|| (x.clone(), target.clone()))
}

/// A matmul whose second operand is the matrix, row by row, and which may run in place of step `at`: whatever reads the sums comes after both.
fn matmul_reading(steps: &[Step], at: usize, x: &Operand, target: &Operand, max_buffers: usize) -> Option<usize> {
    let (n, k) = (x.view.shape[0], x.view.shape[1]);
    let fits = |step: &Step| match step {
        Step::MatMul(matmul) => {
            let b = View { shape: vec![1, k, n], strides: matmul.b.view.strides.clone(), offset: x.view.offset, mask: None };
            matmul.b_sum.is_none()
                && matmul.b.buffer == x.buffer
                && matmul.b.view == b
                && (k == 1 || matmul.b.view.strides[1] == n as isize)
                && (n == 1 || matmul.b.view.strides[2] == 1)
                && buffers_with(step, target) <= max_buffers
        }
        _ => false,
    };
    let found = steps.iter().position(fits)?;
    // The sums must be there before their first reader: a matmul that runs later than the kernel did must not come after one.
    let between = steps.iter().enumerate().take(at.max(found) + 1).skip(at.min(found)).filter(|(i, _)| *i != at);
    let mut readers = between.filter(|(_, step)| step.reads().iter().any(|operand| operand.buffer == target.buffer));
    readers.next().is_none().then_some(found)
}

/// The number of different buffers that a step uses if it has one more target.
fn buffers_with(step: &Step, target: &Operand) -> usize {
    let operands = step.reads().into_iter().chain(step.writes()).chain([target]);
    operands.map(|operand| operand.buffer).collect::<BTreeSet<_>>().len()
}
