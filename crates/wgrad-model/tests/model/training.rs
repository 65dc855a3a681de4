//! Training: what is compiled, what is exact, what is repeatable.

use crate::{build, clouds, devices, reference};
use std::sync::Arc;
use wgrad_model::{
    Fit, Layer, Model,
    layers::{Dense, Dropout},
    optimizers::{Adam, SGD},
};
use wgrad_tensor::{
    Backend, Device, Error, Executable, HostTensor, Program, Storage, Tensor, Value,
    device::{BoxFuture, DeviceInfo, Memory},
    plan::{Plan, PlanOptions},
};

fn classifier(device: &Device) -> Model {
    let layers = [Dense::new(16).activation("relu").into(), Dense::new(3).activation("softmax").into()];
    let mut model = build(device, &[2], layers);
    model.compile(Adam::new(0.02), "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
    model
}

fn quiet(epochs: usize) -> Fit<'static> {
    Fit::epochs(epochs).verbose(0)
}

fn flat_weights(model: &Model) -> Vec<f32> {
    model.weights().unwrap().iter().flat_map(|(_, t)| t.to_vec::<f32>().unwrap()).collect()
}

#[test]
fn learns_to_tell_clouds_apart() {
    let (x, y) = clouds(240);
    for device in devices() {
        let mut model = classifier(&device);
        let history = model.fit(&x, &y, quiet(8).validation_split(0.25)).unwrap();
        let losses = history.get("loss");
        assert!(losses[7] < 0.5 * losses[0], "{losses:?}");
        assert!(history.last("val_accuracy").unwrap() > 0.9, "{history:?}");
        assert_eq!(history.names(), ["accuracy", "loss", "val_accuracy", "val_loss"]);
        let logs = model.evaluate(&x, &y).unwrap();
        let probabilities = model.predict(&x).unwrap();
        assert_eq!(probabilities.shape().to_vec(), [240, 3]);
        let matrix = wgrad_model::metrics::confusion_matrix(&y, &probabilities, 3).unwrap();
        assert!((matrix.accuracy() - logs.get("accuracy").unwrap()).abs() < 1e-6);
    }
}

#[test]
fn one_program_for_each_step_and_ragged_batch() {
    let (x, y) = clouds(100);
    let mut model = classifier(&reference());
    // 80 training samples and 20 for validation, in batches of 20: nothing is ragged.
    model.fit(&x, &y, quiet(3).batch_size(20).validation_split(0.2)).unwrap();
    assert_eq!(model.compilations(), 2);
    model.set_learning_rate(0.001).unwrap();
    model.fit(&x, &y, quiet(1).batch_size(20).validation_split(0.2).seed(5)).unwrap();
    assert_eq!(model.compilations(), 2, "neither learning rate nor seed is a constant");

    let mut model = classifier(&reference());
    // 80 and 20 samples in batches of 32 and a last one of 16, or of 20.
    model.fit(&x, &y, quiet(3).validation_split(0.2)).unwrap();
    assert_eq!(model.compilations(), 3);
    let mut model = classifier(&reference());
    model.fit(&x, &y, quiet(2).batch_size(15).validation_split(0.2)).unwrap();
    assert_eq!(model.compilations(), 4);
}

/// What a user computes by hand from single batches: the last, smaller one counts by its size.
#[test]
fn epochs_are_the_batches_one_after_the_other() {
    let (x, y) = clouds(50);
    for device in devices() {
        let mut by_fit = classifier(&device);
        let history = by_fit.fit(&x, &y, quiet(2).batch_size(16).shuffle(false)).unwrap();
        let mut by_hand = classifier(&device);
        for epoch in history.epochs() {
            let mut sums = [0.0; 2];
            for start in (0..50).step_by(16) {
                let rows = start..(start + 16).min(50);
                let logs = by_hand.train_on_batch(x.i(rows.clone()), y.i(rows.clone())).unwrap();
                sums[0] += logs.loss() * rows.len() as f64;
                sums[1] += logs.get("accuracy").unwrap() * rows.len() as f64;
            }
            assert!((epoch.loss() - sums[0] / 50.0).abs() < 1e-5, "{epoch} and {sums:?}");
            assert!((epoch.get("accuracy").unwrap() - sums[1] / 50.0).abs() < 1e-6);
        }
        assert_eq!(flat_weights(&by_fit), flat_weights(&by_hand), "gathered on the device and given from the host");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let (x, y) = clouds(90);
    for device in devices() {
        let run = |seed: u64| {
            let layers = [Dense::new(8).activation("relu").into(), Dropout::new(0.3).into(), Dense::new(3).activation("softmax").into()];
            let mut model = build(&device, &[2], layers);
            model.compile("adam", "sparse_categorical_crossentropy", ()).unwrap();
            let history = model.fit(&x, &y, quiet(2).seed(seed)).unwrap();
            (flat_weights(&model), history)
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1).0, run(2).0);
    }
}

#[test]
fn validation_takes_the_last_part_before_shuffling() {
    let (x, y) = clouds(40);
    let mut split = classifier(&reference());
    let with_split = split.fit(&x, &y, quiet(2).validation_split(0.25)).unwrap();
    let mut given = classifier(&reference());
    let fit = quiet(2).validation_data(x.i(30..), y.i(30..));
    let with_data = given.fit(x.i(..30), y.i(..30), fit).unwrap();
    assert_eq!(with_split, with_data);
}

#[test]
fn loss_from_the_logits_of_the_last_layer_is_exact_where_probabilities_end() {
    // The second class is wrong by a distance that no f32 probability can tell.
    let x = Tensor::from([[200.0f32]]);
    for (units, activation, loss, label) in [
        (2, "softmax", "sparse_categorical_crossentropy", Tensor::from([1])),
        (1, "sigmoid", "binary_crossentropy", Tensor::from([0.0f32])),
    ] {
        let mut model = build(&reference(), &[1], [Dense::new(units).activation(activation).named("out")]);
        let kernel = if units == 2 { Tensor::from([[1.0f32, 0.0]]) } else { Tensor::from([[1.0f32]]) };
        model.set_weights([("out/kernel", kernel.to_host().unwrap())]).unwrap();
        model.compile("sgd", loss, ()).unwrap();
        assert!((model.evaluate(&x, &label).unwrap().loss() - 200.0).abs() < 1e-3, "{loss}");
    }
}

#[test]
fn frozen_layers_stay_as_they_are() {
    let (x, y) = clouds(30);
    let frozen = Dense::new(4).named("frozen").trainable(false);
    let mut model = build(&reference(), &[2], [frozen, Dense::new(3).activation("softmax").into()]);
    model.compile(SGD::new(0.5), "sparse_categorical_crossentropy", ()).unwrap();
    let before = model.weights().unwrap();
    model.fit(&x, &y, quiet(1)).unwrap();
    let after = model.weights().unwrap();
    assert_eq!(before[..2], after[..2]);
    assert_ne!(before[2], after[2]);
}

#[test]
fn steps_of_the_callers_choice_and_their_cost() {
    let (x, y) = clouds(64);
    for device in devices() {
        let mut model = classifier(&device);
        assert!(model.training_stats().is_none());
        let params = model.count_params() as u64;
        let mut trainer = model.trainer(&x, &y).unwrap();
        let stats = trainer.prepare(16).unwrap();
        // Parameters, two slots and the data are there at once.
        assert!(stats.peak_bytes >= 4 * (3 * params + 64 * 3), "{stats:?}");
        let first = {
            trainer.step(&(0..16).collect::<Vec<i32>>()).unwrap();
            trainer.logs().unwrap().loss()
        };
        for _ in 0..40 {
            trainer.reset().unwrap();
            trainer.step(&(0..16).collect::<Vec<i32>>()).unwrap();
        }
        assert!(trainer.logs().unwrap().loss() < first);
        assert!(trainer.step(&[64]).unwrap_err().to_string().contains("row 64 is not in 0..64"));
        assert_eq!(model.compilations(), 1);
        assert!(model.training_stats().is_some());
    }
}

/// The optimizer is one kernel over all parameters, and whatever can be fused is: the issue's `mlp-b` takes 20 dispatches.
#[test]
fn a_step_is_few_kernels() {
    let x = Tensor::from_vec(vec![0.5f32; 256 * 784], [256, 784]);
    let y = Tensor::from_vec((0..256).map(|i| i % 10).collect::<Vec<i32>>(), [256]);
    let dense = |units: usize, activation: &str| Dense::new(units).activation(activation).into();
    let layers = [dense(256, "relu"), dense(128, "relu"), dense(64, "relu"), dense(32, "relu"), dense(10, "softmax")];
    let mut model = build(&reference(), &[784], layers);
    for (optimizer, slots) in [("sgd", 0), ("adam", 2)] {
        model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
        let program = model.trainer(&x, &y).unwrap().program(128).unwrap();
        assert_eq!(program.donations.len(), 2 + slots, "parameters, slots and sums are updated in place");
        let plan = Plan::new(&program, &PlanOptions::default()).unwrap();
        assert!(plan.steps.len() <= 20, "{} steps with {optimizer}:\n{plan}", plan.steps.len());
    }
}

/// A device whose largest tensor is small, so that the data stays on the host.
#[derive(Debug)]
struct Narrow(Device, DeviceInfo);

impl Backend for Narrow {
    fn info(&self) -> &DeviceInfo {
        &self.1
    }
    fn compile(&self, program: &Program) -> wgrad_tensor::Result<Arc<dyn Executable>> {
        self.0.compile(program)
    }
    fn upload(&self, tensor: &HostTensor) -> wgrad_tensor::Result<Arc<dyn Storage>> {
        if tensor.spec().bytes() as u64 > self.1.max_tensor_bytes {
            let (needed, available) = (tensor.spec().bytes() as u64, self.1.max_tensor_bytes);
            return Err(Error::OutOfMemory { device: "narrow".into(), what: "upload".into(), needed, available });
        }
        self.0.upload(tensor)
    }
    fn download<'a>(&'a self, value: &'a Value) -> BoxFuture<'a, wgrad_tensor::Result<HostTensor>> {
        self.0.download(value)
    }
    fn memory(&self) -> Memory {
        self.0.memory()
    }
}

#[test]
fn data_that_does_not_fit_the_device_comes_batch_by_batch() {
    let (x, y) = clouds(100);
    let narrow = Narrow(reference(), DeviceInfo { max_tensor_bytes: 600, ..reference().info().clone() });
    let run = |device: &Device| {
        let mut model = classifier(device);
        let history = model.fit(&x, &y, quiet(2).batch_size(32).validation_split(0.2)).unwrap();
        (flat_weights(&model), history, model.compilations())
    };
    let gathered = run(&reference());
    assert_eq!(run(&Device::new(narrow)), gathered);
}

/// A layer of the user's own with state: the program updates it in training and reads it elsewhere.
#[derive(Debug)]
struct Counter;

impl Layer for Counter {
    fn class_name(&self) -> &'static str {
        "Counter"
    }

    fn call(&self, scope: &mut wgrad_model::Scope, x: &Tensor) -> Tensor {
        let calls = scope.state("calls", (), &wgrad_model::Initializer::Zeros);
        if scope.training() {
            scope.update("calls", &(&calls + 1.0));
        }
        x + calls * 0.0
    }
}

#[test]
fn state_is_updated_by_training_only() {
    let (x, y) = clouds(30);
    let mut model = build(&reference(), &[2], [Counter.named("counter"), Dense::new(3).activation("softmax").into()]);
    model.compile("sgd", "sparse_categorical_crossentropy", ()).unwrap();
    model.fit(&x, &y, quiet(2).batch_size(10)).unwrap();
    model.evaluate(&x, &y).unwrap();
    let (path, calls) = model.weights().unwrap().remove(0);
    assert_eq!((path.as_str(), calls.to_vec::<f32>().unwrap()), ("counter/calls", vec![6.0]));
}
