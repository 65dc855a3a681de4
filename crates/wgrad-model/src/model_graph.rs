//! The layers of a model and what flows between them: what pictures of a model show.
//!
//! The model is traced once more, and the result of each layer is made a tensor of its own: walking back from what a layer is called with, the first such
//! tensors are the layers that it reads. So it works for stacks, graphs, and what custom models compute between their layers.

use crate::{
    ANY, Layer, Model, Result, Scope,
    any_length::{any_where_different, trace},
    layers,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use wgrad_tensor::{Shape, Spec, Tensor};

/// The layers of a model and what flows between them.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelGraph {
    /// The layers in the order in which they are called; those of a layer follow it.
    pub nodes: Vec<GraphNode>,
    /// The layers whose results are the model's.
    pub outputs: Vec<String>,
}

/// A layer, all of its calls together.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// Its name; of a layer in another the path, `encoder/dense`.
    pub path: String,
    /// Its class, as in Keras: `Dense`.
    pub class_name: String,
    /// What its first call got, without the batch axis.
    pub inputs: Vec<Spec>,
    /// What its first call gave, without the batch axis.
    pub outputs: Vec<Spec>,
    /// Its activation, where it has one with a name.
    pub activation: Option<String>,
    /// Whether it learns; `None` without variables.
    pub trainable: Option<bool>,
    /// The number of elements of its variables.
    pub params: usize,
    /// The layers that it reads.
    pub sources: Vec<String>,
    /// Of a model in the model: the layers in it whose results are its own.
    pub results: Vec<String>,
}

impl GraphNode {
    /// Whether it is a model in the model.
    pub fn is_model(&self) -> bool {
        matches!(self.class_name.as_str(), "Sequential" | "Functional")
    }
}

/// The calls of a model's layers.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    calls: Vec<Call>,
    /// The call that made a tensor.
    made: HashMap<u64, usize>,
}

#[derive(Debug)]
struct Call {
    path: String,
    class_name: &'static str,
    activation: Option<String>,
    inputs: Vec<Tensor>,
    /// As the layer gave them, and what stands for them outside of it.
    results: Vec<Tensor>,
    outputs: Vec<Tensor>,
}

impl Calls {
    pub(crate) fn begin(&mut self, path: &str, layer: &dyn Layer, inputs: &[Tensor]) -> usize {
        let activation = layers::config(layer).and_then(|config| config["activation"].as_str().map(str::to_string));
        self.calls.push(Call {
            path: path.into(),
            class_name: layer.class_name(),
            activation,
            inputs: inputs.to_vec(),
            results: Vec::new(),
            outputs: Vec::new(),
        });
        self.calls.len() - 1
    }

    pub(crate) fn end(&mut self, call: usize, results: Vec<Tensor>) -> Vec<Tensor> {
        let outputs: Vec<Tensor> = results.iter().map(Tensor::stop_gradient).collect();
        self.made.extend(outputs.iter().map(|output| (output.id(), call)));
        if let Some(call) = self.calls.get_mut(call) {
            (call.results, call.outputs) = (results, outputs.clone());
        }
        outputs
    }

    /// An input of a graph.
    pub(crate) fn input(&mut self, path: &str, x: &Tensor) -> Tensor {
        let (call, output) = (self.calls.len(), x.stop_gradient());
        self.made.insert(output.id(), call);
        let (class_name, outputs) = ("InputLayer", vec![output.clone()]);
        self.calls.push(Call { path: path.into(), class_name, activation: None, inputs: vec![x.clone()], results: Vec::new(), outputs });
        output
    }

    /// The layers whose results `tensors` are computed from, in their order.
    fn sources(&self, tensors: &[Tensor]) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        let (mut seen, mut pending) = (HashSet::new(), tensors.iter().rev().collect::<Vec<_>>());
        while let Some(tensor) = pending.pop() {
            if !seen.insert(tensor.id()) {
                continue;
            }
            match self.made.get(&tensor.id()).and_then(|&call| self.calls.get(call)) {
                Some(call) if !paths.contains(&call.path) => paths.push(call.path.clone()),
                Some(_) => (),
                None => pending.extend(tensor.operands().iter().rev()),
            }
        }
        paths
    }
}

impl Model {
    /// The layers of the model and what flows between them; those inside of other layers too.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Functional, Layer, Symbol, layers::{Add, Dense}};
    /// # fn main() -> wgrad_model::Result<()> {
    /// let x = Symbol::input([4]).named("x");
    /// let y = Dense::new(4).activation("relu").named("hidden").on(&x);
    /// let model = Functional::new(&x, &Add::new().named("add").on([&x, &y])).build()?;
    /// let graph = model.graph()?;
    /// assert_eq!(graph.nodes[1].activation.as_deref(), Some("relu"));
    /// assert_eq!(graph.nodes[2].sources, ["x", "hidden"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of calling the layers again.
    pub fn graph(&self) -> Result<ModelGraph> {
        let mut graph = self.graph_with(self.stand_in)?;
        if self.inputs.iter().any(|(_, spec)| spec.shape.contains(&ANY)) {
            let other = self.graph_with(2 * self.stand_in)?;
            for (node, other) in graph.nodes.iter_mut().zip(other.nodes) {
                let specs = node.inputs.iter_mut().chain(&mut node.outputs);
                for (spec, other) in specs.zip(other.inputs.into_iter().chain(other.outputs)) {
                    spec.shape = any_where_different(&spec.shape, &other.shape);
                }
            }
        }
        Ok(graph)
    }

    /// The graph with that length in place of those that may be any.
    fn graph_with(&self, stand_in: usize) -> Result<ModelGraph> {
        let scope = Scope::build().with_trainability(&self.trainability).with_dtype_policy(&self.dtype_policy)?.with_calls();
        let (y, mut scope) = trace(scope, &self.name, &*self.network, &self.inputs, self.batch.unwrap_or(2), stand_in);
        y.iter().try_for_each(|y| y.check().map(drop))?;
        let calls = scope.take_calls();
        let mut nodes: Vec<GraphNode> = Vec::new();
        let mut number: BTreeMap<&str, usize> = BTreeMap::new();
        for call in &calls.calls {
            let at = *number.entry(&call.path).or_insert_with(|| {
                nodes.push(self.graph_node(call));
                nodes.len() - 1
            });
            let node = &mut nodes[at];
            for (known, found) in [(&mut node.sources, calls.sources(&call.inputs)), (&mut node.results, calls.sources(&call.results))] {
                let new: Vec<String> = found.into_iter().filter(|path| !known.contains(path)).collect();
                known.extend(new);
            }
        }
        for node in &mut nodes {
            if !node.is_model() {
                node.results.clear();
            }
        }
        Ok(ModelGraph { nodes, outputs: calls.sources(&y) })
    }

    fn graph_node(&self, call: &Call) -> GraphNode {
        let view = self.get_layer(&call.path).ok();
        let params = view.map_or(0, |view| view.count_params());
        GraphNode {
            path: call.path.clone(),
            class_name: call.class_name.into(),
            inputs: call.inputs.iter().map(of_sample).collect(),
            outputs: call.outputs.iter().map(of_sample).collect(),
            activation: call.activation.clone(),
            trainable: view.filter(|_| params > 0).map(|view| view.is_trainable()),
            params,
            sources: Vec::new(),
            results: Vec::new(),
        }
    }
}

/// What there is of a tensor for one sample.
fn of_sample(tensor: &Tensor) -> Spec {
    Spec::new(tensor.dtype(), tensor.shape().iter().skip(1).copied().collect::<Shape>())
}
