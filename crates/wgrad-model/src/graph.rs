//! Graphs of layers: several inputs and outputs, shared layers, nested models.

use crate::{
    DTypePolicy, Entry, Error, Layer, Result, Scope,
    layer::wrong_number,
    names::unique_names,
    settings::{Blueprint, Settings, model_settings},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use wgrad_tensor::{DType, Shape, Spec, Tensor};

mod arguments;
mod json;
mod masks;
mod order;

/// A result in a graph that is yet to be computed, as Keras' `KerasTensor`: made by [`Symbol::input`], and by [`Layer::on`] from others.
#[derive(Clone, Debug)]
pub struct Symbol {
    node: Arc<Node>,
    /// Which of the node's results.
    output: usize,
}

#[derive(Debug)]
struct Node {
    /// Counts up with every node that is made, which gives default names their order.
    id: u64,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Without the batch axis.
    Input {
        name: Option<String>,
        spec: Spec,
    },
    Call {
        entry: Entry,
        inputs: Vec<Symbol>,
    },
}

/// A chain of any length, without a call of `drop` in each other's.
impl Drop for Node {
    fn drop(&mut self) {
        fn take_inputs(node: &mut Node) -> Vec<Symbol> {
            match &mut node.kind {
                Kind::Call { inputs, .. } => std::mem::take(inputs),
                Kind::Input { .. } => Vec::new(),
            }
        }
        let mut pending = take_inputs(self);
        while let Some(symbol) = pending.pop() {
            if let Some(mut node) = Arc::into_inner(symbol.node) {
                pending.append(&mut take_inputs(&mut node));
            }
        }
    }
}

static NODES: AtomicU64 = AtomicU64::new(0);

impl Node {
    fn symbol(kind: Kind) -> Symbol {
        Symbol { node: Arc::new(Node { id: NODES.fetch_add(1, Ordering::Relaxed), kind }), output: 0 }
    }
}

impl Symbol {
    /// An input of f32 elements; `shape` is that of one sample, without the batch axis (Keras `Input`); [`crate::ANY`] where a length is not fixed.
    pub fn input(shape: impl Into<Shape>) -> Symbol {
        Symbol::input_spec(Spec::new(DType::F32, shape))
    }

    /// An input of any dtype; the shape is that of one sample.
    pub fn input_spec(spec: Spec) -> Symbol {
        Node::symbol(Kind::Input { name: None, spec })
    }

    /// This input under a name of the user's own; the result of a layer is named after its layer, see [`Layer::named`].
    #[must_use]
    pub fn named(self, name: &str) -> Symbol {
        match &self.node.kind {
            Kind::Input { spec, .. } => Node::symbol(Kind::Input { name: Some(name.into()), spec: spec.clone() }),
            Kind::Call { .. } => self,
        }
    }

    /// Result number `index` of the same layer call, where the layer has several (from 0 on).
    #[must_use]
    pub fn output(&self, index: usize) -> Symbol {
        Symbol { node: self.node.clone(), output: index }
    }
}

/// Symbols that a layer is applied to: `&x`, `[&a, &b]`, or a slice of them.
#[derive(Debug)]
pub struct Symbols<'a>(Vec<&'a Symbol>);

impl<'a> From<&'a Symbol> for Symbols<'a> {
    fn from(symbol: &'a Symbol) -> Self {
        Symbols(vec![symbol])
    }
}

impl<'a, const N: usize> From<[&'a Symbol; N]> for Symbols<'a> {
    fn from(symbols: [&'a Symbol; N]) -> Self {
        Symbols(symbols.to_vec())
    }
}

impl<'a> From<&'a [Symbol]> for Symbols<'a> {
    fn from(symbols: &'a [Symbol]) -> Self {
        Symbols(symbols.iter().collect())
    }
}

impl<'a> From<&'a Vec<Symbol>> for Symbols<'a> {
    fn from(symbols: &'a Vec<Symbol>) -> Self {
        symbols.as_slice().into()
    }
}

impl Entry {
    /// This layer applied to symbols. Applied more than once, the layer is shared: every call uses the same variables.
    pub fn on<'a>(&self, inputs: impl Into<Symbols<'a>>) -> Symbol {
        let inputs = inputs.into().0.into_iter().cloned().collect();
        Node::symbol(Kind::Call { entry: self.clone(), inputs })
    }
}

/// A model of a graph of layers, from some symbols to others (Keras' functional `Model(inputs, outputs)`). It is a layer itself.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{Functional, Layer, Symbol, layers::{Concatenate, Dense}};
/// # fn main() -> wgrad_model::Result<()> {
/// // Wide and deep (Cheng et al. 2016): some features go straight to the results, the others through layers first.
/// let (wide, deep) = (Symbol::input([5]).named("wide"), Symbol::input([6]).named("deep"));
/// let hidden = Dense::new(30).activation("relu").on(&deep);
/// let hidden = Dense::new(30).activation("relu").on(&hidden);
/// let price = Dense::new(1).named("price").on(&Concatenate::new().on([&wide, &hidden]));
/// let helper = Dense::new(1).named("helper").on(&hidden);
/// let losses = [("price", "mse"), ("helper", "mse")];
/// let model = Functional::new([&wide, &deep], [&price, &helper]).compile("adam", losses, ())?;
/// assert_eq!(model.count_params(), 7 * 30 + 31 * 30 + 36 + 31);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Functional {
    settings: Settings,
    inputs: Vec<Symbol>,
    graph: Result<Arc<Graph>, String>,
}

/// The layers of a graph in Keras' order, and the calls in an order that can be computed.
#[derive(Debug)]
struct Graph {
    operations: Vec<Operation>,
    /// `(operation, number of its call)` in an order where inputs come first.
    calls: Vec<(usize, usize)>,
    /// What the model gives.
    outputs: Vec<Source>,
}

/// A layer of a graph, or an input.
#[derive(Debug)]
struct Operation {
    name: String,
    kind: OperationKind,
    /// Arguments of each call.
    calls: Vec<Vec<Source>>,
}

impl Operation {
    /// Whether it is a graph in the graph.
    fn is_graph(&self) -> bool {
        matches!(&self.kind, OperationKind::Layer(entry) if entry.layer().class_name() == "Functional")
    }
}

#[derive(Debug)]
enum OperationKind {
    /// Input number `.0` of the model.
    Input(usize, Spec),
    Layer(Entry),
}

/// Result `output` of call number `call` of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Source {
    operation: usize,
    call: usize,
    output: usize,
}

model_settings!(Functional);

impl Functional {
    /// The model that computes `outputs` from `inputs`. Mistakes in the graph are errors of [`Functional::build`].
    pub fn new<'a, 'b>(inputs: impl Into<Symbols<'a>>, outputs: impl Into<Symbols<'b>>) -> Functional {
        let inputs: Vec<Symbol> = inputs.into().0.into_iter().cloned().collect();
        let outputs: Vec<Symbol> = outputs.into().0.into_iter().cloned().collect();
        let graph = Graph::new(&inputs, &outputs).map(Arc::new);
        Functional { settings: Settings::default(), inputs, graph }
    }

    fn graph(&self) -> Result<&Graph> {
        self.graph.as_deref().map_err(|rule| Error::invalid(self.settings.name_or("functional"), rule.clone()))
    }

    pub(crate) fn blueprint(self) -> Result<Blueprint> {
        let graph = self.graph()?;
        let mut inputs = Vec::new();
        for input in 0..self.inputs.len() {
            let found = graph.operations.iter().find_map(|operation| match &operation.kind {
                OperationKind::Input(i, spec) if *i == input => Some((operation.name.clone(), spec.clone())),
                OperationKind::Input(..) | OperationKind::Layer(_) => None,
            });
            inputs.extend(found);
        }
        let outputs = graph.outputs.iter().map(|source| graph.operations[source.operation].name.clone()).collect();
        Ok(Blueprint { settings: self.settings.clone(), default_name: "functional", inputs, outputs, batch: None, network: Arc::new(self) })
    }

    /// What each layer is connected to, as Keras' summaries show it; `None` where the graph is a chain.
    pub(crate) fn connections(&self) -> Option<HashMap<String, String>> {
        let graph = self.graph.as_ref().ok()?;
        let is_chain = graph.operations.iter().all(|op| op.calls.len() <= 1 && op.calls.iter().all(|inputs| inputs.len() <= 1))
            && graph.operations.iter().filter(|op| matches!(op.kind, OperationKind::Input(..))).count() == 1
            && graph.used_once();
        let connection = |source: &Source| format!("{}[{}][{}]", graph.operations[source.operation].name, source.call, source.output);
        let rows = graph.operations.iter().map(|op| {
            let sources: Vec<String> = op.calls.iter().flatten().map(connection).collect();
            (op.name.clone(), if sources.is_empty() { "-".into() } else { sources.join(", ") })
        });
        (!is_chain).then(|| rows.collect())
    }
}

impl Graph {
    /// Whether no result is read twice.
    fn used_once(&self) -> bool {
        let mut seen = HashSet::new();
        self.operations.iter().flat_map(|op| op.calls.iter().flatten()).all(|source| seen.insert(*source))
    }
}

impl Layer for Functional {
    fn class_name(&self) -> &'static str {
        "Functional"
    }

    fn own_name(&self) -> Option<&str> {
        self.settings.name.as_deref()
    }

    fn own_dtype_policy(&self) -> Option<&DTypePolicy> {
        self.settings.dtype_policy.as_ref()
    }

    fn autocast(&self) -> bool {
        false
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let outputs = self.call_all(scope, std::slice::from_ref(x));
        outputs.into_iter().next().unwrap_or_else(|| Tensor::invalid("Functional", "the graph has no output", &[x]))
    }

    fn call_all(&self, scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        let graph = match &self.graph {
            Ok(graph) => graph,
            Err(rule) => return vec![Tensor::invalid("Functional", rule.clone(), &inputs.iter().collect::<Vec<_>>())],
        };
        if inputs.len() != self.inputs.len() {
            return vec![wrong_number("Functional", &format!("{} inputs", self.inputs.len()), inputs)];
        }
        let mut results: HashMap<(usize, usize), Vec<Tensor>> = HashMap::new();
        let result = |results: &HashMap<(usize, usize), Vec<Tensor>>, source: &Source| {
            let found = results.get(&(source.operation, source.call)).and_then(|outputs| outputs.get(source.output));
            found.cloned().unwrap_or_else(|| {
                let name = &graph.operations[source.operation].name;
                Tensor::invalid("Functional", format!("layer {name} has no result number {}", source.output), &[])
            })
        };
        for &(at, call) in &graph.calls {
            let operation = &graph.operations[at];
            let outputs = match &operation.kind {
                OperationKind::Input(i, _) => {
                    vec![scope.visit_input(&operation.name, &inputs[*i])]
                }
                OperationKind::Layer(entry) => {
                    let arguments: Vec<Tensor> = operation.calls[call].iter().map(|source| result(&results, source)).collect();
                    scope.entry(&operation.name, entry, &arguments)
                }
            };
            results.insert((at, call), outputs);
        }
        graph.outputs.iter().map(|source| result(&results, source)).collect()
    }
}
