//! Metrics from and to Keras' JSON.

use super::{MeanLoss, Metric, Named, from_config, to_json};
use crate::{Error, Result, by_name::canonical, error::UnknownName, losses};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json, json};
use std::{any::Any, sync::Arc};

/// The metric that Keras' JSON stands for: a name, or `{"class_name": ..., "config": ...}`.
///
/// ```
/// use serde_json::json;
/// use wgrad_model::metrics::deserialize;
/// assert_eq!(deserialize(&json!("mae"))?.name(), "mean_absolute_error");
/// let metric = deserialize(&json!({"class_name": "Precision", "config": {"name": "p", "thresholds": [0.2, 0.5]}}))?;
/// assert_eq!(metric.name(), "p");
/// # Ok::<(), wgrad_model::Error>(())
/// ```
///
/// # Errors
/// JSON of another form, and what [`from_config`] does not take.
pub fn deserialize(json: &Json) -> Result<Arc<dyn Metric>> {
    match (json, json["class_name"].as_str(), &json["config"]) {
        (Json::String(name), ..) | (_, Some("function"), Json::String(name)) => from_config(name, &Json::Null),
        (_, Some(class_name), config) => from_config(class_name, config),
        (_, None, _) => Err(Error::invalid("metric", format!("expected a name or an object with a class_name, got {json}"))),
    }
}

/// A metric of its arguments; those of every metric are taken out first.
pub(super) fn build<M: Metric + DeserializeOwned + 'static>(name: &str, config: &Json) -> Result<Arc<dyn Metric>> {
    let (arguments, own_name) = arguments(name, config)?;
    let metric: M = serde_json::from_value(Json::Object(arguments)).map_err(|e| Error::invalid(place(name), e.to_string()))?;
    Ok(with_name(Arc::new(metric), own_name))
}

/// A loss without a metric of its own, as a metric.
pub(super) fn build_loss(name: &str, config: &Json, known: &[&str]) -> Result<Arc<dyn Metric>> {
    let (arguments, own_name) = arguments(name, config)?;
    match losses::from_config(name, &Json::Object(arguments)) {
        Ok(loss) => Ok(with_name(Arc::new(MeanLoss(loss)), own_name)),
        Err(Error::UnknownName(_)) => Err(UnknownName::new("metric", name, known.iter().chain(losses::NAMES).copied()).into()),
        Err(other) => Err(other),
    }
}

fn place(name: &str) -> String {
    format!("metric {name}")
}

/// The arguments of a metric alone, and the name that the user gave it.
fn arguments(name: &str, config: &Json) -> Result<(Map<String, Json>, Option<String>)> {
    let mut arguments = match config {
        Json::Null => Map::new(),
        Json::Object(arguments) => arguments.clone(),
        other => return Err(Error::invalid(place(name), format!("the arguments must be an object, got {other}"))),
    };
    // All metrics count in f32, but these may count in integers.
    if !canonical(name).ends_with("iou") {
        arguments.remove("dtype");
    }
    // Keras takes null as no aggregation, and as the default everywhere else.
    if let Some(aggregation @ Json::Null) = arguments.get_mut("class_aggregation") {
        *aggregation = "none".into();
    }
    let own_name = arguments.remove("name").and_then(|name| name.as_str().map(str::to_string));
    Ok((arguments, own_name))
}

fn with_name(metric: Arc<dyn Metric>, own_name: Option<String>) -> Arc<dyn Metric> {
    match own_name.filter(|name| name != metric.name()) {
        Some(name) => Arc::new(Named::new(name, metric)),
        None => metric,
    }
}

/// The JSON of a metric, where it is an `M`.
pub(super) fn written<M: Metric + Serialize>(class_name: &str, metric: &dyn Any) -> Option<Json> {
    let metric = metric.downcast_ref::<M>()?;
    let mut config = serde_json::to_value(metric).ok()?;
    let arguments = config.as_object_mut()?;
    arguments.insert("name".into(), json!(metric.name()));
    // The loss has an axis in Keras, the metric has not.
    if class_name == "BinaryCrossentropy" && arguments.get("axis").is_some_and(|axis| *axis == -1) {
        arguments.remove("axis");
    }
    Some(json!({"class_name": class_name, "config": config}))
}

/// The JSON of a metric under a name of the user's own, or of a loss as a metric.
pub(super) fn written_around(metric: &dyn Any) -> Option<Json> {
    if let Some(named) = metric.downcast_ref::<Named>() {
        let mut json = to_json(&*named.metric)?;
        json["config"]["name"] = json!(named.name);
        return Some(json);
    }
    let MeanLoss(loss) = metric.downcast_ref()?;
    let mut json = losses::to_json(&**loss)?;
    // The mean of the samples is the metric's own.
    json["config"].as_object_mut()?.remove("reduction");
    Some(json)
}
