//! In which dtype layers compute.

use crate::{Error, Result, error::UnknownName};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value as Json, json};
use wgrad_tensor::DType;

/// In which dtype a layer computes (Keras `DTypePolicy`): by name, `"float32"` or `"mixed_float16"`, for a model, or for one layer with
/// [`Entry::dtype`](crate::Entry::dtype). Variables are f32 always, and so are losses, metrics and what normalizations compute.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{Layer, Sequential, layers::Dense};
/// let layers = [Dense::new(64).activation("relu").into(), Dense::new(10).activation("softmax").named("last").dtype("float32")];
/// let model = Sequential::new(layers).input_shape([16]).dtype_policy("mixed_float16");
/// let model = model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])?; // the loss is scaled as gradients of f16 need it
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DTypePolicy {
    /// `float32`: everything is f32.
    #[default]
    Float32,
    /// `mixed_float16`: layers see their variables and inputs as f16.
    MixedFloat16,
    /// Another name. Types of integers and strings, which Keras' layers without variables have, change nothing; others come out as the error of
    /// the layer.
    Other(String),
}

const NAMES: [&str; 2] = ["float32", "mixed_float16"];

impl DTypePolicy {
    /// Keras' name.
    pub fn name(&self) -> &str {
        match self {
            DTypePolicy::Float32 => NAMES[0],
            DTypePolicy::MixedFloat16 => NAMES[1],
            DTypePolicy::Other(name) => name,
        }
    }

    /// What floating-point inputs and variables are cast to; `None` where they stay as they are.
    ///
    /// # Errors
    /// A name that stands for nothing.
    pub fn compute_dtype(&self) -> Result<Option<DType>> {
        match self {
            DTypePolicy::Float32 => Ok(Some(DType::F32)),
            DTypePolicy::MixedFloat16 => Ok(Some(DType::F16)),
            DTypePolicy::Other(name) if ["int", "uint", "bool", "string"].iter().any(|kind| name.starts_with(kind)) => Ok(None),
            DTypePolicy::Other(name) => Err(UnknownName::new("dtype policy", name, NAMES).into()),
        }
    }

    /// A policy as Keras writes it: a name, or `{"class_name": "DTypePolicy", "config": {"name": ...}}`. Null is none.
    ///
    /// # Errors
    /// Another form.
    pub(crate) fn from_json(json: &Json) -> Result<Option<DTypePolicy>> {
        let name = json.as_str().or(json["config"]["name"].as_str());
        match name {
            Some(name) => Ok(Some(name.into())),
            None if json.is_null() => Ok(None),
            None => Err(Error::invalid("dtype", format!("it is a name or Keras' DTypePolicy, got {json}"))),
        }
    }
}

impl From<&str> for DTypePolicy {
    fn from(name: &str) -> DTypePolicy {
        let known = [DTypePolicy::Float32, DTypePolicy::MixedFloat16].into_iter().find(|policy| policy.name() == name);
        known.unwrap_or_else(|| DTypePolicy::Other(name.into()))
    }
}

impl Serialize for DTypePolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = json!({"module": "keras", "class_name": "DTypePolicy", "config": {"name": self.name()}, "registered_name": null});
        json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DTypePolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let policy = DTypePolicy::from_json(&Json::deserialize(deserializer)?).map_err(de::Error::custom)?;
        policy.ok_or_else(|| de::Error::custom("a dtype policy is not null"))
    }
}
