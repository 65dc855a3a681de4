//! A stack of layers.

use crate::{Entry, Error, Layer, LossArgument, Metrics, Model, OptimizerArgument, Result, Scope, layer::snake_case};
use std::collections::{HashMap, HashSet};
use wgrad_tensor::{DType, Device, Shape, Spec, Tensor};

/// A plain stack of layers, each with one input and one output (Keras `Sequential`). It is a layer itself.
///
/// ```no_run
/// use wgrad_model::{Sequential, layers::{Dense, Flatten}};
/// # fn main() -> wgrad_model::Result<()> {
/// let model = Sequential::new([
///     Flatten::new().into(),
///     Dense::new(100).activation("relu").into(),
///     Dense::new(10).activation("softmax").into(),
/// ]);
/// let mut model = model.input_shape([28, 28]).compile("adam", "sparse_categorical_crossentropy", ["accuracy"])?;
/// println!("{}", model.summary());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Sequential {
    name: String,
    entries: Vec<Entry>,
    input: Option<Spec>,
    seed: u64,
    device: Option<Device>,
}

impl Default for Sequential {
    fn default() -> Self {
        Sequential::new([])
    }
}

impl Sequential {
    /// A model of `layers`, in order.
    pub fn new(layers: impl IntoIterator<Item = Entry>) -> Sequential {
        Sequential { name: "sequential".into(), entries: layers.into_iter().collect(), input: None, seed: 0, device: None }
    }

    /// With one more layer on top.
    #[must_use]
    #[allow(clippy::should_implement_trait)] // Keras' name
    pub fn add(mut self, layer: impl Into<Entry>) -> Sequential {
        self.entries.push(layer.into());
        self
    }

    /// The name of the model; `sequential` by default.
    #[must_use]
    pub fn name(mut self, name: &str) -> Sequential {
        self.name = name.into();
        self
    }

    /// The shape of one input, without the batch axis.
    #[must_use]
    pub fn input_shape(self, shape: impl Into<Shape>) -> Sequential {
        self.input_spec(Spec::new(DType::F32, shape))
    }

    /// Shape, without the batch axis, and dtype of one input.
    #[must_use]
    pub fn input_spec(mut self, input: Spec) -> Sequential {
        self.input = Some(input);
        self
    }

    /// The seed of the first weights, and of `fit` where it has none of its own; 0 by default.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Sequential {
        self.seed = seed;
        self
    }

    /// The device to train on; [`Device::default_device`] where none is given.
    #[must_use]
    pub fn device(mut self, device: &Device) -> Sequential {
        self.device = Some(device.clone());
        self
    }

    /// The model with its first weights, not yet compiled: it can predict, not learn.
    ///
    /// # Errors
    /// No input shape; two layers of one name; the error of a layer that cannot be applied, with its path and rule; no device.
    pub fn build(self) -> Result<Model> {
        let Some(input) = self.input.clone() else {
            return Err(Error::invalid(&self.name, "the shape of one input is not known; give it with input_shape"));
        };
        let device = self.device.clone().map_or_else(Device::default_device, Ok)?;
        let (name, seed) = (self.name.clone(), self.seed);
        Model::build(name, std::sync::Arc::new(self), input, seed, device)
    }

    /// The model, ready to learn: see [`Model::compile`].
    ///
    /// # Errors
    /// Those of [`Sequential::build`] and [`Model::compile`].
    pub fn compile(
        self,
        optimizer: impl Into<OptimizerArgument>,
        loss: impl Into<LossArgument>,
        metrics: impl Into<Metrics>,
    ) -> Result<Model> {
        let mut model = self.build()?;
        model.compile(optimizer, loss, metrics)?;
        Ok(model)
    }

    /// A name for each layer: the user's, else that of its class with a number from the second on, as Keras gives them.
    fn layer_names(&self) -> Result<Vec<String>, String> {
        let mut taken = HashSet::new();
        for name in self.entries.iter().filter_map(|entry| entry.name.as_ref()) {
            if name.is_empty() || name.contains('/') {
                return Err(format!("the layer name \"{name}\" is empty or has a slash"));
            }
            if !taken.insert(name.clone()) {
                return Err(format!("two layers are named \"{name}\"; names must be unique"));
            }
        }
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let mut next = |class: &str| {
            let base = snake_case(class);
            let number = numbers.entry(base.clone()).or_default();
            loop {
                let name = if *number == 0 { base.clone() } else { format!("{base}_{number}") };
                *number += 1;
                if taken.insert(name.clone()) {
                    return name;
                }
            }
        };
        Ok(self.entries.iter().map(|entry| entry.name.clone().unwrap_or_else(|| next(entry.layer.class_name()))).collect())
    }
}

impl Layer for Sequential {
    fn class_name(&self) -> &'static str {
        "Sequential"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let names = match self.layer_names() {
            Ok(names) => names,
            Err(rule) => return Tensor::invalid("Sequential", rule, &[x]),
        };
        let mut x = x.clone();
        for (entry, name) in self.entries.iter().zip(names) {
            let outputs = scope.entry(&name, entry, &[x]);
            let Ok([y]) = <[Tensor; 1]>::try_from(outputs) else {
                return Tensor::invalid("Sequential", format!("layer {name} must have one result; stacks of several need a graph"), &[]);
            };
            x = y;
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Dense, Dropout};

    #[test]
    fn names_count_by_class() {
        let model = Sequential::default().add(Dense::new(1)).add(Dense::new(1).named("dense_1")).add(Dropout::new(0.5)).add(Dense::new(1));
        assert_eq!(model.layer_names().unwrap(), ["dense", "dense_1", "dropout", "dense_2"]);
        let model = Sequential::new([Dense::new(1).named("a"), Dense::new(1).named("a")]);
        assert!(model.layer_names().unwrap_err().contains("two layers are named \"a\""));
    }
}
