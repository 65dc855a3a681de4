//! The layer table: one row for each layer.

use crate::{build, devices, reference};
use wgrad_model::{
    Entry, Fit, Model, Verbose,
    layers::{Activation, CLASSES, Conv2D, Dense, Dropout, Embedding, Flatten, GlobalAveragePooling2D, Masking, MaxPooling2D, from_config},
    losses::MeanSquaredError,
    optimizers::SGD,
};
use wgrad_tensor::{DType, Tensor};

/// What is known of a layer.
struct Row {
    /// Class name, as Keras has it.
    class: &'static str,
    /// The name that a model gives it.
    name: &'static str,
    layer: fn() -> Entry,
    /// Shapes without the batch axis.
    input: &'static [usize],
    output: &'static [usize],
    params: usize,
    /// An input shape that the layer does not take, and what the error says; `None` where every shape will do.
    wrong: Option<(&'static [usize], &'static str)>,
    /// Keras' configuration with a setting other than the default, and one with an argument that does not exist.
    config: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        class: "Dense",
        name: "dense",
        layer: || Dense::new(4).activation("tanh").into(),
        input: &[3],
        output: &[4],
        params: 16,
        wrong: Some((&[], "Dense: the input must be [batch, ..., features]")),
        config: r#"{"units": 4, "activation": "relu", "use_bias": false, "kernel_regularizer": null, "trainable": true}"#,
    },
    Row {
        class: "Flatten",
        name: "flatten",
        layer: || Flatten::new().into(),
        input: &[2, 3, 2],
        output: &[12],
        params: 0,
        wrong: None,
        config: r#"{"data_format": "channels_last"}"#,
    },
    Row {
        class: "Activation",
        name: "activation",
        layer: || Activation::new("gelu").into(),
        input: &[2, 3],
        output: &[2, 3],
        params: 0,
        wrong: None,
        config: r#"{"activation": "sigmoid"}"#,
    },
    Row {
        class: "Dropout",
        name: "dropout",
        layer: || Dropout::new(0.5).into(),
        input: &[6],
        output: &[6],
        params: 0,
        wrong: None,
        config: r#"{"rate": 0.25, "seed": null, "noise_shape": null}"#,
    },
    Row {
        class: "Conv2D",
        name: "conv2d",
        layer: || Conv2D::new(4, (3, 2)).strides((2, 1)).padding("same").groups(2).activation("relu").into(),
        input: &[5, 4, 2],
        output: &[3, 4, 4],
        params: 28,
        wrong: Some((&[5, 4], "Conv2D: the input must be [batch, height, width, channels]")),
        config: r#"{"filters": 2, "kernel_size": [3, 2], "padding": "same", "dilation_rate": 2, "data_format": "channels_last"}"#,
    },
    Row {
        class: "MaxPooling2D",
        name: "max_pooling2d",
        layer: || MaxPooling2D::new(2).strides((2, 1)).padding("same").into(),
        input: &[5, 3, 2],
        output: &[3, 3, 2],
        params: 0,
        wrong: Some((&[5], "MaxPooling2D: the input must be [batch, height, width, channels]")),
        config: r#"{"pool_size": [3, 2], "strides": null, "padding": "valid", "data_format": "channels_last"}"#,
    },
    Row {
        class: "GlobalAveragePooling2D",
        name: "global_average_pooling2d",
        layer: || GlobalAveragePooling2D::new().keepdims(true).into(),
        input: &[4, 3, 5],
        output: &[1, 1, 5],
        params: 0,
        wrong: Some((&[5], "GlobalAveragePooling2D: the input must be [batch, height, width, channels]")),
        config: r#"{"keepdims": true, "data_format": "channels_last"}"#,
    },
    Row {
        class: "Embedding",
        name: "embedding",
        layer: || Embedding::new(5, 3).mask_zero(true).into(),
        input: &[4],
        output: &[4, 3],
        params: 15,
        wrong: None,
        config: r#"{"input_dim": 5, "output_dim": 3, "mask_zero": true, "embeddings_constraint": null, "input_length": 10}"#,
    },
    Row {
        class: "Masking",
        name: "masking",
        layer: || Masking::new().mask_value(0.5).into(),
        input: &[2, 3],
        output: &[2, 3],
        params: 0,
        wrong: Some((&[], "Masking: the input must be [batch, ..., features]")),
        config: r#"{"mask_value": 0.5}"#,
    },
];

impl Row {
    fn data(&self, n: usize) -> (Tensor, Tensor) {
        let shape = |rest: &[usize]| -> Vec<usize> { std::iter::once(n).chain(rest.iter().copied()).collect() };
        (Tensor::uniform(shape(self.input), -1.0, 1.0, 3), Tensor::uniform([n, 1], -1.0, 1.0, 4))
    }

    /// The layer with a head of one unit, ready to learn.
    fn trained(&self, device: &wgrad_tensor::Device) -> (Model, Vec<f64>) {
        let (x, y) = self.data(6);
        let mut model = build(device, self.input, [(self.layer)(), Flatten::new().into(), Dense::new(1).into()]);
        model.compile(SGD::new(0.05), MeanSquaredError::new(), ()).unwrap();
        let before = model.evaluate(&x, &y).unwrap().loss();
        model.fit(&x, &y, Fit::epochs(3).batch_size(6).shuffle(false).verbose(Verbose::Silent)).unwrap();
        let after = model.evaluate(&x, &y).unwrap().loss();
        (model, vec![before, after])
    }
}

#[test]
fn the_table_has_every_layer() {
    let mut rows: Vec<&str> = ROWS.iter().map(|row| row.class).collect();
    let mut classes = CLASSES.to_vec();
    rows.sort_unstable();
    classes.sort_unstable();
    assert_eq!(rows, classes);
}

#[test]
fn shapes_and_parameters() {
    for row in ROWS {
        let mut model = build(&reference(), row.input, [(row.layer)()]);
        assert_eq!(model.count_params(), row.params, "{}", row.class);
        let y = model.predict(&row.data(3).0).unwrap();
        assert_eq!((y.shape()[1..].to_vec(), y.dtype()), (row.output.to_vec(), DType::F32), "{}", row.class);
    }
}

#[test]
fn a_few_steps_lower_the_loss_alike_on_every_device() {
    for row in ROWS {
        let all: Vec<Vec<f64>> = devices().iter().map(|device| row.trained(device).1).collect();
        for losses in &all {
            assert!(losses[1] < losses[0], "{}: the loss went from {} to {}", row.class, losses[0], losses[1]);
            for (a, b) in losses.iter().zip(&all[0]) {
                assert!((a - b).abs() <= 1e-5 * (1.0 + b.abs()), "{}: {a} and {b} on different devices", row.class);
            }
        }
    }
}

#[test]
fn wrong_inputs_are_errors_that_name_the_layer() {
    for row in ROWS {
        let Some((shape, rule)) = row.wrong else { continue };
        let model = wgrad_model::Sequential::new([(row.layer)()]).input_shape(shape).device(&reference());
        let error = model.build().unwrap_err().to_string();
        let path = format!("in layer sequential/{}", row.name);
        assert!(error.contains(rule) && error.contains(&path), "{}: {error}", row.class);
    }
}

#[test]
fn layers_come_from_keras_configurations() {
    for row in ROWS {
        let config = serde_json::from_str(row.config).unwrap();
        assert_eq!(from_config(row.class, &config).unwrap().class_name(), row.class);
        let mut unknown = config.clone();
        unknown["colour"] = "red".into();
        let error = from_config(row.class, &unknown).unwrap_err().to_string();
        assert!(error.contains(&format!("layer {}", row.class)) && error.contains("colour"), "{error}");
    }
    let error = from_config("Densee", &serde_json::json!({})).unwrap_err().to_string();
    assert!(error.contains("there is no layer \"Densee\"; did you mean Dense"), "{error}");
}

#[test]
fn dropout_scales_what_it_keeps_and_rests_outside_training() {
    let x = Tensor::ones([200, 50]);
    for device in devices() {
        let mut model = build(&device, &[50], [Dropout::new(0.25).into()]);
        assert!(model.predict(&x).unwrap().to_vec::<f32>().unwrap().iter().all(|v| *v == 1.0));
    }
    let mask = |step: u32| {
        let key = Tensor::from([5u32, 0, step]);
        let mut scope = wgrad_model::Scope::bind(&[], &[], true, Some(key));
        let y = wgrad_model::Layer::call(&Dropout::new(0.25), &mut scope, &x);
        y.to_host_on(&reference()).unwrap().to_vec::<f32>().unwrap()
    };
    let first = mask(1);
    assert!(first.iter().all(|v| *v == 0.0 || (v - 4.0 / 3.0).abs() < 1e-6));
    let kept = first.iter().filter(|v| **v != 0.0).count() as f64 / first.len() as f64;
    assert!((kept - 0.75).abs() < 0.02, "{kept} of the elements were kept");
    assert_eq!(first, mask(1));
    assert_ne!(first, mask(2));
}
