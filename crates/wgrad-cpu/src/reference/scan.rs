//! Loops.

use super::{
    NAME, interpret,
    number::{Ordered, view},
};
use crate::memory;
use std::sync::Arc;
use wgrad_tensor::{HostData, Result, Scan, each_dtype};

/// The results of a loop: the final carries, then the stacked results.
pub(super) fn scan(scan: &Scan, operands: &[Arc<HostData>]) -> Result<Vec<Arc<HostData>>> {
    let (carries, rest) = operands.split_at(scan.carries);
    let (sequences, constants) = rest.split_at(scan.sequences);
    let mut carries = carries.to_vec();
    let results = scan.results();
    let mut stacked = results[scan.carries..].iter().map(|spec| zeros(spec.dtype, spec.shape.numel())).collect::<Result<Vec<_>>>()?;
    for i in 0..scan.length {
        let i = if scan.reverse { scan.length - 1 - i } else { i };
        let mut inputs = carries;
        for (sequence, input) in sequences.iter().zip(&scan.body.inputs[scan.carries..]) {
            inputs.push(Arc::new(element(sequence, i, input.spec.shape.numel())));
        }
        inputs.extend(constants.iter().cloned());
        carries = interpret::run(&scan.body, inputs)?;
        for (stack, result) in stacked.iter_mut().zip(carries.drain(scan.carries..)) {
            store(stack, i, &result)?;
        }
    }
    carries.extend(stacked.into_iter().map(Arc::new));
    Ok(carries)
}

fn zeros(dtype: wgrad_tensor::DType, len: usize) -> Result<HostData> {
    // The reservation is given back at once: it only asks whether there is so much memory.
    memory::reserve::<u8>(NAME, || format!("the results of a scan, {len} elements of {dtype}"), len.saturating_mul(dtype.size()))?;
    Ok(HostData::zeros(dtype, len))
}

/// Element `i` of a sequence, of `len` numbers.
fn element(sequence: &HostData, i: usize, len: usize) -> HostData {
    each_dtype!(sequence, values => wgrad_tensor::Element::into_data(values[i * len..(i + 1) * len].to_vec()))
}

/// Makes `result` element `i` of a stack.
fn store(stack: &mut HostData, i: usize, result: &HostData) -> Result<()> {
    fn copy<T: Ordered>(stack: &mut [T], i: usize, result: &HostData) -> Result<()> {
        let result = view::<T>(result)?;
        stack[i * result.len()..][..result.len()].copy_from_slice(result);
        Ok(())
    }
    each_dtype!(stack, stack => copy(stack, i, result))
}
