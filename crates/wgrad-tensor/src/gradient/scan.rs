//! Gradient rule of loops: a loop in the other direction, whose body is the gradient of the body.

use super::{ancestors, vjp, zeros};
use crate::{Op, Scan, Tensor, ValueId, scan::Recorder};
use std::{collections::HashSet, sync::Arc};

/// The gradients of the operands that are `needed`, given the gradients of the results of the loop.
///
/// The loop back carries the gradients of the carries, and sums up those of the constants; those of the sequences are stacked. It needs values of
/// each forward step again: the forward loop is recorded once more, with these as further stacked results (the simplifier merges the two). What is kept
/// are carries and products of matrices; the rest is cheaper to compute again.
pub(super) fn gradients(scan: &Scan, operands: &[Tensor], upstreams: &[Option<Tensor>], needed: &[bool]) -> Vec<Option<Tensor>> {
    let mut gradients = vec![None; operands.len()];
    if upstreams.iter().all(Option::is_none) {
        return gradients;
    }
    let inputs: Vec<Tensor> = scan.body.inputs.iter().map(|input| Tensor::placeholder(&input.name, input.spec.clone())).collect();
    let kept = kept(scan);
    let mut forward = scan.body.clone();
    forward.outputs.extend(&kept);
    let mut outputs = forward.apply(&inputs);
    let kept: Vec<(ValueId, Tensor)> = kept.into_iter().zip(outputs.split_off(scan.body.outputs.len())).collect();
    let mut back = Recorder { length: scan.length, reverse: !scan.reverse, ..Recorder::default() };

    let (mut ys, mut upstream_names) = (Vec::new(), Vec::new());
    for (i, (y, upstream)) in outputs.iter().zip(upstreams).enumerate().filter(|(_, (y, _))| y.dtype().is_float()) {
        let name = Tensor::placeholder("", y.spec().clone());
        if i < scan.carries {
            back.carries.push((name.clone(), upstream.clone().unwrap_or_else(|| zeros(y.spec()))));
        } else if let Some(upstream) = upstream {
            back.sequences.push((name.clone(), upstream.clone()));
        } else {
            continue;
        }
        ys.push(y);
        upstream_names.push(name);
    }
    let is_source = |&i: &usize| inputs[i].dtype().is_float() && (i < scan.carries || needed[i]);
    let sources: Vec<usize> = (0..inputs.len()).filter(is_source).collect();
    let step = vjp(&ys, &upstream_names.iter().collect::<Vec<_>>(), &sources.iter().map(|&i| &inputs[i]).collect::<Vec<_>>());

    // Operand and body output of each result of the loop back: carries, constants, then what is stacked.
    let (mut carried, mut stacked) = (Vec::new(), Vec::new());
    for (&i, gradient) in sources.iter().zip(step) {
        match gradient {
            gradient if i < scan.carries => carried.push((i, gradient.unwrap_or_else(|| zeros(inputs[i].spec())))),
            Some(gradient) if i < scan.carries + scan.sequences => stacked.push((i, gradient)),
            Some(gradient) => {
                let sum = Tensor::placeholder("", gradient.spec().clone());
                carried.push((i, &sum + gradient));
                back.carries.push((sum, zeros(inputs[i].spec())));
            }
            None => {}
        }
    }
    let (targets, outputs): (Vec<usize>, Vec<Tensor>) = carried.into_iter().chain(stacked).unzip();
    add_forward_values(&mut back, scan, operands, &inputs, &kept, &outputs);
    for (target, gradient) in targets.into_iter().zip(back.record(outputs)) {
        gradients[target] = Some(gradient);
    }
    gradients
}

/// The values of the body that the loop back may take from the forward loop: carries, and what is expensive.
fn kept(scan: &Scan) -> Vec<ValueId> {
    let body = &scan.body;
    let expensive = body.instrs.iter().enumerate().filter(|(_, instr)| matches!(instr.op, Op::MatMul | Op::Conv(_)));
    (0..scan.carries).chain(expensive.map(|(i, _)| body.inputs.len() + i)).collect()
}

/// Gives the loop back those values of each forward step that its body uses.
fn add_forward_values(
    back: &mut Recorder,
    scan: &Scan,
    operands: &[Tensor],
    inputs: &[Tensor],
    kept: &[(ValueId, Tensor)],
    outputs: &[Tensor],
) {
    let leaves: HashSet<u64> = inputs.iter().chain(kept.iter().map(|(_, x)| x)).map(Tensor::id).collect();
    let used: HashSet<u64> = ancestors(outputs, |node| leaves.contains(&node.id())).iter().map(Tensor::id).collect();
    let (values, names): (Vec<ValueId>, Vec<Tensor>) = kept.iter().filter(|(_, x)| used.contains(&x.id())).cloned().unzip();
    if !values.is_empty() {
        let mut forward = scan.clone();
        forward.body.outputs.extend(values);
        let forward = Tensor::apply(Op::Scan(Arc::new(forward)), operands.to_vec());
        let stacks = (scan.body.outputs.len()..).map(|part| forward.part(part));
        back.sequences.extend(names.into_iter().zip(stacks));
    }
    for (i, (input, operand)) in inputs.iter().zip(operands).enumerate().skip(scan.carries) {
        let list = if i < scan.carries + scan.sequences { &mut back.sequences } else { &mut back.constants };
        if used.contains(&input.id()) {
            list.push((input.clone(), operand.clone()));
        }
    }
}
