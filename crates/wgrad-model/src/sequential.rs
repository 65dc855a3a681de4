//! A stack of layers.

use crate::{
    DTypePolicy, Entry, Error, Layer, Result, Scope,
    input_layer::{input_layer, input_spec},
    names::unique_names,
    settings::{Blueprint, Settings, model_settings},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use wgrad_tensor::{DType, Shape, Spec, Tensor};

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
#[derive(Clone, Debug, Default)]
pub struct Sequential {
    settings: Settings,
    entries: Vec<Entry>,
    input: Option<Spec>,
    batch: Option<usize>,
}

model_settings!(Sequential);

impl Sequential {
    /// A model of `layers`, in order.
    pub fn new(layers: impl IntoIterator<Item = Entry>) -> Sequential {
        Sequential { entries: layers.into_iter().collect(), ..Sequential::default() }
    }

    /// With one more layer on top.
    #[must_use]
    #[allow(clippy::should_implement_trait)] // Keras' name
    pub fn add(mut self, layer: impl Into<Entry>) -> Sequential {
        self.entries.push(layer.into());
        self
    }

    /// Without the layer on top.
    #[must_use]
    pub fn pop(mut self) -> Sequential {
        self.entries.pop();
        self
    }

    /// The shape of one input, without the batch axis; [`crate::ANY`] where a length is not fixed.
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

    /// Fixes the batch size, which layers that keep a state of each sample need (`stateful`).
    #[must_use]
    pub fn batch_size(mut self, batch: usize) -> Sequential {
        self.batch = Some(batch);
        self
    }

    /// The stack of Keras' `get_config()`.
    ///
    /// # Errors
    /// Layers that do not exist or have other arguments.
    pub fn from_config(config: &Json) -> Result<Sequential> {
        let broken = || Error::invalid("Sequential", "a configuration has \"layers\"");
        // Keras' first versions wrote the list alone.
        let layers = config.as_array().or(config["layers"].as_array()).ok_or_else(broken)?;
        let mut model = Sequential { settings: Settings::from_config(config)?, ..Sequential::default() };
        for layer in layers {
            let config = &layer["config"];
            if config.get("batch_shape").or(config.get("batch_input_shape")).is_some_and(|shape| !shape.is_null()) {
                let (spec, batch) = input_spec(config)?;
                (model.input, model.batch) = (Some(spec), batch);
            }
            if layer["class_name"] != "InputLayer" {
                model.entries.push(Entry::from_json(layer)?);
            }
        }
        Ok(model)
    }

    /// The stack as Keras' `get_config()` has it; the opposite of [`Sequential::from_config`].
    ///
    /// # Errors
    /// A layer of the user's own; two layers of one name.
    pub fn to_config(&self) -> Result<Json> {
        let names = self.layer_names().map_err(|rule| Error::invalid("Sequential", rule))?;
        let policy = self.settings.dtype_policy.as_ref();
        let input = self.input.iter().map(|spec| Ok(input_layer("input_layer", spec, self.batch)));
        let layers = self.entries.iter().zip(&names).map(|(entry, name)| entry.clone().named(name).or_dtype(policy).to_json());
        let layers = input.chain(layers).collect::<Result<Vec<Json>>>()?;
        Ok(json!({"name": self.settings.name_or("sequential"), "trainable": true, "dtype": policy, "layers": layers}))
    }

    pub(crate) fn blueprint(self) -> Result<Blueprint> {
        let names = self.layer_names().map_err(|rule| Error::invalid(self.settings.name_or("sequential"), rule))?;
        let Some(input) = self.input.clone() else {
            let rule = "the shape of one input is not known; give it with input_shape";
            return Err(Error::invalid(self.settings.name_or("sequential"), rule));
        };
        let inputs = vec![("input_layer".to_string(), input)];
        let outputs = vec![names.last().cloned().unwrap_or_else(|| "output".into())];
        Ok(Blueprint {
            settings: self.settings.clone(),
            default_name: "sequential",
            inputs,
            outputs,
            batch: self.batch,
            network: Arc::new(self),
        })
    }

    fn layer_names(&self) -> Result<Vec<String>, String> {
        let named = self.entries.iter().map(|entry| (entry.name().or(entry.layer().own_name()), entry.layer().class_name()));
        unique_names(named)
    }
}

impl Layer for Sequential {
    fn class_name(&self) -> &'static str {
        "Sequential"
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

impl Serialize for Sequential {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_config().map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sequential {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Sequential::from_config(&Json::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
