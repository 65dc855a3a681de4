//! Configurations with values that make no sense: whatever they are, there is an error or a result, never a panic.

use serde_json::{Value as Json, json};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};
use wgrad_cpu as _;
use wgrad_model::{
    Entry, Optimizer, Scope, losses, metrics,
    optimizers::{self, Arena, step},
};
use wgrad_tensor::Tensor;
use wgrad_testing::golden::{Case, Index};

/// Every way in which one value of a configuration is replaced by one that makes no sense.
fn spoiled(config: &Json) -> Vec<(String, Json)> {
    let nonsense = [
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!([]),
        json!([0, 0]),
        json!([1, 1, 1, 1]),
        json!("?"),
        json!(true),
    ];
    let names = config.as_object().into_iter().flatten().map(|(name, _)| name.clone());
    let replaced = |name: String| {
        nonsense.clone().map(move |value| {
            let mut config = config.clone();
            config[&name] = value.clone();
            (format!("{name} = {value}"), config)
        })
    };
    names.flat_map(replaced).collect()
}

/// Runs `build` with every spoiled configuration of the cases of a kind, and lists those where it panics.
fn check(kind: &str, build: impl Fn(&Case, &Json)) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/small");
    let index = Index::open(&folder).unwrap();
    let mut panicked = Vec::new();
    for entry in index.entries.iter().filter(|entry| entry.kind == kind) {
        let case = index.read(entry).unwrap();
        for (what, config) in spoiled(&case.json["config"]) {
            if catch_unwind(AssertUnwindSafe(|| build(&case, &config))).is_err() {
                panicked.push(format!("{}: {what}", case.class_name));
            }
        }
    }
    assert!(panicked.is_empty(), "{}", panicked.join("\n"));
}

fn tensor(case: &Case, name: &str) -> Option<Tensor> {
    Some(Tensor::from_value(case.tensors.get(name)?.clone().into()))
}

#[test]
fn layers() {
    check("layer", |case, config| {
        let layer = json!({"class_name": case.class_name, "config": config});
        let Ok(layer) = Entry::from_json(&layer) else { return };
        let _ = layer.to_json();
        let x: Vec<Tensor> = (0..).map_while(|i| tensor(case, &format!("input.{i}"))).collect();
        // Declares the variables and traces the result, without computing.
        let _ = Scope::build().entry("layer", &layer, &x);
    });
}

#[test]
fn losses() {
    check("loss", |case, config| {
        let Ok(loss) = losses::from_config(&case.class_name, config) else { return };
        let (Some(y), Some(y_pred)) = (tensor(case, "y_true"), tensor(case, "y_pred")) else { panic!("the case has other names") };
        if loss.label_shape(y.shape(), y_pred.shape()).is_ok() {
            let _ = loss.value(&y, &y_pred, None, None, None);
        }
    });
}

#[test]
fn metrics() {
    check("metric", |case, config| {
        let Ok(metric) = metrics::from_config(&case.class_name, config) else { return };
        let update = &case.json["updates"][0];
        let named = |name: &str| tensor(case, update[name].as_str()?);
        let (Some(y), Some(y_pred)) = (named("y_true"), named("y_pred")) else { return };
        if metric.check(y.shape(), y_pred.shape()).is_ok() {
            let _ = metric.update(&y, &y_pred, None);
            let sums = metric.sums(y.shape(), y_pred.shape());
            if sums < 1 << 20 {
                let _ = metric.results(&vec![1.0; sums]);
            }
        }
    });
}

#[test]
fn optimizers_and_schedules() {
    let arena = Arena::new([("a/kernel".to_string(), [3, 2].into()), ("a/bias".to_string(), [2].into())]);
    let numbers = Tensor::ones([8]);
    let drive = |optimizer: &dyn Optimizer| {
        for step in [1, 2, u64::MAX] {
            let scalars = step::scalars(optimizer, step::learning_rate_at(optimizer, step - 1), step);
            let slots: Vec<Tensor> = step::slots(optimizer, &arena).iter().map(|slot| Tensor::ones([slot.len])).collect();
            let scalars =
                Tensor::from_vec(scalars.into_iter().map(|scalar| scalar as f32).collect(), [step::scalars(optimizer, 0.1, 1).len()]);
            let _ = step::apply(optimizer, &arena, &numbers, &numbers, &slots, &scalars);
        }
    };
    check("optimizer", |case, config| {
        if let Ok(optimizer) = optimizers::from_config(&case.class_name, config)
            && optimizer.check().is_ok()
        {
            drive(&*optimizer);
        }
    });
    check("schedule", |case, config| {
        let rate = json!({"class_name": case.class_name, "config": config});
        if let Ok(optimizer) = optimizers::from_config("SGD", &json!({"learning_rate": rate})) {
            drive(&*optimizer);
        }
    });
}
