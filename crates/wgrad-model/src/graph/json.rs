//! Graphs as Keras writes them: every layer with the calls it was applied in, each argument as `[layer, call, output]`.

use super::{
    Functional, OperationKind, Source, Symbol,
    arguments::{Arguments, Counting, Reference, SETTINGS, arguments, broken, collect, only_tensors, same_in_all},
    masks::only_for_masks,
};
use crate::{
    Entry, Result,
    input_layer::{input_layer, input_spec},
    settings::Settings,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::{Value as Json, json};
use std::collections::{BTreeSet, HashMap};

impl Functional {
    /// The graph of Keras' `get_config()`.
    ///
    /// # Errors
    /// Layers that do not exist; calls with arguments that there are not.
    pub fn from_config(config: &Json) -> Result<Functional> {
        let layers = config["layers"].as_array().ok_or_else(|| broken("a configuration of a graph has \"layers\""))?;
        let mut reader = Reader::default();
        let hidden = only_for_masks(layers, &config["output_layers"])?;
        let mut calls = Vec::new();
        for layer in layers {
            let name = layer_name(layer)?;
            if !hidden.contains(name) {
                calls.push((name.to_string(), reader.layer(layer)?));
            }
        }
        reader.calls(&calls)?;
        let inputs = reader.symbols(&config["input_layers"])?;
        let outputs = reader.symbols(&config["output_layers"])?;
        let mut model = Functional::new(&inputs, &outputs);
        model.settings = Settings::from_config(config)?;
        Ok(model)
    }

    /// The graph as Keras' `get_config()` has it; the opposite of [`Functional::from_config`].
    ///
    /// # Errors
    /// A layer of the user's own; a graph that cannot be computed.
    pub fn to_config(&self) -> Result<Json> {
        let graph = self.graph()?;
        let name_of = |source: &Source| &graph.operations[source.operation].name;
        let history = |source: &Source| json!([name_of(source), source.call, source.output]);
        let tensor = |source: &Source| json!({"class_name": "__keras_tensor__", "config": {"keras_history": history(source)}});
        let policy = self.settings.dtype_policy.as_ref();
        let mut layers = Vec::new();
        for operation in &graph.operations {
            let mut layer = match &operation.kind {
                OperationKind::Input(_, spec) => input_layer(&operation.name, spec, None),
                OperationKind::Layer(entry) => entry.clone().named(&operation.name).or_dtype(policy).to_json()?,
            };
            let settings = take_settings(&mut layer["config"]);
            let calls = operation.calls.iter().filter(|inputs| !inputs.is_empty()).map(|inputs| {
                let mut call = operation.call(inputs.iter().map(tensor).collect());
                settings.iter().for_each(|(name, value)| call["kwargs"][name] = value.clone());
                call
            });
            layer["inbound_nodes"] = calls.collect();
            layer["name"] = json!(operation.name);
            layers.push(layer);
        }
        let inputs: Vec<Json> =
            self.inputs.iter().filter_map(|symbol| Some(json!([graph.input_name(&self.inputs, symbol)?, 0, 0]))).collect();
        // Here, not between layers, Keras counts the building of a nested graph as its first call.
        let counted = |source: &Source| source.call + usize::from(graph.operations[source.operation].is_graph());
        let outputs: Vec<Json> = graph.outputs.iter().map(|source| json!([name_of(source), counted(source), source.output])).collect();
        let (name, inputs, outputs) = (self.settings.name_or("functional"), one_or_list(inputs), one_or_list(outputs));
        Ok(json!({"name": name, "trainable": true, "dtype": policy, "layers": layers, "input_layers": inputs, "output_layers": outputs}))
    }
}

/// Takes the arguments out of a layer's configuration that Keras gives to its calls.
fn take_settings(config: &mut Json) -> Vec<(&'static str, Json)> {
    let Some(config) = config.as_object_mut() else { return Vec::new() };
    SETTINGS.into_iter().filter_map(|setting| Some((setting, config.remove(setting)?))).collect()
}

/// A model of one output that has a list of one gives a list in Keras, which the next layer of a stack does not take.
fn one_or_list(references: Vec<Json>) -> Json {
    match <[Json; 1]>::try_from(references) {
        Ok([one]) => one,
        Err(list) => list.into(),
    }
}

impl super::Operation {
    /// The arguments of a call as Keras writes them: one tensor, a list of several, or one after the other where the layer's call has them so.
    fn call(&self, tensors: Vec<Json>) -> Json {
        let OperationKind::Layer(entry) = &self.kind else { return json!({"args": tensors, "kwargs": {}}) };
        let layer = entry.layer();
        let in_order = ["MultiHeadAttention", "GroupQueryAttention"].contains(&layer.class_name());
        let has_states = layer.as_recurrent().is_some() || layer.class_name() == "Bidirectional";
        match tensors.as_slice() {
            [_] => json!({"args": tensors, "kwargs": {}}),
            [x, states @ ..] if has_states => json!({"args": [x], "kwargs": {"initial_state": states}}),
            _ if in_order => json!({"args": tensors, "kwargs": {}}),
            _ => json!({"args": [tensors], "kwargs": {}}),
        }
    }
}

impl super::Graph {
    fn input_name(&self, inputs: &[Symbol], symbol: &Symbol) -> Option<&str> {
        let number = inputs.iter().position(|input| input.node.id == symbol.node.id)?;
        let named = self.operations.iter().find(|op| matches!(op.kind, OperationKind::Input(i, _) if i == number))?;
        Some(&named.name)
    }
}

pub(super) fn layer_name(layer: &Json) -> Result<&str> {
    let name = layer["name"].as_str().or(layer["config"]["name"].as_str());
    name.ok_or_else(|| broken("a layer of a graph has a \"name\""))
}

/// A graph while it is read.
#[derive(Default)]
struct Reader {
    entries: HashMap<String, Entry>,
    /// The results of the calls of each layer.
    results: HashMap<String, Vec<Symbol>>,
}

impl Reader {
    /// Notes a layer, and gives the arguments of its calls.
    fn layer(&mut self, layer: &Json) -> Result<Vec<Arguments>> {
        let name = layer_name(layer)?.to_string();
        if layer["class_name"] == "InputLayer" {
            let symbol = Symbol::input_spec(input_spec(&layer["config"])?.0).named(&name);
            self.results.insert(name, vec![symbol]);
            return Ok(Vec::new());
        }
        let nodes = layer["inbound_nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut layer = layer.clone();
        for setting in SETTINGS {
            if same_in_all(&name, nodes, setting)? == true {
                layer["config"][setting] = json!(true);
            }
        }
        // Operations of `keras.ops` have names of layers, so what they compute is told before their arguments are looked at.
        let entry = Entry::from_json(&layer)?.named(&name);
        nodes.iter().try_for_each(|node| only_tensors(&name, node))?;
        let calls = nodes.iter().map(arguments).collect::<Result<_>>()?;
        if self.entries.insert(name.clone(), entry).is_some() {
            return Err(broken(format!("two layers are named {name}")));
        }
        Ok(calls)
    }

    /// Applies layers in their order, and those that are applied to later ones when these are there: a shared layer may be.
    fn calls(&mut self, layers: &[(String, Vec<Arguments>)]) -> Result<()> {
        let mut next = vec![0; layers.len()];
        let mut ready: BTreeSet<usize> = (0..layers.len()).collect();
        // Layers by the name of the one that they wait for and the number of results that may do.
        let mut waiting: HashMap<(&str, usize), Vec<usize>> = HashMap::new();
        let mut from = 0;
        while let Some(at) = ready.range(from..).next().or(ready.first()).copied() {
            ready.remove(&at);
            from = at + 1;
            let (name, calls) = &layers[at];
            while let Some(arguments) = calls.get(next[at]) {
                if let Some((layer, call, _)) = self.call(name, arguments) {
                    [*call, call.saturating_add(1)].iter().for_each(|results| waiting.entry((layer, *results)).or_default().push(at));
                    break;
                }
                next[at] += 1;
                let results = self.results.get(name).map_or(0, Vec::len);
                ready.extend(waiting.remove(&(name.as_str(), results)).into_iter().flatten());
            }
        }
        match layers.iter().zip(next).find(|((_, calls), next)| calls.len() > *next) {
            Some(((name, _), _)) => Err(broken(format!("layer {name} is applied to results that there are not"))),
            None => Ok(()),
        }
    }

    /// Applies a layer, or gives what is missing.
    fn call<'a>(&mut self, name: &str, (counting, references): &'a Arguments) -> Option<&'a Reference> {
        let mut inputs = Vec::new();
        for reference in references {
            match self.find(reference, *counting) {
                Some(input) => inputs.push(input),
                None => return Some(reference),
            }
        }
        let result = self.entries.get(name)?.on(&inputs);
        self.results.entry(name.into()).or_default().push(result);
        None
    }

    fn find(&self, (layer, call, output): &Reference, counting: Counting) -> Option<Symbol> {
        let results = self.results.get(layer)?;
        let class_name = self.entries.get(layer).map(|entry| entry.layer().class_name());
        let after_building = call.checked_sub(1).and_then(|before| results.get(before));
        let result = match (class_name, counting) {
            (Some("Functional"), Counting::Output | Counting::Keras2) | (Some("Sequential"), Counting::Keras2) => {
                after_building.or(results.get(*call))
            }
            (Some("Sequential"), Counting::Output) => results.get(*call).or(after_building),
            _ => results.get(*call),
        };
        result.map(|symbol| symbol.output(*output))
    }

    fn symbols(&self, json: &Json) -> Result<Vec<Symbol>> {
        let mut references = Vec::new();
        collect(json, &mut references)?;
        let found = references.iter().map(|reference| {
            self.find(reference, Counting::Output)
                .ok_or_else(|| broken(format!("there is no result {} of call {} of layer {}", reference.2, reference.1, reference.0)))
        });
        found.collect()
    }
}

impl Serialize for Functional {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_config().map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Functional {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Functional::from_config(&Json::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
