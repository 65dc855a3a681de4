//! Objects from Keras' `get_config()`: the defaults, with the arguments that are given in their places.

use crate::{Error, Result, error::UnknownName};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

/// `defaults` with the arguments of `config`, a JSON object; null stands for none.
///
/// # Errors
/// An argument that there is not, or of a wrong type.
pub(crate) fn with_defaults<T: Serialize + DeserializeOwned>(defaults: T, config: &Json) -> Result<T> {
    let Some(arguments) = config.as_object() else {
        return if config.is_null() { Ok(defaults) } else { Err(Error::mismatch("config", "an object", config.to_string())) };
    };
    let failed = |e: serde_json::Error| Error::mismatch("config", "arguments of Keras' types", e.to_string());
    let mut all = serde_json::to_value(&defaults).map_err(failed)?;
    for (name, value) in arguments {
        match all.get_mut(name) {
            Some(place) => *place = value.clone(),
            None => {
                let known: Vec<&str> = all.as_object().into_iter().flat_map(|all| all.keys().map(String::as_str)).collect();
                return Err(UnknownName::new("argument", name, known).into());
            }
        }
    }
    serde_json::from_value(all).map_err(failed)
}
