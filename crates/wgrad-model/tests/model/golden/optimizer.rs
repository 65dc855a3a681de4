//! Optimizers over 20 steps, on flat parameters as training runs them.

use super::{Case, run};
use serde_json::Value as Json;
use wgrad_model::optimizers::{Adam, Optimizer, Sgd};
use wgrad_tensor::{Device, Tensor};

#[test]
fn optimizers_move_as_keras_does() {
    run("optimizer", 5, check);
}

/// The optimizer of a Keras configuration, or what it has that this crate has not.
pub(super) fn optimizer(class: &str, config: &Json) -> Result<Box<dyn Optimizer>, String> {
    let extras = [
        "weight_decay",
        "clipnorm",
        "global_clipnorm",
        "clipvalue",
        "use_ema",
        "loss_scale_factor",
        "gradient_accumulation_steps",
        "amsgrad",
    ];
    super::unset(config, &extras)?;
    let number = |key: &str| config[key].as_f64().unwrap();
    let rate = config["learning_rate"].as_f64().ok_or("a learning-rate schedule")?;
    Ok(match class {
        "SGD" => Box::new(Sgd::new(rate).momentum(number("momentum")).nesterov(config["nesterov"].as_bool().unwrap())),
        "Adam" => Box::new(Adam::new(rate).beta_1(number("beta_1")).beta_2(number("beta_2")).epsilon(number("epsilon"))),
        other => return Err(format!("no optimizer {other}")),
    })
}

fn check(case: &Case) -> Result<(), String> {
    let optimizer = optimizer(case.class(), &case.json["config"])?;
    let device = Device::open("reference").unwrap();
    let names = |list: &Json| -> Vec<Json> { list.as_array().unwrap().clone() };
    let flat = |list: &Json| {
        let parts: Vec<Tensor> = names(list).iter().map(|name| case.tensor(name).reshape([-1])).collect();
        Tensor::concat(&parts, 0).eval_on(&device).unwrap()
    };
    let mut parameters = flat(&case.json["params"]);
    let mut slots = vec![parameters.zeros_like().eval_on(&device).unwrap(); optimizer.slots().len()];
    for (step, gradients) in (1..).zip(names(&case.json["grads"])) {
        let scalars = optimizer.scalars(optimizer.learning_rate(), step);
        let scalars: Vec<Tensor> = scalars.into_iter().map(|v| Tensor::from(v as f32)).collect();
        let updated = optimizer.update(&parameters, &flat(&gradients), &slots, &scalars);
        parameters = updated.parameters.eval_on(&device).unwrap();
        slots = updated.slots.iter().map(|slot| slot.eval_on(&device).unwrap()).collect();
        let Some(after) = case.json["params_after"].get(step.to_string()) else { continue };
        let mut values = parameters.to_host_on(&device).unwrap().to_vec::<f32>().unwrap();
        for name in names(after) {
            let rest = values.split_off(case.host(&name).shape().numel());
            case.compare(&name, &values);
            values = rest;
        }
    }
    Ok(())
}
