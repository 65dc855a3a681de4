//! Layers of several inputs.

use super::{Row, row};
use crate::reference;
use wgrad_model::{
    Layer, Scope,
    layers::{Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract},
};
use wgrad_tensor::Tensor;

pub(super) const ROWS: &[Row] = &[
    row("Add", "add", || Add::new().into(), &[3, 2], &[3, 2], 0, Some((&[3, 4], "Add: the inputs must have equal lengths, or 1")), "{}")
        .and_inputs(&[&[1, 2], &[2]]),
    row("Subtract", "subtract", || Subtract::new().into(), &[3, 2], &[3, 2], 0, Some((&[4, 2], "Subtract: the inputs")), "{}")
        .and_inputs(&[&[3, 1]]),
    row("Multiply", "multiply", || Multiply::new().into(), &[2], &[3, 2], 0, Some((&[5], "Multiply: the inputs")), "{}")
        .and_inputs(&[&[3, 2]]),
    row("Average", "average", || Average::new().into(), &[3], &[3], 0, Some((&[4], "Average: the inputs")), "{}").and_inputs(&[&[3], &[3]]),
    row("Maximum", "maximum", || Maximum::new().into(), &[3], &[3], 0, Some((&[4], "Maximum: the inputs")), "{}").and_inputs(&[&[3]]),
    row("Minimum", "minimum", || Minimum::new().into(), &[3], &[3], 0, Some((&[4], "Minimum: the inputs")), "{}").and_inputs(&[&[3]]),
    row(
        "Concatenate",
        "concatenate",
        || Concatenate::new().axis(1).into(),
        &[2, 3],
        &[3, 3],
        0,
        Some((&[2, 4], "Concatenate: the inputs must have equal lengths along all axes but 1, got [2, 2, 4] and [2, 1, 3]")),
        r#"{"axis": 1}"#,
    )
    .and_inputs(&[&[1, 3]]),
    row(
        "Dot",
        "dot",
        || Dot::new([-1, 1]).normalize(true).into(),
        &[2, 3],
        &[2, 4],
        0,
        Some((&[2, 4], "Dot: batch sizes and the lengths of axes 2 and 1, not 0, must be equal, got [2, 2, 4] and [2, 3, 4]")),
        r#"{"axes": [2, 1], "normalize": true}"#,
    )
    .and_inputs(&[&[3, 4]]),
];

/// Numbers of a lookup beside features, for example.
#[test]
fn dtypes_meet_as_in_keras() {
    let inputs = [Tensor::from([[1, 2]]), Tensor::from([[true, false]]), Tensor::from([[0.5f32, -1.0]])];
    let merged =
        |layer: &dyn Layer, inputs: &[Tensor]| layer.call_all(&mut Scope::default(), inputs).remove(0).to_host_on(&reference()).unwrap();
    assert_eq!(merged(&Concatenate::new(), &inputs).to_vec::<f32>().unwrap(), [1.0, 2.0, 1.0, 0.0, 0.5, -1.0]);
    assert_eq!(merged(&Add::new(), &inputs).to_vec::<f32>().unwrap(), [2.5, 1.0]);
    assert_eq!(merged(&Multiply::new(), &inputs[..2]).to_vec::<i32>().unwrap(), [1, 0]);
}

/// What the layer gives for two inputs of `[1, 2, 2]` with masks of `[1, 2]`, and the mask of the result.
fn masked(layer: &dyn Layer, masks: [Option<[bool; 2]>; 2]) -> (Vec<f32>, Option<Vec<bool>>) {
    let inputs = [Tensor::from([[[1f32, 2.0], [3.0, 4.0]]]), Tensor::from([[[5f32, -1.0], [7.0, -2.0]]])];
    let mut scope = Scope::default();
    for (x, mask) in inputs.iter().zip(masks) {
        if let Some(mask) = mask {
            scope.set_mask(x, &Tensor::from([mask]));
        }
    }
    let y = layer.call_all(&mut scope, &inputs).remove(0);
    let mask = scope.mask(&y).map(|mask| mask.to_host_on(&reference()).unwrap().to_vec::<bool>().unwrap());
    (y.to_host_on(&reference()).unwrap().to_vec().unwrap(), mask)
}

/// The values are those of Keras.
#[test]
fn masks() {
    let both = [Some([true, false]), Some([false, false])];
    let one = [Some([true, false]), None];
    assert_eq!(masked(&Add::new(), both), (vec![6.0, 1.0, 10.0, 2.0], Some(vec![true, false])));
    assert_eq!(masked(&Add::new(), one).1, None);
    assert_eq!(masked(&Multiply::new(), both), (vec![1.0, 2.0, 0.0, 0.0], Some(vec![true, false])));
    assert_eq!(masked(&Multiply::new(), one), (vec![5.0, -2.0, 7.0, -2.0], None));
    assert_eq!(masked(&Maximum::new(), both), (vec![1.0, 2.0, 3.0, 4.0], Some(vec![true, false])));
    assert_eq!(masked(&Minimum::new(), one), (vec![1.0, -1.0, 7.0, -2.0], None));
    assert_eq!(masked(&Concatenate::new(), both).1, Some(vec![true, false]));
    assert_eq!(masked(&Concatenate::new(), one).1, Some(vec![true, true]));
    assert_eq!(masked(&Concatenate::new().axis(1), both).1, Some(vec![true, false, false, false]));
    assert_eq!(masked(&Dot::new([1, 1]), both).1, None);
}

#[test]
fn wrong_inputs() {
    let says = |layer: &dyn Layer, inputs: &[Tensor], rule: &str| {
        let error = layer.call_all(&mut Scope::default(), inputs).remove(0).check().unwrap_err().to_string();
        assert!(error.contains(rule), "{error}");
    };
    let x = |shape: &[usize]| Tensor::ones(shape);
    says(&Add::new(), &[], "Add: it takes one input or more, got none");
    says(&Add::new(), &[x(&[2, 3]), x(&[1, 3])], "the inputs must have the same batch size, got [2, 3] and [1, 3]");
    says(&Add::new(), &[x(&[]), x(&[2, 3])], "the inputs must have the same batch size, got [] and [2, 3]");
    says(&Subtract::new(), &[x(&[2]), x(&[2]), x(&[2])], "Subtract: it takes two inputs, got 3 inputs");
    says(&Concatenate::new().axis(2), &[x(&[2, 3]), x(&[2, 3])], "Concatenate: there is no axis 2 in the input [2, 3]");
    says(&Dot::new(1), &[x(&[2, 3])], "Dot: it takes two inputs, got 1 inputs");
    says(&Dot::new(0), &[x(&[2, 3]), x(&[2, 3])], "the lengths of axes 0 and 0, not 0");
    says(&Dot::new([1, 1, 1]), &[x(&[2, 3]), x(&[2, 3])], "axes must be one axis or two, got [1, 1, 1]");
}
