//! Models from and to Keras' JSON (`to_json()`).

use crate::{Error, Functional, Model, Result, Sequential, layer_view::Trainability};
use serde_json::{Value as Json, json};
use std::any::Any;
use wgrad_tensor::Device;

impl Model {
    /// The model that Keras' `to_json()` describes, with first weights of its own, not compiled.
    ///
    /// # Errors
    /// A class of model, a layer or an argument that there is not; those of building it.
    pub fn from_json(json: &Json, device: &Device) -> Result<Model> {
        Model::from_json_within(json, device, usize::MAX)
    }

    /// [`Model::from_json`] where the variables have at most `max_params` elements: for descriptions that come with the values, and may be hostile.
    ///
    /// # Errors
    /// As [`Model::from_json`]; more elements.
    pub fn from_json_within(json: &Json, device: &Device, max_params: usize) -> Result<Model> {
        let config = &json["config"];
        let mut blueprint = match json["class_name"].as_str() {
            Some("Sequential") => Sequential::from_config(config)?.blueprint()?,
            Some("Functional" | "Model") => Functional::from_config(config)?.blueprint()?,
            _ => return Err(Error::invalid("model", format!("its class must be Sequential or Functional, got {}", json["class_name"]))),
        };
        (blueprint.settings.device, blueprint.settings.max_params) = (Some(device.clone()), Some(max_params));
        Model::build(blueprint)
    }

    /// The model as Keras' `to_json()` has it; the opposite of [`Model::from_json`].
    ///
    /// # Errors
    /// A model or a layer of the user's own.
    pub fn to_json(&self) -> Result<Json> {
        let class_name = self.network.class_name();
        let network: &dyn Any = &*self.network;
        let mut config = match (network.downcast_ref::<Sequential>(), network.downcast_ref::<Functional>()) {
            (Some(stack), _) => stack.to_config()?,
            (_, Some(graph)) => graph.to_config()?,
            (None, None) => return Err(Error::invalid(&self.name, format!("a model of class {class_name} cannot be written"))),
        };
        say_what_learns(&mut config, "", &self.trainability);
        Ok(json!({"class_name": class_name, "config": config}))
    }
}

/// Puts what the user said of layers of the built model in the place of what their descriptions say.
fn say_what_learns(config: &mut Json, path: &str, said: &Trainability) {
    for layer in
        config.get_mut("layers").and_then(Json::as_array_mut).into_iter().flatten().filter(|layer| layer["class_name"] != "InputLayer")
    {
        let path = format!("{path}{}", layer["config"]["name"].as_str().unwrap_or_default());
        if let (Some(trainable), Some(written)) = (said.of(&path), layer["config"].get_mut("trainable")) {
            *written = json!(trainable);
        }
        say_what_learns(&mut layer["config"], &format!("{path}/"), said);
    }
}
