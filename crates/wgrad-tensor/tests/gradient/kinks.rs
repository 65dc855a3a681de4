//! Conventions where a function has no derivative: as Keras on TensorFlow.

use crate::check::elements;
use wgrad_tensor::{Tensor, grad};

fn gradient(x: &Tensor, y: &Tensor) -> Vec<f64> {
    elements(&grad(&y.sum(()), &[x]).remove(0).expect("y depends on x"))
}

#[test]
fn ties_of_two_operands_go_to_the_first() {
    let (a, b) = (Tensor::from([1.0f64, 2.0, 3.0]), Tensor::from([2.0f64, 2.0, 2.0]));
    assert_eq!(gradient(&a, &a.maximum(&b)), [0.0, 1.0, 1.0]);
    assert_eq!(gradient(&b, &a.maximum(&b)), [1.0, 0.0, 0.0]);
    assert_eq!(gradient(&a, &a.minimum(&b)), [1.0, 1.0, 0.0]);
    assert_eq!(gradient(&b, &a.minimum(&b)), [0.0, 0.0, 1.0]);
}

#[test]
fn ties_of_a_reduction_share() {
    let x = Tensor::from([[1.0f64, 3.0, 3.0], [2.0, 0.0, 1.0]]);
    assert_eq!(gradient(&x, &x.max(1)), [0.0, 0.5, 0.5, 1.0, 0.0, 0.0]);
    assert_eq!(gradient(&x, &(x.min(()) * 3.0)), [0.0, 0.0, 0.0, 0.0, 3.0, 0.0]);
}

#[test]
fn zero_at_zero() {
    let x = Tensor::from([-1.0f64, 0.0, 1.0]);
    assert_eq!(gradient(&x, &x.relu()), [0.0, 0.0, 1.0]);
    assert_eq!(gradient(&x, &x.abs()), [-1.0, 0.0, 1.0]);
}

#[test]
fn powers_of_zero() {
    let (x, exponent) = (Tensor::from([0.0f64, 0.0, 0.0, 2.0]), Tensor::from([0.0f64, 1.0, 2.0, 0.0]));
    assert_eq!(gradient(&x, &x.pow(&exponent)), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(gradient(&exponent, &x.pow(&exponent))[..3], [0.0, 0.0, 0.0]);
    assert_eq!(gradient(&x, &x.pow(0.0)), [0.0; 4]);
    // The second order stays finite too.
    let slope = grad(&x.pow(&exponent).sum(()), &[&exponent]).remove(0).expect("depends on the exponent");
    assert!(gradient(&x, &slope).iter().all(|g| g.is_finite()));
}

#[test]
fn max_pooling_goes_to_the_first_maximum() {
    use crate::check::apply;
    use wgrad_tensor::{Op, Window};
    let window = Window { size: vec![3], strides: vec![2], dilation: vec![1], padding: vec![(0, 0)] };
    let x = Tensor::from([1.0f64, 5.0, 5.0, 2.0, 5.0]);
    assert_eq!(gradient(&x, &apply(Op::WindowSelect(window), &[&x, &x])), [0.0, 1.0, 1.0, 0.0, 0.0]);
}
