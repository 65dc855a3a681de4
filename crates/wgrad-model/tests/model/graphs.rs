//! Graphs of layers: shared layers, nested models, several inputs and outputs, their JSON, freezing.

use crate::reference;
use serde_json::{Value as Json, json};
use wgrad_model::{Entry, Fit, Functional, Layer, Model, Sequential, Symbol, layers::Dense};
use wgrad_tensor::Tensor;

/// Two inputs through one shared layer, and two outputs.
fn twins() -> Functional {
    let (left, right) = (Symbol::input([3]).named("left"), Symbol::input([3]).named("right"));
    let shared: Entry = Dense::new(4).activation("tanh").named("shared");
    let (a, b) = (shared.on(&left), shared.on(&right));
    let same = Dense::new(1).activation("sigmoid").named("same").on(&a);
    let other = Dense::new(2).on(&b);
    Functional::new([&left, &right], [&same, &other]).device(&reference())
}

fn says<T: std::fmt::Debug>(result: wgrad_model::Result<T>, texts: &[&str]) {
    let error = result.unwrap_err().to_string();
    for text in texts {
        assert!(error.contains(text), "{text:?} is not in: {error}");
    }
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.to_host_on(&reference()).unwrap().to_vec().unwrap()
}

#[test]
fn a_shared_layer_has_one_set_of_variables() {
    let mut model = twins().build().unwrap();
    let paths: Vec<&str> = model.variables().iter().map(|v| v.path.as_str()).collect();
    assert_eq!(paths, ["shared/kernel", "shared/bias", "same/kernel", "same/bias", "dense/kernel", "dense/bias"]);
    let x = Tensor::uniform([5, 3], -1.0, 1.0, 1);
    let y = model.predict_all([&x, &(&x * 2.0)], 2).unwrap();
    assert_eq!((y[0].shape().to_vec(), y[1].shape().to_vec()), (vec![5, 1], vec![5, 2]));
    let by_name = model.predict_all([("right", &(&x * 2.0)), ("left", &x)], 5).unwrap();
    assert_eq!(numbers(&by_name[1]), numbers(&y[1]));
    // The second output is that of the shared layer on the second input.
    let weights: Vec<Tensor> = model.weights().unwrap().into_iter().map(|(_, w)| Tensor::from_value(w.into())).collect();
    let expected = ((&x * 2.0).matmul(&weights[0]) + &weights[1]).tanh().matmul(&weights[4]) + &weights[5];
    numbers(&y[1]).iter().zip(numbers(&expected)).for_each(|(a, b)| assert!((a - b).abs() < 1e-6));
    says(model.predict([&x, &x]), &["has 2 outputs"]);
    says(model.predict_all(&x, 2), &["one for each of left, right, got 1"]);
    says(model.predict_all([("left", &x), ("rigth", &x)], 2), &["no input \"rigth\"; did you mean right"]);
    says(model.predict_all([&x, &x.i(..3)], 2), &["input right", "same number of samples"]);
}

#[test]
fn losses_and_metrics_for_each_output() {
    let mut model = twins().build().unwrap();
    let x = Tensor::uniform([8, 3], -1.0, 1.0, 1);
    let (same, other) = (x.i((.., ..1)).gt(0.0).cast(wgrad_tensor::DType::F32), x.i((.., ..2)));
    let losses = [("same", "binary_crossentropy"), ("dense", "mse")];
    let settings = wgrad_model::Compile::new("sgd", losses).loss_weights([("dense", 0.5)]).metrics([("same", vec!["accuracy"])]);
    model.compile_with(settings).unwrap();
    let logs = model.evaluate([&x, &x], [&same, &other]).unwrap();
    let names: Vec<&str> = logs.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["dense_loss", "loss", "same_accuracy", "same_loss"]);
    let total = logs.get("same_loss").unwrap() + 0.5 * logs.get("dense_loss").unwrap();
    assert!((logs.loss() - total).abs() < 1e-6);
    let history = model.fit([&x, &x], [("dense", &other), ("same", &same)], Fit::epochs(20).batch_size(3).verbose(0)).unwrap();
    assert!(history.last("loss").unwrap() < logs.loss());
    says(model.evaluate([&x, &x], &same), &["labels y", "one for each of same, dense"]);

    // An output without a loss needs no labels.
    model.compile("sgd", [("same", "bce")], ()).unwrap();
    let logs = model.train_on_batch([&x, &x], &same).unwrap();
    assert_eq!(logs.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["loss"]);
    says(model.compile("sgd", [("sam", "mse")], ()), &["no loss \"sam\"; did you mean same"]);
    says(model.compile("sgd", ["mse", "mse", "mse"], ()), &["one for each of same, dense, got 3"]);
}

#[test]
fn mistakes_in_a_graph_are_errors() {
    let (x, y) = (Symbol::input([2]).named("x"), Symbol::input([2]).named("y"));
    let sum = Dense::new(1).on(&x);
    let build = |graph: Functional| graph.device(&reference()).build();
    says(build(Functional::new(&y, &sum)), &["depend on the input \"x\"", "none of the model's inputs"]);
    says(build(Functional::new(&sum, &sum)), &["input 0 of the model is not an input but the result of a layer Dense"]);
    says(build(Functional::new([&x, &x], &sum)), &["given twice"]);
    says(build(Functional::new(&x, &sum.output(1))), &["layer dense has no result number 1"]);
    says(build(Functional::new(&x, &Dense::new(1).on([&x, &sum]))), &["it takes one input, got 2"]);
    let twice = Dense::new(1).named("a").on(&Dense::new(1).named("a").on(&x));
    says(build(Functional::new(&x, &twice)), &["two layers are named \"a\""]);
    let misfit: Entry = Dense::new(2).named("misfit");
    let both = [&misfit.on(&x), &misfit.on(&Symbol::input([3]))];
    says(build(Functional::new(&x, both)), &["depend on an input of"]);
}

#[test]
fn models_nest_and_survive_json() {
    let encoder = Sequential::new([Dense::new(4).activation("relu").into(), Dense::new(2).named("code")]).name("encoder");
    let x = Symbol::input([3]).named("x");
    let code = encoder.on(&x);
    let model = Functional::new(&x, &Dense::new(3).on(&code)).name("auto").device(&reference());
    let mut model = model.build().unwrap();
    assert_eq!(model.name(), "auto");
    let paths: Vec<&str> = model.variables().iter().map(|v| v.path.as_str()).collect();
    let expected = ["encoder/dense/kernel", "encoder/dense/bias", "encoder/code/kernel", "encoder/code/bias", "dense/kernel", "dense/bias"];
    assert_eq!(paths, expected);

    let json = model.to_json().unwrap();
    let mut again = Model::from_json(&json, &reference()).unwrap();
    assert_eq!(again.to_json().unwrap(), json);
    again.set_weights(model.weights().unwrap()).unwrap();
    let x = Tensor::uniform([2, 3], -1.0, 1.0, 1);
    assert_eq!(numbers(&again.predict(&x).unwrap()), numbers(&model.predict(&x).unwrap()));

    let twins = twins().build().unwrap();
    let json = twins.to_json().unwrap();
    assert_eq!(Model::from_json(&json, &reference()).unwrap().to_json().unwrap(), json);
    says(
        Model::from_json(&serde_json::json!({"class_name": "Functional", "config": {"layers": [{"class_name": "Dense"}]}}), &reference()),
        &["a layer of a graph has a \"name\""],
    );
}

/// A graph of two inputs and a layer on them, as Keras 3 writes it, with `call` as what the layer gets.
fn called_with(class_name: &str, config: Json, call: Json) -> wgrad_model::Result<Model> {
    let input =
        |name: &str| json!({"class_name": "InputLayer", "config": {"name": name, "batch_shape": [null, 4, 6]}, "inbound_nodes": []});
    let layer = json!({"class_name": class_name, "name": "one", "config": config, "inbound_nodes": [call]});
    let config =
        json!({"layers": [input("a"), input("b"), layer], "input_layers": [["a", 0, 0], ["b", 0, 0]], "output_layers": ["one", 0, 0]});
    Model::from_json(&json!({"class_name": "Functional", "config": config}), &reference())
}

fn result_of(layer: &str) -> Json {
    json!({"class_name": "__keras_tensor__", "config": {"shape": [null, 4, 6], "dtype": "float32", "keras_history": [layer, 0, 0]}})
}

/// `x * 2` is an operation with the name of a layer; without the factor it would be another model.
#[test]
fn what_a_call_gets_is_never_left_out() {
    let (a, b) = (result_of("a"), result_of("b"));
    assert!(called_with("Multiply", json!({}), json!({"args": [a, b], "kwargs": {}})).is_ok());
    assert!(called_with("Multiply", json!({}), json!({"args": [[a, b]], "kwargs": {"training": false, "mask": null}})).is_ok());
    says(
        called_with("Multiply", json!({}), json!({"args": [a, 2.0], "kwargs": {}})),
        &["layer one is called with 2.0; calls of layers get tensors"],
    );
    says(
        called_with("Add", json!({}), json!({"args": [[a, b]], "kwargs": {"gain": 3}})),
        &["layer one is called with gain 3, which is not known here"],
    );
    says(called_with("Add", json!({}), json!({"args": [[a, "b"]], "kwargs": {}})), &["layer one is called with \"b\""]);
    says(called_with("GetItem", json!({}), json!({"args": [a, 1], "kwargs": {}})), &["no layer \"GetItem\""]);
}

/// Keras 3 writes how masks are computed. Those of an embedding are there anyway, others are not.
#[test]
fn masks_of_others_are_named() {
    let input =
        json!({"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4], "dtype": "int32"}, "inbound_nodes": []});
    let call = |tensor: Json, kwargs: Json| json!([{"args": [tensor], "kwargs": kwargs}]);
    let layer = |class: &str, name: &str, config: Json, nodes: Json| json!({"class_name": class, "name": name, "config": config, "inbound_nodes": nodes});
    let model = |mask_zero: bool, mask: &str| {
        let layers = [
            input.clone(),
            layer("Embedding", "codes", json!({"input_dim": 9, "output_dim": 6, "mask_zero": mask_zero}), call(result_of("x"), json!({}))),
            layer("NotEqual", "there", json!({}), json!([{"args": [result_of("x"), 0], "kwargs": {}}])),
            layer("Any", "any", json!({}), call(result_of("there"), json!({}))),
            layer("GRU", "last", json!({"units": 2}), call(result_of("codes"), json!({"mask": result_of(mask)}))),
        ];
        let config = json!({"layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["last", 0, 0]]});
        Model::from_json(&json!({"class_name": "Functional", "config": config}), &reference())
    };
    assert!(model(true, "there").is_ok() && model(true, "any").is_ok());
    let named = ["graph: layer last is called with a mask that no Embedding or Masking before it makes"];
    says(model(false, "there"), &named);
    says(model(true, "x"), &named);
}

/// Arguments of the call in Keras stand there, and not in the configuration, which Keras could not read.
#[test]
fn settings_of_calls() {
    let heads = json!({"num_heads": 2, "key_dim": 3});
    let call = json!({"args": [result_of("a"), result_of("b")], "kwargs": {"use_causal_mask": true, "return_attention_scores": false}});
    let model = called_with("MultiHeadAttention", heads.clone(), call).unwrap();
    let json = model.to_json().unwrap();
    let layer = &json["config"]["layers"][2];
    assert_eq!(layer["config"].get("use_causal_mask"), None);
    assert_eq!(layer["inbound_nodes"][0]["kwargs"], json!({"use_causal_mask": true}));
    assert_eq!(json["config"]["output_layers"], json!(["one", 0, 0]));
    assert_eq!(Model::from_json(&json, &reference()).unwrap().to_json().unwrap(), json);
    let mask = json!({"args": [result_of("a"), result_of("b")], "kwargs": {"attention_mask": result_of("b")}});
    says(
        called_with("MultiHeadAttention", heads.clone(), mask),
        &["layer one is called with an attention_mask of \"float32\"; it must be \"bool\""],
    );
    // Keras 2 has them behind the first tensor, those that are tensors, too.
    let mut older = heads.clone();
    older["key_shape"] = json!([null, 4, 6]);
    let mut old = called_with("MultiHeadAttention", older, json!([["a", 0, 0, {"value": ["b", 0, 0], "use_causal_mask": true}]])).unwrap();
    assert_eq!(old.to_json().unwrap()["config"]["layers"], json["config"]["layers"]);
    old.set_weights(model.weights().unwrap()).unwrap();
    let differing = json!([["a", 0, 0, {"value": ["b", 0, 0], "use_causal_mask": 1}]]);
    says(called_with("MultiHeadAttention", heads, differing), &["layer one is called with use_causal_mask 1, which is not known here"]);
}

#[test]
fn layers_are_found_and_frozen_by_name() {
    let encoder = Sequential::new([Dense::new(4).into(), Dense::new(2).into()]).name("encoder");
    let mut model = Sequential::new([encoder.into(), Dense::new(1).named("head")]).input_shape([3]).device(&reference()).build().unwrap();
    let layers: Vec<_> = model.layers().map(|layer| (layer.name().to_string(), layer.count_params())).collect();
    assert_eq!(layers, [("encoder".into(), 26), ("head".into(), 3)]);
    let inner = model.get_layer("encoder/dense_1").unwrap();
    assert_eq!((inner.class_name(), inner.output_shape().to_vec(), inner.is_trainable()), ("Dense", vec![2], true));
    says(model.get_layer("heads").map(|layer| layer.count_params()), &["there is no layer \"heads\"; did you mean head"]);

    let before = model.weights().unwrap();
    model.compile("sgd", "mse", ()).unwrap();
    model.set_trainable("encoder", false).unwrap();
    let (x, y) = (Tensor::uniform([4, 3], -1.0, 1.0, 1), Tensor::ones([4, 1]));
    model.train_on_batch(&x, &y).unwrap();
    let changed = |model: &Model| -> Vec<bool> {
        let after = model.weights().unwrap();
        before.iter().zip(after).map(|(a, b)| a.1.to_vec::<f32>() != b.1.to_vec::<f32>()).collect()
    };
    assert_eq!(changed(&model), [false, false, false, false, true, true]);
    assert!(model.summary().contains("Trainable params: 3 "));
    model.set_trainable("encoder/dense_1", true).unwrap();
    // A frozen model freezes all in it.
    assert!(!model.get_layer("encoder/dense_1").unwrap().is_trainable());
    model.set_trainable("encoder", true).unwrap();
    model.set_trainable("encoder/dense", false).unwrap();
    model.train_on_batch(&x, &y).unwrap();
    assert_eq!(changed(&model), [false, false, true, true, true, true]);
}

#[test]
fn a_training_step_of_ones_own() {
    use wgrad_model::{CustomModel, StepResult};
    use wgrad_tensor::grad;
    let layers = || Sequential::new([Dense::new(4).activation("tanh").into(), Dense::new(1).into()]);
    let (x, y) = (Tensor::uniform([6, 2], -1.0, 1.0, 1), Tensor::uniform([6, 1], -1.0, 1.0, 2));
    let weights = |model: &Model| model.weights().unwrap().iter().flat_map(|(_, w)| w.to_vec::<f32>().unwrap()).collect::<Vec<_>>();

    // Written out, the usual step gives the usual bits.
    let mut plain = CustomModel::new(layers()).input([2]).device(&reference()).compile("adam", "mse", ["mae"]).unwrap();
    let own = CustomModel::new(layers()).input([2]).device(&reference()).train_step(|step| {
        let predictions = step.forward(step.inputs());
        StepResult { loss: step.compiled_loss(&predictions), predictions }
    });
    let mut own = own.compile("adam", "mse", ["mae"]).unwrap();
    let expected = plain.fit(&x, &y, Fit::epochs(3).batch_size(2).verbose(0)).unwrap();
    assert_eq!(own.fit(&x, &y, Fit::epochs(3).batch_size(2).verbose(0)).unwrap(), expected);
    assert_eq!(weights(&own), weights(&plain));

    // Adversarial training: the loss of inputs that were moved along their own gradient.
    let adversarial = layers().input_shape([2]).device(&reference()).train_step(|step| {
        let x = &step.inputs()[0];
        let predictions = step.forward(step.inputs());
        let clean = step.compiled_loss(&predictions);
        let direction = grad(&clean, &[x]).remove(0).map_or_else(|| x.zeros_like(), |g| g.sign());
        let moved = step.forward(&[x + direction * 0.1]);
        StepResult { loss: clean + step.compiled_loss(&moved), predictions }
    });
    let mut adversarial = adversarial.compile("adam", "mse", ()).unwrap();
    let before = adversarial.evaluate(&x, &y).unwrap().loss();
    let first = adversarial.train_on_batch(&x, &y).unwrap().loss();
    assert!(first > 2.0 * before, "the moved inputs have the larger loss: {first} for {before}");
    adversarial.fit(&x, &y, Fit::epochs(20).verbose(0)).unwrap();
    assert!(adversarial.evaluate(&x, &y).unwrap().loss() < before);

    let wrong = layers().input_shape([2]).device(&reference()).train_step(|step| {
        let loss = step.inputs()[0].clone();
        StepResult { loss, predictions: Vec::new() }
    });
    says(wrong.compile("adam", "mse", ()).unwrap().train_on_batch(&x, &y), &["gives 0 predictions, the model has 1 outputs"]);
}

#[test]
fn stateful_layers_remember_from_batch_to_batch() {
    use wgrad_model::layers::LSTM;
    let stateful = Sequential::new([LSTM::new(3).stateful(true).into()]).input_shape([4, 2]).batch_size(2).device(&reference());
    let mut stateful = stateful.build().unwrap();
    let mut whole = Sequential::new([LSTM::new(3).into()]).input_shape([8, 2]).device(&reference()).build().unwrap();
    let weights = stateful.weights().unwrap().into_iter().filter(|(path, _)| !path.contains("state_"));
    whole.set_weights(weights.collect::<Vec<_>>()).unwrap();
    let x = Tensor::uniform([2, 8, 2], -1.0, 1.0, 1);
    let expected = numbers(&whole.predict(&x).unwrap());
    for _ in 0..2 {
        stateful.predict(x.i((.., ..4))).unwrap();
        let got = numbers(&stateful.predict(x.i((.., 4..))).unwrap());
        got.iter().zip(&expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-6));
        stateful.reset_states().unwrap();
    }
    says(stateful.predict(Tensor::zeros([3, 4, 2])), &["built for batches of 2 samples, got one of 3"]);
}

/// A description of 15 KB that asks for 2^40 calls.
#[test]
fn models_called_twice_in_models_called_twice() {
    let mut inner = serde_json::json!({"class_name": "Activation", "config": {"name": "layer", "activation": "linear"}});
    for level in 0..30 {
        let tensor = |name: &str, call: usize| {
            let history = serde_json::json!([name, call, 0]);
            serde_json::json!({"class_name": "__keras_tensor__", "config": {"shape": [null, 2], "dtype": "float32", "keras_history": history}})
        };
        let node = |name: &str, call: usize| serde_json::json!({"args": [tensor(name, call)], "kwargs": {}});
        let name = if level == 0 { "layer".to_string() } else { format!("model_{}", level - 1) };
        inner["name"] = serde_json::json!(name);
        inner["inbound_nodes"] = serde_json::json!([node("x", 0), node(&name, 0)]);
        let input = serde_json::json!({"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
            "config": {"batch_shape": [null, 2], "dtype": "float32", "name": "x"}});
        // Keras counts the building of a graph as its first call where it is an output.
        let last = if level == 0 { 1 } else { 2 };
        let model = format!("model_{level}");
        let config = serde_json::json!({"name": model, "trainable": true, "layers": [input, inner],
            "input_layers": [["x", 0, 0]], "output_layers": [[name, last, 0]]});
        inner = serde_json::json!({"class_name": "Functional", "config": config});
    }
    says(Model::from_json(&inner, &reference()).map(drop), &["a model has at most 131072 calls of layers"]);
}

#[test]
fn a_chain_of_any_length_is_dropped() {
    let layer: Entry = wgrad_model::layers::Activation::new("relu").into();
    let mut last = Symbol::input([2]);
    for _ in 0..200_000 {
        last = layer.on(&last);
    }
    drop(last);
}

/// Keras may list a shared layer before those that it is applied to; here every layer comes before them.
#[test]
fn layers_may_be_listed_before_what_they_are_applied_to() {
    let input = Symbol::input([2]).named("input");
    let shared: Entry = Dense::new(2).named("shared");
    let (mut outputs, mut at) = (Vec::new(), input.clone());
    for _ in 0..1000 {
        at = shared.on(&Dense::new(2).on(&at));
        outputs.push(at.clone());
    }
    let model = Functional::new([&input], &outputs);
    let config = model.to_config().unwrap();
    let mut reversed = config.clone();
    reversed["layers"].as_array_mut().unwrap().reverse();
    assert_eq!(Functional::from_config(&reversed).unwrap().to_config().unwrap(), config);

    reversed["layers"].as_array_mut().unwrap().pop();
    says(Functional::from_config(&reversed), &["graph: layer ", " is applied to results that there are not"]);
}
