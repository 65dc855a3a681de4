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

/// scikit-learn 1.9's `roc_curve`, `roc_auc_score` and `r2_score` of the same numbers.
#[test]
fn curves_and_r2_are_those_of_scikit_learn() {
    use wgrad_model::metrics::{r2_score, roc_curve};
    let labels = Tensor::from([0, 0, 1, 1, 0, 1, 0, 1, 1, 0]);
    let curve = roc_curve(&labels, &Tensor::from([0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.2, 0.4, 0.7, 0.75])).unwrap();
    assert_eq!(curve.false_positive_rate, [0.0, 0.0, 0.0, 0.2, 0.2, 0.6, 0.6, 1.0]);
    assert_eq!(curve.true_positive_rate, [0.0, 0.2, 0.4, 0.4, 0.6, 0.8, 1.0, 1.0]);
    assert_eq!(curve.thresholds, [f64::INFINITY, 0.9, 0.8, 0.75, 0.7, 0.4, 0.35, 0.1]);
    assert!((curve.auc() - 0.76).abs() < 1e-12);
    let error = |labels: [i32; 2], scores: Tensor| roc_curve(&Tensor::from(labels), &scores).unwrap_err().to_string();
    assert_eq!(
        error([1, 1], Tensor::from([0.1, 0.2])),
        "roc_curve: there must be samples of both classes, got 2 positive and 0 negative ones"
    );
    assert_eq!(error([1, 2], Tensor::from([0.1, 0.2])), "roc_curve: labels are 0 or 1, got 2");
    assert_eq!(error([0, 1], Tensor::from([f64::NAN, 0.2])), "roc_curve: a score is NaN");
    assert_eq!(error([0, 1], Tensor::from([0.2])), "roc_curve: expected 2 scores, got 1");

    let r2 = |y: Tensor, p: Tensor| r2_score(&y, &p).unwrap();
    let two = r2(Tensor::from([[0.5, 1.0], [-1.0, 1.0], [7.0, -6.0]]), Tensor::from([[0.0, 2.0], [-1.0, 2.0], [8.0, -5.0]]));
    assert!((two - 0.9368005266622779).abs() < 1e-12, "{two}");
    assert_eq!(
        (r2(Tensor::from([1.0, 1.0]), Tensor::from([1.0, 1.0])), r2(Tensor::from([1.0, 1.0]), Tensor::from([1.0, 2.0]))),
        (1.0, 0.0)
    );
    let error = r2_score(&Tensor::zeros([0, 1]), &Tensor::zeros([0, 1])).unwrap_err().to_string();
    assert_eq!(error, "r2_score: there are no samples");
}
