//! Which accuracy `accuracy` is, and confusion matrices.

use crate::{build, reference};
use wgrad_model::{Layer, layers::Dense};
use wgrad_tensor::Tensor;

fn accuracy(units: usize, kernel: Tensor, y: &Tensor, loss: &str) -> f64 {
    let mut model = build(&reference(), &[1], [Dense::new(units).use_bias(false).named("d")]);
    model.set_weights([("d/kernel", kernel.to_host().unwrap())]).unwrap();
    model.compile("sgd", loss, ["accuracy"]).unwrap();
    let x = Tensor::from([[0.0f32], [1.0], [2.0], [3.0]]);
    model.evaluate(&x, y).unwrap().get("accuracy").unwrap()
}

#[test]
fn accuracy_is_what_the_shapes_say() {
    // One output: the prediction x / 4 counts as 1 above one half.
    let one = || Tensor::from([[0.25f32]]);
    assert_eq!(accuracy(1, one(), &Tensor::from([0.0f32, 0.0, 0.0, 1.0]), "binary_crossentropy"), 1.0);
    assert_eq!(accuracy(1, one(), &Tensor::from([[0], [1], [1], [1]]), "mse"), 0.5);
    // Two outputs: the second one wins but at 0, where the first is the first of the largest.
    let two = || Tensor::from([[0.0f32, 1.0]]);
    assert_eq!(accuracy(2, two(), &Tensor::from([0, 1, 1, 0]), "sparse_categorical_crossentropy"), 0.75);
    assert_eq!(accuracy(2, two(), &Tensor::from([0, 1, 1, 0]).one_hot(2), "categorical_crossentropy"), 0.75);
}

#[test]
fn wrong_classes_are_errors() {
    let count = |labels: [i32; 2], predictions: [i32; 2]| {
        wgrad_model::metrics::confusion_matrix(&Tensor::from(labels), &Tensor::from(predictions), 2)
    };
    assert_eq!(count([0, 1], [1, 1]).unwrap().counts, [[0, 1], [0, 1]]);
    assert!(count([0, 2], [1, 1]).unwrap_err().to_string().contains("class 2 is not in 0..2"));
    let uneven = wgrad_model::metrics::confusion_matrix(&Tensor::from([0]), &Tensor::from([0, 1]), 2);
    assert!(uneven.unwrap_err().to_string().contains("expected 1 predictions, got 2"));
}
