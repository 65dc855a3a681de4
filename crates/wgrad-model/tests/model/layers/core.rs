//! Dense, embeddings, masks.

use super::{Row, row};
use crate::{build, reference};
use wgrad_model::{
    Layer, Scope,
    layers::{Dense, EinsumDense, Embedding, Identity, Lambda, Masking, ReversibleEmbedding, from_config},
};
use wgrad_tensor::Tensor;

pub(super) const ROWS: &[Row] = &[
    row(
        "Dense",
        "dense",
        || Dense::new(4).activation("tanh").into(),
        &[3],
        &[4],
        16,
        Some((&[], "Dense: the input must be [batch, ..., features]")),
        r#"{"units": 4, "activation": "relu", "use_bias": false, "kernel_regularizer": "l2", "bias_constraint": "non_neg", "trainable": true}"#,
    ),
    row(
        "EinsumDense",
        "einsum_dense",
        || EinsumDense::new("...ab,abc->...ac", [None, Some(4)]).bias_axes("ac").activation("tanh").into(),
        &[2, 2, 3],
        &[2, 2, 4],
        32,
        Some((&[], "EinsumDense: the equation must be")),
        r#"{"equation": "abc,cd->abd", "output_shape": [null, 4], "bias_axes": "d", "kernel_regularizer": "l2"}"#,
    ),
    row("Identity", "identity", || Identity::new().into(), &[2, 3], &[2, 3], 0, None, "{}"),
    row(
        "Embedding",
        "embedding",
        || Embedding::new(5, 3).mask_zero(true).into(),
        &[4],
        &[4, 3],
        15,
        None,
        r#"{"input_dim": 5, "output_dim": 3, "mask_zero": true, "embeddings_constraint": null, "input_length": 10}"#,
    )
    .integers(),
    row(
        "Masking",
        "masking",
        || Masking::new().mask_value(0.5).into(),
        &[2, 3],
        &[2, 3],
        0,
        Some((&[], "Masking: the input must be [batch, ..., features]")),
        r#"{"mask_value": 0.5}"#,
    ),
    row(
        "ReversibleEmbedding",
        "reversible_embedding",
        || ReversibleEmbedding::new(5, 3).reverse(true).tie_weights(false).logit_soft_cap(2.0).into(),
        &[4, 3],
        &[4, 5],
        30,
        Some((&[4], "matmul")),
        r#"{"input_dim": 5, "output_dim": 3, "tie_weights": false, "logit_soft_cap": null}"#,
    ),
];

/// Sums that are no product of matrices as they stand: more axes on either side, in another order, with sums over one operand.
#[test]
fn einsum() {
    let x = Tensor::arange(0.0f32, 12.0, 1.0).reshape([1, 3, 4]);
    let sum = |equation: &str, output: &[Option<usize>]| {
        let layer = EinsumDense::new(equation, wgrad_model::layers::PartialShape::Several(output.to_vec())).kernel_initializer("ones");
        let mut model = build(&reference(), &[3, 4], [layer.into()]);
        let y = model.predict(&x).unwrap();
        (y.shape()[1..].to_vec(), y.to_vec::<f32>().unwrap())
    };
    let rows = vec![6.0, 22.0, 38.0];
    assert_eq!(sum("abc,c->ab", &[None]), (vec![3], rows.clone()));
    assert_eq!(sum("abc,cd->adb", &[Some(1), None]), (vec![1, 3], rows.clone()));
    assert_eq!(sum("abc,d->ad", &[Some(2)]), (vec![2], vec![66.0, 66.0]));
    assert_eq!(sum("abc,bc->abc", &[None, None]).1, (0..12).map(|i| i as f32).collect::<Vec<_>>());
    assert_eq!(sum("ab...,bc->ac...", &[Some(1)]), (vec![1, 4], vec![12.0, 15.0, 18.0, 21.0]));
}

#[test]
fn wrong_equations() {
    let says = |equation: &str, output: &[usize], rule: &str| {
        let output = wgrad_model::layers::PartialShape::Several(output.iter().map(|n| Some(*n)).collect());
        let layer = EinsumDense::new(equation, output).bias_axes("c");
        let error = layer.call(&mut Scope::default(), &Tensor::ones([2, 3])).check().unwrap_err().to_string();
        assert!(error.contains(rule), "{error}");
    };
    for equation in ["", "ab,bc", "ab,bc->", "aa,ac->ac", "abc,cd->abd", "...a,ab->b", "a...b,bc->ac", "a1,1c->ac"] {
        says(equation, &[4], "EinsumDense: the equation must be \"ab,bc->ac\"");
    }
    says("ab,bc->acd", &[4, 5], "\"d\" of the result in \"ab,bc->acd\" belongs neither to the input nor to the kernel");
    says("ab,bc->abc", &[4, 5], "axis b of \"ab,bc->abc\" has 3 elements in the input [2, 3], but 4 in output_shape");
    says("ab,bc->ac", &[], "output_shape [] does not tell the length of c");
    says("ab,bd->ad", &[4], "bias_axes has \"c\", which the result in \"ab,bd->ad\" does not have");
}

#[test]
fn closures_as_layers() {
    let mut model = build(&reference(), &[2], [Lambda::new("halve", |x| x * 0.5).into()]);
    assert_eq!(model.predict(Tensor::from([[1f32, 4.0]])).unwrap().to_vec::<f32>().unwrap(), [0.5, 2.0]);
    assert!(model.summary().contains("halve (Lambda)"), "{}", model.summary());
    assert!(model.to_json().is_err());
    assert!(Lambda::new("halve", |x| x * 0.5).named("a").to_json().unwrap_err().to_string().contains("layer Lambda"));
    assert!(from_config("Lambda", &serde_json::json!({})).unwrap_err().to_string().contains("layer Lambda: its function is Python's"));
    let both = [Tensor::ones([2]), Tensor::ones([2])];
    let sums = Lambda::of_all("sums", |inputs| vec![&inputs[0] + &inputs[1], &inputs[0] - &inputs[1]]);
    assert_eq!(sums.call_all(&mut Scope::default(), &both).len(), 2);
    let error = Lambda::new("one", Tensor::square).call_all(&mut Scope::default(), &both)[0].check().unwrap_err().to_string();
    assert!(error.contains("Lambda: it takes one input, got 2 inputs"), "{error}");
}
