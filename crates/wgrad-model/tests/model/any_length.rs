//! Inputs whose lengths are not fixed.

use crate::{build, devices, reference};
use wgrad_model::{
    ANY, Fit, Functional, Layer, Model, Sequential, Symbol, Verbose,
    layers::{Conv1D, Conv2D, Dense, Embedding, Flatten, GRU, GlobalAveragePooling2D},
};
use wgrad_tensor::{DType, Spec, Tensor};

fn numbers(shape: &[usize], seed: usize) -> Tensor {
    let n = shape.iter().product::<usize>();
    Tensor::from_vec((0..n).map(|i| ((i * 7919 + seed * 104_729) % 997) as f32 / 500.0 - 1.0).collect::<Vec<_>>(), shape)
}

fn says<T: std::fmt::Debug>(result: wgrad_model::Result<T>, text: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(text), "{text:?} is not in: {error}");
}

fn tagger() -> Sequential {
    let layers = [GRU::new(4).return_sequences(true).into(), Dense::new(2).activation("softmax").into()];
    Sequential::new(layers).input_shape([ANY, 3])
}

#[test]
fn each_length_is_computed_as_by_a_model_of_that_length() {
    for device in devices() {
        let mut any = tagger().device(&device).build().unwrap();
        for length in [1, 5, 40] {
            let fixed = [GRU::new(4).return_sequences(true).into(), Dense::new(2).activation("softmax").into()];
            let mut fixed = build(&device, &[length, 3], fixed);
            fixed.set_weights(any.weights().unwrap()).unwrap();
            let x = numbers(&[3, length, 3], length);
            let read = |model: &mut Model| model.predict(&x).unwrap().to_host_on(&device).unwrap();
            assert_eq!(read(&mut any), read(&mut fixed));
        }
    }
}

#[test]
fn lengths_that_are_not_fixed_are_none() {
    let model = tagger().name("tagger").device(&reference()).build().unwrap();
    assert_eq!(model.outputs()[0].1, Spec::new(DType::F32, [ANY, 2]));
    let summary = model.summary();
    assert!(summary.contains("(None, None, 4)") && summary.contains("(None, None, 2)"), "{summary}");
    let json = model.to_json().unwrap();
    assert_eq!(json["config"]["layers"][0]["config"]["batch_shape"], serde_json::json!([null, null, 3]));
    assert_eq!(Model::from_json(&json, &reference()).unwrap().to_json().unwrap(), json);
    let graph = model.graph().unwrap();
    assert_eq!(graph.nodes.iter().map(|node| node.outputs[0].shape.to_vec()).collect::<Vec<_>>(), [[ANY, 4], [ANY, 2]]);
    assert_eq!(model.get_layer("dense").unwrap().output_shape()[..], [ANY, 2]);
    says(model.inference_program(1), "input_layer: a program for other runtimes needs inputs of fixed lengths");

    let images = Symbol::input([ANY, ANY, 3]).named("images");
    let y = Dense::new(2).on(&GlobalAveragePooling2D::new().on(&Conv2D::new(4, 3).on(&images)));
    let mut model = Functional::new(&images, &y).device(&reference()).build().unwrap();
    assert!(model.summary().contains("(None, None, None, 4)"), "{}", model.summary());
    for [height, width] in [[5, 9], [12, 3]] {
        assert_eq!(model.predict(numbers(&[2, height, width, 3], 1)).unwrap().shape()[..], [2, 2]);
    }
}

#[test]
fn training_with_batches_of_different_lengths() {
    let lengths = [3, 6, 3];
    let batch = |length: usize| {
        let x = Tensor::from_vec((0..4 * length).map(|i| (i % 9) as i32).collect::<Vec<_>>(), [4, length]);
        (x, Tensor::from([0, 1, 0, 1]))
    };
    let layers = || [Embedding::new(9, 4).mask_zero(true).into(), GRU::new(3).into(), Dense::new(2).activation("softmax").into()];
    let input = Spec::new(DType::I32, [ANY]);
    let model = || {
        let model = Sequential::new(layers()).input_spec(input.clone()).device(&reference());
        model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"]).unwrap()
    };
    let (mut together, mut alone) = (model(), model());
    let fit = Fit::epochs(2).verbose(Verbose::Silent);
    let history = together.fit_batches(|| lengths.map(batch), fit).unwrap();
    assert!(history.get("loss")[1] < history.get("loss")[0]);
    for length in lengths.into_iter().chain(lengths) {
        let (x, y) = batch(length);
        alone.train_on_batch(&x, &y).unwrap();
    }
    assert_eq!(together.weights().unwrap(), alone.weights().unwrap());
    let (x, y) = batch(11);
    alone.fit(&x, &y, Fit::epochs(1).verbose(Verbose::Silent)).unwrap();
    assert!(alone.evaluate(&x, &y).unwrap().loss().is_finite());
    alone.set_trainable("embedding", false).unwrap();
    assert!(alone.summary().contains("(None, None, 4)"), "{}", alone.summary());
}

/// A label for each position, and metrics that look at them.
#[test]
fn labels_of_any_length() {
    let mut model = tagger().device(&reference()).compile("sgd", "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
    for length in [2, 5] {
        let y = Tensor::from_vec((0..3 * length).map(|i| (i % 2) as i32).collect::<Vec<_>>(), [3, length]);
        let logs = model.evaluate(numbers(&[3, length, 3], 1), &y).unwrap();
        assert!((0.0..=1.0).contains(&logs.get("accuracy").unwrap()));
        // One label for all positions must not do for each.
        for other in [1, length + 1] {
            let evaluated = model.evaluate(numbers(&[3, length, 3], 1), Tensor::from_vec(vec![0; 3 * other], [3, other]));
            says(evaluated, &format!("expected labels for predictions of [3, {length}, 2], got i32[3, {other}]"));
        }
    }
}

#[test]
fn layers_that_need_a_length() {
    let flat = Sequential::new([Flatten::new().into(), Dense::new(2).into()]).input_shape([ANY, 3]).device(&reference());
    let rule = "its shape must not follow from a length of an input that is not fixed, got [48, 2] and [96, 2]";
    says(flat.build(), &format!("dense/kernel: {rule}"));
    // The kernel is longer than what stands in first.
    let long = Sequential::new([Conv1D::new(2, 40).into()]).input_shape([ANY, 3]).device(&reference());
    let mut long = long.build().unwrap();
    assert_eq!(long.predict(numbers(&[1, 41, 3], 1)).unwrap().shape()[..], [1, 2, 2]);
    says(long.predict(numbers(&[1, 41, 4], 1)), "expected f32[batch, None, 3], got f32[1, 41, 4]");
    says(long.predict(numbers(&[1, 39, 3], 1)), "conv1d");
}
