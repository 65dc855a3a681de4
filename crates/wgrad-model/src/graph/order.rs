//! The order of the layers of a graph: by depth, and in one depth as they are met from the outputs, as Keras orders them.

use super::{Graph, Kind, Node, Operation, OperationKind, Source, Symbol, unique_names};
use crate::Layer;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// What two nodes of one operation have in common: the layer, or the node of an input.
type Identity = usize;

/// A graph while its order is found.
struct Walk<'a> {
    /// Symbols where the model begins, by node.
    inputs: HashMap<u64, usize>,
    /// Nodes, each after those that it depends on.
    nodes: Vec<&'a Arc<Node>>,
    /// Their numbers.
    done: HashSet<u64>,
    /// How early each operation is met, walking from the outputs.
    met: HashMap<Identity, usize>,
}

impl Graph {
    pub(super) fn new(inputs: &[Symbol], outputs: &[Symbol]) -> Result<Graph, String> {
        if outputs.is_empty() || inputs.is_empty() {
            return Err("a graph has at least one input and one output".into());
        }
        let mut walk = Walk { inputs: HashMap::new(), nodes: Vec::new(), done: HashSet::new(), met: HashMap::new() };
        for (i, input) in inputs.iter().enumerate() {
            if !matches!(input.node.kind, Kind::Input { .. }) {
                return Err(format!("input {i} of the model is not an input but the result of {}", describe(&input.node)));
            }
            if walk.inputs.insert(input.node.id, i).is_some() {
                return Err(format!("input {i} of the model is given twice"));
            }
        }
        for output in outputs {
            walk.visit(&output.node)?;
        }
        for input in inputs {
            walk.visit(&input.node)?;
        }
        walk.finish(outputs)
    }
}

impl<'a> Walk<'a> {
    /// Depth-first, without recursion: graphs may be deep.
    fn visit(&mut self, root: &'a Arc<Node>) -> Result<(), String> {
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.pop() {
            if next == 0 {
                if self.done.contains(&node.id) {
                    continue;
                }
                let order = self.met.len();
                self.met.entry(identity(node)).or_insert(order);
                if matches!(node.kind, Kind::Input { .. }) && !self.inputs.contains_key(&node.id) {
                    return Err(format!("the outputs depend on {}, which is none of the model's inputs", describe(node)));
                }
            }
            match operands(node).get(next) {
                Some(operand) => {
                    stack.push((node, next + 1));
                    stack.push((&operand.node, 0));
                }
                None if self.done.insert(node.id) => self.nodes.push(node),
                None => (),
            }
        }
        Ok(())
    }

    /// The number of layers between each node and the outputs; a shared layer is as deep as its deepest call that was seen before.
    fn depths(&self) -> (HashMap<u64, usize>, HashMap<Identity, usize>) {
        let mut nodes: HashMap<u64, usize> = HashMap::new();
        let mut operations: HashMap<Identity, usize> = HashMap::new();
        for node in self.nodes.iter().rev() {
            let operation = operations.entry(identity(node)).or_default();
            let depth = nodes.get(&node.id).copied().unwrap_or(0).max(*operation);
            *operation = depth;
            nodes.insert(node.id, depth);
            for operand in operands(node) {
                let above = nodes.entry(operand.node.id).or_default();
                *above = (*above).max(depth + 1);
            }
        }
        (nodes, operations)
    }

    fn finish(self, outputs: &[Symbol]) -> Result<Graph, String> {
        let (node_depth, operation_depth) = self.depths();
        let mut identities: Vec<Identity> = self.met.keys().copied().collect();
        identities.sort_by_key(|id| (std::cmp::Reverse(operation_depth.get(id)), self.met.get(id)));
        let at: HashMap<Identity, usize> = identities.iter().enumerate().map(|(i, id)| (*id, i)).collect();

        // The calls of an operation are numbered in the order in which they were made.
        let mut calls: Vec<Vec<&Arc<Node>>> = vec![Vec::new(); identities.len()];
        let mut by_age = self.nodes.clone();
        by_age.sort_by_key(|node| node.id);
        for &node in &by_age {
            calls[at[&identity(node)]].push(node);
        }
        let names = names(&calls)?;
        let call_of: HashMap<u64, (usize, usize)> = calls
            .iter()
            .enumerate()
            .flat_map(|(operation, nodes)| nodes.iter().enumerate().map(move |(call, node)| (node.id, (operation, call))))
            .collect();
        let source = |symbol: &Symbol| {
            let (operation, call) = call_of[&symbol.node.id];
            Source { operation, call, output: symbol.output }
        };
        let operations = calls.iter().zip(names).map(|(nodes, name)| {
            let kind = match &nodes[0].kind {
                Kind::Input { spec, .. } => OperationKind::Input(self.inputs[&nodes[0].id], spec.clone()),
                Kind::Call { entry, .. } => OperationKind::Layer(entry.clone()),
            };
            Operation { name, kind, calls: nodes.iter().map(|node| operands(node).iter().map(source).collect()).collect() }
        });
        let mut order: Vec<&Arc<Node>> = self.nodes.clone();
        order.sort_by_key(|node| (std::cmp::Reverse(node_depth[&node.id]), at[&identity(node)], node.id));
        Ok(Graph {
            operations: operations.collect(),
            calls: order.iter().map(|node| call_of[&node.id]).collect(),
            outputs: outputs.iter().map(source).collect(),
        })
    }
}

/// Names in the order in which the layers were first applied.
fn names(calls: &[Vec<&Arc<Node>>]) -> Result<Vec<String>, String> {
    let mut by_age: Vec<usize> = (0..calls.len()).collect();
    by_age.sort_by_key(|&i| calls[i][0].id);
    let named = by_age.iter().map(|&i| match &calls[i][0].kind {
        Kind::Input { name, .. } => (name.as_deref(), "InputLayer"),
        Kind::Call { entry, .. } => (entry.name().or(entry.layer().own_name()), entry.layer().class_name()),
    });
    let mut names = vec![String::new(); calls.len()];
    for (i, name) in by_age.iter().zip(unique_names(named)?) {
        names[*i] = name;
    }
    Ok(names)
}

fn identity(node: &Arc<Node>) -> Identity {
    match &node.kind {
        Kind::Input { .. } => Arc::as_ptr(node).addr(),
        Kind::Call { entry, .. } => std::ptr::from_ref::<dyn Layer>(entry.layer()).addr(),
    }
}

fn operands(node: &Node) -> &[Symbol] {
    match &node.kind {
        Kind::Input { .. } => &[],
        Kind::Call { inputs, .. } => inputs,
    }
}

fn describe(node: &Node) -> String {
    match &node.kind {
        Kind::Input { name: Some(name), .. } => format!("the input \"{name}\""),
        Kind::Input { spec, .. } => format!("an input of {spec}"),
        Kind::Call { entry, .. } => format!("a layer {}", entry.name().unwrap_or(entry.layer().class_name())),
    }
}
