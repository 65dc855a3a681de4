//! A graph of nodes while it is put together.

use super::proto::{self, Attribute, Message};
use std::{cell::Cell, rc::Rc};
use wgrad_tensor::{DType, HostTensor, Scalar, Spec};

/// A graph, or the body of a loop in one. Names are unique over all of them: bodies see the values around them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
    names: Rc<Cell<usize>>,
}

impl Graph {
    /// An empty body of a loop in this graph.
    pub(super) fn body(&self) -> Graph {
        Graph { names: self.names.clone(), ..Graph::default() }
    }

    /// A new name. Slashes would do too, but no layer's path is one.
    pub(super) fn name(&self) -> String {
        self.names.set(self.names.get() + 1);
        format!("%{}", self.names.get())
    }

    /// The value of an operator with one result.
    pub(super) fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        let output = self.name();
        self.node_to(operator, inputs, &[&output], attributes);
        output
    }

    /// An operator whose results have these names.
    pub(super) fn node_to(&mut self, operator: &str, inputs: &[&str], outputs: &[&str], attributes: &[(&str, Attribute)]) {
        let mut node = Message::default();
        inputs.iter().for_each(|input| node.text(1, input));
        outputs.iter().for_each(|output| node.text(2, output));
        node.text(4, operator);
        attributes.iter().for_each(|(name, attribute)| node.message(5, &attribute.message(name)));
        self.nodes.push(node);
    }

    /// A tensor that the file holds.
    pub(super) fn constant(&mut self, value: &HostTensor) -> String {
        let name = self.name();
        self.constant_named(&name, value)
    }

    /// The same under a name of its own.
    pub(super) fn constant_named(&mut self, name: &str, value: &HostTensor) -> String {
        self.constants.push(proto::host_tensor(name, value));
        name.into()
    }

    /// A scalar.
    pub(super) fn scalar(&mut self, scalar: Scalar) -> String {
        let bytes: Vec<u8> = match scalar {
            Scalar::Bool(value) => vec![u8::from(value)],
            Scalar::I32(value) => value.to_le_bytes().to_vec(),
            Scalar::U32(value) => value.to_le_bytes().to_vec(),
            Scalar::F16(value) => value.to_le_bytes().to_vec(),
            Scalar::F32(value) => value.to_le_bytes().to_vec(),
            Scalar::F64(value) => value.to_le_bytes().to_vec(),
        };
        let name = self.name();
        self.constants.push(proto::tensor(&name, proto::dtype(scalar.dtype()), &[], &bytes));
        name
    }

    /// A number in a float type.
    pub(super) fn number(&mut self, value: f64, dtype: DType) -> String {
        self.scalar(Scalar::from_f64(value, dtype))
    }

    /// A list of integers of 64 bits, as operators take shapes and positions.
    pub(super) fn integers(&mut self, values: &[i64]) -> String {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let name = self.name();
        self.constants.push(proto::tensor(&name, proto::I64, &[values.len()], &bytes));
        name
    }

    /// An input of the graph.
    pub(super) fn input(&mut self, name: &str, spec: &Spec) {
        self.inputs.push(proto::value_info(name, spec));
    }

    /// An output of the graph, a value under the output's name.
    pub(super) fn output(&mut self, name: &str, value: &str, spec: &Spec) {
        self.node_to("Identity", &[value], &[name], &[]);
        self.outputs.push(proto::value_info(name, spec));
    }

    /// `GraphProto`
    pub(super) fn finish(self, name: &str) -> Message {
        let mut graph = Message::default();
        self.nodes.iter().for_each(|node| graph.message(1, node));
        graph.text(2, name);
        self.constants.iter().for_each(|constant| graph.message(5, constant));
        self.inputs.iter().for_each(|input| graph.message(11, input));
        self.outputs.iter().for_each(|output| graph.message(12, output));
        graph
    }
}
