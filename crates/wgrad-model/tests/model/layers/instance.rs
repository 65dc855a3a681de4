//! A layer of the table at work: in a model, and called on tensors of any float type.

use super::Row;
use crate::reference;
use std::error::Error;
use wgrad_model::{
    Entry, Functional, Layer, Model, Result, Scope, Symbol, Variable,
    layers::{Concatenate, Dense, Flatten},
};
use wgrad_tensor::{DType, Device, HostTensor, Spec, Tensor};

impl Row {
    /// The graph from the inputs to the results of the layer.
    fn symbols(&self, entry: &Entry) -> (Vec<Symbol>, Vec<Symbol>) {
        let inputs: Vec<Symbol> = self.inputs(DType::F32).into_iter().map(Symbol::input_spec).collect();
        let first = entry.on(&inputs);
        let outputs = (0..=self.more_outputs.len()).map(|i| first.output(i)).collect();
        (inputs, outputs)
    }

    /// A model of the layer alone.
    pub(super) fn model(&self, entry: &Entry, device: &Device) -> Result<Model> {
        let (inputs, outputs) = self.symbols(entry);
        Functional::new(&inputs, &outputs).name("model").seed(7).device(device).build()
    }

    /// The layer with a head of one unit, under a dtype policy.
    pub(super) fn with_head(&self, device: &Device, policy: &str) -> Result<Model> {
        let (inputs, outputs) = self.symbols(&(self.layer)());
        let flat: Vec<Symbol> = outputs.iter().map(|y| Flatten::new().on(y)).collect();
        let joined = if let [one] = &flat[..] { one.clone() } else { Concatenate::new().on(&flat) };
        Functional::new(&inputs, &Dense::new(1).on(&joined)).dtype_policy(policy).seed(7).device(device).build()
    }

    /// `n` samples of each input.
    pub(super) fn data(&self, n: usize, dtype: DType) -> Vec<Tensor> {
        let number = |(i, spec): (usize, Spec)| {
            let shape: Vec<usize> = std::iter::once(n).chain(spec.shape.iter().copied()).collect();
            let uniform = |low, high| Tensor::uniform(shape.clone(), low, high, 3 + i as u64);
            if self.integers { uniform(0.0, 3.0).cast(spec.dtype) } else { uniform(-1.0, 1.0).cast(spec.dtype) }
        };
        self.inputs(dtype).into_iter().enumerate().map(number).collect()
    }
}

/// A layer with variables and inputs of one float type, to be called.
pub(super) struct Instance {
    row: &'static str,
    entry: Entry,
    variables: Vec<Variable>,
    pub(super) values: Vec<Tensor>,
    pub(super) inputs: Vec<Tensor>,
    /// Whether calls are those of training steps.
    pub(super) training: bool,
}

impl Instance {
    /// Parameters are moved off their first values: zeros and ones hide mistakes.
    pub(super) fn new(row: &Row, dtype: DType) -> std::result::Result<Instance, Box<dyn Error>> {
        let device = reference();
        let model = row.model(&(row.layer)(), &device)?;
        let variables = model.variables().to_vec();
        let mut values = Vec::new();
        for (i, ((_, value), variable)) in model.weights()?.into_iter().zip(&variables).enumerate() {
            let value = Tensor::from(value);
            let moved = &value + Tensor::uniform(value.shape(), -0.3, 0.3, 50 + i as u64);
            values.push(Tensor::from(if variable.trainable { moved } else { value }.cast(dtype).to_host_on(&device)?));
        }
        let mut inputs = Vec::new();
        for x in row.data(3, dtype) {
            inputs.push(Tensor::from(x.to_host_on(&device)?));
        }
        Ok(Instance { row: row.name, entry: (row.layer)(), variables, values, inputs, training: true })
    }

    /// The results of a call, and what it adds to the loss.
    pub(super) fn call(&self) -> (Vec<Tensor>, Vec<Tensor>) {
        let mut scope = Scope::bind(&self.variables, &self.values, self.training, Some(Tensor::from([5u32, 0, 1])));
        let outputs = scope.entry(self.row, &self.entry, &self.inputs);
        (outputs, scope.losses().to_vec())
    }

    /// One number that depends on every element of the results.
    pub(super) fn scalar(&self) -> Tensor {
        let (outputs, losses) = self.call();
        let weighted = outputs.iter().filter(|y| y.dtype().is_float()).enumerate().map(|(i, y)| {
            let weights = Tensor::uniform(y.shape(), -1.0, 1.0, 90 + i as u64);
            (y * weights.cast(y.dtype())).sum(..)
        });
        weighted.chain(losses).reduce(|sum, number| sum + number).unwrap_or_else(|| Tensor::from(0.0))
    }

    /// Float inputs and trainable variables, each with the way to it.
    pub(super) fn sources(&mut self) -> Vec<(String, &mut Tensor)> {
        let inputs = self.inputs.iter_mut().enumerate().filter(|(_, x)| x.dtype().is_float()).map(|(i, x)| (format!("input {i}"), x));
        let variables = self.variables.iter().zip(&mut self.values).filter(|(variable, _)| variable.trainable);
        inputs.chain(variables.map(|(variable, value)| (variable.path.clone(), value))).collect()
    }
}

/// The elements of a tensor of any type, computed on the reference device.
pub(super) fn host(x: &Tensor) -> wgrad_tensor::Result<HostTensor> {
    x.to_host_on(&reference())
}
