//! Optimizers over 20 steps: parameters, learning rates, the optimizer's own variables, averages.

use super::{
    Case, Comparison,
    case::{count, list, text, texts},
};
use serde_json::Value as Json;
use wgrad_model::optimizers::{OptimizerState, from_config};
use wgrad_tensor::{Device, Shape, Tensor};

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let tensors = |names: &[&str]| names.iter().map(|name| case.tensor(name)).collect::<Result<Vec<Tensor>, String>>();
    let optimizer = from_config(&case.class_name, &case.arguments()).map_err(|e| e.to_string())?;
    let mut params = tensors(&texts(&case.json, "params")?)?;
    let named = params.iter().enumerate().map(|(i, param)| (format!("v{i}"), param));
    let mut optimizer = OptimizerState::named(optimizer, named).map_err(|e| e.to_string())?.on(device);
    let (mut found, mut rates) = (Comparison::default(), Vec::new());
    for (step, gradients) in (1..).zip(list(&case.json, "grads")?) {
        let gradients: Vec<&str> = gradients.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        rates.push(optimizer.learning_rate());
        optimizer.apply(&mut params, &tensors(&gradients)?).map_err(|e| e.to_string())?;
        if case.json["params_after"].get(step.to_string()).is_some() {
            compare(case, device, &mut found, &texts(&case.json["params_after"], &step.to_string())?, &params)?;
        }
    }
    found.values(case, text(&case.json, "learning_rate")?, &Shape::from([rates.len()]), &rates)?;
    let variables = optimizer.variables().map_err(|e| e.to_string())?;
    for variable in list(&case.json, "optimizer_variables_after_20")? {
        let (index, path) = (count(variable, "index")?, text(variable, "path")?);
        let (name, value) = variables.get(index).ok_or_else(|| format!("there is no optimizer variable {index}, {path}"))?;
        // Keras numbers variables without names through the whole process.
        let numbered = path.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix('_'));
        if name != path && numbered.is_none_or(|number| number.parse::<usize>().is_err()) {
            return Err(format!("optimizer variable {index} is {name}, Keras' is {path}"));
        }
        found.host(case, text(variable, "tensor")?, value)?;
    }
    if !case.json["params_finalized"].is_null() {
        optimizer.finalize(&mut params).map_err(|e| e.to_string())?;
        compare(case, device, &mut found, &texts(&case.json, "params_finalized")?, &params)?;
    }
    Ok(found)
}

fn compare(case: &Case, device: &Device, found: &mut Comparison, names: &[&str], values: &[Tensor]) -> Result<(), String> {
    let results: Vec<(&str, Tensor)> = names.iter().copied().zip(values.iter().cloned()).collect();
    found.tensors(case, device, &results)
}
