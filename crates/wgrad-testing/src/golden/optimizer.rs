//! Optimizers over 20 steps, on flat parameters as training runs them.

use super::{
    Case, Comparison,
    case::{list, texts},
};
use serde_json::Value as Json;
use wgrad_model::optimizers::{Arena, from_config, step};
use wgrad_tensor::{Device, Tensor};

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let optimizer = from_config(&case.class_name, &case.arguments()).map_err(|e| e.to_string())?;
    let names = texts(&case.json, "params")?;
    let shapes = names.iter().map(|name| Ok(case.host(name)?.shape().clone())).collect::<Result<Vec<_>, String>>()?;
    let arena = Arena::new(shapes.into_iter().enumerate().map(|(i, shape)| (format!("v{i}"), shape)));
    let flat = |names: &[&str]| Ok::<_, String>(arena.join(&names.iter().map(|name| case.tensor(name)).collect::<Result<Vec<_>, _>>()?));
    let mut parameters = flat(&names)?;
    let mut slots: Vec<Tensor> = step::slots(&*optimizer, &arena).iter().map(|slot| Tensor::full([slot.len], slot.initial)).collect();
    let mut found = Comparison::default();
    for (step, gradients) in (1..).zip(list(&case.json, "grads")?) {
        let gradients: Vec<&str> = gradients.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let scalars = step::scalars(&*optimizer, step::learning_rate_at(&*optimizer, step - 1), step);
        let scalars: Vec<Tensor> = scalars.into_iter().map(|v| Tensor::from(v as f32)).collect();
        let updated = step::apply(&*optimizer, &arena, &parameters, &flat(&gradients)?, &slots, &scalars);
        slots = Tensor::eval_all(&[vec![updated.parameters], updated.slots].concat(), device).map_err(|e| e.to_string())?;
        parameters = slots.remove(0);
        if case.json["params_after"].get(step.to_string()).is_some() {
            let names = texts(&case.json["params_after"], &step.to_string())?;
            let results: Vec<(&str, Tensor)> = names.into_iter().zip(arena.split(&parameters)).collect();
            found.tensors(case, device, &results)?;
        }
    }
    Ok(found)
}
