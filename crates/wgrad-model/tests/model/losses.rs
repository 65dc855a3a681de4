//! The loss table: one row or more for each loss, with the values that Keras gives.

use crate::devices;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use wgrad_model::losses::{
    Loss, MeanSquaredError, NAMES, Reduction, SparseCategoricalCrossentropy, custom, deserialize, from_config, reduce,
};
use wgrad_tensor::{DType, Device, Tensor, vjp};

/// Shape and elements.
type Data = (&'static [usize], &'static [f64]);

struct Row {
    class: &'static str,
    config: &'static str,
    y_true: Data,
    y_pred: Data,
    /// The loss of each sample, of Keras 3.15.
    values: &'static [f64],
}

const PROBABILITIES: Data = (&[2, 3], &[0.1, 0.7, 0.2, 0.5, 0.3, 0.2]);
const ONE_HOT: Data = (&[2, 3], &[0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
const LOGITS: Data = (&[2, 3], &[1.5, -2.0, 0.5, 0.25, 3.0, -1.0]);
const BITS: Data = (&[2, 3], &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
const DISTRIBUTIONS: Data = (&[2, 3], &[0.2, 0.5, 0.3, 0.6, 0.3, 0.1]);
const NUMBERS: Data = (&[2, 3], &[2.0, -2.5, 1.0, 4.0, 0.25, -1.5]);
const UNIT_VECTORS: Data = (&[4, 2], &[0.6, 0.8, 0.8, -0.6, 0.0, 1.0, -1.0, 0.0]);
const SEQUENCES: Data = (&[2, 2], &[1.0, 2.0, 3.0, 0.0]);
const SEQUENCE_LOGITS: Data = (
    &[2, 3, 4],
    &[0.5, 1.0, -1.0, 2.0, 0.0, 0.5, 0.25, -0.5, 1.0, 0.0, 0.0, 0.5, 0.0, 1.0, 2.0, 0.25, 1.0, -1.0, 0.5, 1.5, 0.5, 0.25, 1.0, 0.0],
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { class: "BinaryCrossentropy", config: r#"{"label_smoothing": 0.1}"#, y_true: BITS, y_pred: PROBABILITIES, values: &[1.631485, 0.8774368] },
    Row { class: "BinaryCrossentropy", config: r#"{"from_logits": true, "axis": 0}"#, y_true: BITS, y_pred: LOGITS, values: &[0.5136763, 1.587758, 0.8936694] },
    Row { class: "BinaryFocalCrossentropy", config: r#"{"apply_class_balancing": true, "alpha": 0.3, "gamma": 1.5}"#, y_true: BITS, y_pred: PROBABILITIES, values: &[0.4762884, 0.1860189] },
    Row { class: "CategoricalCrossentropy", config: r#"{"label_smoothing": 0.1}"#, y_true: ONE_HOT, y_pred: PROBABILITIES, values: &[0.4632974, 1.565379] },
    Row { class: "CategoricalCrossentropy", config: r#"{"from_logits": true}"#, y_true: DISTRIBUTIONS, y_pred: LOGITS, values: &[2.385098, 2.129036] },
    Row { class: "CategoricalFocalCrossentropy", config: r#"{"alpha": 0.5, "gamma": 1.0, "from_logits": true}"#, y_true: ONE_HOT, y_pred: LOGITS, values: &[1.876131, 2.005002] },
    Row { class: "SparseCategoricalCrossentropy", config: r#"{"ignore_class": -1}"#, y_true: (&[2], &[1.0, -1.0]), y_pred: PROBABILITIES, values: &[0.3566749, 0.0] },
    Row { class: "SparseCategoricalCrossentropy", config: r#"{"from_logits": true}"#, y_true: (&[2, 1], &[2.0, 0.0]), y_pred: LOGITS, values: &[1.335098, 2.829036] },
    Row { class: "CategoricalGeneralizedCrossEntropy", config: r#"{"q": 0.7}"#, y_true: (&[2], &[1.0, 2.0]), y_pred: PROBABILITIES, values: &[0.3156344, 0.9655266] },
    Row { class: "KLDivergence", config: "{}", y_true: DISTRIBUTIONS, y_pred: PROBABILITIES, values: &[0.09203286, 0.04007825] },
    Row { class: "Poisson", config: "{}", y_true: (&[2, 3], &[1.0, 0.0, 2.0, 3.0, 1.0, 0.0]), y_pred: PROBABILITIES, values: &[2.17382, 1.427804] },
    Row { class: "MeanSquaredError", config: "{}", y_true: NUMBERS, y_pred: LOGITS, values: &[0.25, 7.291667] },
    Row { class: "MeanAbsoluteError", config: "{}", y_true: NUMBERS, y_pred: LOGITS, values: &[0.5, 2.333333] },
    Row { class: "MeanAbsolutePercentageError", config: "{}", y_true: NUMBERS, y_pred: LOGITS, values: &[31.66667, 409.0278] },
    Row { class: "MeanSquaredLogarithmicError", config: "{}", y_true: DISTRIBUTIONS, y_pred: PROBABILITIES, values: &[0.009881209, 0.003912068] },
    Row { class: "LogCosh", config: "{}", y_true: NUMBERS, y_pred: LOGITS, values: &[0.1201145, 1.74615] },
    Row { class: "Huber", config: r#"{"delta": 0.5}"#, y_true: NUMBERS, y_pred: LOGITS, values: &[0.125, 1.041667] },
    Row { class: "CosineSimilarity", config: r#"{"axis": 0}"#, y_true: NUMBERS, y_pred: LOGITS, values: &[-0.5881717, -0.6347395, -0.9922779] },
    Row { class: "Hinge", config: "{}", y_true: BITS, y_pred: LOGITS, values: &[0.1666667, 2.416667] },
    Row { class: "SquaredHinge", config: "{}", y_true: BITS, y_pred: LOGITS, values: &[0.08333334, 7.1875] },
    Row { class: "CategoricalHinge", config: "{}", y_true: ONE_HOT, y_pred: LOGITS, values: &[4.5, 5.0] },
    Row { class: "Dice", config: r#"{"axis": [1]}"#, y_true: BITS, y_pred: PROBABILITIES, values: &[0.8, 0.8] },
    Row { class: "Tversky", config: r#"{"alpha": 0.3, "beta": 0.7}"#, y_true: BITS, y_pred: PROBABILITIES, values: &[0.7826087] },
    Row { class: "Circle", config: r#"{"gamma": 4.0, "margin": 0.3}"#, y_true: (&[4], &[0.0, 1.0, 0.0, 1.0]), y_pred: UNIT_VECTORS, values: &[0.8712682, 13.12926, 0.8712682, 13.12926] },
    Row { class: "CTC", config: "{}", y_true: SEQUENCES, y_pred: SEQUENCE_LOGITS, values: &[2.728102, 3.060823] },
];

impl Row {
    /// The loss, with `extra` in its configuration.
    fn loss(&self, extra: &str, value: Json) -> wgrad_model::Result<Arc<dyn Loss>> {
        let mut config: Json = serde_json::from_str(self.config).unwrap();
        config[extra] = value;
        from_config(self.class, &config)
    }

    /// The loss of each sample for these predictions.
    fn each(&self, y_pred: &Tensor) -> Tensor {
        let loss = self.loss("reduction", "none".into()).unwrap();
        let y_true = tensor(self.y_true, DType::F32);
        let labels = loss.label_shape(y_true.shape(), y_pred.shape()).unwrap();
        loss.check_labels(&y_true.to_host().unwrap(), y_pred.shape()).unwrap();
        loss.value(&y_true.reshape(labels), y_pred, None, None, None)
    }
}

fn tensor((shape, elements): Data, dtype: DType) -> Tensor {
    Tensor::from_vec(elements.to_vec(), shape).cast(dtype)
}

fn numbers(x: &Tensor, device: &Device) -> Vec<f64> {
    x.to_host_on(device).unwrap().data().to_f64()
}

#[track_caller]
fn near(got: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    let agree = got.iter().zip(expected).all(|(g, e)| (g - e).abs() <= tolerance * (1.0 + e.abs()));
    assert!(agree && got.len() == expected.len(), "{what}: {got:?}, expected {expected:?}");
}

#[test]
fn every_loss_has_a_row() {
    for name in NAMES {
        let loss = from_config(name, &Json::Null).unwrap();
        assert!(ROWS.iter().any(|row| from_config(row.class, &Json::Null).unwrap().name() == loss.name()), "{name}");
    }
}

#[test]
fn losses_of_samples_are_those_of_keras_in_every_dtype() {
    for device in devices() {
        for row in ROWS {
            for (dtype, tolerance) in [(DType::F32, 2e-6), (DType::F64, 2e-6), (DType::F16, 1e-2)] {
                let values = row.each(&tensor(row.y_pred, dtype));
                near(&numbers(&values, &device), row.values, tolerance, row.class);
                assert_eq!(values.dtype(), if dtype == DType::F64 { DType::F64 } else { DType::F32 }, "{}", row.class);
            }
        }
    }
}

#[test]
fn gradients_are_the_slopes() {
    let reference = crate::reference();
    for row in ROWS {
        let y_pred = tensor(row.y_pred, DType::F64);
        let each = row.each(&y_pred);
        let weights = (0..row.values.len()).map(|i| 1.0 + 0.3 * i as f64).collect();
        let upstream = Tensor::from_vec::<f64>(weights, each.shape());
        let gradient = vjp(&[&each], &[&upstream], &[&y_pred]).remove(0).unwrap();
        let slopes = (0..row.y_pred.1.len()).map(|i| {
            let moved = |by: f64| {
                let mut elements = row.y_pred.1.to_vec();
                elements[i] += by;
                let each = row.each(&Tensor::from_vec(elements, row.y_pred.0));
                numbers(&(each * &upstream).sum(..), &reference)[0]
            };
            (moved(1e-5) - moved(-1e-5)) / 2e-5
        });
        near(&numbers(&gradient, &reference), &slopes.collect::<Vec<_>>(), 1e-5, row.class);
    }
}

#[test]
fn mistakes_are_errors_that_name_the_loss_and_the_rule() {
    for row in ROWS {
        let error = row.loss("colour", "red".into()).unwrap_err().to_string();
        assert!(error.contains(&format!("loss {}", row.class)) && error.contains("colour"), "{error}");
        let error = row.loss("reduction", "average".into()).unwrap_err().to_string();
        assert!(error.contains("average") && error.contains("sum_over_batch_size"), "{error}");
        let loss = row.loss("name", "mine".into()).unwrap();
        let labels = [row.y_pred.0[0], 5, 9];
        let error = loss.label_shape(&labels.into(), &row.y_pred.0.into()).unwrap_err();
        assert!(error.contains("the labels must be") || error.contains("the labels must have"), "{}: {error}", row.class);
    }
    let error = MeanSquaredError::new().call(&Tensor::zeros([2, 5]), &Tensor::zeros([2, 3]), None);
    assert!(error.error().unwrap().to_string().contains("do not broadcast"));
    for row in ROWS {
        // What is wrong before the loss stays what is told.
        let (broken, loss) = (Tensor::zeros([2, 3]).matmul(&Tensor::zeros([2, 3])), row.loss("name", "mine".into()).unwrap());
        for (y_true, y_pred) in [(&broken, &tensor(row.y_pred, DType::F32)), (&tensor(row.y_true, DType::F32), &broken)] {
            let error = loss.value(y_true, y_pred, None, None, None).error().map(ToString::to_string).unwrap_or_default();
            assert!(error.contains("matmul"), "{}: {error:?}", row.class);
        }
    }
    let error = from_config("CategoricalGeneralizedCrossEntropy", &json!({"q": 1.5})).unwrap();
    let error = error.call(&Tensor::zeros([2]), &Tensor::zeros([2, 3]), None);
    assert!(error.error().unwrap().to_string().contains("q must be between 0 and 1, got 1.5"));
    let error = from_config("MeanSquareError", &Json::Null).unwrap_err().to_string();
    assert!(error.contains("there is no loss \"MeanSquareError\"; did you mean mean_squared_error"), "{error}");
    assert!(deserialize(&json!([1])).unwrap_err().to_string().contains("expected a name or an object with a class_name, got [1]"));
    assert!(deserialize(&json!({"class_name": "Huber", "config": 3})).unwrap_err().to_string().contains("must be an object, got 3"));
}

#[test]
fn labels_that_are_no_classes() {
    let labels = |values: [f32; 2]| Tensor::from(values).to_host().unwrap();
    let says = |loss: SparseCategoricalCrossentropy, values, text: &str| {
        let found = loss.check_labels(&labels(values), &[2, 3].into());
        assert!(found.as_ref().is_err_and(|rule| rule.contains(text)), "{found:?}");
    };
    let loss = SparseCategoricalCrossentropy::new;
    says(loss(), [0.0, 3.0], "label 1 is 3, but the predictions have the classes 0 to 2");
    says(loss(), [-1.0, 1.0], "label 0 is -1");
    says(loss(), [0.5, 1.0], "label 0 is 0.5");
    assert_eq!(loss().ignore_class(-1).check_labels(&labels([-1.0, 2.0]), &[2, 3].into()), Ok(()));
    assert_eq!(loss().axis(1).label_shape(&[2, 4].into(), &[2, 3, 4].into()).unwrap()[..], [2, 4]);
    assert!(loss().axis(3).label_shape(&[2, 4].into(), &[2, 3, 4].into()).is_err());
}

#[test]
fn reductions_are_those_of_keras() {
    let values = Tensor::from([[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let (weight, mask) = (Tensor::from([[2.0f32], [0.5]]), Tensor::from([[true, false, true], [false, false, true]]));
    // Of nothing, weights, a mask, both.
    let table: [(Reduction, [f64; 4]); 4] = [
        (Reduction::SumOverBatchSize, [3.5, 3.25, 10.0 / 3.0, 11.0 / 3.0]),
        (Reduction::Sum, [21.0, 19.5, 10.0, 11.0]),
        (Reduction::Mean, [3.5, 3.25, 10.0 / 3.0, 11.0 / 3.0]),
        (Reduction::MeanWithSampleWeight, [3.5, 7.8, 10.0 / 3.0, 22.0 / 9.0]),
    ];
    for device in devices() {
        for (reduction, expected) in table {
            let arguments = [(None, None), (Some(&weight), None), (None, Some(&mask)), (Some(&weight), Some(&mask))];
            let found = arguments.map(|(weight, mask)| numbers(&reduce(&values, weight, mask, reduction), &device)[0]);
            near(&found, &expected, 1e-6, &format!("{reduction:?}"));
            let nothing = reduce(&values, Some(&weight.zeros_like()), Some(&mask.logical_not().logical_and(&mask)), reduction);
            let gradient = vjp(&[&nothing], &[&Tensor::from(1.0f32)], &[&values]).remove(0).unwrap();
            assert_eq!(numbers(&nothing, &device), [0.0], "{reduction:?}");
            assert_eq!(numbers(&gradient, &device), [0.0; 6], "{reduction:?}");
        }
        let each = reduce(&values, Some(&weight), Some(&mask), Reduction::None);
        assert_eq!(numbers(&each, &device), [2.0, 0.0, 6.0, 0.0, 0.0, 3.0]);
        // A last axis of length 1 is added or dropped.
        let by_row = reduce(&values.sum(1), Some(&weight), None, Reduction::Sum);
        assert_eq!(numbers(&by_row, &device), [19.5]);
    }
    let error = reduce(&values, Some(&Tensor::ones([2])), None, Reduction::Sum);
    assert!(error.error().unwrap().to_string().contains("weights (or a mask) of [2] do not broadcast to losses of [2, 3]"));
}

#[test]
fn a_loss_masks_what_it_ignores() {
    let (y_true, y_pred) = (Tensor::from([0, 255]), Tensor::from([[0.5f32, 0.5], [0.1, 0.9]]));
    let loss = SparseCategoricalCrossentropy::new().ignore_class(255);
    // The mean of the one that counts.
    near(&numbers(&loss.value(&y_true, &y_pred, None, None, None), &crate::reference()), &[2f64.ln()], 1e-6, "ignored");
    let other = Tensor::from([false, true]);
    near(&numbers(&loss.value(&y_true, &y_pred, None, None, Some(&other)), &crate::reference()), &[0.0], 1e-6, "both masks");
}

#[test]
fn losses_from_json_closures_and_with_reductions() {
    let huber = deserialize(&json!({"class_name": "Huber", "config": {"name": "huber_loss", "reduction": null, "delta": 2}})).unwrap();
    assert_eq!((huber.name(), huber.reduction()), ("huber", Reduction::None));
    assert_eq!(deserialize(&json!({"class_name": "function", "config": "kld"})).unwrap().name(), "kl_divergence");
    let quartic = custom("quartic", |y_true, y_pred| (y_true - y_pred).square().square().mean(-1)).with_reduction(Reduction::Sum);
    let value = quartic.value(&Tensor::from([1, 0]), &Tensor::from([[3.0f32], [1.0]]), None, None, None);
    assert_eq!((quartic.name(), numbers(&value, &crate::reference())), ("quartic", vec![17.0]));
}

#[test]
fn values_and_gradients_are_finite_at_the_ends() {
    let certain = Tensor::from([[0.0f32, 1.0, 0.0], [1.0, 0.0, 0.0]]);
    let huge = Tensor::from([[0.0f32, 1000.0, -1000.0], [1000.0, -1000.0, 0.0]]);
    let right = Tensor::from([1, 0]);
    for device in devices() {
        for row in ROWS.iter().filter(|row| row.y_pred.0.len() == 2) {
            let of_logits = row.config.contains("from_logits");
            let y_pred = if of_logits { &huge } else { &certain };
            let y_true = if row.y_true.0.len() == 2 && row.y_true.0[1] > 1 { right.one_hot(3) } else { right.clone() };
            let loss = row.loss("reduction", "sum".into()).unwrap();
            for y_true in [&y_true, &(1 - &y_true)] {
                let value = loss.value(y_true, y_pred, None, None, None);
                let gradient = vjp(&[&value], &[&value.ones_like()], &[y_pred]).remove(0).unwrap();
                let found = [numbers(&value, &device), numbers(&gradient, &device)].concat();
                // The slope of (1 - p^q) / q at p = 0 is infinite.
                let may_be_infinite = row.class == "CategoricalGeneralizedCrossEntropy";
                assert!(found.iter().all(|v| v.is_finite() || may_be_infinite && !v.is_nan()), "{} {}: {found:?}", row.class, row.config);
            }
        }
    }
}
