//! A layer in its place in a model.

use crate::{DTypePolicy, Error, Layer, Regularizer, Result, layers};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A layer in a model: with a name, where the user gave one, and what holds for layers of every class.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(crate) layer: Arc<dyn Layer>,
    pub(crate) name: Option<String>,
    pub(crate) trainable: bool,
    pub(crate) dtype: Option<DTypePolicy>,
    pub(crate) activity_regularizer: Option<Regularizer>,
    pub(crate) remat: bool,
}

impl Entry {
    /// An entry for a layer that others may share.
    pub fn new(layer: Arc<dyn Layer>) -> Entry {
        Entry { layer, name: None, trainable: true, dtype: None, activity_regularizer: None, remat: false }
    }

    /// Gives the layer a name of the user's own.
    pub fn named(mut self, name: &str) -> Entry {
        self.name = Some(name.into());
        self
    }

    /// Whether the optimizer changes the layer's parameters (they do not change where `false`).
    pub fn trainable(mut self, trainable: bool) -> Entry {
        self.trainable = trainable;
        self
    }

    /// In which dtype the layer computes; as the model it is in by default. Keras recommends `"float32"` for the last layer of a `"mixed_float16"` model.
    pub fn dtype(mut self, policy: impl Into<DTypePolicy>) -> Entry {
        self.dtype = Some(policy.into());
        self
    }

    /// The same, where the layer has no policy of its own.
    pub(crate) fn or_dtype(mut self, policy: Option<&DTypePolicy>) -> Entry {
        self.dtype = self.dtype.or_else(|| policy.cloned());
        self
    }

    /// Adds a penalty of the layer's results, divided by the batch size, to the loss.
    pub fn activity_regularizer(mut self, regularizer: impl Into<Regularizer>) -> Entry {
        self.activity_regularizer = Some(regularizer.into());
        self
    }

    /// Gradients compute the values in the layer again rather than keep them (Keras `remat`): see [`crate::RematScope`]. As in Keras, it is no part of
    /// the layer's configuration.
    pub fn remat(mut self) -> Entry {
        self.remat = true;
        self
    }

    /// The layer.
    pub fn layer(&self) -> &dyn Layer {
        &*self.layer
    }

    /// The name that the user gave it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl<L: Layer> From<L> for Entry {
    fn from(layer: L) -> Entry {
        Entry::new(Arc::new(layer))
    }
}

/// The same layer once more: it shares its variables.
impl From<&Entry> for Entry {
    fn from(entry: &Entry) -> Entry {
        entry.clone()
    }
}

impl Entry {
    /// The entry of a layer as Keras writes it: `{"class_name": "Dense", "config": {"name": "hidden", "units": 3, ...}}`.
    ///
    /// # Errors
    /// Another form; a class that does not exist; arguments that it does not have.
    pub fn from_json(json: &Json) -> Result<Entry> {
        let Some(class_name) = json["class_name"].as_str() else {
            return Err(Error::invalid("layer", format!("a layer is written as {{\"class_name\", \"config\"}}, got {json}")));
        };
        let config = &json["config"];
        let mut entry = Entry::new(layers::from_config(class_name, config)?);
        entry.name = config["name"].as_str().map(str::to_string);
        entry.trainable = config["trainable"] != false;
        entry.dtype = DTypePolicy::from_json(&config["dtype"])?;
        let of_entry = |json: &&Json| !json.is_null() && !layers::penalizes_its_parts(class_name);
        if let Some(regularizer) = config.get("activity_regularizer").filter(of_entry) {
            let parsed = Regularizer::deserialize(regularizer);
            entry.activity_regularizer = Some(parsed.map_err(|e| Error::invalid(format!("layer {class_name}"), e.to_string()))?);
        }
        Ok(entry)
    }

    /// The entry as Keras writes it; the opposite of [`Entry::from_json`].
    ///
    /// # Errors
    /// A layer of the user's own, or one that holds a closure.
    pub fn to_json(&self) -> Result<Json> {
        let class_name = self.layer.class_name();
        let broken = |rule: &str| Error::invalid(format!("layer {class_name}"), rule);
        let mut config = layers::config(&*self.layer).ok_or_else(|| broken("it is not one of this crate and cannot be written"))?;
        let arguments = config.as_object_mut().ok_or_else(|| broken("its configuration has no names"))?;
        if let Some(name) = &self.name {
            arguments.insert("name".into(), json!(name));
        }
        if layers::takes_trainable(class_name) {
            arguments.insert("trainable".into(), json!(self.trainable));
        }
        if let Some(policy) = &self.dtype {
            arguments.insert("dtype".into(), json!(policy));
        }
        if let Some(regularizer) = &self.activity_regularizer {
            arguments.insert("activity_regularizer".into(), json!(regularizer));
        }
        Ok(json!({"class_name": class_name, "config": config}))
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Entry::from_json(&Json::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
