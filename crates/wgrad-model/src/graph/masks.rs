//! Masks in the graphs that Keras 3 writes, which hold the operations that compute them. Here layers make masks and pass them on by themselves.

use super::{
    arguments::{Reference, arguments, broken, collect, keywords},
    json::layer_name,
};
use crate::Result;
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};

/// The layers of a graph by name.
type Layers<'a> = HashMap<&'a str, &'a Json>;

/// The operations that compute masks and nothing else: those that no output depends on but by a mask.
///
/// # Errors
/// A mask that is not that of an `Embedding` or `Masking`: without it the model would be another.
pub(super) fn only_for_masks<'a>(layers: &'a [Json], outputs: &Json) -> Result<HashSet<&'a str>> {
    let named = layers.iter().map(|layer| Ok((layer_name(layer)?, layer))).collect::<Result<Layers<'_>>>()?;
    let mut references = Vec::new();
    collect(outputs, &mut references)?;
    let mut seen = HashSet::new();
    while let Some((name, ..)) = references.pop() {
        let Some((&name, layer)) = named.get_key_value(name.as_str()) else { continue };
        if seen.insert(name) {
            for node in nodes(layer) {
                references.extend(arguments(node)?.1);
            }
        }
    }
    let sources = sources(layers)?;
    let mut followed = HashSet::new();
    for name in &seen {
        let mut masks = Vec::new();
        nodes(named[name]).try_for_each(|node| collect(&keywords(node)["mask"], &mut masks))?;
        if !all_follow(masks, &named, &seen, &sources, &mut followed)? {
            return Err(broken(format!("layer {name} is called with a mask that no Embedding or Masking before it makes; give it none")));
        }
    }
    Ok(named
        .into_iter()
        .filter(|(name, layer)| !seen.contains(name) && layer["class_name"] != "InputLayer")
        .map(|(name, _)| name)
        .collect())
}

fn nodes(layer: &Json) -> impl Iterator<Item = &Json> {
    layer["inbound_nodes"].as_array().into_iter().flatten()
}

/// What layers are called with that make masks themselves, or hold layers that do.
fn sources(layers: &[Json]) -> Result<HashSet<Reference>> {
    let makes_masks = |layer: &&Json| match layer["class_name"].as_str() {
        Some("Embedding") => layer["config"]["mask_zero"] == true,
        Some("Masking" | "Sequential" | "Functional" | "TimeDistributed") => true,
        _ => false,
    };
    let mut sources = HashSet::new();
    for node in layers.iter().filter(makes_masks).flat_map(nodes) {
        sources.extend(arguments(node)?.1);
    }
    Ok(sources)
}

/// Whether masks are computed from those of layers. Those that were `followed` before are.
fn all_follow<'a>(
    mut masks: Vec<Reference>,
    named: &Layers<'a>,
    seen: &HashSet<&str>,
    sources: &HashSet<Reference>,
    followed: &mut HashSet<&'a str>,
) -> Result<bool> {
    while let Some((name, ..)) = masks.pop() {
        let Some((&name, operation)) = named.get_key_value(name.as_str()) else { return Ok(false) };
        if !followed.insert(name) {
            continue;
        }
        let mut references = Vec::new();
        for node in nodes(operation) {
            references.extend(arguments(node)?.1);
        }
        match operation["class_name"].as_str() {
            _ if seen.contains(name) || references.is_empty() => return Ok(false),
            Some("NotEqual") if references.iter().all(|reference| sources.contains(reference)) => (),
            Some("NotEqual") => return Ok(false),
            // What has no mask counts as all true or all false.
            Some("ZerosLike" | "OnesLike") => (),
            _ => masks.extend(references),
        }
    }
    Ok(true)
}
