//! The scope that a layer is called in: its variables, the mode, masks, random keys, and what it reports beside its result.

use crate::{
    Activation, DTypePolicy, Entry, Initializer, Layer, Result, Variable, layer::first, layer_view::Trainability, layers::AxisList,
    losses::float, model_graph::Calls, remat::Remat, variable::Weight,
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
};
use wgrad_tensor::{DType, Shape, Spec, Tensor, remat};

/// A layer as the scope saw it: one line of a summary.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// The names of the layers around it and its own, with slashes.
    pub(crate) path: String,
    pub(crate) class_name: &'static str,
    /// With the batch axis.
    pub(crate) outputs: Vec<Shape>,
    /// The variables that it and the layers in it declared, by number.
    pub(crate) variables: Range<usize>,
    pub(crate) trainable: bool,
}

/// The argument of a softmax or sigmoid that a tensor came out of.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Logits {
    /// `softmax(x)` over the last axis.
    Softmax(Tensor),
    /// `sigmoid(x)`
    Sigmoid(Tensor),
}

/// Rows of a variable that a layer looked up.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    /// The number of the variable.
    pub(crate) variable: usize,
    pub(crate) indices: Tensor,
    /// `[indices ..., columns]`
    pub(crate) rows: Tensor,
}

/// What becomes of the floating-point numbers that a layer sees.
#[derive(Clone, Copy, Debug, Default)]
struct Casts {
    /// The dtype that the layer computes in; as they come where there is none.
    compute: Option<DType>,
    /// Whether the layer sees its parameters as they are.
    by_layer: bool,
}

/// Calls of layers in one pass: a small description of models in models can ask for more than anybody has time for.
const MOST_CALLS: usize = 1 << 17;

/// What surrounds a layer's call. The same function of a layer declares its variables (when the model is built, with shapes that follow
/// from the input), computes its result, and reports updates of its state.
#[derive(Debug, Default)]
pub struct Scope {
    path: Vec<String>,
    variables: Vec<Variable>,
    by_path: HashMap<String, usize>,
    /// One tensor for each variable: placeholders while the model is built.
    values: Vec<Tensor>,
    building: bool,
    training: bool,
    frozen: bool,
    casts: Casts,
    /// Whether a layer computes in f16.
    is_half: bool,
    /// What the user said of layers after the model was built.
    trainability: Trainability,
    /// Layers that gradients compute again.
    remat: Remat,
    key: Option<Tensor>,
    streams: u32,
    updates: BTreeMap<usize, Tensor>,
    logits: HashMap<u64, Logits>,
    masks: HashMap<u64, Tensor>,
    losses: Vec<Tensor>,
    /// Rows of variables that layers looked up, and how often each variable was asked for at all.
    lookups: Vec<Lookup>,
    requests: HashMap<usize, usize>,
    /// Variables whose penalty is counted already: a shared layer is penalized once.
    penalized: HashSet<usize>,
    visits: Vec<Visit>,
    /// Their paths.
    visited: HashSet<String>,
    /// How many calls of layers there were.
    entered: usize,
    /// Calls of layers, where a graph of the model is asked for.
    calls: Option<Calls>,
}

impl Scope {
    /// A scope in which variables come into being: their values are placeholders.
    pub fn build() -> Scope {
        Scope { building: true, ..Scope::default() }
    }

    /// A scope with the variables of a built model and their values; `training` with the key of the step's random numbers.
    pub fn bind(variables: &[Variable], values: &[Tensor], training: bool, key: Option<Tensor>) -> Scope {
        let by_path = variables.iter().enumerate().map(|(i, v)| (v.path.clone(), i)).collect();
        Scope { variables: variables.to_vec(), by_path, values: values.to_vec(), training, key, ..Scope::default() }
    }

    /// The same scope, where the user said of some layers whether they learn.
    pub(crate) fn with_trainability(self, trainability: &Trainability) -> Scope {
        Scope { trainability: trainability.clone(), ..self }
    }

    /// The same scope, where the user said which layers gradients compute again.
    pub(crate) fn with_remat(self, remat: &Remat) -> Scope {
        Scope { remat: remat.clone(), ..self }
    }

    /// The same scope, which notes every call of a layer.
    pub(crate) fn with_calls(self) -> Scope {
        Scope { calls: Some(Calls::default()), ..self }
    }

    /// The variables that came into being, or that the scope was given.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The same scope, where layers compute as `policy` says if they have none of their own.
    ///
    /// # Errors
    /// A policy that there is not.
    pub fn with_dtype_policy(mut self, policy: &DTypePolicy) -> Result<Scope> {
        self.enter_policy(policy)?;
        Ok(self)
    }

    fn enter_policy(&mut self, policy: &DTypePolicy) -> Result<()> {
        self.casts.compute = policy.compute_dtype()?;
        self.is_half |= self.casts.compute == Some(DType::F16);
        Ok(())
    }

    /// `x` in the dtype that the layer computes in, with its mask. What is no floating-point number stays as it is.
    #[track_caller]
    pub fn cast(&mut self, x: &Tensor) -> Tensor {
        let Some(compute) = self.casts.compute.filter(|compute| x.dtype().is_float() && x.dtype() != *compute) else { return x.clone() };
        let y = x.cast(compute);
        if let Some(mask) = self.mask(x).cloned() {
            self.set_mask(&y, &mask);
        }
        y
    }

    /// Whether the call is part of a training step, as Keras' argument `training`.
    pub fn training(&self) -> bool {
        self.training
    }

    /// Whether the layer learns: `false` where it, or a layer around it, was frozen.
    pub fn trainable(&self) -> bool {
        !self.frozen
    }

    /// A variable that the optimizer changes, of `shape`: f32, seen in the dtype that the layer computes in. Its penalty, where it has one, is added to
    /// the loss.
    #[track_caller]
    pub fn param<'a>(&mut self, name: &str, shape: impl Into<Shape>, weight: impl Into<Weight<'a>>) -> Tensor {
        let weight = weight.into();
        let value = self.variable(name, shape.into(), weight, true);
        if let (Some(regularizer), Some(&variable)) = (weight.regularizer, self.by_path.get(&self.path_of(name)))
            && self.penalized.insert(variable)
        {
            self.losses.push(regularizer.penalty(&value));
        }
        if self.casts.by_layer { value } else { self.cast(&value) }
    }

    /// The rows `indices` of `table`, which is the variable `name` of this layer. Optimizers then know of the rows: as in Keras, the square of a gradient
    /// is the sum of the squares for each looked up row.
    #[track_caller]
    pub fn lookup(&mut self, name: &str, table: &Tensor, indices: &Tensor) -> Tensor {
        let rows = table.take(indices, 0);
        if let Some(&variable) = self.by_path.get(&self.path_of(name)) {
            self.lookups.push(Lookup { variable, indices: indices.clone(), rows: rows.clone() });
        }
        rows
    }

    /// A variable that only [`Scope::update`] changes (moving statistics), f32 of `shape`.
    #[track_caller]
    pub fn state(&mut self, name: &str, shape: impl Into<Shape>, initializer: &Initializer) -> Tensor {
        self.variable(name, shape.into(), initializer.into(), false)
    }

    /// A state variable of zeros that holds something of each sample from one batch to the next, until [`crate::Model::reset_states`].
    #[track_caller]
    pub fn memory(&mut self, name: &str, shape: impl Into<Shape>) -> Tensor {
        let value = self.variable(name, shape.into(), (&Initializer::Zeros).into(), false);
        if let Some(&variable) = self.by_path.get(&self.path_of(name)) {
            self.variables[variable].is_memory = true;
        }
        value
    }

    /// The value that a state variable of this layer has after the step; a parameter has it before the optimizer's change. Later calls of the layer
    /// in the same step see it.
    #[track_caller]
    pub fn update(&mut self, name: &str, value: &Tensor) {
        if let Some(&variable) = self.by_path.get(&self.path_of(name)) {
            self.updates.insert(variable, value.cast(self.values[variable].dtype()));
        }
    }

    /// A variable of the layer, or of one in it (`inner/kernel`), that is declared already.
    pub(crate) fn declared(&self, name: &str) -> Option<Tensor> {
        let &variable = self.by_path.get(&self.path_of(name))?;
        Some(self.updates.get(&variable).unwrap_or(&self.values[variable]).clone())
    }

    #[track_caller]
    fn variable(&mut self, name: &str, shape: Shape, weight: Weight<'_>, trainable: bool) -> Tensor {
        let path = self.path_of(name);
        if let Some(&known) = self.by_path.get(&path) {
            *self.requests.entry(known).or_default() += 1;
            let declared = &self.variables[known].shape;
            let value = self.updates.get(&known).unwrap_or(&self.values[known]);
            if *declared != shape {
                return Tensor::invalid("variable", format!("{path} has the shape {declared}, but this input asks for {shape}"), &[value]);
            }
            return value.clone();
        }
        if !self.building {
            return Tensor::invalid("variable", format!("{path} was not declared when the model was built"), &[]);
        }
        let value = Tensor::placeholder(&path, Spec::new(DType::F32, &shape));
        self.by_path.insert(path.clone(), self.variables.len());
        let trainable = trainable && !self.frozen;
        let (initializer, constraint) = (weight.initializer.clone(), weight.constraint.cloned());
        self.variables.push(Variable { path, shape, trainable, is_memory: false, initializer, constraint });
        self.values.push(value.clone());
        value
    }

    fn path_of(&self, name: &str) -> String {
        self.path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join("/")
    }

    /// The key (`u32[3]`) of this step's random numbers and a stream number of the caller's own; an error-carrying key outside training.
    #[track_caller]
    pub fn random_key(&mut self) -> (Tensor, u32) {
        let stream = self.streams;
        self.streams += 1;
        let missing = || Tensor::invalid("random_key", "random numbers are drawn in training steps only", &[]);
        (self.key.clone().unwrap_or_else(missing), stream)
    }

    /// `activation(x)`; a loss can then compute from `x` where the activation was a softmax or sigmoid, as Keras does.
    #[track_caller]
    pub fn activate(&mut self, activation: &Activation, x: &Tensor) -> Tensor {
        let y = if self.remat.activations { remat(|| activation.apply(x)) } else { activation.apply(x) };
        match activation {
            Activation::Softmax { axis: AxisList::One(-1) } => self.logits.insert(y.id(), Logits::Softmax(x.clone())),
            Activation::Sigmoid => self.logits.insert(y.id(), Logits::Sigmoid(x.clone())),
            _ => None,
        };
        y
    }

    /// The logits of `output`, where it came straight from a softmax or sigmoid.
    pub fn logits(&self, output: &Tensor) -> Option<&Logits> {
        self.logits.get(&output.id())
    }

    /// The mask of `x`, where it has one: a Bool tensor of its first axes, true where a position counts.
    pub fn mask(&self, x: &Tensor) -> Option<&Tensor> {
        self.masks.get(&x.id())
    }

    /// Gives `x` a mask: later layers, losses and metrics leave the positions out where it is false.
    pub fn set_mask(&mut self, x: &Tensor, mask: &Tensor) {
        self.masks.insert(x.id(), mask.clone());
    }

    /// Adds a number to the loss of a training step.
    #[track_caller]
    pub fn add_loss(&mut self, loss: &Tensor) {
        self.losses.push(float(loss));
    }

    /// What layers and penalties of variables added to the loss.
    pub fn losses(&self) -> &[Tensor] {
        &self.losses
    }

    /// Calls `layer`, a part of the calling one, under `name`: its variables and errors carry the name. The same name again is the same layer, with
    /// the same variables.
    #[track_caller]
    pub fn layer(&mut self, name: &str, layer: &dyn Layer, x: &Tensor) -> Tensor {
        first(layer, self.layer_all(name, layer, std::slice::from_ref(x)))
    }

    /// [`Scope::layer`] with several inputs and outputs.
    #[track_caller]
    pub fn layer_all(&mut self, name: &str, layer: &dyn Layer, inputs: &[Tensor]) -> Vec<Tensor> {
        self.visit(name, layer, None, inputs)
    }

    /// What `body` computes under `name`: its variables and errors carry the name, but it is no layer of its own.
    pub(crate) fn inside<T>(&mut self, name: &str, trainable: bool, body: impl FnOnce(&mut Scope) -> T) -> T {
        let _errors_name_it = wgrad_tensor::scope::enter(name);
        let frozen = self.frozen;
        self.frozen |= !trainable;
        self.path.push(name.into());
        let result = body(self);
        self.path.pop();
        self.frozen = frozen;
        result
    }

    /// Calls the layer of an entry under `name`, frozen where the entry is, with the entry's penalty.
    #[track_caller]
    pub fn entry(&mut self, name: &str, entry: &Entry, inputs: &[Tensor]) -> Vec<Tensor> {
        let outputs = self.visit(name, entry.layer(), Some(entry), inputs);
        if let Some(regularizer) = &entry.activity_regularizer {
            for y in &outputs {
                let batch = y.shape().first().copied().unwrap_or(1).max(1);
                self.losses.push(regularizer.penalty(&float(y)) / batch as f64);
            }
        }
        outputs
    }

    #[track_caller]
    fn visit(&mut self, name: &str, layer: &dyn Layer, entry: Option<&Entry>, inputs: &[Tensor]) -> Vec<Tensor> {
        let _errors_name_it = wgrad_tensor::scope::enter(name);
        self.entered += 1;
        if self.entered > MOST_CALLS {
            let rule = format!(
                "a model has at most {MOST_CALLS} calls of layers; models that are called twice in models that are called twice soon have more"
            );
            return vec![Tensor::invalid("model", rule, &inputs.iter().collect::<Vec<_>>())];
        }
        let (before, visit, frozen, casts) = (self.variables.len(), self.visits.len(), self.frozen, self.casts);
        if let Some(Err(error)) =
            entry.and_then(|entry| entry.dtype.as_ref()).or(layer.own_dtype_policy()).map(|policy| self.enter_policy(policy))
        {
            return vec![Tensor::invalid("dtype", error.to_string(), &inputs.iter().collect::<Vec<_>>())];
        }
        self.path.push(name.into());
        let path = self.path.join("/");
        self.frozen |= !self.trainability.of(&path).unwrap_or(entry.is_none_or(|entry| entry.trainable));
        let call = self.calls.as_mut().map(|calls| calls.begin(&path, layer, inputs));
        let again = entry.is_some_and(|entry| entry.remat) || self.remat.has(&path);
        let (inputs, outputs) = if again { remat(|| self.call(layer, inputs)) } else { self.call(layer, inputs) };
        if let (true, Some(mask), Some(y)) = (layer.supports_masking(), inputs.first().and_then(|x| self.mask(x).cloned()), outputs.first())
        {
            self.masks.entry(y.id()).or_insert(mask);
        }
        let (shapes, variables) = (outputs.iter().map(|y| y.shape().clone()).collect(), before..self.variables.len());
        self.note(visit, Visit { path, class_name: layer.class_name(), outputs: shapes, variables, trainable: !self.frozen });
        self.path.pop();
        (self.frozen, self.casts) = (frozen, casts);
        match (&mut self.calls, call) {
            (Some(calls), Some(call)) => calls.end(call, outputs),
            _ => outputs,
        }
    }

    /// Calls a layer on inputs in the dtype that it computes in: these, and the results.
    #[track_caller]
    pub(crate) fn call(&mut self, layer: &dyn Layer, inputs: &[Tensor]) -> (Vec<Tensor>, Vec<Tensor>) {
        self.casts.by_layer = !layer.autocast();
        let inputs: Vec<Tensor> = inputs.iter().map(|x| if self.casts.by_layer { x.clone() } else { self.cast(x) }).collect();
        let outputs = layer.call_all(self, &inputs);
        (inputs, outputs)
    }

    /// Notes an input of a graph for the summary, and gives it.
    pub(crate) fn visit_input(&mut self, name: &str, x: &Tensor) -> Tensor {
        let (path, none) = (self.path_of(name), self.variables.len());
        let x = self.calls.as_mut().map_or_else(|| x.clone(), |calls| calls.input(&path, x));
        let visit = Visit { path, class_name: "InputLayer", outputs: vec![x.shape().clone()], variables: none..none, trainable: true };
        self.note(self.visits.len(), visit);
        x
    }

    /// Notes the first call of each layer.
    fn note(&mut self, at: usize, visit: Visit) {
        if self.visited.insert(visit.path.clone()) {
            self.visits.insert(at, visit);
        }
    }

    /// The value that state variable number `variable` has after the step, where a layer changed it.
    pub fn updated(&self, variable: usize) -> Option<&Tensor> {
        self.updates.get(&variable)
    }

    /// The lookups of a variable, where nothing else depends on it.
    pub(crate) fn lookups(&self, variable: usize) -> Vec<&Lookup> {
        let lookups: Vec<&Lookup> = self.lookups.iter().filter(|lookup| lookup.variable == variable).collect();
        let alone = self.requests.get(&variable) == Some(&lookups.len()) && !self.penalized.contains(&variable);
        if alone { lookups } else { Vec::new() }
    }

    /// Whether a layer asked for random numbers.
    pub(crate) fn is_random(&self) -> bool {
        self.streams > 0
    }

    /// Whether a layer computes in f16.
    pub(crate) fn is_half(&self) -> bool {
        self.is_half
    }

    /// The calls of layers, where they were noted.
    pub(crate) fn take_calls(&mut self) -> Calls {
        self.calls.take().unwrap_or_default()
    }

    /// The variables declared and the layers visited.
    pub(crate) fn into_parts(self) -> (Vec<Variable>, Vec<Visit>) {
        (self.variables, self.visits)
    }
}
