//! Models as texts: the architecture without weights, in JSON as Keras' `to_json()`, or the same in YAML.

use crate::keras::config;
use serde_json::Value as Json;
use wgrad_model::{Error, Model, Result};
use wgrad_tensor::Device;

/// The architecture of a model as Keras' `to_json()` gives it.
///
/// # Errors
/// Layers of the user's own that are not registered, or hold a closure.
pub fn model_to_json(model: &Model) -> Result<String> {
    Ok(config::full(model)?.to_string())
}

/// The model that Keras' `to_json()` describes, with first weights of its own, not compiled.
///
/// # Errors
/// A text that is no JSON; layers that do not exist or have other arguments.
pub fn model_from_json(text: &str, device: &Device) -> Result<Model> {
    Model::from_json(&serde_json::from_str(text).map_err(|e| broken("JSON", e))?, device)
}

/// What [`model_to_json`] gives, in YAML.
///
/// # Errors
/// As [`model_to_json`].
pub fn model_to_yaml(model: &Model) -> Result<String> {
    serde_saphyr::to_string(&config::full(model)?).map_err(|e| broken("YAML", e))
}

/// The model that YAML describes: the opposite of [`model_to_yaml`].
///
/// # Errors
/// A text that is no YAML, or repeats its parts very often; as [`model_from_json`].
pub fn model_from_yaml(text: &str, device: &Device) -> Result<Model> {
    let json: Json = serde_saphyr::from_str(text).map_err(|e| broken("YAML", e))?;
    Model::from_json(&json, device)
}

fn broken(form: &str, why: impl ToString) -> Error {
    Error::Invalid { place: form.into(), rule: why.to_string() }
}
