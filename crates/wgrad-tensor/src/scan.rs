//! Loops over the leading axis of tensors, as one operation whose body is traced once.

use crate::{Op, Program, Scan, Shape, Spec, Tensor, gradient::ancestors, tensor::Kind};
use std::{collections::HashSet, sync::Arc};

/// Loops over the leading axis of `sequences`: at step `t`
/// `(carries, y[t]) = body(carries, sequences[t], constants)`, with `carries` as the first ones. Gives the last carries, and each `y` stacked.
///
/// The body is traced once, so the loop compiles in the time of one step. It may use any other tensor too: what does not change from step to step is
/// computed once, before the loop. The gradient of a loop is a loop.
///
/// Errors: sequences of different lengths, a body that gives another number of carries than it got, or carries of another dtype or shape: every result
/// is a tensor that carries the error.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_tensor::{Tensor, scan};
/// let (x, zero) = (Tensor::from([1.0f32, 2.0, 3.0]), Tensor::from(0.0f32));
/// let (last, all) = scan(&[zero], &[x], &[], |sum, x, _| {
///     let sum = &sum[0] + &x[0];
///     (vec![sum.clone()], vec![sum * 10.0])
/// });
/// assert_eq!(last[0].to_vec::<f32>()?, [6.0]);
/// assert_eq!(all[0].to_vec::<f32>()?, [10.0, 30.0, 60.0]);
/// # Ok::<(), wgrad_tensor::Error>(())
/// ```
#[track_caller]
pub fn scan(carries: &[Tensor], sequences: &[Tensor], constants: &[Tensor], body: impl Body) -> (Vec<Tensor>, Vec<Tensor>) {
    Loop::new().scan(carries, sequences, constants, body)
}

/// What [`scan`] runs: `(carries, one element of each sequence, constants) -> (new carries, one element of each stacked result)`.
pub trait Body: FnOnce(&[Tensor], &[Tensor], &[Tensor]) -> (Vec<Tensor>, Vec<Tensor>) {}
impl<F: FnOnce(&[Tensor], &[Tensor], &[Tensor]) -> (Vec<Tensor>, Vec<Tensor>)> Body for F {}

/// A [`scan`] with options.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loop {
    length: Option<usize>,
    reverse: bool,
}

impl Loop {
    /// A loop from the first element to the last.
    pub fn new() -> Loop {
        Loop::default()
    }

    /// The number of steps; needed where there is no sequence.
    pub fn length(self, length: usize) -> Loop {
        Loop { length: Some(length), ..self }
    }

    /// From the last element to the first; stacked results stay at their element's place.
    pub fn reverse(self) -> Loop {
        Loop { reverse: true, ..self }
    }

    /// Runs `body` as [`scan`] says.
    #[track_caller]
    pub fn scan(self, carries: &[Tensor], sequences: &[Tensor], constants: &[Tensor], body: impl Body) -> (Vec<Tensor>, Vec<Tensor>) {
        let length = self.length.or_else(|| sequences.iter().find_map(|sequence| sequence.shape().first().copied()));
        let mut inner = Recorder { length: length.unwrap_or(0), reverse: self.reverse, ..Recorder::default() };
        inner.carries = carries.iter().map(|x| (stand_in(x, x.spec().clone()), x.clone())).collect();
        inner.constants = constants.iter().map(|x| (stand_in(x, x.spec().clone()), x.clone())).collect();
        inner.sequences = sequences.iter().map(|x| (element(x, length), x.clone())).collect();
        let (next, stacked) = body(&names(&inner.carries), &names(&inner.sequences), &names(&inner.constants));

        let rule = if length.is_none() && sequences.is_empty() {
            Some("needs a sequence or a length".into())
        } else if next.len() != carries.len() {
            Some(format!("the body gives {} carries, it got {}", next.len(), carries.len()))
        } else {
            None
        };
        let invalid = inner.placeholders().find(|x| x.error().is_some()).cloned();
        if let Some(error) = invalid.or_else(|| rule.map(|rule| Tensor::invalid("scan", rule, &carries.iter().collect::<Vec<_>>()))) {
            return (vec![error.clone(); carries.len()], vec![error; stacked.len()]);
        }
        let mut results = inner.record([next, stacked].concat());
        let stacked = results.split_off(carries.len());
        (results, stacked)
    }
}

/// The placeholder of an operand in the body.
fn stand_in(operand: &Tensor, spec: Spec) -> Tensor {
    if operand.error().is_some() { operand.clone() } else { Tensor::placeholder("", spec) }
}

/// The placeholder of one element of a sequence.
#[track_caller]
fn element(sequence: &Tensor, length: Option<usize>) -> Tensor {
    match (sequence.shape().split_first(), length) {
        (Some((&n, rest)), Some(length)) if n == length => stand_in(sequence, Spec::new(sequence.dtype(), Shape::from(rest))),
        (_, length) => {
            let length = length.map_or_else(|| "a leading axis".into(), |n| format!("{n} elements"));
            Tensor::invalid("scan", format!("sequence {} must have {length}", sequence.spec()), &[sequence])
        }
    }
}

fn names(pairs: &[(Tensor, Tensor)]) -> Vec<Tensor> {
    pairs.iter().map(|(name, _)| name.clone()).collect()
}

/// A loop in the making: each operand with the tensor that stands for it (or for its element) in the body, a placeholder or any other.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) carries: Vec<(Tensor, Tensor)>,
    pub(crate) sequences: Vec<(Tensor, Tensor)>,
    pub(crate) constants: Vec<(Tensor, Tensor)>,
    pub(crate) length: usize,
    pub(crate) reverse: bool,
}

impl Recorder {
    /// Records the loop with the body that computes `outputs` (new carries, then what is stacked) from the placeholders.
    /// Gives its results in the same order.
    #[track_caller]
    pub(crate) fn record(mut self, outputs: Vec<Tensor>) -> Vec<Tensor> {
        let count = outputs.len();
        if let Some(error) = self.operands().chain(&outputs).find(|x| x.error().is_some()) {
            return vec![error.clone(); count];
        }
        if count == 0 {
            return Vec::new();
        }
        let used: HashSet<u64> = self.body(&outputs).iter().map(Tensor::id).collect();
        self.sequences.retain(|(name, _)| used.contains(&name.id()));
        self.constants.retain(|(name, _)| used.contains(&name.id()));
        self.hoist(&outputs);
        let inputs = [names(&self.carries), names(&self.sequences), names(&self.constants)].concat();
        let traced = match Program::trace(&inputs, &outputs) {
            Ok(traced) => traced,
            Err(error) => return vec![Tensor::from_error(error); count],
        };
        let mut operands: Vec<Tensor> = self.operands().cloned().collect();
        operands.extend(traced.captured.into_iter().map(Tensor::from_value));
        let (carries, sequences) = (self.carries.len(), self.sequences.len());
        let scan = Scan { body: traced.program, carries, sequences, length: self.length, reverse: self.reverse };
        let scan = Tensor::apply(Op::Scan(Arc::new(scan)), operands);
        (0..count).map(|part| scan.part(part)).collect()
    }

    fn operands(&self) -> impl Iterator<Item = &Tensor> {
        self.carries.iter().chain(&self.sequences).chain(&self.constants).map(|(_, operand)| operand)
    }

    fn placeholders(&self) -> impl Iterator<Item = &Tensor> {
        self.carries.iter().chain(&self.sequences).chain(&self.constants).map(|(name, _)| name)
    }

    /// The nodes that compute the outputs from the placeholders, which come with them; operands first.
    fn body(&self, outputs: &[Tensor]) -> Vec<Tensor> {
        let names: HashSet<u64> = self.placeholders().map(Tensor::id).collect();
        // Nothing older than the oldest placeholder depends on one.
        let oldest = names.iter().min().copied().unwrap_or(u64::MAX);
        ancestors(outputs, |node| node.id() < oldest || names.contains(&node.id()))
    }

    /// Makes constants of the loop of what the body uses but does not depend on its placeholders.
    fn hoist(&mut self, outputs: &[Tensor]) {
        let mut varying: HashSet<u64> = self.placeholders().map(Tensor::id).collect();
        let mut fixed = Vec::new();
        for node in self.body(outputs) {
            let operands = &node.0.operands;
            if !varying.contains(&node.id()) && operands.iter().any(|operand| varying.contains(&operand.id())) {
                varying.insert(node.id());
                fixed.extend(operands.iter().filter(|operand| !varying.contains(&operand.id())).cloned());
            }
        }
        fixed.extend(outputs.iter().filter(|output| !varying.contains(&output.id())).cloned());
        for x in fixed.into_iter().filter(|x| !is_literal(x)) {
            // A constant is the placeholder of itself; `varying` now also holds those that are done.
            if varying.insert(x.id()) {
                self.constants.push((x.clone(), x));
            }
        }
    }
}

/// Whether a tensor is a number or an index in some shape, which costs nothing to compute anew.
fn is_literal(x: &Tensor) -> bool {
    let mut x = x;
    loop {
        match (&x.0.kind, x.0.operands.first()) {
            (Kind::Op(Op::Constant(_) | Op::Iota { .. }), _) => return true,
            (Kind::Op(Op::Expand(_) | Op::Reshape(_) | Op::Cast(_)), Some(operand)) => x = operand,
            _ => return false,
        }
    }
}
