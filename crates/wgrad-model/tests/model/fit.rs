//! Settings of `fit`: weights, lengths of epochs, callbacks, batches that come one by one.

use crate::{build, clouds, reference};
use wgrad_model::{Batch, Callback, Fit, History, Logs, Model, Result, Run, layers::Dense};
use wgrad_tensor::{DType, Tensor};

fn classifier() -> Model {
    let mut model = build(&reference(), &[2], [Dense::new(4).activation("tanh").into(), Dense::new(3).activation("softmax").into()]);
    model.compile("sgd", "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
    model
}

fn quiet(epochs: usize) -> Fit<'static> {
    Fit::epochs(epochs).batch_size(4).shuffle(false).verbose(0)
}

fn weights(model: &Model) -> Vec<f32> {
    model.weights().unwrap().iter().flat_map(|(_, w)| w.to_vec::<f32>().unwrap()).collect()
}

fn says<T: std::fmt::Debug>(result: Result<T>, text: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(text), "{text:?} is not in: {error}");
}

#[test]
fn weights_of_classes_are_weights_of_samples() {
    let (x, y) = clouds(10);
    let mut by_class = classifier();
    by_class.fit(&x, &y, quiet(2).class_weight([(0, 2.0), (2, 0.5)])).unwrap();
    let weight = y.eq(0).cast(DType::F32) * 1.0 + y.eq(2).cast(DType::F32) * -0.5 + 1.0;
    let mut by_sample = classifier();
    by_sample.fit(&x, &y, quiet(2).sample_weight(&weight)).unwrap();
    assert_eq!(weights(&by_class), weights(&by_sample));
    let mut plain = classifier();
    plain.fit(&x, &y, quiet(2)).unwrap();
    assert_ne!(weights(&plain), weights(&by_sample));
    says(plain.fit(&x, &y, quiet(1).sample_weight(weight.i(..9))), "sample_weight: expected one for each of the 10 samples");
    says(plain.fit(&x, &y, quiet(1).class_weight([(0, f64::NAN)])), "the weight of class 0 must be a finite number");
}

#[test]
fn the_loss_of_weighted_samples_is_keras() {
    let (x, y) = clouds(6);
    let mut model = classifier();
    let each: Vec<f64> = (0..6).map(|i| model.evaluate(x.i(i..i + 1), y.i(i..i + 1)).unwrap().loss()).collect();
    let weight = [1.0f32, 0.0, 2.0, 3.0, 0.5, 1.0];
    let logs = model.evaluate_weighted(&x, &y, Tensor::from(weight), 6).unwrap();
    let expected = each.iter().zip(weight).map(|(loss, w)| loss * f64::from(w)).sum::<f64>() / 6.0;
    assert!((logs.loss() - expected).abs() < 1e-6);
}

#[test]
fn batches_one_by_one_train_as_arrays_do() {
    let (x, y) = clouds(10);
    let (mut arrays, mut batches) = (classifier(), classifier());
    let expected = arrays.fit(&x, &y, quiet(3).validation_data(&x, &y)).unwrap();
    let pass = || (0..10).step_by(4).map(|i| Batch::new(x.i(i..(i + 4).min(10)), y.i(i..(i + 4).min(10))));
    let got = batches.fit_batches(pass, quiet(3).validation_data(&x, &y)).unwrap();
    assert_eq!(got, expected);
    assert_eq!(weights(&batches), weights(&arrays));
    says(batches.fit_batches(Vec::<Batch>::new, quiet(1)), "there is no batch to train with");
    let broken = || vec![(x.clone(), y.clone()), (y.clone(), y.clone())];
    says(batches.fit_batches(broken, quiet(1)), "input x of model sequential");
    let torn = || vec![Ok((x.clone(), y.clone())), Err("the file ended at line 3")];
    says(batches.fit_batches(torn, quiet(1)), "the file ended at line 3");
    says(batches.fit_batches(pass, quiet(1).validation_split(0.2)), "validation_split: it is for arrays, not for batches");
    says(batches.fit_batches(pass, quiet(1).sample_weight(&y)), "sample_weight: it is for arrays, not for batches");
    says(batches.fit_batches(pass, quiet(1).class_weight([(0, 2.0)])), "class_weight: it is for arrays, not for batches");
}

#[test]
fn epochs_of_any_length_go_on_through_the_data() {
    let (x, y) = clouds(10);
    let (mut whole, mut cut) = (classifier(), classifier());
    whole.fit(&x, &y, quiet(2)).unwrap();
    let history: History = cut.fit(&x, &y, quiet(3).steps_per_epoch(2)).unwrap();
    assert_eq!((history.epochs().len(), weights(&cut)), (3, weights(&whole)));
    let mut endless = classifier();
    let batches = || std::iter::repeat_with(|| (x.clone(), y.clone()));
    assert_eq!(endless.fit_batches(batches, quiet(2).steps_per_epoch(3)).unwrap().epochs().len(), 2);
    says(cut.fit(&x, &y, quiet(1).steps_per_epoch(0)), "steps_per_epoch: it must be at least 1");
    let late = cut.fit(&x, &y, quiet(5).initial_epoch(3).validation_split(0.2).validation_freq(2)).unwrap();
    assert_eq!((late.epochs().len(), late.get("val_loss").len()), (2, 1));
}

/// Notes what it sees, and stops where it is told to.
#[derive(Default)]
struct Witness {
    seen: Vec<String>,
    stop_at: Option<(usize, usize)>,
    epoch: usize,
}

impl Callback for Witness {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        self.seen.push(format!("begin {} {:?}", run.epochs(), run.steps()));
        Ok(())
    }
    fn on_epoch_begin(&mut self, run: &mut Run<'_>, epoch: usize) -> Result<()> {
        self.epoch = epoch;
        run.model().set_learning_rate(0.1 / (epoch + 1) as f64)
    }
    fn on_batch_end(&mut self, run: &mut Run<'_>, batch: usize) -> Result<()> {
        assert!(run.logs()?.loss().is_finite());
        if self.stop_at == Some((self.epoch, batch)) {
            run.stop_training();
        }
        Ok(())
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, epoch: usize, logs: &mut Logs) -> Result<()> {
        self.seen.push(format!("epoch {epoch} {:?} {}", run.model().learning_rate(), logs.get("val_loss").is_some()));
        Ok(())
    }
    fn on_train_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.seen.push("end".into());
        Ok(())
    }
}

#[test]
fn callbacks_look_on_and_step_in() {
    let (x, y) = clouds(10);
    let mut model = classifier();
    let mut witness = Witness { stop_at: Some((1, 0)), ..Witness::default() };
    let history = model.fit(&x, &y, quiet(5).validation_split(0.2).callback(&mut witness)).unwrap();
    assert_eq!(witness.seen, ["begin 5 Some(2)", "epoch 0 Some(0.1) true", "epoch 1 Some(0.05) true", "end"]);
    assert_eq!(history.epochs().len(), 2);
}
