//! Activations, initializers and metrics.

use super::{Case, run};
use wgrad_model::{
    Activation, Initializer, Metric,
    metrics::{Addend, BinaryAccuracy, CategoricalAccuracy, MeanLoss, SparseCategoricalAccuracy},
};
use wgrad_tensor::vjp;

#[test]
fn activations_give_what_keras_gives() {
    run("activation", 18, |case| {
        if case.json["config"].as_object().is_some_and(|config| !config.is_empty()) {
            return Err("arguments".into());
        }
        let activation = Activation::from(case.class());
        if let Activation::Unknown(name) = &activation {
            return Err(format!("no activation {name}"));
        }
        let x = case.tensor(&"input.0".into());
        let y = activation.apply(&x);
        case.compare_tensor(&"output.0".into(), &y);
        let gradient = vjp(&[&y], &[&case.tensor(&"upstream.0".into())], &[&x]).remove(0).unwrap();
        case.compare_tensor(&"grad_input.0".into(), &gradient);
        Ok(())
    });
}

#[test]
fn initializers_draw_from_keras_distributions() {
    run("initializer", 20, |case| {
        let mut config = case.json["config"].clone();
        // `get_config` leaves the gain of an identity out.
        config.as_object_mut().unwrap().extend(case.json["constructor"].as_object().cloned().unwrap_or_default());
        let form = serde_json::json!({"class_name": case.class(), "config": config});
        let initializer: Initializer = serde_json::from_value(form).unwrap();
        if let Initializer::Unknown(name) = &initializer {
            return Err(format!("no initializer {name}"));
        }
        let shape: Vec<usize> = serde_json::from_value(case.json["shape"].clone()).unwrap();
        let values = initializer.values(&shape, 1, 2).unwrap();
        let statistics = &case.json["statistics"];
        if statistics.is_null() {
            case.compare(&case.json["value"], &values);
            return Ok(());
        }
        let number = |key: &str| statistics[key].as_f64().unwrap();
        let n = values.len() as f64;
        let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let std = (values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n).sqrt();
        assert!((mean - number("mean")).abs() <= number("mean_tolerance"), "{}: mean {mean}", case.id);
        assert!((std - number("std")).abs() <= number("std_tolerance"), "{}: deviation {std}", case.id);
        let within = |key: &str, beyond: fn(f64, f64) -> bool| {
            let bound = statistics[key].as_f64();
            assert!(bound.is_none_or(|b| !values.iter().any(|v| beyond(f64::from(*v), b))), "{}: beyond {key}", case.id);
        };
        within("min", |v, bound| v < bound - 1e-6 * bound.abs());
        within("max", |v, bound| v > bound + 1e-6 * bound.abs());
        Ok(())
    });
}

#[test]
fn metrics_give_what_keras_gives() {
    run("metric", 3, check_metric);
}

fn check_metric(case: &Case) -> Result<(), String> {
    let updates = case.json["updates"].as_array().unwrap();
    if updates.iter().any(|update| !update["sample_weight"].is_null()) {
        return Err("sample weights".into());
    }
    let loss = |loss: &dyn Fn() -> wgrad_model::metrics::MeanLoss| -> Box<dyn Metric> { Box::new(loss()) };
    let metric: Box<dyn Metric> = match case.class() {
        "BinaryAccuracy" => Box::new(BinaryAccuracy { threshold: case.json["config"]["threshold"].as_f64().unwrap() }),
        "CategoricalAccuracy" => Box::new(CategoricalAccuracy {}),
        "SparseCategoricalAccuracy" => Box::new(SparseCategoricalAccuracy {}),
        "MeanSquaredError" => loss(&|| MeanLoss(std::sync::Arc::new(wgrad_model::losses::MeanSquaredError::new()))),
        other => return Err(format!("no metric {other}")),
    };
    let mut sums = vec![0.0; 2];
    for update in updates {
        if update["reset_before"] == true {
            sums = vec![0.0; 2];
        }
        let added = metric.update(&case.tensor(&update["y_true"]), &case.tensor(&update["y_pred"]), None);
        let added = added.iter().flat_map(|addend| match addend {
            Addend::Number(number) => vec![*number],
            Addend::Elements(part) => part.to_host_on(&crate::reference()).unwrap().to_vec::<f32>().unwrap(),
        });
        sums.iter_mut().zip(added).for_each(|(sum, a)| *sum += a);
        case.compare(&update["result"], &[metric.result(&sums) as f32]);
    }
    Ok(())
}
