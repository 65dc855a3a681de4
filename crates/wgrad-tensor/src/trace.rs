//! From graphs to programs and back: tracing and inlining.

use crate::{
    Error, Input, Instr, Op, Program, Result, Spec, Tensor, Value, ValueId,
    tensor::{Kind, Node},
};
use std::collections::HashMap;

/// A program, and the values that its graph held beside its placeholders.
#[derive(Clone, Debug)]
pub struct Traced {
    /// The program: its inputs are the placeholders given to [`Program::trace`], then one for each captured value.
    pub program: Program,
    /// The values of the last inputs, in their order.
    pub captured: Vec<Value>,
}

impl Program {
    /// The program that computes `outputs` from `inputs`. Tensors with values that the graph holds become further inputs.
    ///
    /// # Errors
    /// The error that an output carries; a placeholder that is not among `inputs`.
    pub fn trace(inputs: &[Tensor], outputs: &[Tensor]) -> Result<Traced> {
        for tensor in outputs {
            tensor.check()?;
        }
        let mut program = Program::default();
        let mut captured = Vec::new();
        let mut ids: HashMap<u64, ValueId> = HashMap::new();
        for tensor in inputs {
            let name = match &tensor.0.kind {
                Kind::Placeholder(name) => name.clone(),
                Kind::Value(_) | Kind::Op(_) | Kind::Invalid(_) => String::new(),
            };
            ids.insert(tensor.id(), program.inputs.len());
            program.inputs.push(Input { spec: tensor.spec().clone(), name });
        }
        let nodes = nodes_between(outputs, &ids);
        for tensor in &nodes {
            match &tensor.0.kind {
                Kind::Value(value) => {
                    ids.insert(tensor.id(), program.inputs.len());
                    program.inputs.push(Input { spec: value.spec.clone(), name: String::new() });
                    captured.push(value.clone());
                }
                Kind::Placeholder(name) => {
                    return Err(Error::Mismatch {
                        what: "placeholders of the graph".into(),
                        expected: "only those that are inputs of the program".into(),
                        got: format!("also {name:?}: {}", tensor.spec()),
                    });
                }
                Kind::Invalid(error) => return Err(error.clone()),
                Kind::Op(_) => {}
            }
        }
        for tensor in &nodes {
            let Node { kind: Kind::Op(op), operands, spec, at, .. } = &*tensor.0 else { continue };
            ids.insert(tensor.id(), program.len());
            let operands = operands.iter().map(|t| ids[&t.id()]).collect();
            program.instrs.push(Instr { op: op.clone(), operands, spec: spec.clone(), at });
        }
        program.outputs = outputs.iter().map(|t| ids[&t.id()]).collect();
        Ok(Traced { program, captured })
    }

    /// The outputs of the program as tensors of the graph that `inputs` belong to.
    #[track_caller]
    pub fn apply(&self, inputs: &[Tensor]) -> Vec<Tensor> {
        let specs: Vec<&Spec> = inputs.iter().map(Tensor::spec).collect();
        if !specs.iter().copied().eq(self.inputs.iter().map(|input| &input.spec)) {
            let expected: Vec<_> = self.inputs.iter().map(|input| input.spec.to_string()).collect();
            let rule = format!("the program takes {}", expected.join(", "));
            let invalid = Tensor::invalid("program", rule, &inputs.iter().collect::<Vec<_>>());
            return vec![invalid; self.outputs.len()];
        }
        let mut values = inputs.to_vec();
        for instr in &self.instrs {
            let operands: Vec<Tensor> = instr.operands.iter().map(|&id| values[id].clone()).collect();
            values.push(match &instr.op {
                Op::Part(part) => operands[0].part(*part),
                op => Tensor::apply(op.clone(), operands),
            });
        }
        self.outputs.iter().map(|&id| values[id].clone()).collect()
    }
}

/// The nodes that `outputs` depend on, operands first, without those that `known` has.
fn nodes_between(outputs: &[Tensor], known: &HashMap<u64, ValueId>) -> Vec<Tensor> {
    let mut found: HashMap<u64, Tensor> = HashMap::new();
    let mut pending: Vec<Tensor> = outputs.to_vec();
    while let Some(tensor) = pending.pop() {
        if known.contains_key(&tensor.id()) || found.contains_key(&tensor.id()) {
            continue;
        }
        pending.extend(tensor.0.operands.iter().cloned());
        found.insert(tensor.id(), tensor);
    }
    let mut nodes: Vec<Tensor> = found.into_values().collect();
    nodes.sort_unstable_by_key(Tensor::id);
    nodes
}
