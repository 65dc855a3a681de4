//! Optimizers and schedules: one row for each, and what the rows have in common; Keras' numbers are compared by the golden cases.

use crate::{build, clouds, devices, reference};
use serde_json::json;
use std::sync::Arc;
use wgrad_model::{
    Fit, Layer, Model, OptimizerArgument, Scope,
    layers::Dense,
    optimizers::{
        Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Arena, Ftrl, Lamb, Lion, LossScaleOptimizer, Muon, Nadam, OptimizerState,
        RMSprop, SGD, ScheduleFreeAdamW, from_config, names, step, variables,
    },
    schedules::{
        self, CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay, Schedule,
    },
};
use wgrad_tensor::{DType, HostTensor, Tensor, grad};

/// The Keras name of each, and one that learns the clouds fast.
fn rows() -> Vec<(&'static str, OptimizerArgument)> {
    vec![
        ("adadelta", Adadelta::new(20.0).into()),
        ("adafactor", Adafactor::new(0.3).into()),
        ("adagrad", Adagrad::new(0.3).into()),
        ("adam", Adam::new(0.05).amsgrad(true).into()),
        ("adamax", Adamax::new(0.1).into()),
        ("adamw", AdamW::new(0.05).exclude_from_weight_decay(&["bias"]).into()),
        ("ftrl", Ftrl::new(0.3).l2_regularization_strength(0.001).into()),
        ("lamb", Lamb::new(0.05).clipnorm(1.0).into()),
        ("lion", Lion::new(0.02).into()),
        ("lossscaleoptimizer", LossScaleOptimizer::new(Adam::new(0.05)).initial_scale(8.0).dynamic_growth_steps(5).into()),
        ("muon", Muon::new(0.05).into()),
        ("nadam", Nadam::new(0.05).global_clipnorm(1.0).into()),
        ("rmsprop", RMSprop::new(0.02).momentum(0.5).centered(true).into()),
        ("schedulefreeadamw", ScheduleFreeAdamW::new(0.05).warmup_steps(3).into()),
        ("sgd", SGD::new(0.3).momentum(0.5).nesterov(true).use_ema(true).ema_momentum(0.5).clipvalue(0.5).into()),
    ]
}

fn fit(model: &mut Model, epochs: usize) -> f64 {
    let (x, y) = clouds(48);
    let history = model.fit(&x, &y, Fit::epochs(epochs).batch_size(16).shuffle(false).verbose(0)).unwrap();
    history.last("loss").unwrap()
}

fn classifier(device: &wgrad_tensor::Device) -> Model {
    build(device, &[2], [Dense::new(8).activation("relu").into(), Dense::new(3).activation("softmax").into()])
}

fn weights(model: &Model) -> Vec<f32> {
    model.weights().unwrap().iter().flat_map(|(_, t)| t.to_vec::<f32>().unwrap()).collect()
}

#[test]
fn the_table_has_every_optimizer() {
    assert_eq!(rows().iter().map(|(name, _)| *name).collect::<Vec<_>>(), names().collect::<Vec<_>>());
}

#[test]
fn each_lowers_the_loss_alike_on_every_device_with_one_program() {
    for (name, optimizer) in rows() {
        let mut found: Vec<Vec<f32>> = Vec::new();
        for device in devices() {
            let mut model = classifier(&device);
            model.compile(optimizer.clone(), "sparse_categorical_crossentropy", ()).unwrap();
            let first = fit(&mut model, 1);
            // A second call goes on from the weights and the state that the first one left.
            let last = fit(&mut model, 12);
            assert!(last < 0.7 * first, "{name}: {first} to {last} on {device:?}");
            assert_eq!(model.compilations(), 1, "{name}");
            found.push(weights(&model));
        }
        for (a, b) in found[0].iter().zip(&found[1]) {
            assert!((a - b).abs() < 1e-3 * a.abs().max(1.0), "{name}: {a} and {b}");
        }
    }
}

#[test]
fn configurations_lead_there_and_back() {
    for (name, optimizer) in rows() {
        let OptimizerArgument::Value(optimizer) = optimizer else { panic!("{name} is a name") };
        let config = optimizer.config();
        let again = from_config(optimizer.class_name(), &config).unwrap();
        assert_eq!(again.config(), config, "{name}");
        if optimizer.loss_scaling().is_some() {
            continue;
        }
        let default = from_config(name, &json!({"learning_rate": 0.5, "clipvalue": null})).unwrap();
        assert_eq!((default.class_name(), default.config()["learning_rate"].as_f64()), (optimizer.class_name(), Some(0.5)));
    }
    let adam = from_config(
        "Adam",
        &json!({"learning_rate": {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 10}}}),
    );
    let adam = adam.unwrap();
    assert!((step::learning_rate_at(&*adam, 5) - 0.05).abs() < 1e-9);
    assert_eq!(adam.config()["learning_rate"]["config"]["decay_steps"], 10.0);
    assert_eq!(Adam::new(|_: u64| 0.1).options.learning_rate.at(3), 0.1);
}

#[test]
fn mistakes_are_errors_that_name_the_rule() {
    let says = |result: wgrad_model::Result<Arc<dyn wgrad_model::Optimizer>>, text: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(text), "{text:?} is not in: {error}");
    };
    says(from_config("Adamm", &json!({})), "there is no optimizer \"Adamm\"; did you mean adam");
    says(from_config("Adam", &json!({"beta1": 0.9})), "there is no argument \"beta1\"; did you mean beta_1");
    says(from_config("Adam", &json!({"beta_1": "high"})), "config: expected arguments of Keras' types");
    says(from_config("Adam", &json!([1])), "config: expected an object, got [1]");
    says(from_config("Adam", &json!({"beta_1": 2.0})), "optimizer adam: beta_1 must be in [0, 1], got 2");
    says(
        from_config("SGD", &json!({"clipnorm": 1.0, "clipvalue": 0.5})),
        "only one of clipnorm, clipvalue and global_clipnorm can be set, got clipnorm=1, clipvalue=0.5",
    );
    says(from_config("SGD", &json!({"gradient_accumulation_steps": 1})), "gradient_accumulation_steps must be at least 2, got 1");
    says(from_config("SGD", &json!({"ema_overwrite_frequency": 0})), "ema_overwrite_frequency must be at least 1, got 0");
    says(from_config("SGD", &json!({"ema_momentum": -0.5})), "ema_momentum must be in [0, 1], got -0.5");
    says(from_config("SGD", &json!({"loss_scale_factor": 0.0})), "loss_scale_factor must be positive, got 0");
    says(from_config("AdamW", &json!({"weight_decay": null})), "weight_decay must be a number, got none");
    says(from_config("Lion", &json!({"beta_1": 0.0})), "beta_1 must be in (0, 1], got 0");
    says(from_config("Ftrl", &json!({"learning_rate_power": 0.5})), "minus learning_rate_power must not be negative, got -0.5");
    says(from_config("Adafactor", &json!({"clip_threshold": 0.0})), "clip_threshold must be positive, got 0");
    says(
        from_config("SGD", &json!({"learning_rate": "fast"})),
        "learning_rate: expected a number, or the class_name and config of a schedule",
    );
    let schedule =
        |class: &str, config: serde_json::Value| from_config("SGD", &json!({"learning_rate": {"class_name": class, "config": config}}));
    says(schedule("CosineDecai", json!({})), "there is no schedule \"CosineDecai\"; did you mean CosineDecay");
    says(schedule("ExponentialDecay", json!({"decay_steps": 3})), "schedule: expected arguments of Keras' types");
    says(schedule("CosineDecay", json!({"initial_learning_rate": 0.1, "decay_steps": 0})), "decay_steps must be positive, got 0");
    says(
        schedule("PiecewiseConstantDecay", json!({"boundaries": [5], "values": [1.0]})),
        "one value more than boundaries, got 1 values and 1 boundaries",
    );
    says(
        schedule("PiecewiseConstantDecay", json!({"boundaries": [5, 3], "values": [1, 2, 3]})),
        "the boundaries must be in ascending order, got [5.0, 3.0]",
    );

    let mut model = classifier(&reference());
    model.compile(SGD::new(ExponentialDecay::new(0.1, 10, 0.5)), "sparse_categorical_crossentropy", ()).unwrap();
    let error = model.set_learning_rate(0.5).unwrap_err().to_string();
    assert_eq!(error, "set_learning_rate: the learning rate of this optimizer is a schedule, which cannot be set");
    fit(&mut model, 1);
    assert!((model.learning_rate().unwrap() - 0.1 * 0.5f64.powf(0.3)).abs() < 1e-9, "the rate after 3 steps");
}

/// Moves `w` against the gradient of `sum(w^2)` for `steps` steps, and hands the optimizer back.
fn descend(optimizer: impl Into<OptimizerArgument>, w: &mut [Tensor], steps: usize) -> OptimizerState {
    let mut optimizer = OptimizerState::named(optimizer, w.iter().enumerate().map(|(i, w)| (["a/kernel", "a/bias"][i], w))).unwrap();
    for _ in 0..steps {
        let loss = w.iter().map(|w| w.square().sum(..)).reduce(|a, b| a + b).unwrap();
        let gradients = grad(&loss, &w.iter().collect::<Vec<_>>());
        optimizer.apply(w, &gradients).unwrap();
    }
    optimizer
}

fn pair() -> Vec<Tensor> {
    vec![Tensor::from([1.0f32, 2.0]), Tensor::from([4.0f32])]
}

fn values(w: &[Tensor]) -> Vec<f32> {
    w.iter().flat_map(|w| w.to_vec::<f32>().unwrap()).collect()
}

#[test]
fn options_by_hand() {
    // The gradient is 2 w, so a rate of 0.25 halves w.
    let run = |optimizer: SGD, steps| {
        let mut w = pair();
        descend(optimizer, &mut w, steps);
        values(&w)
    };
    let sgd = || SGD::new(0.25);
    assert_eq!(run(sgd(), 1), [0.5, 1.0, 2.0]);
    // Decay first shrinks by 1 - 0.25 * 0.4.
    assert_eq!(run(sgd().weight_decay(0.4).exclude_from_weight_decay(&["bias"]), 1), [0.9 - 0.5, 1.8 - 1.0, 2.0]);
    assert_eq!(run(sgd().clipvalue(3.0), 1), [0.5, 1.25, 3.25]);
    assert_eq!(run(sgd().clipnorm(4.0), 1)[2], 3.0);
    assert_eq!(run(sgd().clipnorm(-1.0), 1), run(sgd(), 1), "a bound that is not positive is none");
    // The gradients 2, 4 and 8 have the norm sqrt(84).
    assert!((run(sgd().global_clipnorm(1.0), 1)[0] - (1.0 - 0.5 / 84f32.sqrt())).abs() < 1e-6);
    assert_eq!(run(sgd().loss_scale_factor(2.0), 1), [0.75, 1.5, 3.0], "the caller's gradients are those of the scaled loss");
    // Two equal gradients have their mean.
    assert_eq!(run(sgd().gradient_accumulation_steps(2), 1), [1.0, 2.0, 4.0]);
    assert_eq!(run(sgd().gradient_accumulation_steps(2), 2), [0.5, 1.0, 2.0]);
    assert_eq!(run(SGD::new(|step: u64| if step == 1 { 0.25 } else { 0.0 }).gradient_accumulation_steps(2), 2), [0.5, 1.0, 2.0]);
    // The average of 0.5 and 0.25.
    let averaged = || sgd().use_ema(true).ema_momentum(0.5);
    assert_eq!(run(averaged().ema_overwrite_frequency(2), 2)[0], 0.375);
    let mut w = pair();
    let optimizer = descend(averaged(), &mut w, 2);
    assert_eq!(values(&w), [0.25, 0.5, 1.0]);
    optimizer.finalize(&mut w).unwrap();
    assert_eq!(values(&w), [0.375, 0.75, 1.5]);
    // A norm that overflows poisons the gradient rather than the next steps silently.
    let mut w = vec![Tensor::from([1.0f32])];
    let mut optimizer = OptimizerState::new(sgd().global_clipnorm(1.0), &w).unwrap();
    optimizer.apply(&mut w, &[Tensor::from([f32::INFINITY])]).unwrap();
    assert!(values(&w)[0].is_nan());
}

#[test]
fn loops_of_ones_own() {
    let mut w = pair();
    let mut optimizer = descend("sgd", &mut w, 0);
    assert_eq!((optimizer.iterations(), optimizer.learning_rate()), (0, 0.01));
    let before = optimizer.variables().unwrap_err().to_string();
    assert_eq!(before, "optimizer sgd: there are no variables before the first step");
    optimizer.set_learning_rate(0.5).unwrap();
    optimizer.apply(&mut w, &pair()).unwrap();
    assert_eq!(values(&w), [0.5, 1.0, 2.0]);
    let error = |result: wgrad_model::Result<()>| result.unwrap_err().to_string();
    assert_eq!(error(optimizer.apply::<Tensor>(&mut w, &[])), "number of gradients: expected 2, got 0");
    assert_eq!(error(optimizer.apply(&mut w[..1], &pair())), "number of variables: expected 2, got 1");
    let wrong = [Tensor::zeros([3]), Tensor::zeros([1])];
    assert_eq!(error(optimizer.apply(&mut w, &wrong)), "gradient a/kernel: expected f32 [2], got f32 [3]");
    assert!(error(optimizer.apply(&mut w, &[Tensor::zeros([2]).matmul(&Tensor::zeros([3])), Tensor::zeros([1])])).contains("matmul"));
    assert_eq!(
        error(optimizer.set_learning_rate(-1.0)),
        "set_learning_rate: the learning rate must be a number that is not negative, got -1"
    );
    assert_eq!(error(optimizer.apply::<Option<Tensor>>(&mut w, &[None, None])), "optimizer sgd: there is no gradient for any variable");
    assert_eq!(optimizer.iterations(), 1, "nothing happened");
    let integers = OptimizerState::new("sgd", &[Tensor::from([1, 2])]).unwrap_err().to_string();
    assert_eq!(integers, "the dtype of variable: expected one floating-point type for all, got i32");

    // Doubles stay doubles.
    let mut w = vec![Tensor::from([1.0f64, 2.0]).cast(DType::F64)];
    let mut optimizer = OptimizerState::new(Adam::new(0.5), &w).unwrap().on(&reference());
    optimizer.apply(&mut w, &[Tensor::from([1.0f64, -1.0]).cast(DType::F64)]).unwrap();
    assert_eq!(w[0].dtype(), DType::F64);
    // The numbers of a step are f32, whatever the variables are.
    assert!((w[0].to_vec::<f64>().unwrap()[0] - 0.5).abs() < 2e-5);
}

#[test]
fn what_has_no_gradient_rests() {
    let mut w = pair();
    let mut optimizer = descend(AdamW::new(0.1), &mut w, 1);
    let before = values(&w)[2];
    optimizer.apply(&mut w, &[Some(Tensor::from([1.0f32, 1.0])), None]).unwrap();
    assert_eq!(values(&w)[2], before, "neither momentum nor decay");
    let momentum = |optimizer: &OptimizerState, i: usize| optimizer.variables().unwrap()[i].1.data().to_f64()[0];
    assert!((momentum(&optimizer, 4) - 0.8).abs() < 1e-6, "a tenth of the first gradient");
    assert!((momentum(&optimizer, 2) - (0.9 * 0.2 + 0.1)).abs() < 1e-6);
    // A step with other gradients is another program, over the same memory.
    optimizer.apply(&mut w, &[None, Some(Tensor::from([1.0f32]))]).unwrap();
    assert_ne!(values(&w)[2], before);

    let mut model = WithSpare::model();
    model.compile(Ftrl::new(0.1).weight_decay(0.1), "mse", ()).unwrap();
    model.train_on_batch(Tensor::ones([2, 1]), Tensor::zeros([2, 1])).unwrap();
    assert_ne!(weights(&model)[0], 1.0);
    assert_eq!(weights(&model)[1], 1.0);
}

/// A layer with a parameter that the result does not depend on.
#[derive(Debug)]
struct WithSpare;

impl WithSpare {
    fn model() -> Model {
        build(&reference(), &[1], [WithSpare.into()])
    }
}

impl Layer for WithSpare {
    fn class_name(&self) -> &'static str {
        "WithSpare"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let used = scope.param("used", [1], &"ones".into());
        scope.param("spare", [1], &"ones".into());
        x * used
    }
}

#[test]
fn variables_in_keras_order_lead_there_and_back() {
    let mut w = pair();
    let state =
        descend(RMSprop::new(0.25).momentum(0.9).centered(true).use_ema(true).gradient_accumulation_steps(2).name("rms"), &mut w, 3);
    let list = state.variables().unwrap();
    let expected = ["iteration", "learning_rate", "a_kernel_average", "a_bias_average", "a_kernel_gradient_accumulator"];
    for ((path, _), expected) in list.iter().zip(expected) {
        assert_eq!(*path, format!("rms/{expected}"));
    }
    assert_eq!(list.last().unwrap().0, "rms/a_bias_average_gradient");

    let optimizer = from_config(
        "RMSprop",
        &json!({"momentum": 0.9, "centered": true, "use_ema": true, "gradient_accumulation_steps": 2, "name": "rms"}),
    )
    .unwrap();
    let arena = Arena::new(w.iter().zip(["a/kernel", "a/bias"]).map(|(w, path)| (path.to_string(), w.shape().clone())));
    let values: Vec<HostTensor> = list.iter().map(|(_, value)| value.clone()).collect();
    let memory = variables::restore(&*optimizer, &arena, &values).unwrap();
    assert_eq!((memory.iterations, memory.learning_rate), (3, Some(0.25)));
    assert_eq!(variables::list(&*optimizer, &arena, &memory).unwrap(), list);
    let error = variables::restore(&*optimizer, &arena, &values[1..]).unwrap_err().to_string();
    assert_eq!(error, "variables of the optimizer rm_sprop: expected 12, got 11");
    let error = variables::restore(&*optimizer, &arena, &[vec![values[2].clone()], values[1..].to_vec()].concat()).unwrap_err().to_string();
    assert_eq!(error, "rms/iteration: expected [], got [2]");
    let lost = variables::Memory { slots: Vec::new(), ..memory };
    let error = variables::list(&*optimizer, &arena, &lost).unwrap_err().to_string();
    assert_eq!(error, "optimizer rm_sprop: the slots do not hold rms/a_kernel_average");
}

#[test]
fn fit_ends_with_the_averages() {
    let mut model = classifier(&reference());
    model.compile(SGD::new(0.5).use_ema(true).ema_momentum(1.0), "sparse_categorical_crossentropy", ()).unwrap();
    let (x, y) = clouds(48);
    // The average stays at the weights after the first step.
    let mut one = classifier(&reference());
    one.compile(SGD::new(0.5), "sparse_categorical_crossentropy", ()).unwrap();
    one.train_on_batch(x.i(..16), y.i(..16)).unwrap();
    fit(&mut model, 3);
    assert_eq!(weights(&model), weights(&one));
}

#[test]
fn schedules_by_hand() {
    let near = |schedule: &dyn Schedule, steps: [u64; 3], rates: [f64; 3]| {
        for (step, rate) in steps.into_iter().zip(rates) {
            assert!((schedule.at(step) - rate).abs() < 1e-7, "{} at {step}: {}, not {rate}", schedule.class_name(), schedule.at(step));
        }
    };
    near(&ExponentialDecay::new(0.5, 10, 0.25), [0, 5, 10], [0.5, 0.25, 0.125]);
    near(&ExponentialDecay::new(0.5, 10, 0.25).staircase(true), [0, 9, 10], [0.5, 0.5, 0.125]);
    near(&InverseTimeDecay::new(0.5, 10, 1.0), [0, 10, 30], [0.5, 0.25, 0.125]);
    near(&InverseTimeDecay::new(0.5, 10, 1.0).staircase(true), [9, 10, 19], [0.5, 0.25, 0.25]);
    near(&PiecewiseConstantDecay::new([10, 20], [0.5, 0.25, 0.125]), [10, 11, 21], [0.5, 0.25, 0.125]);
    near(&PolynomialDecay::new(0.5, 10).end_learning_rate(0.1), [0, 5, 100], [0.5, 0.3, 0.1]);
    near(&PolynomialDecay::new(0.5, 10).end_learning_rate(0.1).power(2.0).cycle(true), [0, 10, 15], [0.5, 0.1, 0.125]);
    near(&CosineDecay::new(0.5, 10).alpha(0.1), [0, 5, 100], [0.5, 0.275, 0.05]);
    near(&CosineDecay::new(0.0, 10).warmup(0.5, 5), [0, 4, 10], [0.0, 0.4, 0.25]);
    near(&CosineDecayRestarts::new(0.5, 10), [0, 10, 20], [0.5, 0.5, 0.25]);
    near(&CosineDecayRestarts::new(0.5, 10).t_mul(1.0).m_mul(0.5).alpha(0.0), [0, 10, 25], [0.5, 0.25, 0.0625]);
    near(&|step: u64| step as f64, [0, 1, 2], [0.0, 1.0, 2.0]);
    let again = schedules::from_config("CosineDecay", &CosineDecay::new(0.5, 10).config().unwrap()).unwrap();
    near(&*again, [0, 5, 10], [0.5, 0.25, 0.0]);
}
