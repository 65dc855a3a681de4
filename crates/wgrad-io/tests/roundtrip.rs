//! What is saved is what is loaded: weights, how the model learns, and the optimizer's variables, bit by bit.

use serde_json::json;
use wgrad_cpu as _;
use wgrad_io::{
    Load, load_model, load_model_with, load_safetensors, load_weights, model_from_json, model_from_yaml, model_to_json, model_to_yaml,
    save_model, save_safetensors, save_weights,
};
use wgrad_model::{
    Compile, Functional, Layer, Model, Sequential, Symbol,
    layers::{self, BatchNormalization, Dense, Dropout, GRUCell, LSTMCell, RNN, StackedRNNCells},
    losses::Huber,
    optimizers::SGD,
};
use wgrad_tensor::Tensor;

fn batch() -> (Tensor, Tensor) {
    (Tensor::from([[0.5f32, -1.0, 2.0], [1.5, 0.25, -0.75]]), Tensor::from([0, 1]))
}

fn trained() -> Model {
    let layers =
        [Dense::new(4).activation("relu").into(), BatchNormalization::new().into(), Dropout::new(0.5).into(), Dense::new(2).into()];
    let loss = wgrad_model::losses::SparseCategoricalCrossentropy::new().from_logits(true);
    let mut model = Sequential::new(layers).input_shape([3]).compile("adam", loss, ["accuracy"]).unwrap();
    let (x, y) = batch();
    (0..3).for_each(|_| drop(model.train_on_batch(&x, &y).unwrap()));
    model
}

#[test]
fn training_goes_on_with_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = trained();
    for form in ["m.keras", "m.h5", "m.safetensors"] {
        save_model(&model, folder.path().join(form)).unwrap();
    }
    let (x, y) = batch();
    let expected = model.test_on_batch(&x, &y).unwrap().loss();
    for form in ["m.keras", "m.h5", "m.safetensors"] {
        let mut again = load_model(folder.path().join(form)).unwrap();
        assert_eq!(again.weights().unwrap(), model.weights().unwrap(), "{form}");
        assert_eq!(again.optimizer_variables().unwrap(), model.optimizer_variables().unwrap(), "{form}");
        assert_eq!(again.compile_config().unwrap(), model.compile_config().unwrap(), "{form}");
        assert_eq!(again.test_on_batch(&x, &y).unwrap().loss(), expected, "{form}");
        assert_eq!(again.summary(), model.summary(), "{form}");
    }
    for form in ["m.keras", "m.safetensors"] {
        let alone = load_model_with(folder.path().join(form), &Load::new().compile(false)).unwrap();
        assert_eq!(alone.learning_rate(), None);
    }
}

/// Whether the loss is scaled is the optimizer's matter, not that of the layers, of which one computes in f16 here.
#[test]
fn the_optimizer_is_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (x, y) = batch();
    for scale in [true, false] {
        let layers = [Dense::new(4).named("half").dtype("mixed_float16"), Dense::new(2).activation("softmax").into()];
        let mut model = Sequential::new(layers).input_shape([3]).build().unwrap();
        model.compile_with(Compile::new("adam", "sparse_categorical_crossentropy").auto_scale_loss(scale)).unwrap();
        model.train_on_batch(&x, &y).unwrap();
        for form in ["m.keras", "m.h5", "m.safetensors"] {
            save_model(&model, folder.path().join(form)).unwrap();
            let again = load_model(folder.path().join(form)).unwrap();
            assert_eq!(again.optimizer_variables().unwrap(), model.optimizer_variables().unwrap(), "{form}, scaled: {scale}");
        }
    }
}

/// Adafactor has rows, columns and whole averages of a variable, of one name and different shapes.
#[test]
fn optimizers_with_variables_of_one_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.h5");
    let (x, y) = batch();
    let mut model = trained();
    model.compile("adafactor", "sparse_categorical_crossentropy", ()).unwrap();
    model.train_on_batch(&x, &y).unwrap();
    save_model(&model, &path).unwrap();
    assert_eq!(load_model(&path).unwrap().optimizer_variables().unwrap(), model.optimizer_variables().unwrap());
}

/// Transfer learning: what was frozen after the model was built stays so, and so do the optimizer's variables, which are fewer.
#[test]
fn frozen_layers_stay_frozen() {
    let encoder = Sequential::new([Dense::new(4).named("a"), Dense::new(4).named("b")]).input_shape([3]).name("encoder");
    let layers = [encoder.into(), Dense::new(2).activation("softmax").named("head")];
    let mut model = Sequential::new(layers).input_shape([3]).compile("adam", "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
    model.set_trainable("encoder/a", false).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for steps in 0..2 {
        let (x, y) = batch();
        (0..steps).for_each(|_| drop(model.train_on_batch(&x, &y).unwrap()));
        for form in ["m.keras", "m.h5", "m.safetensors"] {
            save_model(&model, folder.path().join(form)).unwrap();
            let mut again = load_model(folder.path().join(form)).unwrap();
            let learning = |model: &Model| model.layers().map(|layer| (layer.name().to_string(), layer.is_trainable())).collect::<Vec<_>>();
            assert_eq!(learning(&again), learning(&model), "{form}");
            assert_eq!(again.weights().unwrap(), model.weights().unwrap(), "{form}");
            if steps > 0 {
                assert_eq!(again.optimizer_variables().unwrap(), model.optimizer_variables().unwrap(), "{form}");
                let before = again.weights().unwrap();
                again.train_on_batch(&x, &y).unwrap();
                let after = again.weights().unwrap();
                let moved: Vec<&str> = before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| a.0.as_str()).collect();
                assert_eq!(moved, ["encoder/b/kernel", "encoder/b/bias", "head/kernel", "head/bias"], "{form}");
            }
        }
    }
}

#[test]
fn whole_models_in_safetensors() {
    let folder = tempfile::tempdir().unwrap();
    let (model, path) = (trained(), folder.path().join("m.safetensors"));
    save_model(&model, &path).unwrap();
    let (tensors, texts) = load_safetensors(&path).unwrap();
    let names: Vec<&str> = tensors.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"dense/kernel") && names.contains(&"optimizer/0/adam/iteration"), "{names:?}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&texts["model_config"]).unwrap()["class_name"], "Sequential");
    // The file has weights, too.
    let mut other = trained();
    load_weights(&mut other, &path).unwrap();
    assert_eq!(other.weights().unwrap(), model.weights().unwrap());
    save_weights(&model, &path).unwrap();
    let text = load_model(&path).unwrap_err().to_string();
    assert!(text.ends_with("m.safetensors: there is no model_config; does the file hold weights alone?"), "{text}");
    let stray = [("dense/kernel", &tensors[0].1), ("dense/kernels", &tensors[0].1)];
    save_safetensors(&path, stray, Default::default()).unwrap();
    let mut alone = Sequential::new([Dense::new(1).use_bias(false).named("dense")]).input_shape([1]).build().unwrap();
    let text = load_weights(&mut alone, &path).unwrap_err().to_string();
    assert!(text.ends_with("m.safetensors: dense/kernels is no variable of the model or its optimizer"), "{text}");
}

#[test]
fn cells_with_names_of_their_own() {
    let cells = [LSTMCell::new(4).named("first"), GRUCell::new(3).named("second"), LSTMCell::new(2).into()];
    let layers = [RNN::new(StackedRNNCells::new(cells)).into(), Dense::new(2).into()];
    let model = Sequential::new(layers).input_shape([5, 3]).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for form in ["m.keras", "m.h5", "m.safetensors"] {
        save_model(&model, folder.path().join(form)).unwrap();
        assert_eq!(load_model(folder.path().join(form)).unwrap().weights().unwrap(), model.weights().unwrap(), "{form}");
    }
}

#[test]
fn weights_alone() {
    let folder = tempfile::tempdir().unwrap();
    let model = trained();
    for form in ["m.weights.h5", "m.safetensors"] {
        let path = folder.path().join(form);
        save_weights(&model, &path).unwrap();
        let mut other = trained();
        other
            .set_weights(other.weights().unwrap().into_iter().map(|(path, value)| {
                let zeros = wgrad_tensor::HostData::F32(vec![0.0; value.data().len()]);
                (path, wgrad_tensor::HostTensor::new(value.shape(), zeros).unwrap())
            }))
            .unwrap();
        load_weights(&mut other, &path).unwrap();
        assert_eq!(other.weights().unwrap(), model.weights().unwrap(), "{form}");
    }
}

#[test]
fn texts_describe_the_same_model() {
    let (model, device) = (trained(), wgrad_tensor::Device::default_device().unwrap());
    let (json, yaml) = (model_to_json(&model).unwrap(), model_to_yaml(&model).unwrap());
    let (from_json, from_yaml) = (model_from_json(&json, &device).unwrap(), model_from_yaml(&yaml, &device).unwrap());
    assert_eq!((from_json.summary(), from_yaml.summary()), (trained_shape(), trained_shape()));
    assert_eq!(model_to_json(&from_yaml).unwrap(), json);
    let bomb = "a: &a [x, x, x, x, x, x, x, x]\n".to_string()
        + &(0..12)
            .map(|i| {
                format!("b{i}: &b{i} [{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}]\n", if i == 0 { "*a".into() } else { format!("*b{}", i - 1) })
            })
            .collect::<String>();
    assert!(model_from_yaml(&bomb, &device).unwrap_err().to_string().starts_with("YAML: "));
}

/// The summary of a model like [`trained`] without an optimizer.
fn trained_shape() -> String {
    let layers =
        [Dense::new(4).activation("relu").into(), BatchNormalization::new().into(), Dropout::new(0.5).into(), Dense::new(2).into()];
    Sequential::new(layers).input_shape([3]).build().unwrap().summary()
}

/// `y = x * scale`, a layer of the user's own.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Scale {
    start: f64,
}

impl Layer for Scale {
    fn class_name(&self) -> &'static str {
        "Scale"
    }
    fn call(&self, scope: &mut wgrad_model::Scope, x: &Tensor) -> Tensor {
        x * scope.param("scale", (), &wgrad_model::Initializer::Ones) * self.start
    }
}

#[test]
fn layers_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.keras");
    let device = wgrad_tensor::Device::default_device().unwrap();
    let model = Sequential::new([Scale { start: 2.0 }.into(), Dense::new(1).into()]).input_shape([3]).build().unwrap();
    assert!(save_model(&model, &path).unwrap_err().to_string().contains("Scale"));
    layers::register::<Scale>("Scale").unwrap();
    let (mut model, (x, _)) = (model, batch());
    let expected = model.predict(&x).unwrap().to_vec::<f32>().unwrap();
    for form in ["own.keras", "own.h5", "own.safetensors"] {
        save_model(&model, folder.path().join(form)).unwrap();
        let mut again = load_model(folder.path().join(form)).unwrap();
        assert_eq!(again.predict(&x).unwrap().to_vec::<f32>().unwrap(), expected, "{form}");
    }
    for weights in ["own.weights.h5", "own.safetensors"] {
        save_weights(&model, folder.path().join(weights)).unwrap();
        for mut again in [
            model_from_json(&model_to_json(&model).unwrap(), &device).unwrap(),
            model_from_yaml(&model_to_yaml(&model).unwrap(), &device).unwrap(),
        ] {
            load_weights(&mut again, folder.path().join(weights)).unwrap();
            assert_eq!(again.predict(&x).unwrap().to_vec::<f32>().unwrap(), expected, "{weights}");
        }
    }
    let taken = layers::register::<Scale>("Dense").unwrap_err().to_string();
    assert_eq!(taken, "register: Dense is a layer of Keras");
}

#[test]
fn losses_and_metrics_of_several_outputs() {
    let x = Symbol::input([3]).named("x");
    let (a, b) = (Dense::new(1).named("a").on(&x), Dense::new(2).activation("softmax").named("b").on(&x));
    let compile = Compile::new(SGD::new(0.25).momentum(0.5), [("a", Huber::new().delta(2.0))])
        .loss_weights([("a", 0.5)])
        .metrics([("a", vec!["mae"]), ("b", vec!["accuracy"])]);
    let mut model = Functional::new(&x, [&a, &b]).name("two").build().unwrap();
    model.compile_with(compile).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.keras");
    save_model(&model, &path).unwrap();
    let again = load_model(&path).unwrap();
    let config = again.compile_config().unwrap().unwrap();
    assert_eq!(config, model.compile_config().unwrap().unwrap());
    assert_eq!(config["loss"]["a"]["config"]["delta"], json!(2.0));
    assert_eq!(config["metrics"]["a"][0]["config"]["name"], json!("mae"));
    assert_eq!(config["optimizer"]["config"]["momentum"], json!(0.5));
}

#[test]
fn what_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let model = trained();
    let error = |result: wgrad_model::Result<()>| result.unwrap_err().to_string().replace(&folder.path().display().to_string(), "DIR");
    assert_eq!(
        error(save_model(&model, folder.path().join("m.onnxx"))),
        "DIR/m.onnxx: a model is saved as .keras, .h5, .safetensors, .json or .yaml"
    );
    assert_eq!(error(save_model(&model, folder.path().join("m.weights.h5"))), "DIR/m.weights.h5: it is for weights alone: save_weights");
    let own = wgrad_model::losses::custom("quartic", |y, p| (y - p).square().square().mean(-1));
    let mut model = trained();
    model.compile("sgd", own, ()).unwrap();
    let text = error(save_model(&model, folder.path().join("m.keras")));
    assert_eq!(text, "loss quartic: a loss of the user's own cannot be written to a file");
}
