//! Layers: results, and gradients of inputs and weights.

use super::{
    Case, Comparison,
    case::{list, text, texts},
};
use wgrad_model::{Scope, Variable, layers::from_config};
use wgrad_tensor::{Device, Tensor, vjp};

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    if case.json["kwargs"].as_object().is_some_and(|kwargs| !kwargs.is_empty()) {
        return Err("keyword arguments are not supported yet".into());
    }
    let layer = from_config(&case.class_name, &case.json["config"]).map_err(|e| e.to_string())?;
    let [input] = texts(&case.json, "inputs")?[..] else { return Err("several inputs are not supported yet".into()) };
    let weights = list(&case.json, "weights")?;
    let (mut variables, mut values) = (Vec::new(), Vec::new());
    for weight in weights {
        let value = case.named(weight, "tensor")?;
        let (path, shape) = (text(weight, "path")?.into(), value.shape().clone());
        variables.push(Variable { path, shape, trainable: weight["trainable"] == true, initializer: "zeros".into(), constraint: None });
        values.push(value);
    }
    let x = case.tensor(input)?;
    let mut scope = Scope::bind(&variables, &values, false, None);
    let y = layer.call(&mut scope, &x);

    let sources: Vec<&Tensor> = std::iter::once(&x).chain(&values).collect();
    let gradients = vjp(&[&y], &[&case.tensor("upstream.0")?], &sources);
    let names = std::iter::once(&case.json["input_grads"][input]).chain(weights.iter().map(|weight| &weight["grad"]));
    let mut results = vec![("output.0", y)];
    for ((name, gradient), source) in names.zip(gradients).zip(sources) {
        results.extend(name.as_str().map(|name| (name, gradient.unwrap_or_else(|| source.zeros_like()))));
    }
    case.compare(device, &results)
}
