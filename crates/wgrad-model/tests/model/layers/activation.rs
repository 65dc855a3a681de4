//! Activations.

use super::{Row, row};
use crate::reference;
use wgrad_model::{
    Layer, Scope,
    layers::{Activation, ELU, LeakyReLU, PReLU, ReLU, Softmax},
};
use wgrad_tensor::Tensor;

pub(super) const ROWS: &[Row] = &[
    row("Activation", "activation", || Activation::new("gelu").into(), &[2, 3], &[2, 3], 0, None, r#"{"activation": "sigmoid"}"#),
    row(
        "ReLU",
        "re_lu",
        || ReLU::new().max_value(0.7).negative_slope(0.1).threshold(0.2).into(),
        &[2, 3],
        &[2, 3],
        0,
        None,
        r#"{"max_value": 6, "negative_slope": 0.1, "threshold": 0.5}"#,
    ),
    row("LeakyReLU", "leaky_re_lu", || LeakyReLU::new().into(), &[2, 3], &[2, 3], 0, None, r#"{"negative_slope": 0.1}"#),
    row(
        "PReLU",
        "p_re_lu",
        || PReLU::new().shared_axes([1]).alpha_regularizer("l1").into(),
        &[2, 3],
        &[2, 3],
        3,
        Some((&[], "PReLU: there is no axis 1 in the input [2]")),
        r#"{"alpha_initializer": "ones", "alpha_constraint": "non_neg", "shared_axes": [1, 2]}"#,
    ),
    row("ELU", "elu", || ELU::new().alpha(0.5).into(), &[2, 3], &[2, 3], 0, None, r#"{"alpha": 2.0}"#),
    row(
        "Softmax",
        "softmax",
        || Softmax::new().axis([1, -1]).into(),
        &[2, 3],
        &[2, 3],
        0,
        Some((&[], "Softmax: there is no axis 1 in the input [2]")),
        r#"{"axis": [1, 2]}"#,
    ),
];

#[test]
fn softmax_leaves_out_what_the_mask_does() {
    let x = Tensor::from([[1f32, 1.0, 5.0], [1.0, 2.0, 3.0]]);
    let mask = Tensor::from([[true, true, false], [false, false, false]]);
    let host = |y: &Tensor| y.to_host_on(&reference()).unwrap().to_vec::<f32>().unwrap();
    let expected = [0.5, 0.5, 0.0, 0.0, 0.0, 0.0];
    let mut scope = Scope::default();
    assert_eq!(host(&Softmax::new().call_all(&mut scope, &[x.clone(), mask.clone()])[0]), expected);
    scope.set_mask(&x, &mask);
    assert_eq!(host(&Softmax::new().call(&mut scope, &x)), expected);
    scope.set_mask(&x, &Tensor::from([true, false]));
    let error = Softmax::new().call(&mut scope, &x).check().unwrap_err().to_string();
    assert!(error.contains("Softmax: the mask [2] does not broadcast to the input [2, 3]"), "{error}");
}

#[test]
fn wrong_numbers() {
    let says = |layer: &dyn Layer, rule: &str| {
        let error = layer.call(&mut Scope::default(), &Tensor::ones([2, 3])).check().unwrap_err().to_string();
        assert!(error.contains(rule), "{error}");
    };
    says(&ReLU::new().max_value(-1.0), "ReLU: max_value must not be negative, got -1");
    says(&ReLU::new().threshold(f64::NAN), "ReLU: threshold must not be negative, got NaN");
    says(&LeakyReLU::new().negative_slope(-0.5), "LeakyReLU: negative_slope must not be negative, got -0.5");
    says(&PReLU::new().shared_axes(0), "PReLU: the batch axis of [2, 3] cannot share its alpha");
}
