//! What holds for every layer of the table.

use super::{
    Row, each,
    instance::{Instance, host},
};
use crate::{devices, reference};
use serde_json::Value as Json;
use wgrad_model::{
    Entry, Fit, Verbose,
    layers::{config, from_config},
    losses::MeanSquaredError,
    optimizers::SGD,
};
use wgrad_tensor::{DType, Device, Tensor, grad};

macro_rules! ensure {
    ($holds:expr, $($text:tt)+) => {
        let holds: bool = $holds;
        if !holds {
            return Err(format!($($text)+).into());
        }
    };
}

#[test]
fn shapes_and_parameters() {
    each(|row| {
        let mut model = row.model(&(row.layer)(), &reference())?;
        ensure!(model.count_params() == row.params, "it has {} parameters", model.count_params());
        let outputs = model.predict_all(row.data(3, DType::F32), 3)?;
        let shapes: Vec<_> = outputs.iter().map(|y| y.shape()[1..].to_vec()).collect();
        let expected: Vec<_> = row.outputs().into_iter().map(|shape| shape.to_vec()).collect();
        ensure!(shapes == expected, "the results have the shapes {shapes:?}");
        ensure!(!row.learns || outputs.iter().all(|y| y.dtype() == DType::F32), "the results are not f32");
        Ok(())
    });
}

/// Inputs and variables of another float type give results of this type, near those of f64.
#[test]
fn other_float_types() {
    each(|row| {
        let exact = Instance::new(row, DType::F64)?.call().0;
        for dtype in [DType::F16, DType::F32] {
            for (y, exact) in Instance::new(row, dtype)?.call().0.iter().zip(&exact) {
                let (y, exact) = (host(y)?, host(exact)?);
                ensure!(!row.learns || y.dtype() == dtype, "{dtype} gives {}", y.dtype());
                let tolerance = if dtype == DType::F16 { 3e-2 } else { 1e-4 };
                for (a, b) in y.data().to_f64().into_iter().zip(exact.data().to_f64()) {
                    ensure!((a - b).abs() <= tolerance * (1.0 + b.abs()), "{dtype} gives {a}, f64 {b}");
                }
            }
        }
        Ok(())
    });
}

/// The derivative of each input and parameter in a random direction against differences in f64.
#[test]
fn gradients_against_differences() {
    each(|row| {
        let mut instance = Instance::new(row, DType::F64)?;
        instance.training = !row.passes_changes;
        let at = instance.scalar();
        let number = |x: &Tensor| -> Result<f64, Box<dyn std::error::Error>> { Ok(host(x)?.data().to_f64()[0]) };
        for i in 0..instance.sources().len() {
            let (name, x) = instance.sources().into_iter().map(|(name, x)| (name, x.clone())).nth(i).unwrap();
            let direction = (Tensor::uniform(x.shape(), 0.5, 1.0, 70 + i as u64)).cast(DType::F64);
            let gradient = grad(&at, &[&x]).remove(0);
            let derivative = gradient.map_or(Ok(0.0), |gradient| number(&(gradient * &direction).sum(..)))?;
            let step = 1e-6;
            let mut ends = [0.0; 2];
            for (end, sign) in ends.iter_mut().zip([1.0, -1.0]) {
                *instance.sources().remove(i).1 = Tensor::from(host(&(&x + &direction * (sign * step)))?);
                *end = number(&instance.scalar())?;
            }
            *instance.sources().remove(i).1 = x;
            let difference = (ends[0] - ends[1]) / (2.0 * step);
            ensure!((derivative - difference).abs() <= 1e-6 * (1.0 + difference.abs()), "d/d {name} is {derivative}, not {difference}");
        }
        Ok(())
    });
}

/// Losses before and after some steps, and a prediction.
fn trained(row: &Row, device: &Device, policy: &str) -> wgrad_model::Result<(f64, f64, Vec<f32>)> {
    let (x, y) = (row.data(6, DType::F32), Tensor::uniform([6, 1], -1.0, 1.0, 4));
    let mut model = row.with_head(device, policy)?;
    model.compile(SGD::new(0.05), MeanSquaredError::new(), ())?;
    let before = model.evaluate(&x[..], &y)?.loss();
    model.fit(&x[..], &y, Fit::epochs(3).batch_size(6).shuffle(false).verbose(Verbose::Silent))?;
    let after = model.evaluate(&x[..], &y)?.loss();
    Ok((before, after, model.predict(&x[..])?.cast(DType::F32).to_vec::<f32>()?))
}

#[test]
fn a_few_steps_lower_the_loss_alike_on_every_device() {
    each(|row| {
        let (mut before, mut after, mut predicted) = (0.0, 0.0, Vec::new());
        for (i, device) in devices().iter().enumerate().filter(|_| row.learns) {
            let run = trained(row, device, "float32")?;
            ensure!(run.1 < run.0, "the loss went from {} to {}", run.0, run.1);
            let near = |a: f64, b: f64| i == 0 || (a - b).abs() <= 1e-5 * (1.0 + b.abs());
            ensure!(near(run.0, before) && near(run.1, after), "losses on devices: {} and {before}, {} and {after}", run.0, run.1);
            let same = i == 0 || run.2.iter().zip(&predicted).all(|(a, b): (&f32, &f32)| near(f64::from(*a), f64::from(*b)));
            ensure!(same, "predictions on devices: {:?} and {predicted:?}", run.2);
            (before, after, predicted) = run;
        }
        Ok(())
    });
}

/// Under `mixed_float16` results are f16 and near those in f32, and steps lower the loss.
#[test]
fn mixed_precision() {
    each(|row| {
        let exact = row.model(&(row.layer)(), &reference())?.predict_all(row.data(3, DType::F32), 3)?;
        for device in devices().iter().filter(|_| row.learns) {
            let outputs = row.model(&(row.layer)().dtype("mixed_float16"), device)?.predict_all(row.data(3, DType::F32), 3)?;
            for (y, exact) in outputs.iter().zip(&exact) {
                ensure!(y.dtype() == DType::F16, "the results are {}", y.dtype());
                for (a, b) in host(y)?.data().to_f64().into_iter().zip(host(exact)?.data().to_f64()) {
                    ensure!((a - b).abs() <= 1e-2 * (1.0 + b.abs()), "f16 gives {a}, f32 {b}");
                }
            }
            let (before, after, _) = trained(row, device, "mixed_float16")?;
            ensure!(after < before, "the loss went from {before} to {after}");
        }
        Ok(())
    });
}

#[test]
fn wrong_inputs_are_errors_that_name_the_layer() {
    each(|row| {
        let Some((shape, rule)) = row.wrong else { return Ok(()) };
        let wrong = Row { input: shape, ..*row };
        let Err(error) = wrong.model(&(row.layer)(), &reference()) else { return Err("no error".into()) };
        let (error, path) = (error.to_string(), format!("in layer model/{}", row.name));
        ensure!(error.contains(rule) && error.contains(&path), "{error}");
        Ok(())
    });
}

/// Keras' configuration, there and back, and with an argument that does not exist.
#[test]
fn configurations_of_keras() {
    each(|row| {
        let given: Json = serde_json::from_str(row.config)?;
        let layer = from_config(row.class, &given)?;
        ensure!(layer.class_name() == row.class, "it became {}", layer.class_name());
        let written = config(&*layer).ok_or("it has no configuration")?;
        let again = config(&*from_config(row.class, &written)?).ok_or("it has no configuration")?;
        ensure!(written == again, "{written} became {again}");
        let mut unknown = given;
        unknown["colour"] = "red".into();
        let Err(error) = from_config(row.class, &unknown) else { return Err("colour is no error".into()) };
        let error = error.to_string();
        ensure!(error.contains(&format!("layer {}", row.class)) && error.contains("colour"), "{error}");
        Ok(())
    });
    let error = from_config("Densee", &serde_json::json!({})).unwrap_err().to_string();
    assert!(error.contains("there is no layer \"Densee\"; did you mean Dense"), "{error}");
}

/// What a layer's configuration says is all that there is to it.
#[test]
fn written_layers_compute_the_same() {
    each(|row| {
        let entry = (row.layer)();
        let read = Entry::from_json(&entry.to_json()?)?;
        let predict = |entry: &Entry| row.model(entry, &reference())?.predict_all(row.data(3, DType::F32), 3);
        for (a, b) in predict(&entry)?.iter().zip(predict(&read)?) {
            let (a, b) = (host(a)?.data().to_f64(), host(&b)?.data().to_f64());
            ensure!(a == b, "{a:?} and, read from {}, {b:?}", entry.to_json()?);
        }
        Ok(())
    });
}
