//! Whole training runs, step by step as Keras ran them, and by `fit`.

use super::{
    Case, Comparison,
    case::{count, text},
    network,
};
use serde_json::Value as Json;
use wgrad_model::{Arrays, Batch, Fit, Model};
use wgrad_tensor::{Device, Tensor};

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let mut found = Comparison::default();
    let data = Data::read(case)?;

    let mut stepped = compiled(case, device)?;
    let logs = data.batches().map(|batch| stepped.train_on_weighted_batch(&batch).map_err(|e| e.to_string()));
    let logs = logs.collect::<Result<Vec<_>, _>>()?;
    series(case, &case.json["step_logs"], &mut found, |name| logs.iter().map(|logs| logs.get(name)).collect())?;
    compare_weights(case, &stepped, &mut found)?;

    let mut fitted = compiled(case, device)?;
    let history = fitted.fit(data.x.clone(), data.y.clone(), data.fit(case)?).map_err(|e| e.to_string())?;
    series(case, &case.json["fit_history"], &mut found, |name| Some(history.get(name)))?;
    compare_weights(case, &fitted, &mut found)?;
    Ok(found)
}

/// The data of a run.
struct Data {
    x: Vec<Tensor>,
    y: Vec<Tensor>,
    sample_weight: Vec<Tensor>,
    class_weight: Vec<(i32, f64)>,
    batch: usize,
    epochs: usize,
}

impl Data {
    fn read(case: &Case) -> Result<Data, String> {
        let fit = &case.json["fit"];
        let named = |key| case.list_of_tensors(&fit[key]);
        let classes = fit["class_weight"].as_object().into_iter().flatten();
        let class = |(class, weight): (&String, &Json)| Some((class.parse().ok()?, weight.as_f64()?));
        let class_weight = classes.map(class).collect::<Option<_>>().ok_or("class_weight must map numbers to numbers")?;
        let (batch, epochs) = (count(fit, "batch_size")?, count(fit, "epochs")?);
        if batch == 0 {
            return Err("batch_size must be at least 1".into());
        }
        Ok(Data { x: named("x")?, y: named("y")?, sample_weight: named("sample_weight")?, class_weight, batch, epochs })
    }

    /// The batches of all epochs, in order.
    fn batches(&self) -> impl Iterator<Item = Batch> {
        let n = self.x.first().and_then(|x| x.shape().first().copied()).unwrap_or_default();
        let starts = (0..self.epochs).flat_map(move |_| (0..n).step_by(self.batch));
        starts.map(move |start| {
            let rows = |tensors: &[Tensor]| tensors.iter().map(|t| t.i(start..(start + self.batch).min(n))).collect::<Vec<_>>();
            let y = rows(&self.y);
            let weight = match (rows(&self.sample_weight), y.first()) {
                (weight, Some(y)) if weight.is_empty() && !self.class_weight.is_empty() => vec![self.weight_of_classes(y)],
                (weight, _) => weight,
            };
            Batch::new(rows(&self.x), y).sample_weight(weight)
        })
    }

    /// The weight of each label's class.
    fn weight_of_classes(&self, y: &Tensor) -> Tensor {
        let labels = match y.shape().as_ref() {
            [_, 1] => y.squeeze(-1),
            [_, _] => y.argmax(-1),
            _ => y.clone(),
        };
        let each = self.class_weight.iter().map(|(class, weight)| labels.eq(f64::from(*class)).cast(wgrad_tensor::DType::F32) * *weight);
        each.reduce(|sum, weight| sum + weight).unwrap_or_else(|| Tensor::ones(labels.shape()))
    }

    fn fit(&self, case: &Case) -> Result<Fit<'static>, String> {
        let fit = &case.json["fit"];
        let mut settings = Fit::epochs(self.epochs).batch_size(self.batch).shuffle(false).verbose(0);
        settings = settings.sample_weight(self.sample_weight.clone()).class_weight(self.class_weight.iter().copied());
        if !fit["validation_x"].is_null() {
            let weight = Arrays::from(case.list_of_tensors(&fit["validation_sample_weight"])?);
            settings = settings.weighted_validation_data(
                case.list_of_tensors(&fit["validation_x"])?,
                case.list_of_tensors(&fit["validation_y"])?,
                weight,
            );
        }
        Ok(settings)
    }
}

/// The model of the case with its first weights, compiled.
fn compiled(case: &Case, device: &Device) -> Result<Model, String> {
    let mut model = network::build(case, &case.json["model"], device)?;
    network::compile(&mut model, &case.json["compile"])?;
    Ok(model)
}

/// Compares the series of numbers that `tensors` names.
fn series(case: &Case, tensors: &Json, found: &mut Comparison, values: impl Fn(&str) -> Option<Vec<f64>>) -> Result<(), String> {
    for name in tensors.as_object().into_iter().flat_map(|tensors| tensors.keys()) {
        let values = values(name).ok_or_else(|| format!("there is no {name} in the logs"))?;
        found.values(case, text(tensors, name)?, &[values.len()].into(), &values)?;
    }
    Ok(())
}

fn compare_weights(case: &Case, model: &Model, found: &mut Comparison) -> Result<(), String> {
    let weights = model.weights().map_err(|e| e.to_string())?;
    for ((_, value), weight) in weights.iter().zip(network::in_order(case, model)?) {
        found.host(case, text(weight, "final")?, value)?;
    }
    Ok(())
}
