//! Metrics in loops of the user's own, and as arguments of `compile`.

use crate::{build, clouds, devices, reference};
use wgrad_model::{
    Fit, Metric, MetricArgument,
    layers::Dense,
    metrics::{AUC, MeanLoss, MetricState, Precision, deserialize},
};
use wgrad_tensor::Tensor;

fn worst(y_true: &Tensor, y_pred: &Tensor) -> Tensor {
    (y_true - y_pred).abs().max(-1)
}

#[test]
fn sums_go_on_until_they_are_reset() {
    let (y_true, y_pred) = (Tensor::from([[1.0f32, 0.0], [0.0, 1.0]]), Tensor::from([[0.9f32, 0.6], [0.2, 0.3]]));
    for device in devices() {
        let mut state = MetricState::new(Precision::new().thresholds([0.25, 0.5])).device(&device);
        assert_eq!(state.results().unwrap(), [0.0, 0.0]);
        state.update(&y_true, &y_pred, None).unwrap().update(&y_true, &y_pred, Some(&Tensor::from([0.0f32, 2.0]))).unwrap();
        let results = state.results().unwrap();
        assert_eq!(results, [0.8, 0.5]);
        assert_eq!(state.result().unwrap(), 0.65);
        state.reset();
        assert_eq!(state.result().unwrap(), 0.0);
    }
}

#[test]
fn other_shapes_need_a_reset() {
    let mut state = MetricState::new("f1_score").device(&reference());
    state.update(&Tensor::ones([2, 3]), &Tensor::ones([2, 3]), None).unwrap();
    let error = state.update(&Tensor::ones([2, 4]), &Tensor::ones([2, 4]), None).unwrap_err().to_string();
    assert_eq!(error, "metric f1_score: predictions of the shape [2, 4] do not go with those before; reset it first");
    assert_eq!(state.results().unwrap().len(), 3);
    state.reset();
    state.update(&Tensor::ones([2, 4]), &Tensor::ones([2, 4]), None).unwrap();
    assert_eq!(state.results().unwrap().len(), 4);
}

#[test]
fn unknown_names_are_errors() {
    let error = MetricState::new("recal").result().unwrap_err().to_string();
    assert!(error.starts_with("there is no metric \"recal\"; did you mean recall"), "{error}");
}

/// Ignored classes count as 0 where there are no weights, and not at all where there are, as in Keras.
#[test]
fn masks_of_losses_weigh_with_the_weights() {
    let json = serde_json::json!({"class_name": "SparseCategoricalCrossentropy", "config": {"ignore_class": 1}});
    let metric = MetricState::new(deserialize(&json).unwrap()).device(&reference());
    let (y_true, y_pred) = (Tensor::from([1, 0]), Tensor::from([[0.5f32, 0.5], [0.5, 0.5]]));
    let result = |weight: Option<&Tensor>| metric.clone().update(&y_true, &y_pred, weight).unwrap().result().unwrap();
    let of_one = std::f64::consts::LN_2;
    assert!((result(None) - of_one / 2.0).abs() < 1e-6);
    assert!((result(Some(&Tensor::ones(2))) - of_one).abs() < 1e-6);
}

#[test]
fn histories_show_keras_names() {
    let (x, y) = clouds(30);
    let mut model = build(&reference(), &[2], [Dense::new(3).activation("softmax").into()]);
    let y = y.one_hot(3);
    let metrics = ("acc", AUC::new(), worst, Precision::new().named("exact"), "huber", MeanLoss::new(wgrad_model::losses::Dice::new()));
    model.compile("sgd", "categorical_crossentropy", metrics).unwrap();
    let history = model.fit(&x, &y, Fit::epochs(1).verbose(0)).unwrap();
    assert_eq!(history.names(), ["acc", "auc", "dice", "exact", "huber", "loss", "worst"]);
    let closure = |y_true: &Tensor, y_pred: &Tensor| (y_true - y_pred).square();
    assert_eq!(closure.name(), "function");
    let error = model.compile("sgd", "mse", [MetricArgument::from("recal")]).unwrap_err().to_string();
    assert!(error.starts_with("there is no metric \"recal\"; did you mean recall"), "{error}");
}
