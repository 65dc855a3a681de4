//! Layers: results, and gradients of inputs and weights.

use super::{Case, run};
use wgrad_model::{Scope, Variable, layers::from_config};
use wgrad_tensor::{Tensor, vjp};

#[test]
fn layers_give_what_keras_gives() {
    run("layer", 70, check);
}

fn check(case: &Case) -> Result<(), String> {
    if case.json["kwargs"].as_object().is_some_and(|kwargs| !kwargs.is_empty()) {
        return Err("keyword arguments".into());
    }
    let layer = from_config(case.class(), &case.json["config"]).map_err(|e| e.to_string().split([',', ';']).next().unwrap().to_string())?;
    let inputs = case.json["inputs"].as_array().unwrap();
    let weights = case.json["weights"].as_array().unwrap();
    let variables: Vec<Variable> = weights
        .iter()
        .map(|weight| Variable {
            path: weight["path"].as_str().unwrap().into(),
            shape: case.host(&weight["tensor"]).shape().clone(),
            trainable: true,
            initializer: "zeros".into(),
            constraint: None,
        })
        .collect();
    let values: Vec<Tensor> = weights.iter().map(|weight| case.tensor(&weight["tensor"])).collect();
    let x = case.tensor(&inputs[0]);
    let mut scope = Scope::bind(&variables, &values, false, None);
    let y = layer.call(&mut scope, &x);
    if let Some(activation) = y.error().map(ToString::to_string).filter(|text| text.contains("there is no activation")) {
        return Err(activation.split(';').next().unwrap().into());
    }
    case.compare_tensor(&case.json["outputs"][0], &y);

    let sources: Vec<&Tensor> = std::iter::once(&x).chain(&values).collect();
    let gradients = vjp(&[&y], &[&case.tensor(&case.json["upstream"][0])], &sources);
    let names = std::iter::once(&case.json["input_grads"]["input.0"]).chain(weights.iter().map(|weight| &weight["grad"]));
    for ((name, gradient), source) in names.zip(gradients).zip(sources).filter(|((name, _), _)| !name.is_null()) {
        case.compare_tensor(name, &gradient.unwrap_or_else(|| source.zeros_like()));
    }
    Ok(())
}
