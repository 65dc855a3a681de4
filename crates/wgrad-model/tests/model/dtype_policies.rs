//! Layers under `mixed_float16` against numbers of Keras 3.15.1, policies in files and errors.

use crate::{build, devices, reference};
use serde_json::json;
use std::sync::Arc;
use wgrad_model::{
    CustomModel, DTypePolicy, Entry, Functional, Initializer, Layer, Model, Scope, Sequential, Symbol,
    layers::{BatchNormalization, Conv2D, Dense, Embedding, LSTM, LayerNormalization},
};
use wgrad_tensor::{
    Backend, DType, Device, Executable, HostTensor, Program, Storage, Tensor, Value,
    device::{BoxFuture, DeviceInfo, Memory},
};

const MIXED: &str = "mixed_float16";

/// Numbers that f16 holds exactly, the same in the script that asked Keras, times `scale`.
pub(crate) fn numbers(step: usize, shape: &[usize], scale: f32) -> Tensor {
    let n = shape.iter().product();
    let values: Vec<f32> = (0..n).map(|i| ((i * step % 23) as f32 - 11.0) / 8.0 * scale).collect();
    Tensor::from_vec(values, shape)
}

/// The model of one layer with these weights.
fn with_weights(device: &Device, shape: &[usize], layer: impl Into<Entry>, weights: &[Tensor]) -> Model {
    let mut model = Sequential::new([layer.into()]).input_shape(shape).device(device).dtype_policy(MIXED).build().unwrap();
    let names: Vec<String> = model.variables().iter().map(|variable| variable.path.clone()).collect();
    model.set_weights(names.into_iter().zip(weights.iter().map(|w| w.to_host().unwrap()))).unwrap();
    model
}

/// Within a few roundings of f16 at the size of the numbers.
fn assert_near(y: &Tensor, dtype: DType, expected: &[f64]) {
    assert_eq!(y.dtype(), dtype);
    let y = y.cast(DType::F32).to_vec::<f32>().unwrap();
    assert_eq!(y.len(), expected.len());
    for (y, expected) in y.iter().zip(expected) {
        assert!((f64::from(*y) - expected).abs() < 3e-3, "{y:?} is not {expected:?}");
    }
}

#[test]
fn results_are_those_of_keras() {
    for device in devices() {
        let dense = Dense::new(3).activation("gelu");
        let mut model = with_weights(&device, &[5], dense, &[numbers(5, &[5, 3], 1.0 / 3.0), numbers(3, &[3], 1.0 / 3.0)]);
        let y = model.predict(numbers(7, &[2, 5], 1.0)).unwrap();
        assert_near(&y, DType::F16, &[0.3501, -0.16992, 0.21399, -0.06445, 0.1532, -0.14478]);

        let conv = Conv2D::new(2, 3).padding("same");
        let mut model = with_weights(&device, &[4, 4, 2], conv, &[numbers(5, &[3, 3, 2, 2], 1.0 / 3.0), numbers(3, &[2], 1.0 / 3.0)]);
        let y = model.predict(numbers(7, &[1, 4, 4, 2], 1.0)).unwrap();
        #[rustfmt::skip]
        let expected = [
            -0.8125, -0.46875, 0.95312, -0.71875, -1.48438, 0.2605, -0.67188, 0.59375, -1.33301, -0.27588, -1.12988, -1.29688, 1.24023, -0.15088,
            -0.03662, -1.36914, -0.10425, -0.95312, -0.51562, 0.53125, -1.97949, 0.0, -1.125, 0.78711, -0.36475, -0.64551, -1.54688, -1.40039,
            0.65723, 0.86523, 0.07788, -0.71875,
        ];
        assert_near(&y, DType::F16, &expected);

        let mut model = with_weights(&device, &[3], LayerNormalization::new(), &[]);
        let y = model.predict(numbers(7, &[4, 3], 300.0)).unwrap();
        let row = [1.27246, -1.1709, -0.10181];
        assert_near(&y, DType::F16, &[&[-1.22461, 0.0, 1.22461][..], &row, &row, &row].concat());

        // The last layer in float32, as Keras recommends.
        let last = Dense::new(3).activation("softmax").dtype("float32");
        let mut model = with_weights(&device, &[3], last, &[numbers(5, &[3, 3], 1.0 / 3.0), numbers(3, &[3], 1.0 / 3.0)]);
        let y = model.predict(numbers(7, &[4, 3], 1.0)).unwrap();
        let expected = [0.34027, 0.2821, 0.37763, 0.17516, 0.22608, 0.59876, 0.18932, 0.20902, 0.60166, 0.20413, 0.19276, 0.60311];
        assert_near(&y, DType::F32, &expected);
    }
}

/// Squares of these inputs are no numbers of f16.
#[test]
fn statistics_of_a_batch_are_f32() {
    for device in devices() {
        let weights = [numbers(5, &[3], 1.0 / 3.0) + 1.0, numbers(3, &[3], 1.0 / 3.0), Tensor::zeros([3]), Tensor::ones([3])];
        let mut model = with_weights(&device, &[3], BatchNormalization::new().momentum(0.9), &weights);
        // The loss of labels that are the results tells them.
        model.compile("sgd", "mse", ()).unwrap();
        #[rustfmt::skip]
        let expected = [-1.38281, 0.67285, 1.07715, -0.02036, 0.00208, 0.22021, -0.15015, -0.66895, -0.63672, -0.27979, -1.33984, -1.49414f32];
        let logs = model.train_on_batch(numbers(7, &[4, 3], 300.0), Tensor::from_vec(expected.to_vec(), [4, 3])).unwrap();
        assert!(logs.get("loss").unwrap() < 1e-6, "{logs:?}");
        let weights = model.weights().unwrap();
        let of = |name: &str| weights.iter().find(|(path, _)| path.ends_with(name)).unwrap().1.to_vec::<f32>().unwrap();
        let near = |found: &[f32], expected: &[f32]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs() + 1e-4);
        assert!(near(&of("moving_mean"), &[12.1875, -26.25, 0.0]), "{:?}", of("moving_mean"));
        assert!(near(&of("moving_variance"), &[9800.704, 704.025, 704.025]), "{:?}", of("moving_variance"));
    }
}

#[test]
fn large_indices_stay_whole() {
    // f16 has no 2049.
    let vectors = Tensor::concat(&[Tensor::zeros([2049, 1]), Tensor::from([[0.5f32]])], 0);
    let mut model = with_weights(&reference(), &[1], Embedding::new(2050, 1), &[vectors]);
    let y = model.predict(Tensor::from([[2049.0f32]])).unwrap();
    assert_near(&y, DType::F16, &[0.5]);
}

/// Its results tell in which dtype it was called.
#[derive(Debug)]
struct Probe;

impl Layer for Probe {
    fn class_name(&self) -> &'static str {
        "Probe"
    }
    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let scale = scope.param("scale", [1], &Initializer::Ones);
        let seen = scope.state("seen", [1], &Initializer::Zeros);
        scope.update("seen", &(seen.cast(x.dtype()) + x.mean(..)));
        x * scale
    }
}

#[test]
fn layers_see_their_dtype_and_variables_are_f32() {
    let half = CustomModel::new(Probe).input([2]).device(&reference()).dtype_policy(MIXED).build().unwrap();
    assert_eq!(half.dtype_policy(), &DTypePolicy::MixedFloat16);
    let mut models = [half, build(&reference(), &[2], [Probe.dtype(MIXED), Probe.dtype("float32"), Probe.dtype(MIXED)])];
    for model in &mut models {
        assert_eq!(model.predict(Tensor::ones([1, 2])).unwrap().dtype(), DType::F16);
        assert!(model.weights().unwrap().iter().all(|(_, weight)| weight.dtype() == DType::F32));
        model.compile("sgd", "mse", ["mae"]).unwrap();
        let logs = model.train_on_batch(Tensor::ones([1, 2]), Tensor::zeros([1, 2])).unwrap();
        assert_eq!((logs.get("loss"), logs.get("mae")), (Some(1.0), Some(1.0)));
    }
    // Frozen and learning again, layers keep their policies.
    let [_, mut model] = models;
    model.set_trainable("probe", false).unwrap();
    assert_eq!(model.predict(Tensor::ones([1, 2])).unwrap().dtype(), DType::F16);
}

#[test]
fn states_of_a_sequence_are_kept_in_f32() {
    let lstm = LSTM::new(2).stateful(true);
    let model = Sequential::new([lstm.into()]).input_shape([3, 1]).batch_size(2).device(&reference()).dtype_policy(MIXED);
    let mut model = model.compile("sgd", "mse", ()).unwrap();
    model.train_on_batch(Tensor::ones([2, 3, 1]), Tensor::zeros([2, 2])).unwrap();
    let states: Vec<_> = model.weights().unwrap().into_iter().filter(|(name, _)| name.contains("state")).collect();
    assert_eq!(states.len(), 2);
    assert!(states.iter().all(|(_, state)| state.to_vec::<f32>().unwrap().iter().any(|v| *v != 0.0)), "{states:?}");
}

#[test]
fn policies_are_written_and_read() {
    let policy = |name: &str| json!({"module": "keras", "class_name": "DTypePolicy", "config": {"name": name}, "registered_name": null});
    let stack = Sequential::new([Dense::new(2).into(), Dense::new(1).dtype("float32")]).input_shape([3]).dtype_policy(MIXED);
    let x = Symbol::input([3]);
    let graph = Functional::new(&x, &Dense::new(1).dtype("float32").on(&Dense::new(2).on(&x))).dtype_policy(MIXED);
    for model in [stack.device(&reference()).build().unwrap(), graph.device(&reference()).build().unwrap()] {
        let json = model.to_json().unwrap();
        let layers = &json["config"]["layers"];
        assert_eq!(layers[1]["config"]["dtype"], policy(MIXED));
        assert_eq!(layers[2]["config"]["dtype"], policy("float32"));
        let again = Model::from_json(&json, &reference()).unwrap();
        assert_eq!(again.dtype_policy(), &DTypePolicy::MixedFloat16);
        assert_eq!(again.to_json().unwrap(), json);
        assert_eq!(again.summary(), model.summary());
    }
    let entry = |dtype: serde_json::Value| Entry::from_json(&json!({"class_name": "Dense", "config": {"units": 1, "dtype": dtype}}));
    assert_eq!(entry(json!(MIXED)).unwrap().to_json().unwrap()["config"]["dtype"], policy(MIXED));
    assert_eq!(entry(json!(null)).unwrap().to_json().unwrap()["config"].get("dtype"), None);
    assert!(entry(json!(16)).unwrap_err().to_string().contains("dtype: it is a name or Keras' DTypePolicy, got 16"));
}

#[test]
fn unknown_policies_are_errors() {
    let error = Sequential::new([Dense::new(1).into()]).input_shape([1]).dtype_policy("mixed_bfloat16").build().unwrap_err().to_string();
    assert!(error.starts_with("there is no dtype policy \"mixed_bfloat16\"; did you mean mixed_float16"), "{error}");
    let layers = [Dense::new(1).named("first").dtype("float8")];
    let error = Sequential::new(layers).input_shape([1]).device(&reference()).build().unwrap_err().to_string();
    assert!(error.contains("first") && error.contains("there is no dtype policy \"float8\""), "{error}");
}

/// A device without f16.
#[derive(Debug)]
struct Single(DeviceInfo);

impl Backend for Single {
    fn info(&self) -> &DeviceInfo {
        &self.0
    }
    fn compile(&self, _: &Program) -> wgrad_tensor::Result<Arc<dyn Executable>> {
        unreachable!("no model is built")
    }
    fn upload(&self, _: &HostTensor) -> wgrad_tensor::Result<Arc<dyn Storage>> {
        unreachable!("no model is built")
    }
    fn download<'a>(&'a self, _: &'a Value) -> BoxFuture<'a, wgrad_tensor::Result<HostTensor>> {
        unreachable!("no model is built")
    }
    fn memory(&self) -> Memory {
        Memory::default()
    }
}

#[test]
fn a_device_without_f16_is_named() {
    let info =
        DeviceInfo { name: "single".into(), description: "without f16".into(), dtypes: vec![DType::F32], ..reference().info().clone() };
    let device = Device::new(Single(info));
    for model in [Sequential::new([Dense::new(1).into()]).dtype_policy(MIXED), Sequential::new([Dense::new(1).dtype(MIXED)])] {
        let error = model.input_shape([1]).device(&device).build().unwrap_err().to_string();
        let expected = "sequential: the dtype policy mixed_float16 needs f16, which the device single (without f16) does not compute with";
        assert_eq!(error, expected);
    }
}
