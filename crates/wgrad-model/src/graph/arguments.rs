//! The arguments that layers of a graph are called with, as Keras writes them.

use crate::{Error, Result};
use serde_json::Value as Json;

/// The order in which keyword arguments that are tensors come after the others.
const KEYWORDS: [&str; 7] = ["inputs", "sequences", "query", "value", "key", "initial_state", "attention_mask"];
/// Keyword arguments that are settings of the layer here.
pub(super) const SETTINGS: [&str; 3] = ["use_causal_mask", "return_attention_scores", "reverse"];

pub(super) fn broken(rule: impl Into<String>) -> Error {
    Error::invalid("graph", rule)
}

/// A reference to a result: layer, call, output.
pub(super) type Reference = (String, usize, usize);

/// What a call gets, and how the references count.
pub(super) type Arguments = (Counting, Vec<Reference>);

/// How the calls of models in the model are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counting {
    /// Between layers Keras 3 counts them as those of any layer.
    Plain,
    /// In the lists of inputs and outputs the building of a graph is its first call.
    Output,
    /// In Keras 2 that of every model.
    Keras2,
}

/// The keyword arguments of a call: Keras 3 writes `{"args", "kwargs"}`, Keras 2 an object behind each reference.
pub(super) fn keywords(node: &Json) -> &Json {
    let first = if node[0].is_array() { &node[0] } else { node };
    node.get("kwargs").unwrap_or(&first[3])
}

/// An argument that all calls of a layer have with one value: null where they do not have it.
pub(super) fn same_in_all(layer: &str, nodes: &[Json], argument: &str) -> Result<Json> {
    let mut values = nodes.iter().map(|node| &keywords(node)[argument]);
    let first = values.next().unwrap_or(&Json::Null);
    match values.find(|value| *value != first) {
        None => Ok(first.clone()),
        Some(other) => {
            Err(broken(format!("layer {layer} is called with {argument} {first} and {argument} {other}; all calls must be alike")))
        }
    }
}

/// An error where a call gets what is neither a tensor nor an argument that is known: it would be left out of what is computed.
pub(super) fn only_tensors(layer: &str, node: &Json) -> Result<()> {
    if let Some(number) = node.get("args").and_then(constant) {
        return Err(broken(format!("layer {layer} is called with {number}; calls of layers get tensors alone")));
    }
    for (argument, value) in keywords(node).as_object().into_iter().flatten() {
        let is_known = match argument.as_str() {
            // What Keras 3 says to the model is in its place.
            "training" => true,
            // Looked at by itself.
            "mask" => true,
            argument if SETTINGS.contains(&argument) => value.is_boolean() || value.is_null(),
            // Attention layers take a mask for one by its dtype.
            "attention_mask" if value["config"]["dtype"].as_str().is_some_and(|dtype| dtype != "bool") => {
                let dtype = &value["config"]["dtype"];
                return Err(broken(format!("layer {layer} is called with an attention_mask of {dtype}; it must be \"bool\"")));
            }
            argument if KEYWORDS.contains(&argument) => constant(value).is_none(),
            _ => value.is_null() || *value == false,
        };
        if !is_known {
            return Err(broken(format!("layer {layer} is called with {argument} {value}, which is not known here")));
        }
    }
    Ok(())
}

/// A number or the like among the arguments of a call.
fn constant(json: &Json) -> Option<&Json> {
    match json {
        Json::Null | Json::Bool(false) => None,
        Json::Bool(true) | Json::Number(_) | Json::String(_) => Some(json),
        Json::Array(items) if is_reference(items) => None,
        Json::Array(items) => items.iter().find_map(constant),
        Json::Object(object) if object.get("class_name").is_some_and(|name| name == "__keras_tensor__") => None,
        Json::Object(items) => items.values().find_map(constant),
    }
}

/// Whether a list is `[layer, call, output]`.
fn is_reference(items: &[Json]) -> bool {
    matches!(items, [Json::String(_), Json::Number(_), Json::Number(_), ..])
}

/// The tensors that a call gets: those by position, then those by name.
pub(super) fn arguments(node: &Json) -> Result<Arguments> {
    let mut references = Vec::new();
    let counting = if node.get("args").is_some() { Counting::Plain } else { Counting::Keras2 };
    collect(node.get("args").unwrap_or(node), &mut references)?;
    for keyword in KEYWORDS {
        collect(&keywords(node)[keyword], &mut references)?;
    }
    Ok((counting, references))
}

/// The references in nested lists, objects of tensors, or plain triples.
pub(super) fn collect(json: &Json, references: &mut Vec<Reference>) -> Result<()> {
    let history = json.get("config").and_then(|config| config.get("keras_history"));
    match history.unwrap_or(json) {
        Json::Array(items) => match items.as_slice() {
            [Json::String(layer), Json::Number(call), Json::Number(output), ..] => {
                let index = |number: &serde_json::Number| number.as_u64().and_then(|n| usize::try_from(n).ok());
                let (Some(call), Some(output)) = (index(call), index(output)) else {
                    return Err(broken(format!("{json} does not name a result of a layer")));
                };
                references.push((layer.clone(), call, output));
            }
            items => items.iter().try_for_each(|item| collect(item, references))?,
        },
        Json::Object(items) => items.values().try_for_each(|item| collect(item, references))?,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => (),
    }
    Ok(())
}
