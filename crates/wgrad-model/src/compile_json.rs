//! What a model learns, from and to Keras' JSON (`get_compile_config()`).

use crate::{
    ByName, Compile, Each, Error, LossArgument, Losses, MetricArgument, Metrics, Model, OptimizerArgument, Result, losses, metrics,
    optimizers,
};
use serde_json::{Map, Value as Json, json};

/// Arguments that optimizers had in Keras 2 and that changed no result.
const OF_KERAS_2: [&str; 2] = ["jit_compile", "is_legacy_optimizer"];

fn broken(what: &str, json: &Json) -> Error {
    Error::invalid(what, format!("expected a name, an object with a class_name, or lists of them, got {json}"))
}

impl Compile {
    /// The settings that Keras writes into its files: `{"optimizer": ..., "loss": ..., "loss_weights": ..., "metrics": ..., "weighted_metrics": ...}`. Files
    /// of Keras 2 say `optimizer_config`.
    ///
    /// # Errors
    /// Names that do not exist; arguments that there are not; JSON of another form.
    pub fn from_config(config: &Json) -> Result<Compile> {
        let optimizer = config.get("optimizer").or(config.get("optimizer_config")).unwrap_or(&Json::Null);
        let mut compile = Compile::new(optimizer_of(optimizer)?, losses_of(&config["loss"])?);
        for (name, take) in [("metrics", Compile::metrics as fn(_, Metrics) -> _), ("weighted_metrics", Compile::weighted_metrics)] {
            compile = take(compile, metrics_of(&config[name])?);
        }
        Ok(compile.loss_weights(weights_of(&config["loss_weights"])?))
    }
}

impl Model {
    /// What the model learns as Keras writes it into its files; the opposite of [`Compile::from_config`]. `None` where the model is not compiled.
    ///
    /// # Errors
    /// Losses and metrics of the user's own, which have no JSON.
    pub fn compile_config(&self) -> Result<Option<Json>> {
        let Some(compiled) = &self.compiled else { return Ok(None) };
        let optimizer = &compiled.optimizer;
        let mut config = optimizer.config();
        if let (Some(rate), Some(config)) = (compiled.learning_rate, config.as_object_mut()) {
            config.insert("learning_rate".into(), json!(rate));
        }
        let Compile { loss, loss_weights, metrics, weighted_metrics, .. } = &compiled.given;
        Ok(Some(json!({
            "optimizer": {"class_name": optimizer.class_name(), "config": config},
            "loss": each_to_json(loss, loss_to_json)?,
            "loss_weights": each_to_json(loss_weights, |weight| Ok(json!(weight)))?,
            "metrics": each_to_json(metrics, metrics_to_json)?,
            "weighted_metrics": each_to_json(weighted_metrics, metrics_to_json)?,
        })))
    }
}

fn optimizer_of(json: &Json) -> Result<OptimizerArgument> {
    if let Some(name) = json.as_str() {
        return Ok(name.into());
    }
    let class_name = json["class_name"].as_str().ok_or_else(|| broken("optimizer", json))?;
    // Keras 2 registers its own classes like those of users.
    let class_name = class_name.rsplit_once('>').map_or(class_name, |(_, class_name)| class_name);
    let mut config = json["config"].clone();
    if let Some(config) = config.as_object_mut() {
        config.retain(|name, value| !(OF_KERAS_2.contains(&name.as_str()) || name == "decay" && value.as_f64() == Some(0.0)));
    }
    Ok(optimizers::from_config(class_name, &config)?.into())
}

/// Whether JSON stands for one thing: a name, or an object of a class.
fn is_one(json: &Json) -> bool {
    json.is_string() || json.get("class_name").is_some()
}

fn losses_of(json: &Json) -> Result<Losses> {
    let one = |json: &Json| match json.as_str() {
        Some(name) => Ok(LossArgument::from(name)),
        None => losses::deserialize(json).map(LossArgument::from),
    };
    match json {
        Json::Null => Ok(Each::default()),
        json if is_one(json) => Ok(Each::in_order([one(json)?])),
        Json::Array(items) => Ok(Each::in_order(items.iter().map(one).collect::<Result<Vec<_>>>()?)),
        Json::Object(items) => by_name(items, one),
        _ => Err(broken("loss", json)),
    }
}

fn metrics_of(json: &Json) -> Result<Metrics> {
    match json {
        Json::Null => Ok(Each::default()),
        json if is_one(json) => Ok(Each::in_order([vec![metric_of(json)?]])),
        Json::Array(items) => Ok(Each::in_order(items.iter().map(list_of).collect::<Result<Vec<_>>>()?)),
        Json::Object(items) => by_name(items, list_of),
        _ => Err(broken("metrics", json)),
    }
}

/// The metrics of one output.
fn list_of(json: &Json) -> Result<Vec<MetricArgument>> {
    match json {
        Json::Null => Ok(Vec::new()),
        Json::Array(items) => items.iter().map(metric_of).collect(),
        one => Ok(vec![metric_of(one)?]),
    }
}

fn metric_of(json: &Json) -> Result<MetricArgument> {
    if let Some(name) = json.as_str() {
        return Ok(name.into());
    }
    // Keras 2 writes metrics that were given by name as the function behind the name.
    let config = &json["config"];
    match (json["class_name"].as_str(), config["fn"].as_str()) {
        (Some("MeanMetricWrapper"), Some(function)) => Ok(metrics::from_config(function, &json!({"name": config["name"]}))?.into()),
        _ => Ok(metrics::deserialize(json)?.into()),
    }
}

fn weights_of(json: &Json) -> Result<Each<f64>> {
    let one = |json: &Json| json.as_f64().ok_or_else(|| Error::invalid("loss_weights", format!("expected a number, got {json}")));
    match json {
        Json::Null => Ok(Each::default()),
        Json::Array(items) => Ok(Each::in_order(items.iter().map(one).collect::<Result<Vec<_>>>()?)),
        Json::Object(items) => by_name(items, one),
        number => Ok(Each::in_order([one(number)?])),
    }
}

/// What there is for outputs by name; null is nothing.
fn by_name<T>(items: &Map<String, Json>, one: impl Fn(&Json) -> Result<T>) -> Result<Each<T>> {
    let there = items.iter().filter(|(_, item)| !item.is_null());
    Ok(Each::by_name(there.map(|(name, item)| Ok((name.clone(), one(item)?))).collect::<Result<Vec<_>>>()?))
}

fn each_to_json<T>(each: &Each<T>, one: impl Fn(&T) -> Result<Json>) -> Result<Json> {
    if each.is_empty() {
        return Ok(Json::Null);
    }
    if each.is_in_order() {
        let all = each.values().map(one).collect::<Result<Vec<Json>>>()?;
        // One thing for a single output is written without a list, but for lists themselves.
        return Ok(match <[Json; 1]>::try_from(all) {
            Ok([one]) => one,
            Err(all) => all.into(),
        });
    }
    each.items()
        .map(|(name, thing)| Ok((name.unwrap_or_default().to_string(), one(thing)?)))
        .collect::<Result<Map<_, _>>>()
        .map(Json::Object)
}

fn loss_to_json(loss: &LossArgument) -> Result<Json> {
    let loss = loss.clone().resolve()?;
    losses::to_json(&*loss).ok_or_else(|| own(loss.name(), "loss"))
}

fn metrics_to_json(list: &Vec<MetricArgument>) -> Result<Json> {
    list.iter().map(metric_to_json).collect::<Result<Vec<_>>>().map(Json::Array)
}

/// Objects rather than names: not every name stands in a file for what it stands for in `compile`. Which accuracy is meant depends on the labels.
fn metric_to_json(metric: &MetricArgument) -> Result<Json> {
    let metric = match metric {
        ByName::Name(name) if ["accuracy", "acc"].contains(&name.as_str()) => return Ok(json!(name)),
        ByName::Name(name) => metrics::from_config(name, &json!({"name": name}))?,
        ByName::Value(metric) => metric.clone(),
    };
    metrics::to_json(&*metric).ok_or_else(|| own(metric.name(), "metric"))
}

fn own(name: &str, what: &str) -> Error {
    Error::invalid(format!("{what} {name}"), format!("a {what} of the user's own cannot be written to a file"))
}
