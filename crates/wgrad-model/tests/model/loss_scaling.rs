//! Training in f16 with a loss scale, against Keras 3.15.1 and against training in f32.

use crate::{build, clouds, devices, dtype_policies::numbers, reference};
use serde_json::json;
use wgrad_model::{
    Compile, Entry, Fit, Layer, Model, Sequential,
    layers::{BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D},
    optimizers::{Adam, LossScaleOptimizer, OptimizerState, SGD, from_config},
    schedules::ExponentialDecay,
};
use wgrad_tensor::{DType, Device, HostTensor, Tensor, grad};

const MIXED: &str = "mixed_float16";

fn weights(model: &Model) -> Vec<f32> {
    model.weights().unwrap().iter().flat_map(|(_, t)| t.to_vec::<f32>().unwrap()).collect()
}

/// An optimizer variable that is one number.
fn number(model: &Model, path: &str) -> f64 {
    let variables = model.optimizer_variables().unwrap();
    variables.iter().find(|(name, _)| name == path).unwrap().1.data().to_f64()[0]
}

fn scale(model: &Model) -> f64 {
    number(model, "loss_scale_optimizer/dynamic_scale")
}

/// Two layers whose gradients at a scale of 2^19 are beyond f16.
fn small(device: &Device) -> Model {
    let layers = [Dense::new(4).activation("relu").into(), Dense::new(2).dtype("float32")];
    let mut model = Sequential::new(layers).input_shape([3]).device(device).dtype_policy(MIXED).build().unwrap();
    let values = [numbers(5, &[3, 4], 0.25), numbers(3, &[4], 0.25), numbers(7, &[4, 2], 0.25), numbers(2, &[2], 0.25)];
    let names: Vec<String> = model.variables().iter().map(|variable| variable.path.clone()).collect();
    model.set_weights(names.into_iter().zip(values.iter().map(|w| w.to_host().unwrap()))).unwrap();
    model
}

fn step(model: &mut Model) -> f64 {
    model.train_on_batch(numbers(7, &[4, 3], 1.0), numbers(3, &[4, 2], 1.0)).unwrap().loss()
}

#[test]
fn steps_are_those_of_keras() {
    let scales = [20, 19, 18, 18, 18, 19, 18, 18, 18, 19];
    let counters = [0, 0, 0, 1, 2, 0, 0, 1, 2, 0];
    let iterations = [0, 0, 0, 1, 2, 3, 3, 4, 5, 6];
    let losses = [0.811625, 0.811625, 0.811625, 0.811625, 0.744552, 0.704081, 0.679357, 0.679357, 0.66162, 0.648771];
    #[rustfmt::skip]
    let expected = [
        -0.493574, -0.052519, -0.132594, 0.023652, 0.13143, -0.146276, -0.023653, 0.132598, 0.337319, 0.20878, -0.117416, 0.038808,
        -0.193927, -0.384978, -0.257596, -0.163848,
        -0.485801, -0.267102, -0.025355, 0.193535, -0.086165, 0.132589, 0.351284, -0.148669,
        -0.201725, -0.132773f32,
    ];
    for device in devices() {
        let mut model = small(&device);
        let adam = Adam::new(ExponentialDecay::new(0.05, 2, 0.5));
        let optimizer = LossScaleOptimizer::new(adam).initial_scale(f64::from(1 << 21)).dynamic_growth_steps(3);
        model.compile(optimizer, "mse", ()).unwrap();
        for i in 0..10 {
            let loss = step(&mut model);
            assert!((loss - losses[i]).abs() < 1e-3, "loss {loss} at step {i}");
            assert_eq!(scale(&model), f64::from(1 << scales[i]), "step {i}");
            assert_eq!(number(&model, "loss_scale_optimizer/step_counter"), f64::from(counters[i]), "step {i}");
            // Neither the schedule nor the corrections of Adam count the steps that were skipped.
            assert_eq!(number(&model, "adam/iteration"), f64::from(iterations[i]), "step {i}");
        }
        for (found, expected) in weights(&model).iter().zip(expected) {
            assert!((found - expected).abs() < 2e-4, "{found} is not {expected}");
        }
        assert_eq!(model.compilations(), 1);
        let paths: Vec<String> = model.optimizer_variables().unwrap().into_iter().map(|(path, _)| path).collect();
        let own = ["iteration", "learning_rate", "step_counter", "dynamic_scale"].map(|name| format!("loss_scale_optimizer/{name}"));
        assert_eq!(paths[..4], own);
        assert_eq!(paths[4..6], ["adam/iteration", "loss_scale_optimizer/adam/dense_kernel_momentum"]);
    }
}

#[test]
fn a_step_that_overflows_changes_nothing_but_the_scale() {
    for device in devices() {
        let layers = [
            Entry::from(BatchNormalization::new()),
            Dense::new(4).activation("relu").kernel_constraint("max_norm").into(),
            Dense::new(2).dtype("float32"),
        ];
        let mut model = build_mixed(&device, &[3], layers);
        model.compile(LossScaleOptimizer::new(Adam::new(0.05)).initial_scale(1e30), "mse", ()).unwrap();
        let before = weights(&model);
        step(&mut model);
        assert_eq!(weights(&model), before, "moving statistics and constrained weights, too");
        assert_eq!(scale(&model), f64::from(1e30f32) / 2.0);
        let momentum = "loss_scale_optimizer/adam/dense_kernel_momentum";
        assert_eq!(number(&model, momentum), 0.0);
        // Training goes on once the scale is small enough.
        let losses: Vec<f64> = (0..150).map(|_| step(&mut model)).collect();
        assert!(losses[149] < 0.9 * losses[0], "{losses:?}");
        assert!(weights(&model).iter().all(|w| w.is_finite()));
        assert_eq!(model.compilations(), 1);
    }
}

fn build_mixed(device: &Device, shape: &[usize], layers: impl IntoIterator<Item = Entry>) -> Model {
    Sequential::new(layers).input_shape(shape).seed(7).device(device).dtype_policy(MIXED).build().unwrap()
}

#[test]
fn f16_learns_what_f32_learns() {
    let (x, y) = clouds(120);
    let dense = || -> Vec<Entry> { vec![Dense::new(16).activation("relu").into(), Dense::new(3).activation("softmax").into()] };
    let convolutions = || -> Vec<Entry> {
        vec![
            Conv2D::new(4, 3).activation("relu").into(),
            BatchNormalization::new().momentum(0.8).into(),
            MaxPooling2D::new(2).into(),
            Flatten::new().into(),
            Dense::new(3).activation("softmax").dtype("float32"),
        ]
    };
    // Where a bright spot is: left, in the middle, or right.
    let labels: Vec<i32> = (0..120).map(|i| i % 3).collect();
    let spots = Tensor::from_vec(labels.clone(), [120, 1, 1, 1]).eq(Tensor::iota([1, 1, 8, 1], 2, DType::I32) / 3).cast(DType::F32);
    let pictures = Tensor::normal([120, 6, 8, 1], 0.0, 0.5, 5) + spots;
    let places = Tensor::from_vec(labels, [120]);
    let runs = [(&dense as &dyn Fn() -> Vec<Entry>, &[2][..], &x, &y), (&convolutions, &[6, 8, 1], &pictures, &places)];
    for (layers, shape, x, y) in runs {
        let fit = |mut model: Model| {
            model.compile(Adam::new(0.02), "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
            model.fit(x, y, Fit::epochs(6).batch_size(20).verbose(0)).unwrap();
            let logs = model.evaluate(x, y).unwrap();
            (logs.loss(), logs.get("accuracy").unwrap())
        };
        let exact = fit(build(&reference(), shape, layers()));
        for device in devices() {
            let mixed = fit(build_mixed(&device, shape, layers()));
            assert!((mixed.0 - exact.0).abs() < 0.03 && mixed.1 > exact.1 - 0.05, "{mixed:?} in f16, {exact:?} in f32");
        }
    }
}

/// Gradients near 1e-8, which f16 has not.
#[test]
fn small_gradients_survive_with_the_scale_alone() {
    let moved = |policy: &str, auto_scale_loss: bool| {
        let mut model =
            Sequential::new([Dense::new(2).into()]).input_shape([3]).seed(7).device(&reference()).dtype_policy(policy).build().unwrap();
        let before = weights(&model);
        let compile = Compile::new(SGD::new(1e8), "mse").loss_weights([1e-9]).auto_scale_loss(auto_scale_loss);
        model.compile_with(compile).unwrap();
        step(&mut model);
        weights(&model).iter().zip(before).map(|(after, before)| after - before).collect::<Vec<f32>>()
    };
    let exact = moved("float32", true);
    assert!(exact.iter().all(|d| *d != 0.0), "{exact:?}");
    assert!(moved(MIXED, false).iter().all(|d| *d == 0.0));
    for (mixed, exact) in moved(MIXED, true).iter().zip(&exact) {
        assert!((mixed - exact).abs() < 0.02 * exact.abs() + 1e-4, "{mixed} is not {exact}");
    }
}

#[test]
fn a_checkpoint_holds_the_scale_and_goes_on_with_the_same_bits() {
    let path = std::env::temp_dir().join(format!("wgrad-loss-scaling-{}.safetensors", std::process::id()));
    let model = || {
        let layers = [Dense::new(8).activation("relu").into(), Dropout::new(0.3).into(), Dense::new(2).into()];
        let mut model = build_mixed(&reference(), &[3], layers);
        model.compile(LossScaleOptimizer::new(Adam::new(0.05)).initial_scale(2e6).dynamic_growth_steps(4), "mse", ()).unwrap();
        model
    };
    let mut first = model();
    for _ in 0..9 {
        step(&mut first);
    }
    first.save_checkpoint(&path).unwrap();
    assert!(number(&first, "adam/iteration") < 9.0, "some steps were skipped");
    let mut second = model();
    second.load_checkpoint(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(second.optimizer_variables().unwrap(), first.optimizer_variables().unwrap());
    for _ in 0..9 {
        assert_eq!(step(&mut first), step(&mut second));
    }
    assert_eq!(weights(&first), weights(&second));
    assert_eq!(second.optimizer_variables().unwrap(), first.optimizer_variables().unwrap());
    // Keras does not count steps in the outer optimizer.
    let mut variables: Vec<HostTensor> = first.optimizer_variables().unwrap().into_iter().map(|(_, value)| value).collect();
    let iteration = number(&first, "adam/iteration");
    variables[0] = Tensor::from(0).to_host().unwrap();
    second.set_optimizer_variables(&variables).unwrap();
    assert_eq!(number(&second, "adam/iteration"), iteration);
}

#[test]
fn the_optimizer_of_a_half_precision_model_scales_unless_told_otherwise() {
    let scales = |policy: &str, compile: Compile| {
        let mut model = Sequential::new([Dense::new(1).into()]).input_shape([3]).device(&reference()).dtype_policy(policy).build().unwrap();
        model.compile_with(compile).unwrap();
        model.train_on_batch(Tensor::ones([2, 3]), Tensor::ones([2, 1])).unwrap();
        model.optimizer_variables().unwrap()[0].0 == "loss_scale_optimizer/iteration"
    };
    let sgd = || Compile::new(SGD::new(0.1), "mse");
    assert!(scales(MIXED, sgd()));
    assert!(!scales("float32", sgd()));
    assert!(!scales(MIXED, sgd().auto_scale_loss(false)));
    assert!(!scales(MIXED, Compile::new(SGD::new(0.1).loss_scale_factor(128.0), "mse")), "it scales by a number of its own");
    // One layer is enough, and the averages of the inner optimizer are found: these stay at the weights after the first step.
    let averages = |epochs| {
        let mut model = build(&reference(), &[3], [Dense::new(1).dtype(MIXED)]);
        model.compile(SGD::new(0.1).use_ema(true).ema_momentum(1.0), "mse", ()).unwrap();
        model.fit(Tensor::ones([2, 3]) * 0.1, Tensor::zeros([2, 1]), Fit::epochs(epochs).verbose(0)).unwrap();
        assert_eq!(scale(&model), 32768.0);
        weights(&model)
    };
    assert_eq!(averages(1), averages(3));
}

#[test]
fn loops_of_ones_own_scale_their_loss() {
    let mut w = vec![Tensor::from([1.0f32, 2.0])];
    let scaling = LossScaleOptimizer::new(SGD::new(0.25)).initial_scale(8.0).dynamic_growth_steps(1);
    let mut optimizer = OptimizerState::new(scaling, &w).unwrap().on(&reference());
    let scaled = |optimizer: &OptimizerState| optimizer.scale_loss(&Tensor::from(1.0f32)).item::<f32>().unwrap();
    assert_eq!(scaled(&optimizer), 8.0);
    let gradients = grad(&optimizer.scale_loss(&w[0].square().sum(..)), &[&w[0]]);
    optimizer.apply(&mut w, &gradients).unwrap();
    assert_eq!((w[0].to_vec::<f32>().unwrap(), scaled(&optimizer)), (vec![0.5, 1.0], 16.0));
    for bad in [f32::INFINITY, f32::NAN] {
        optimizer.apply(&mut w, &[Tensor::from([1.0f32, bad])]).unwrap();
    }
    assert_eq!((w[0].to_vec::<f32>().unwrap(), scaled(&optimizer)), (vec![0.5, 1.0], 4.0));
    // The scale never becomes 0, however often steps are skipped.
    let scaling = LossScaleOptimizer::new(SGD::new(0.25)).initial_scale(1e-37);
    let mut optimizer = OptimizerState::new(scaling, &w).unwrap().on(&reference());
    (0..5).for_each(|_| optimizer.apply(&mut w, &[Tensor::from([1.0f32, f32::NAN])]).unwrap());
    assert_eq!(scaled(&optimizer), f32::MIN_POSITIVE);
}

#[test]
fn configurations_and_mistakes() {
    let keras = json!({
        "name": "loss_scale_optimizer",
        "inner_optimizer": {"module": "keras.optimizers", "class_name": "SGD", "config": {"learning_rate": 0.5}, "registered_name": null},
        "initial_scale": 1024.0, "dynamic_growth_steps": 20
    });
    let optimizer = from_config("LossScaleOptimizer", &keras).unwrap();
    assert_eq!(optimizer.config()["initial_scale"], 1024.0);
    assert_eq!(optimizer.config()["inner_optimizer"]["config"]["learning_rate"], 0.5);
    let says = |config: serde_json::Value, text: &str| {
        let error = from_config("LossScaleOptimizer", &config).unwrap_err().to_string();
        assert!(error.contains(text), "{text:?} is not in: {error}");
    };
    let with = |name: &str, value: serde_json::Value| {
        let mut config = keras.clone();
        config[name] = value;
        config
    };
    says(json!({}), "missing field `inner_optimizer`");
    says(with("inner_optimizer", json!("sgd")), "inner_optimizer is {\"class_name\", \"config\"}, got \"sgd\"");
    says(with("clipnorm", json!(1.0)), "unknown field `clipnorm`");
    says(with("initial_scale", json!(0.0)), "optimizer loss_scale_optimizer: initial_scale must be positive, got 0");
    says(with("dynamic_growth_steps", json!(0)), "dynamic_growth_steps must be at least 1, got 0");
    says(
        with("inner_optimizer", json!({"class_name": "SGD", "config": {"loss_scale_factor": 2.0}})),
        "the inner optimizer must not scale the loss itself: it has a loss_scale_factor",
    );
    says(with("inner_optimizer", json!({"class_name": "LossScaleOptimizer", "config": keras})), "must not be a LossScaleOptimizer");
}
