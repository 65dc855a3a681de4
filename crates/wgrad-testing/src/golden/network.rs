//! Models from their JSON, with the weights of a case.

use super::{
    Case,
    case::{list, text},
};
use serde_json::Value as Json;
use wgrad_model::Model;
use wgrad_tensor::Device;

/// The model that `json` describes as Keras' `to_json()` does, with the first weights of the case.
pub(super) fn build(case: &Case, json: &Json, device: &Device) -> Result<Model, String> {
    let mut model = Model::from_json(json, device).map_err(|e| e.to_string())?;
    let mut weights = Vec::new();
    for weight in list(&case.json, "weights")? {
        weights.push((text(weight, "path")?, case.host(text(weight, "tensor")?)?.clone()));
    }
    model.set_weights(weights).map_err(|e| e.to_string())?;
    Ok(model)
}
