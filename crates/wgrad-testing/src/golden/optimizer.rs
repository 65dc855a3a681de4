//! Optimizers over 20 steps, on flat parameters as training runs them.

use super::{
    Case, Comparison,
    case::{list, number, texts},
};
use serde_json::Value as Json;
use wgrad_model::optimizers::{Adam, Optimizer, Sgd};
use wgrad_tensor::{Device, Shape, Tensor};

/// The optimizer of a Keras configuration.
pub(super) fn optimizer(class: &str, config: &Json) -> Result<Box<dyn Optimizer>, String> {
    unset(config, &["weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "loss_scale_factor"])?;
    unset(config, &["gradient_accumulation_steps", "amsgrad"])?;
    let rate = number(config, "learning_rate")?;
    Ok(match class {
        "SGD" => Box::new(Sgd::new(rate).momentum(number(config, "momentum")?).nesterov(config["nesterov"] == true)),
        "Adam" => {
            let adam = Adam::new(rate).beta_1(number(config, "beta_1")?).beta_2(number(config, "beta_2")?);
            Box::new(adam.epsilon(number(config, "epsilon")?))
        }
        other => return Err(format!("no optimizer {other}")),
    })
}

/// Whether a JSON object has nothing but null and false under these keys.
pub(super) fn unset(config: &Json, keys: &[&str]) -> Result<(), String> {
    let is_set = |key: &&&str| !matches!(config[**key], Json::Null | Json::Bool(false));
    keys.iter().find(is_set).map_or(Ok(()), |key| Err(format!("{key} is not supported yet")))
}

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let optimizer = optimizer(&case.class_name, &case.json["config"])?;
    let flat = |names: &[&str]| {
        let parts = names.iter().map(|name| Ok(case.tensor(name)?.reshape([-1]))).collect::<Result<Vec<Tensor>, String>>()?;
        Ok::<_, String>(Tensor::concat(&parts, 0))
    };
    let evaluate = |tensors: Vec<Tensor>| Tensor::eval_all(&tensors, device).map_err(|e| e.to_string());
    let mut parameters = flat(&texts(&case.json, "params")?)?;
    let mut slots = vec![parameters.zeros_like(); optimizer.slots().len()];
    let mut found = Comparison::default();
    for (step, gradients) in (1..).zip(list(&case.json, "grads")?) {
        let gradients: Vec<&str> = gradients.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let scalars = optimizer.scalars(optimizer.learning_rate(), step);
        let scalars: Vec<Tensor> = scalars.into_iter().map(|v| Tensor::from(v as f32)).collect();
        let updated = optimizer.update(&parameters, &flat(&gradients)?, &slots, &scalars);
        slots = evaluate([vec![updated.parameters], updated.slots].concat())?;
        parameters = slots.remove(0);
        if case.json["params_after"].get(step.to_string()).is_none() {
            continue;
        }
        let host = parameters.to_host_on(device).map_err(|e| e.to_string())?;
        let (values, mut start) = (host.data().to_f64(), 0);
        for name in texts(&case.json["params_after"], &step.to_string())? {
            let shape: &Shape = case.host(name)?.shape();
            found.values(case, name, shape, values.get(start..start + shape.numel()).ok_or("too few parameters")?)?;
            start += shape.numel();
        }
    }
    Ok(found)
}
