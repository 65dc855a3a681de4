//! Training on the GPU beside training on the processor, and what a training step may cost.

use wgrad::{
    DType, Device, Fit, Layer, Model, Sequential, Tensor,
    data::{FashionMnist, Places},
    layers::{BatchNormalization, Conv2D, Dense, Flatten, Reshape},
    optimizers::{Adam, LossScaleOptimizer},
};
use wgrad_testing::device_or_skip;

/// The sample that the repository carries.
fn sample() -> FashionMnist {
    FashionMnist::load_from(&Places::default()).unwrap()
}

/// 784-100-10 with Adam, as in the main job.
fn mlp(device: &Device) -> Model {
    let layers = [Flatten::new().into(), Dense::new(100).activation("relu").into(), Dense::new(10).activation("softmax").into()];
    let model = Sequential::new(layers).input_shape([28, 28]).seed(7).device(device);
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"]).unwrap()
}

/// The losses of the first `steps` batches of 32, one by one.
fn losses(device: &Device, data: &FashionMnist, steps: usize) -> Vec<f64> {
    let mut model = mlp(device);
    let mut trainer = model.trainer(&data.train.images, &data.train.labels).unwrap();
    let rows: Vec<i32> = (0..32 * steps as i32).collect();
    let step = |batch: &[i32]| {
        trainer.reset().unwrap();
        trainer.step(batch).unwrap();
        trainer.logs().unwrap().loss()
    };
    rows.chunks(32).map(step).collect()
}

#[test]
fn the_first_hundred_losses_on_the_gpu_are_those_of_the_cpu() {
    let Some(gpu) = device_or_skip("wgpu") else { return };
    let data = sample();
    let (expected, got) = (losses(&Device::open("cpu").unwrap(), &data, 100), losses(&gpu, &data, 100));
    assert!(expected[99] < 0.5 * expected[0], "it learns: {} to {}", expected[0], expected[99]);
    for (step, (expected, got)) in expected.iter().zip(&got).enumerate() {
        assert!((expected - got).abs() <= 1e-3 * expected, "loss of step {step}: {got} on {gpu}, {expected} on cpu");
    }
}

#[test]
fn an_epoch_on_the_gpu_is_an_epoch_on_the_cpu() {
    let Some(gpu) = device_or_skip("wgpu") else { return };
    let train = sample().train;
    let mean_loss = |device: &Device| {
        let history = mlp(device).fit(&train.images, &train.labels, Fit::epochs(1).verbose(0)).unwrap();
        history.last("loss").unwrap()
    };
    let (expected, got) = (mean_loss(&Device::open("cpu").unwrap()), mean_loss(&gpu));
    assert!((expected - got).abs() <= 0.01 * expected, "{got} on {gpu}, {expected} on cpu");
}

/// The losses of some batches in f16 beside those in f32, through a loss scale that is too large at first.
#[test]
fn half_precision_on_the_gpu_learns_as_single_precision() {
    let Some(gpu) = device_or_skip("wgpu") else { return };
    if !gpu.info().dtypes.contains(&DType::F16) {
        eprintln!("SKIPPED: {gpu} has no f16");
        return;
    }
    let data = sample().train.take(3200);
    let train = |device: &Device, policy: &str| {
        let layers = [
            Reshape::new([28, 28, 1]).into(),
            Conv2D::new(4, 5).strides(2).activation("relu").into(),
            BatchNormalization::new().momentum(0.9).into(),
            Flatten::new().into(),
            Dense::new(32).activation("relu").into(),
            Dense::new(10).activation("softmax").dtype("float32"),
        ];
        let model = Sequential::new(layers).input_shape([28, 28]).seed(7).device(device).dtype_policy(policy);
        let optimizer = LossScaleOptimizer::new(Adam::new(1e-3)).initial_scale(f64::from(1u32 << 22));
        let mut model = model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
        model.fit(&data.images, &data.labels, Fit::epochs(2).verbose(0)).unwrap();
        assert_eq!(model.compilations(), 1);
        let variables = model.optimizer_variables().unwrap();
        let number = |name: &str| variables.iter().find(|(path, _)| path == name).unwrap().1.data().to_f64()[0];
        (model.evaluate(&data.images, &data.labels).unwrap().loss(), number("loss_scale_optimizer/dynamic_scale"), number("adam/iteration"))
    };
    let (expected, scale, steps) = train(&gpu, "float32");
    assert_eq!((scale, steps), (f64::from(1u32 << 22), 200.0), "f32 has room for the scale");
    let (loss, scale, steps) = train(&gpu, "mixed_float16");
    assert!(scale < f64::from(1u32 << 22) && steps < 200.0, "{steps} steps, the scale is {scale}");
    assert!((loss - expected).abs() < 0.05 * expected, "{loss} in f16, {expected} in f32");
}

#[test]
fn fit_compiles_a_step_for_each_size_of_batch() {
    let train = sample().train.take(1000);
    for name in ["cpu", "wgpu"] {
        let Some(device) = device_or_skip(name) else { continue };
        let fit = |samples| {
            let (mut model, train) = (mlp(&device), train.take(samples));
            model.fit(&train.images, &train.labels, Fit::epochs(2).validation_split(0.2).verbose(0)).unwrap();
            model.compilations()
        };
        assert_eq!(fit(800), 2, "one training and one evaluation step on {name}");
        assert_eq!(fit(1000), 3, "25 batches; 6 batches and a smaller one to evaluate, on {name}");
    }
}

#[test]
fn a_step_of_mlp_b_is_short_and_allocates_nothing() {
    let Some(gpu) = device_or_skip("wgpu") else { return };
    let layers = [256, 128, 64, 32].map(|units| Dense::new(units).activation("relu").into());
    let model = Sequential::new(layers).add(Dense::new(10).activation("softmax")).input_shape([784]).device(&gpu);
    let mut model = model.compile("sgd", "sparse_categorical_crossentropy", ()).unwrap();
    let (x, y) = (Tensor::uniform([512, 784], 0.0, 1.0, 1), Tensor::from_vec((0..512).map(|i| i % 10).collect(), [512]));
    let mut trainer = model.trainer(&x, &y).unwrap();
    assert!(trainer.prepare(128).unwrap().dispatches <= 24, "{}", trainer.prepare(128).unwrap().dispatches);
    let rows: Vec<i32> = (0..512).collect();
    let mut epoch = || {
        rows.chunks(128).for_each(|batch| trainer.step(batch).unwrap());
        trainer.logs().unwrap();
        gpu.memory().allocations
    };
    let warm = [epoch(), epoch()][1];
    assert_eq!([epoch(), epoch()], [warm; 2]);
}
