//! Layers: results, gradients of inputs and weights, losses, and the variables that the call changed.

use super::{
    Case, Comparison,
    case::{list, text, texts},
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use wgrad_model::{Entry, Scope, Variable};
use wgrad_tensor::{Device, Tensor};

/// Keyword arguments of Keras that are further inputs here, in their order.
const INPUTS: [&str; 5] = ["value", "key", "initial_state", "attention_mask", "count_weights"];

/// Keyword arguments of Keras that are masks.
const MASKS: [&str; 4] = ["mask", "query_mask", "value_mask", "key_mask"];

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let tensors = Given::read(case)?;
    let inputs = inputs(case, &tensors)?;
    let entry = Entry::from_json(&layer(case)).map_err(|e| e.to_string())?;
    let name = entry.name().unwrap_or("layer").to_string();
    let mut draft = Scope::build();
    set_masks(case, &tensors, &inputs, &mut draft)?;
    if let Some(error) = draft.entry(&name, &entry, &inputs).iter().find_map(Tensor::error) {
        return Err(error.to_string());
    }
    let variables = draft.variables();
    let weights = paired(list(&case.json, "weights")?, variables)?;
    let values = weights.iter().zip(variables).map(|(weight, variable)| match weight {
        Some(weight) => Ok(tensors.get(text(weight, "tensor")?)?.clone()),
        None => first_value(variable),
    });
    let values = values.collect::<Result<Vec<Tensor>, String>>()?;

    let training = case.json["kwargs"]["training"] == true;
    let mut scope = Scope::bind(variables, &values, training, training.then(|| Tensor::from([0u32, 0, 1])));
    set_masks(case, &tensors, &inputs, &mut scope)?;
    let outputs = scope.entry(&name, &entry, &inputs);

    let names = texts(&case.json, "outputs")?;
    if names.len() != outputs.len() {
        return Err(format!("it has {} results, Keras' has {}", outputs.len(), names.len()));
    }
    let loss = scope.losses().iter().cloned().reduce(|sum, loss| sum + loss);
    let mut results: Vec<(&str, Tensor)> = names.into_iter().zip(outputs.iter().cloned()).collect();
    if case.json["layer_loss"].is_string() {
        results.push((text(&case.json, "layer_loss")?, loss.clone().unwrap_or_else(|| Tensor::from(0f32))));
    }
    results.extend(gradients(case, &tensors, &outputs, loss.as_ref())?);
    for ((variable, weight), before) in weights.iter().enumerate().zip(&values) {
        if let Some(after) = weight.and_then(|weight| weight["after"].as_str()) {
            results.push((after, scope.updated(variable).unwrap_or(before).clone()));
        }
    }
    case.compare(device, &results)
}

/// The weight of the case for each variable of the layer: that of the same path, or else (Keras numbers layers without a name) the next one without such.
/// State that Keras does not count among the weights has none.
fn paired<'a>(weights: &'a [Json], variables: &[Variable]) -> Result<Vec<Option<&'a Json>>, String> {
    let own = |variable: &Variable| variable.path.split_once('/').map_or("", |(_, path)| path).to_string();
    let named = |path: &str| weights.iter().find(|weight| weight["path"] == path);
    let known: Vec<String> = variables.iter().map(own).collect();
    let mut others = weights.iter().filter(|weight| !known.iter().any(|path| weight["path"] == path.as_str()));
    let mut pairs = Vec::new();
    for (variable, path) in variables.iter().zip(&known) {
        let weight = named(path).or_else(|| if variable.trainable { others.next() } else { None });
        if weight.is_none() && variable.trainable {
            return Err(format!("Keras' layer has no weight {path}"));
        }
        pairs.push(weight);
    }
    match others.next() {
        Some(weight) => Err(format!("the layer has no weight {}", weight["path"])),
        None => Ok(pairs),
    }
}

/// What a variable without a weight starts with.
fn first_value(variable: &Variable) -> Result<Tensor, String> {
    let values = variable.initializer.values(&variable.shape, 0, 0).map_err(|e| e.to_string())?;
    Ok(Tensor::from_vec(values, &variable.shape))
}

/// The layer as Keras writes it, with the call's flags (`use_causal_mask`), which are arguments of the layer here.
fn layer(case: &Case) -> Json {
    let mut config = case.arguments();
    for (key, value) in case.json["kwargs"].as_object().into_iter().flatten().filter(|(key, _)| *key != "training") {
        if value.is_boolean() || value.is_number() {
            config[key] = value.clone();
        }
    }
    json!({"class_name": case.class_name, "config": config})
}

/// What the layer was called with: the arguments, then keyword arguments.
fn inputs(case: &Case, tensors: &Given) -> Result<Vec<Tensor>, String> {
    let kwargs = &case.json["kwargs"];
    let known = |key: &str| key == "training" || INPUTS.contains(&key) || MASKS.contains(&key);
    for (key, value) in kwargs.as_object().into_iter().flatten() {
        if !known(key) && (value.is_object() || value.is_array()) {
            return Err(format!("the keyword argument \"{key}\" is not supported"));
        }
    }
    let mut inputs: Vec<Tensor> = Vec::new();
    for argument in list(&case.json, "args")?.iter().chain(INPUTS.iter().map(|key| &kwargs[*key])) {
        for x in tensors.flatten(argument)?.into_iter().flatten() {
            // Masks belong to arguments; here they belong to tensors, so the same tensor again is another one.
            let again = inputs.iter().any(|input| input.id() == x.id());
            inputs.push(if again { x.unsqueeze(0).squeeze([0]) } else { x });
        }
    }
    Ok(inputs)
}

fn set_masks(case: &Case, tensors: &Given, inputs: &[Tensor], scope: &mut Scope) -> Result<(), String> {
    let kwargs = &case.json["kwargs"];
    // Without a key of its own the value is the key.
    let key = if list(&case.json, "args")?.len() > 2 || !kwargs["key"].is_null() { 2 } else { 1 };
    for (argument, first) in MASKS.into_iter().zip([0, 0, 1, key]) {
        // Keras' own class takes the mask that belongs to the query's tensor, and drops this argument.
        if argument == "query_mask" && case.class_name == "MultiHeadAttention" {
            continue;
        }
        let masks = tensors.flatten(&kwargs[argument])?;
        for (x, mask) in inputs.iter().skip(first).zip(masks) {
            if let Some(mask) = mask {
                scope.set_mask(x, &mask);
            }
        }
    }
    Ok(())
}

/// The gradients of `sum(output * upstream) + loss` that the case expects, each with its name.
fn gradients<'a>(case: &'a Case, tensors: &Given, outputs: &[Tensor], loss: Option<&Tensor>) -> Result<Vec<(&'a str, Tensor)>, String> {
    let (mut names, mut sources) = (Vec::new(), Vec::new());
    for (input, name) in case.json["input_grads"].as_object().into_iter().flatten() {
        names.push(name.as_str().ok_or("a gradient without a name")?);
        sources.push(tensors.get(input)?);
    }
    for weight in list(&case.json, "weights")?.iter().filter(|weight| weight["grad"].is_string()) {
        names.push(text(weight, "grad")?);
        sources.push(tensors.get(text(weight, "tensor")?)?);
    }
    let mut upstreams = Vec::new();
    for upstream in texts(&case.json, "upstream")? {
        upstreams.push(tensors.get(upstream)?);
    }
    let one = Tensor::from(1f32);
    let mut results: Vec<&Tensor> = outputs.iter().take(upstreams.len()).collect();
    if let Some(loss) = loss {
        results.push(loss);
        upstreams.push(&one);
    }
    Ok(names.into_iter().zip(super::gradients(&results, &upstreams, &sources)).collect())
}

/// The tensors of the case. One name is one tensor, so that the gradients of all its uses add up.
struct Given(BTreeMap<String, Tensor>);

impl Given {
    fn read(case: &Case) -> Result<Given, String> {
        case.tensors.keys().map(|name| Ok((name.clone(), case.tensor(name)?))).collect::<Result<_, String>>().map(Given)
    }

    fn get(&self, name: &str) -> Result<&Tensor, String> {
        self.0.get(name).ok_or_else(|| format!("the case has no tensor \"{name}\""))
    }

    /// The tensors of an argument: `{"tensor": NAME}`, or a list of such and null; nothing of an argument that is absent.
    fn flatten(&self, argument: &Json) -> Result<Vec<Option<Tensor>>, String> {
        match argument {
            Json::Null => Ok(vec![None]),
            Json::Array(list) => Ok(list.iter().map(|item| self.flatten(item)).collect::<Result<Vec<_>, _>>()?.concat()),
            Json::Object(_) => Ok(vec![Some(self.get(text(argument, "tensor")?)?.clone())]),
            other => Err(format!("the argument {other} is not supported")),
        }
    }
}
