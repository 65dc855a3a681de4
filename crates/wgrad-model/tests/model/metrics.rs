//! The metric table: one row or more for each metric, with the values that Keras gives.

use crate::{devices, reference};
use serde_json::Value as Json;
use std::{collections::BTreeSet, sync::Arc};
use wgrad_model::{
    Metric,
    metrics::{Direction, MetricState, NAMES, from_config},
};
use wgrad_tensor::{DType, Device, Tensor};

/// Shape and elements.
type Data = (&'static [usize], &'static [f64]);

struct Row {
    class: &'static str,
    config: &'static str,
    /// Labels and predictions.
    data: (Data, Data),
    /// The results of Keras 3.15 without and with weights.
    plain: &'static [f64],
    weighted: &'static [f64],
}

const SCORES: Data = (&[4, 3], &[0.1, 0.7, 0.2, 0.4, 0.5, 0.9, 0.3, 0.6, 0.05, 0.8, 0.15, 0.35]);
const SEVERAL_HOT: Data = (&[4, 3], &[0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0]);
const ONE_HOT: Data = (&[4, 3], &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
const NUMBERS: Data = (&[4, 3], &[0.5, -1.0, 2.0, 0.0, 0.25, 1.0, -2.0, 0.5, 3.0, 1.0, 1.5, -0.5]);
const CLASSES: Data = (&[4], &[1.0, 0.0, 1.0, 2.0]);
const OTHER_CLASSES: Data = (&[4], &[1.0, 2.0, 1.0, 0.0]);
const WEIGHTS: Data = (&[4], &[1.0, 0.5, 2.0, 0.0]);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { class: "Accuracy", config: "{}", data: (CLASSES, OTHER_CLASSES), plain: &[0.5], weighted: &[0.8571429] },
    Row { class: "BinaryAccuracy", config: r#"{"threshold": 0.35}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.6666667], weighted: &[0.5714286] },
    Row { class: "CategoricalAccuracy", config: "{}", data: (ONE_HOT, SCORES), plain: &[0.5], weighted: &[0.8571429] },
    Row { class: "SparseCategoricalAccuracy", config: "{}", data: (CLASSES, SCORES), plain: &[0.5], weighted: &[0.8571429] },
    Row { class: "TopKCategoricalAccuracy", config: r#"{"k": 2}"#, data: (ONE_HOT, SCORES), plain: &[0.75], weighted: &[0.8571429] },
    Row { class: "SparseTopKCategoricalAccuracy", config: r#"{"k": 2}"#, data: (CLASSES, SCORES), plain: &[0.75], weighted: &[0.8571429] },
    Row { class: "Precision", config: r#"{"thresholds": [0.3, 0.6]}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.5714286, 1.0], weighted: &[0.4444444, 1.0] },
    Row { class: "Recall", config: r#"{"top_k": 1}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.5], weighted: &[0.375] },
    Row { class: "TruePositives", config: "{}", data: (SEVERAL_HOT, SCORES), plain: &[3.0], weighted: &[1.5] },
    Row { class: "FalsePositives", config: "{}", data: (SEVERAL_HOT, SCORES), plain: &[1.0], weighted: &[2.0] },
    Row { class: "TrueNegatives", config: "{}", data: (SEVERAL_HOT, SCORES), plain: &[5.0], weighted: &[4.5] },
    Row { class: "FalseNegatives", config: "{}", data: (SEVERAL_HOT, SCORES), plain: &[3.0], weighted: &[2.5] },
    Row { class: "SensitivityAtSpecificity", config: r#"{"specificity": 0.6}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.6666667], weighted: &[0.5] },
    Row { class: "SpecificityAtSensitivity", config: r#"{"sensitivity": 0.6}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.6666667], weighted: &[0.0] },
    Row { class: "PrecisionAtRecall", config: r#"{"recall": 0.6}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.6666667], weighted: &[0.3809524] },
    Row { class: "RecallAtPrecision", config: r#"{"precision": 0.6}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.6666667], weighted: &[0.375] },
    Row { class: "AUC", config: r#"{"num_thresholds": 21, "multi_label": true}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.6666667], weighted: &[0.7333333] },
    Row { class: "F1Score", config: "{}", data: (ONE_HOT, SCORES), plain: &[0.0, 1.0, 0.0], weighted: &[0.0, 1.0, 0.0] },
    Row { class: "FBetaScore", config: r#"{"beta": 2.0, "average": "weighted", "threshold": 0.3}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.6515152], weighted: &[0.4404762] },
    Row { class: "IoU", config: r#"{"num_classes": 3, "target_class_ids": [0, 1]}"#, data: (CLASSES, OTHER_CLASSES), plain: &[0.5], weighted: &[0.9999999] },
    Row { class: "MeanIoU", config: r#"{"num_classes": 3, "dtype": "float32"}"#, data: (CLASSES, OTHER_CLASSES), plain: &[0.3333333], weighted: &[0.3333333] },
    Row { class: "BinaryIoU", config: r#"{"threshold": 0.35, "dtype": "float32"}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.4097222], weighted: &[0.3891403] },
    Row { class: "OneHotIoU", config: r#"{"num_classes": 3, "target_class_ids": [1]}"#, data: (ONE_HOT, SCORES), plain: &[0.9999999], weighted: &[0.9999999] },
    Row { class: "OneHotMeanIoU", config: r#"{"num_classes": 3}"#, data: (ONE_HOT, SCORES), plain: &[0.3333333], weighted: &[0.9999999] },
    Row { class: "RootMeanSquaredError", config: "{}", data: (NUMBERS, SCORES), plain: &[1.387744], weighted: &[1.810321] },
    Row { class: "R2Score", config: "{}", data: (NUMBERS, SCORES), plain: &[-0.4976851], weighted: &[-4.107852] },
    Row { class: "PearsonCorrelation", config: "{}", data: (NUMBERS, SCORES), plain: &[-0.06426454], weighted: &[-0.3389263] },
    Row { class: "ConcordanceCorrelation", config: "{}", data: (NUMBERS, SCORES), plain: &[0.06965982], weighted: &[-0.04507282] },
    Row { class: "Mean", config: "{}", data: (NUMBERS, SCORES), plain: &[0.5208333], weighted: &[0.4880952] },
    Row { class: "Sum", config: "{}", data: (NUMBERS, SCORES), plain: &[6.25], weighted: &[5.125] },
    Row { class: "MeanSquaredError", config: "{}", data: (NUMBERS, SCORES), plain: &[1.925833], weighted: &[3.277262] },
    Row { class: "MeanAbsoluteError", config: "{}", data: (NUMBERS, SCORES), plain: &[1.033333], weighted: &[1.42619] },
    Row { class: "MeanAbsolutePercentageError", config: "{}", data: (ONE_HOT, SCORES), plain: &[250000016.0], weighted: &[161904784.0] },
    Row { class: "MeanSquaredLogarithmicError", config: "{}", data: (SEVERAL_HOT, SCORES), plain: &[0.1229434], weighted: &[0.1548315] },
    Row { class: "LogCoshError", config: "{}", data: (NUMBERS, SCORES), plain: &[0.6094298], weighted: &[0.9591668] },
    Row { class: "CosineSimilarity", config: "{}", data: (NUMBERS, SCORES), plain: &[0.3008371], weighted: &[0.05118409] },
    Row { class: "KLDivergence", config: "{}", data: (ONE_HOT, SCORES), plain: &[0.7084004], weighted: &[0.5247033] },
    Row { class: "Poisson", config: "{}", data: (SEVERAL_HOT, SCORES), plain: &[0.9620266], weighted: &[1.015139] },
    Row { class: "Hinge", config: "{}", data: (SEVERAL_HOT, SCORES), plain: &[0.9208333], weighted: &[1.085714] },
    Row { class: "SquaredHinge", config: "{}", data: (SEVERAL_HOT, SCORES), plain: &[1.091458], weighted: &[1.367143] },
    Row { class: "CategoricalHinge", config: "{}", data: (ONE_HOT, SCORES), plain: &[1.0375], weighted: &[0.7571429] },
    Row { class: "BinaryCrossentropy", config: r#"{"label_smoothing": 0.1}"#, data: (SEVERAL_HOT, SCORES), plain: &[0.7849381], weighted: &[0.9615284] },
    Row { class: "CategoricalCrossentropy", config: "{}", data: (ONE_HOT, SCORES), plain: &[0.9081178], weighted: &[0.5793653] },
    Row { class: "SparseCategoricalCrossentropy", config: r#"{"from_logits": true}"#, data: (CLASSES, SCORES), plain: &[1.037826], weighted: &[0.8887302] },
];

fn tensor((shape, elements): Data, dtype: DType) -> Tensor {
    Tensor::from_vec(elements.to_vec(), shape).cast(dtype)
}

impl Row {
    fn metric(&self) -> Arc<dyn Metric> {
        from_config(self.class, &serde_json::from_str::<Json>(self.config).unwrap()).unwrap()
    }

    /// The results of two batches, the first of a single sample.
    fn results(&self, device: &Device, dtype: DType, weighted: bool) -> Vec<f64> {
        let mut state = MetricState::new(self.metric()).device(device);
        for (start, n) in [(0, 1), (1, 3)] {
            let batch = |data: Data, dtype: DType| tensor(data, dtype).narrow(0, start, n);
            let weight = weighted.then(|| batch(WEIGHTS, DType::F32));
            state.update(&batch(self.data.0, dtype), &batch(self.data.1, dtype), weight.as_ref()).unwrap();
        }
        state.results().unwrap()
    }
}

#[test]
fn values_are_those_of_keras() {
    for row in ROWS {
        for device in devices() {
            for (weighted, expected) in [(false, row.plain), (true, row.weighted)] {
                let results = row.results(&device, DType::F32, weighted);
                assert_eq!(results.len(), expected.len(), "{}", row.class);
                for (got, expected) in results.iter().zip(expected) {
                    let near = (got - expected).abs() <= 1e-6 + 2e-6 * expected.abs();
                    assert!(near, "{} {}: {results:?} on {}, weighted: {weighted}", row.class, row.config, device.info().name);
                }
            }
        }
    }
}

#[test]
fn predictions_of_any_float_type_count_in_f32() {
    for row in ROWS {
        let exact = row.results(&reference(), DType::F64, true);
        for (got, expected) in exact.iter().zip(row.weighted) {
            assert!((got - expected).abs() <= 1e-6 + 2e-6 * expected.abs(), "{} of f64: {exact:?}", row.class);
        }
        let half = row.results(&reference(), DType::F16, true);
        assert!(half.iter().all(|result| result.is_finite()), "{} of f16: {half:?}", row.class);
    }
}

#[test]
fn every_name_has_a_row() {
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.metric().name().to_string()).collect();
    for name in NAMES {
        match from_config(name, &Json::Null) {
            Ok(metric) => assert!(rows.contains(metric.name()), "{name} has no row"),
            Err(error) => assert!(error.to_string().starts_with(&format!("metric {name}: missing field")), "{error}"),
        }
    }
    let classes = NAMES.iter().filter(|name| !["acc", "mse", "mae", "mape", "msle", "bce", "kld", "logcosh"].contains(name));
    assert_eq!(rows.len(), classes.count());
}

/// Wrong data is an error that names the rule; whatever the shapes, nothing panics.
#[test]
fn any_shapes_are_taken_or_refused() {
    let shapes: [&[usize]; 7] = [&[], &[0], &[3], &[0, 3], &[2, 1], &[2, 3], &[2, 2, 3]];
    for row in ROWS {
        for (labels, predictions) in shapes.iter().flat_map(|labels| shapes.map(|predictions| (*labels, predictions))) {
            let mut state = MetricState::new(row.metric()).device(&reference());
            let (y_true, y_pred) = (Tensor::ones(labels), Tensor::ones(predictions));
            let fits = row.metric().check(y_true.shape(), y_pred.shape());
            let taken = state.update(&y_true, &y_pred, None).map(|_| ());
            match (fits, taken) {
                (Err(rule), Err(error)) => assert!(error.to_string().ends_with(&rule), "{error}"),
                (Err(rule), Ok(())) => panic!("{} takes {labels:?} and {predictions:?}: {rule}", row.class),
                (Ok(()), Err(error)) => assert!(labels.is_empty() || predictions.is_empty(), "{}: {error}", row.class),
                (Ok(()), Ok(())) => _ = state.results().unwrap(),
            }
        }
    }
}

#[test]
fn mistakes_are_told() {
    let told = |class: &str, config: &str, labels: &[usize], predictions: &[usize]| {
        let metric = match from_config(class, &serde_json::from_str(config).unwrap()) {
            Ok(metric) => metric,
            Err(error) => return error.to_string(),
        };
        let mut state = MetricState::new(metric).device(&reference());
        let error = state.update(&Tensor::ones(labels), &Tensor::ones(predictions), Some(&Tensor::ones(2))).unwrap_err();
        error.to_string()
    };
    let two: &[usize] = &[2, 3];
    for (class, config, predictions, text) in [
        ("Acuracy", "{}", two, "there is no metric \"Acuracy\"; did you mean accuracy"),
        ("AUC", r#"{"num_threshold": 3}"#, two, "metric AUC: unknown field `num_threshold`, expected one of `num_thresholds`"),
        ("AUC", r#"{"curve": "ROCK"}"#, two, "metric AUC: unknown variant `ROCK`, expected one of `ROC`, `roc`, `PR`"),
        ("AUC", r#"{"num_thresholds": 1}"#, two, "metric auc: num_thresholds must be at least 2, got 1"),
        ("AUC", r#"{"label_weights": [1, 2]}"#, two, "metric auc: there are 2 label_weights for 3 labels"),
        ("AUC", r#"{"multi_label": true, "num_labels": 4}"#, two, "metric auc: num_labels is 4, but there are 3 predictions"),
        ("AUC", r#"{"num_labels": 3}"#, two, "metric auc: num_labels is for multi_label only"),
        ("Precision", r#"{"thresholds": [0.5, 1.5]}"#, two, "metric precision: thresholds must be in [0, 1], got 1.5"),
        ("Recall", r#"{"top_k": 4}"#, two, "metric recall: top_k is 4, but there are only 3 predictions"),
        ("Recall", r#"{"class_id": 3}"#, two, "metric recall: class_id is 3, but the predictions have the shape [2, 3]"),
        ("PrecisionAtRecall", "{}", two, "metric PrecisionAtRecall: missing field `recall`"),
        ("PrecisionAtRecall", r#"{"recall": 1.5}"#, two, "metric precision_at_recall: recall must be in [0, 1], got 1.5"),
        ("F1Score", r#"{"threshold": 0.0}"#, two, "metric f1_score: threshold must be above 0 and at most 1, got 0"),
        ("FBetaScore", r#"{"beta": 0.0}"#, two, "metric fbeta_score: beta must be above 0, got 0"),
        ("F1Score", "{}", &[2, 1, 3], "metric f1_score: the labels must have the shape of the predictions, [batch, 1, 3], got [batch, 3]"),
        ("MeanIoU", "{}", two, "metric MeanIoU: missing field `num_classes`"),
        ("IoU", r#"{"num_classes": 2, "target_class_ids": [2]}"#, two, "metric io_u: target_class_ids must be in 0..2, got 2"),
        (
            "SparseCategoricalAccuracy",
            "{}",
            two,
            "the labels must be class numbers, one for each row of the predictions [batch, 3], got [batch, 3]",
        ),
    ] {
        let got = told(class, config, two, predictions);
        assert!(got.contains(text), "{got}");
    }
    let weight = Tensor::ones([2, 4]);
    let mut state = MetricState::new("binary_accuracy").device(&reference());
    let error = state.update(&Tensor::ones([2, 3]), &Tensor::ones([2, 3]), Some(&weight)).unwrap_err().to_string();
    assert!(error.contains("weights of the shape [2, 4] do not fit values of the shape [2, 3]"), "{error}");
}

#[test]
fn directions_are_those_of_keras() {
    let direction = |name: &str| from_config(name, &Json::Null).unwrap().direction();
    assert_eq!(direction("auc"), Some(Direction::Up));
    assert_eq!(direction("mae"), Some(Direction::Down));
    assert_eq!(direction("cosine_similarity"), Some(Direction::Up));
    assert_eq!(direction("poisson"), None);
}
