//! Vocabularies. Those that a lookup learned from data are files of their own in Keras' archives, those that it was given are part of its configuration; wgrad
//! writes all of them there.

use super::places::numbered;
use crate::{archive::Archive, hdf5::Reader};
use serde_json::{Value as Json, json};
use wgrad_model::{Result, snake_case};
use wgrad_tensor::{HostData, HostTensor, Shape};

/// Visits the layers of a model's configuration that are no models themselves, with their places in Keras' files: `layers/sequential/layers/dense_1`.
fn each_layer(model: &mut Json, group: &str, visit: &mut dyn FnMut(&str, &mut Json) -> Result<()>) -> Result<()> {
    let layers = model.get_mut("config").and_then(|config| config.get_mut("layers")).and_then(Json::as_array_mut);
    let Some(layers) = layers else { return Ok(()) };
    let classes: Vec<String> = layers.iter().map(|layer| snake_case(layer["class_name"].as_str().unwrap_or_default())).collect();
    for (layer, name) in layers.iter_mut().zip(numbered("layers", classes.into_iter())) {
        let group = if group.is_empty() { name } else { format!("{group}/{name}") };
        if layer["config"]["layers"].is_array() { each_layer(layer, &group, visit)? } else { visit(&group, layer)? }
    }
    Ok(())
}

/// Puts the vocabularies of an archive into the configuration of its model.
pub(crate) fn fill(model: &mut Json, archive: &mut Archive, file: &Reader) -> Result<()> {
    each_layer(model, "", &mut |group, layer| {
        let texts = match layer["class_name"].as_str() {
            Some("IntegerLookup") => false,
            Some("StringLookup" | "TextVectorization") => true,
            _ => return Ok(()),
        };
        let member = format!("assets/{group}/vocabulary.txt");
        let config =
            layer.get_mut("config").and_then(Json::as_object_mut).filter(|config| config.get("vocabulary").is_none_or(Json::is_null));
        let Some(config) = config.filter(|_| archive.has(&member)) else { return Ok(()) };
        let text = archive.read_text(&member)?;
        // As Keras: a token at the end that is empty is no token.
        let lines = text.trim_end_matches(['\n', '\r']).lines();
        let token = |line: &str| if texts { Ok(json!(line)) } else { line.parse::<i64>().map(Json::from) };
        let tokens: Vec<Json> =
            lines.map(|line| token(line).map_err(|e| archive.broken(&member, format!("{line}: {e}")))).collect::<Result<_>>()?;
        if config.get("output_mode").is_some_and(|mode| mode == "tf_idf") {
            let padded = config.get("pad_to_max_tokens").and_then(Json::as_bool).unwrap_or(false);
            let most = config.get("max_tokens").and_then(Json::as_u64).filter(|_| padded).and_then(|most| usize::try_from(most).ok());
            let shape = Shape::from([most.unwrap_or(tokens.len())]);
            let weights = file.tensor(&format!("{group}/vars/{IDF}"), &shape)?.data().to_f64();
            config.insert("idf_weights".into(), weights.into_iter().take(tokens.len()).collect());
        }
        config.insert("vocabulary".into(), tokens.into());
        Ok(())
    })
}

/// The name of a lookup's weights among its variables, which have numbers otherwise.
const IDF: &str = "idf_weights";

/// The weights that Keras expects among the variables of lookups in the mode `"tf_idf"`: places and values.
pub(crate) fn idf_weights(model: &mut Json) -> Result<Vec<(String, HostTensor)>> {
    let mut found = Vec::new();
    each_layer(model, "", &mut |group, layer| {
        let config = &layer["config"];
        if let (Some("IntegerLookup"), Some(given)) = (layer["class_name"].as_str(), config[IDF].as_array()) {
            let number = |name: &str| config[name].as_u64().and_then(|n| usize::try_from(n).ok());
            let given: Vec<f32> = given.iter().map(|weight| weight.as_f64().unwrap_or_default() as f32).collect();
            let (unknown, vocabulary) = (number("num_oov_indices").unwrap_or(1), config["vocabulary"].as_array());
            // Unknown tokens have the mean of the others, where the vocabulary does not begin with them.
            let named =
                vocabulary.is_some_and(|all| all.len() >= unknown && all.iter().take(unknown).all(|token| *token == config["oov_token"]));
            let mean = given.iter().sum::<f32>() / given.len().max(1) as f32;
            let mut weights = vec![mean; if named { 0 } else { unknown }];
            weights.extend(given);
            let padded = number("max_tokens").filter(|_| config["pad_to_max_tokens"] == true);
            weights.resize(padded.unwrap_or(weights.len()).max(weights.len()), 0.0);
            let shape = [weights.len()];
            found.extend(HostTensor::new(shape, HostData::F32(weights)).map(|weights| (format!("{group}/vars/{IDF}"), weights)));
        }
        Ok(())
    })?;
    Ok(found)
}

/// The configuration of the layer of that name.
pub(crate) fn layer_config(model: &mut Json, name: &str) -> Result<Result<Json, Vec<String>>> {
    let (mut found, mut names) = (None, Vec::new());
    each_layer(model, "", &mut |_, layer| {
        let own = layer["config"]["name"].as_str().unwrap_or_default();
        names.push(own.to_string());
        if own == name {
            found.get_or_insert_with(|| layer["config"].clone());
        }
        Ok(())
    })?;
    Ok(found.ok_or(names))
}
