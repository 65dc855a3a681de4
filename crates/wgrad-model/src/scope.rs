//! The scope that a layer is called in: its variables, the mode, random keys, and what it reports beside its result.

use crate::{Activation, Initializer, Layer};
use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};
use wgrad_tensor::{DType, Shape, Spec, Tensor};

/// A variable of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The layer path and the variable's name, as in Keras: `dense_1/kernel`.
    pub path: String,
    /// Axis lengths; the elements are f32.
    pub shape: Shape,
    /// Whether the optimizer changes it.
    pub trainable: bool,
    /// Where its first values come from.
    pub initializer: Initializer,
}

/// A layer as the scope saw it: one line of a summary.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) name: String,
    pub(crate) class_name: &'static str,
    /// 0 for the model itself.
    pub(crate) depth: usize,
    /// With the batch axis.
    pub(crate) output: Shape,
    /// The variables that it and the layers in it declared, by number.
    pub(crate) variables: Range<usize>,
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
    key: Option<Tensor>,
    streams: u32,
    updates: BTreeMap<usize, Tensor>,
    logits: HashMap<u64, Logits>,
    visits: Vec<Visit>,
}

impl Scope {
    /// A scope in which variables come into being: their values are placeholders.
    pub(crate) fn build() -> Scope {
        Scope { building: true, ..Scope::default() }
    }

    /// A scope with the variables of a built model and their values; `training` with the key of the step's random numbers.
    pub fn bind(variables: &[Variable], values: &[Tensor], training: bool, key: Option<Tensor>) -> Scope {
        let by_path = variables.iter().enumerate().map(|(i, v)| (v.path.clone(), i)).collect();
        Scope { variables: variables.to_vec(), by_path, values: values.to_vec(), training, key, ..Scope::default() }
    }

    /// Whether the call is part of a training step, as Keras' argument `training`.
    pub fn training(&self) -> bool {
        self.training
    }

    /// A variable that the optimizer changes, f32 of `shape`.
    #[track_caller]
    pub fn param(&mut self, name: &str, shape: impl Into<Shape>, initializer: &Initializer) -> Tensor {
        self.variable(name, shape.into(), initializer, true)
    }

    /// A variable that only [`Scope::update`] changes (moving statistics), f32 of `shape`.
    #[track_caller]
    pub fn state(&mut self, name: &str, shape: impl Into<Shape>, initializer: &Initializer) -> Tensor {
        self.variable(name, shape.into(), initializer, false)
    }

    /// The value that a state variable of this layer has after the step.
    #[track_caller]
    pub fn update(&mut self, name: &str, value: &Tensor) {
        if let Some(&variable) = self.by_path.get(&self.path_of(name)) {
            self.updates.insert(variable, value.clone());
        }
    }

    #[track_caller]
    fn variable(&mut self, name: &str, shape: Shape, initializer: &Initializer, trainable: bool) -> Tensor {
        let path = self.path_of(name);
        if let Some(&known) = self.by_path.get(&path) {
            let (value, declared) = (&self.values[known], &self.variables[known].shape);
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
        self.variables.push(Variable { path, shape, trainable, initializer: initializer.clone() });
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
        let y = activation.apply(x);
        match activation {
            Activation::Softmax => self.logits.insert(y.id(), Logits::Softmax(x.clone())),
            Activation::Sigmoid => self.logits.insert(y.id(), Logits::Sigmoid(x.clone())),
            _ => None,
        };
        y
    }

    /// Calls `layer` under `name`: its variables and errors carry the name.
    #[track_caller]
    pub fn layer(&mut self, name: &str, layer: &dyn Layer, trainable: bool, x: &Tensor) -> Tensor {
        let _errors_name_it = wgrad_tensor::scope::enter(name);
        let (first, visit, frozen) = (self.variables.len(), self.visits.len(), self.frozen);
        self.path.push(name.into());
        self.frozen |= !trainable;
        let y = layer.call(self, x);
        self.frozen = frozen;
        self.path.pop();
        let (depth, variables) = (self.path.len(), first..self.variables.len());
        let output = y.shape().clone();
        self.visits.insert(visit, Visit { name: name.into(), class_name: layer.class_name(), depth, output, variables });
        y
    }

    /// The logits of `output`, where it came straight from a softmax or sigmoid.
    pub fn logits(&self, output: &Tensor) -> Option<&Logits> {
        self.logits.get(&output.id())
    }

    /// The value that state variable number `variable` has after the step, where a layer changed it.
    pub(crate) fn updated(&self, variable: usize) -> Option<&Tensor> {
        self.updates.get(&variable)
    }

    /// Whether a layer asked for random numbers.
    pub(crate) fn is_random(&self) -> bool {
        self.streams > 0
    }

    /// The variables declared and the layers visited.
    pub(crate) fn into_parts(self) -> (Vec<Variable>, Vec<Visit>) {
        (self.variables, self.visits)
    }
}
