//! Losses from and to Keras' JSON.

use super::{Loss, Reduced, Reduction, from_config};
use crate::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json, json};
use std::{any::Any, sync::Arc};

/// The loss that Keras' JSON stands for: a name, `{"class_name": ..., "config": ...}`, or a function as `{"class_name": "function", "config": name}`.
///
/// ```
/// use serde_json::json;
/// use wgrad_model::losses::{Reduction, deserialize};
/// assert_eq!(deserialize(&json!("mse"))?.name(), "mean_squared_error");
/// let loss = deserialize(&json!({"class_name": "Huber", "config": {"delta": 2.0, "reduction": "sum"}}))?;
/// assert_eq!((loss.name(), loss.reduction()), ("huber", Reduction::Sum));
/// # Ok::<(), wgrad_model::Error>(())
/// ```
///
/// # Errors
/// JSON of another form, and what [`from_config`] does not take.
pub fn deserialize(json: &Json) -> Result<Arc<dyn Loss>> {
    match (json, json["class_name"].as_str(), &json["config"]) {
        (Json::String(name), ..) | (_, Some("function"), Json::String(name)) => from_config(name, &Json::Null),
        (_, Some(class_name), config) => from_config(class_name, config),
        (_, None, _) => Err(Error::invalid("loss", format!("expected a name or an object with a class_name, got {json}"))),
    }
}

/// A loss of its arguments; those of every loss are taken out first.
pub(super) fn build<L: Loss + DeserializeOwned + 'static>(name: &str, config: &Json) -> Result<Arc<dyn Loss>> {
    let place = || format!("loss {name}");
    let mut arguments = match config {
        Json::Null => Map::new(),
        Json::Object(arguments) => arguments.clone(),
        other => return Err(Error::invalid(place(), format!("the arguments must be an object, got {other}"))),
    };
    // Keras takes null as no reduction, and as the default everywhere else.
    let reduction = match arguments.remove("reduction") {
        None => Reduction::default(),
        Some(Json::Null) => Reduction::None,
        Some(reduction) => Reduction::deserialize(reduction).map_err(|e| Error::invalid(place(), format!("reduction: {e}")))?,
    };
    arguments.retain(|name, _| !["name", "dtype"].contains(&name.as_str()));
    let loss: L = serde_json::from_value(Json::Object(arguments)).map_err(|e| Error::invalid(place(), e.to_string()))?;
    Ok(if reduction == loss.reduction() { Arc::new(loss) } else { Arc::new(Reduced::new(loss, reduction)) })
}

/// The JSON of a loss, where it is an `L`.
pub(super) fn written<L: Loss + Serialize>(class_name: &str, loss: &dyn Any) -> Option<Json> {
    let (plain, reduced) = (loss.downcast_ref::<L>(), loss.downcast_ref::<Reduced<L>>());
    let (loss, reduction) = plain.map(|loss| (loss, loss.reduction())).or(reduced.map(|reduced| (&reduced.loss, reduced.reduction())))?;
    let mut config = serde_json::to_value(loss).ok()?;
    let arguments = config.as_object_mut()?;
    arguments.insert("name".into(), json!(loss.name()));
    arguments.insert("reduction".into(), json!(reduction));
    Some(json!({"class_name": class_name, "config": config}))
}
