//! Where the variables of each layer are in Keras' files of weights: `layers/dense_1/vars`, numbered in the order of their declaration.

use serde_json::Value as Json;
use std::collections::HashMap;
use wgrad_model::Model;

/// A layer's own variables and their group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// The path of the group, without `vars`: `layers/sequential/layers/dense`; empty for the model itself.
    pub(crate) group: String,
    /// The layer's name.
    pub(crate) name: String,
    /// The layer's own variables, by number.
    pub(crate) variables: Vec<usize>,
}

/// The layers of a model as a tree.
#[derive(Debug, Default)]
struct Node {
    name: String,
    /// Of layers that the model knows as such; cells and projections are parts of layers.
    class_name: Option<&'static str>,
    variables: Vec<usize>,
    parts: Vec<Node>,
}

impl Node {
    /// The part of that name, which comes into being where there is none.
    fn part(&mut self, name: &str) -> &mut Node {
        let at = self.parts.iter().position(|part| part.name == name).unwrap_or_else(|| {
            self.parts.push(Node { name: name.into(), ..Node::default() });
            self.parts.len() - 1
        });
        &mut self.parts[at]
    }

    fn at(&mut self, path: &str) -> &mut Node {
        path.split('/').fold(self, |node, name| node.part(name))
    }
}

fn tree(model: &Model) -> Node {
    let mut root = Node { name: model.name().into(), class_name: Some(model.class_name()), ..Node::default() };
    for layer in model.all_layers() {
        root.at(layer.name()).class_name = Some(layer.class_name());
    }
    for (i, variable) in model.variables().iter().enumerate() {
        let Some((layer, name)) = variable.path.rsplit_once('/') else {
            root.variables.push(i);
            continue;
        };
        root.at(layer).variables.push(i);
        // The kernel of the layer inside is one of the wrapper's own variables, too.
        if let (Some((around, _)), "kernel" | "embeddings") = (layer.rsplit_once('/'), name) {
            let around = root.at(around);
            if around.class_name == Some("SpectralNormalization") {
                around.variables.push(i);
            }
        }
    }
    root
}

/// The places of all layers, in the order of the model.
pub(crate) fn places(model: &Model) -> Vec<Place> {
    let mut places = Vec::new();
    let mut stacks = Vec::new();
    // Models that have no configuration have stacks of cells with their default names.
    model.to_json().iter().for_each(|config| find_stacks(config, &mut stacks));
    collect(tree(model), String::new(), &stacks, &mut places);
    places
}

/// Names, where they were given, and classes of the cells of a stack.
type Stack = Vec<(Option<String>, String)>;

/// All stacks of cells in a configuration.
fn find_stacks(config: &Json, stacks: &mut Vec<Stack>) {
    match config {
        Json::Object(object) => {
            if let Some(cells) = object.get("cells").and_then(Json::as_array) {
                let text = |value: &Json| value.as_str().map(str::to_string);
                stacks.push(
                    cells.iter().map(|cell| (text(&cell["config"]["name"]), text(&cell["class_name"]).unwrap_or_default())).collect(),
                );
            }
            object.values().for_each(|value| find_stacks(value, stacks));
        }
        Json::Array(items) => items.iter().for_each(|item| find_stacks(item, stacks)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => (),
    }
}

/// The classes of the parts of a stack, as Keras spells them in paths: of the stack that has parts of these names.
fn cell_classes(parts: &[Node], stacks: &[Stack]) -> Vec<String> {
    let default = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_').to_string();
    let fits = |part: &Node, (name, class): &(Option<String>, String)| match name {
        Some(name) => *name == part.name,
        None => wgrad_model::snake_case(class) == default(&part.name),
    };
    let stack = stacks.iter().find(|stack| stack.len() == parts.len() && parts.iter().zip(*stack).all(|(part, cell)| fits(part, cell)));
    stack.map_or_else(
        || parts.iter().map(|part| default(&part.name)).collect(),
        |stack| stack.iter().map(|(_, class)| wgrad_model::snake_case(class)).collect(),
    )
}

fn collect(node: Node, group: String, stacks: &[Stack], places: &mut Vec<Place>) {
    let names = attributes(&node, stacks);
    places.push(Place { group: group.clone(), name: node.name, variables: node.variables });
    for (part, name) in node.parts.into_iter().zip(names) {
        collect(part, if group.is_empty() { name } else { format!("{group}/{name}") }, stacks, places);
    }
}

/// The attributes of a layer's Python object in which its parts are.
fn attributes(node: &Node, stacks: &[Stack]) -> Vec<String> {
    let names = node.parts.iter().map(|part| part.name.as_str());
    match node.class_name {
        Some("Sequential" | "Functional") => {
            numbered("layers", node.parts.iter().map(|part| part.class_name.map_or_else(|| part.name.clone(), list_name)))
        }
        Some("MultiHeadAttention") => names.map(|name| projection(name, "")).collect(),
        Some("GroupQueryAttention") => names.map(|name| projection(name, "_")).collect(),
        Some("Bidirectional") => names.enumerate().map(|(i, _)| if i == 0 { "forward_layer" } else { "backward_layer" }.into()).collect(),
        Some("TimeDistributed" | "SpectralNormalization") => names.map(|_| "layer".into()).collect(),
        Some("RNN" | "SimpleRNN" | "LSTM" | "GRU" | "ConvLSTM1D" | "ConvLSTM2D" | "ConvLSTM3D") => names.map(|_| "cell".into()).collect(),
        // The part of a recurrent layer that has parts itself is a stack of cells.
        None => numbered("cells", cell_classes(&node.parts, stacks).into_iter()),
        Some(_) => names.map(str::to_string).collect(),
    }
}

/// The name of a class in a list of layers: that of the class itself, where Keras has it under another name.
fn list_name(class_name: &str) -> String {
    wgrad_model::snake_case(if class_name == "GroupQueryAttention" { "GroupedQueryAttention" } else { class_name })
}

/// Places in a list of Keras' objects: the class, with a number from the second of a class on.
pub(super) fn numbered(list: &str, classes: impl Iterator<Item = String>) -> Vec<String> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let unique = classes.map(|class| {
        let number = numbers.entry(class.clone()).or_default();
        *number += 1;
        if *number == 1 { format!("{list}/{class}") } else { format!("{list}/{class}_{}", *number - 1) }
    });
    unique.collect()
}

/// The attribute of a projection of an attention layer: `query_dense`.
fn projection(name: &str, prefix: &str) -> String {
    format!("{prefix}{}_dense", if name == "attention_output" { "output" } else { name })
}
