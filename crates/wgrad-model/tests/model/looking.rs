//! Looking into a model: its graph, and the gradients of its loss.

use crate::{build, reference};
use wgrad_model::{CustomModel, Functional, Layer, Scope, Sequential, Symbol, layers::*};
use wgrad_tensor::{HostData, HostTensor, Tensor};

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    let mut model = build(&reference(), &[2], [Dense::new(3).activation("tanh").into(), Dense::new(1).into()]);
    model.compile("sgd", "mse", ()).unwrap();
    let (x, y) = (Tensor::from_vec(vec![0.5_f32, -1.0, 2.0, 0.25], [2, 2]), Tensor::from_vec(vec![1.0_f32, -2.0], [2, 1]));
    let before = model.weights().unwrap();
    let gradients = model.gradients(&x, &y).unwrap();
    assert_eq!(model.weights().unwrap(), before);
    for (path, gradient) in gradients {
        let weight = &before.iter().find(|(name, _)| *name == path).unwrap().1;
        for (i, slope) in gradient.to_vec::<f32>().unwrap().into_iter().enumerate() {
            let mut loss_at = |step: f32| {
                let mut values = weight.to_vec::<f32>().unwrap();
                values[i] += step;
                model.set_weights([(&path, HostTensor::new(weight.shape(), HostData::F32(values)).unwrap())]).unwrap();
                let loss = model.evaluate(&x, &y).unwrap().loss();
                model.set_weights([(&path, weight.clone())]).unwrap();
                loss
            };
            let expected = (loss_at(0.01) - loss_at(-0.01)) / 0.02;
            assert!((f64::from(slope) - expected).abs() <= 2e-3 * (1.0 + expected.abs()), "{path}[{i}]: {slope}, expected {expected}");
        }
    }
}

#[test]
fn graphs_of_models_in_models() {
    let inner = Sequential::new([Dense::new(4).activation("relu").named("a"), Dropout::new(0.5).named("drop")]);
    let (x, z) = (Symbol::input([4]).named("x"), Symbol::input([3]).named("z"));
    let shared = Dense::new(4).named("shared").trainable(false);
    let h = shared.on(&inner.input_shape([4]).name("inner").on(&x));
    let y = Add::new().named("add").on([&h, &shared.on(&x)]);
    let y = Concatenate::new().named("join").on([&y, &z]);
    let model = Functional::new([&x, &z], &y).device(&reference()).build().unwrap();
    let graph = model.graph().unwrap();
    let edges = |path: &str| graph.nodes.iter().find(|node| node.path == path).map(|node| (node.sources.join(" "), node.results.join(" ")));
    let is = |sources: &str, results: &str| Some((sources.to_string(), results.to_string()));
    assert_eq!(edges("inner"), is("x", "inner/drop"));
    assert_eq!(edges("inner/a"), is("x", ""));
    // Outside of training dropout gives what it gets, yet it is a layer of its own here.
    assert_eq!(edges("inner/drop"), is("inner/a", ""));
    assert_eq!(edges("shared"), is("inner x", ""));
    assert_eq!(edges("add"), is("shared", ""));
    assert_eq!(edges("join"), is("add z", ""));
    assert_eq!(graph.outputs, ["join"]);
    let shared = graph.nodes.iter().find(|node| node.path == "shared").unwrap();
    assert_eq!((shared.trainable, shared.params, shared.inputs[0].to_string().as_str()), (Some(false), 20, "f32[4]"));
    let paths: Vec<&str> = graph.nodes.iter().map(|node| node.path.as_str()).collect();
    let at = |path: &str| paths.iter().position(|known| *known == path);
    assert!(at("inner") < at("inner/a"));
}

/// Computes between its layers.
#[derive(Debug)]
struct Own;

impl Layer for Own {
    fn class_name(&self) -> &'static str {
        "Own"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let a = scope.layer("a", &Dense::new(4), x);
        let b = scope.layer("b", &Dense::new(4), &(&a * 2.0));
        scope.layer("c", &Dense::new(1), &(a + b.relu()))
    }
}

#[test]
fn what_a_custom_model_computes_between_its_layers_connects_them() {
    let graph = CustomModel::new(Own).input([4]).device(&reference()).build().unwrap().graph().unwrap();
    let sources: Vec<(&str, String)> = graph.nodes.iter().map(|node| (node.path.as_str(), node.sources.join(" "))).collect();
    assert_eq!(sources, [("a", String::new()), ("b", "a".into()), ("c", "a b".into())]);
}
