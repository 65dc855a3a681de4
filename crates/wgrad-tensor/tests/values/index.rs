// Bounds from the end are larger than they look.
#![allow(clippy::reversed_empty_ranges)]

use crate::{count, same};
use wgrad_tensor::{Ellipsis, Index, NewAxis, Step, Tensor};

#[test]
fn positions() {
    let x = count(&[2, 3]);
    same(&x.i(1), [3f32, 4.0, 5.0]);
    same(&x.i(-2), [0f32, 1.0, 2.0]);
    same(&x.i((1, 2)), 5f32);
    same(&x.i([0, -1]), 2f32);
    same(&x.i(1usize), [3f32, 4.0, 5.0]);
}

#[test]
fn ranges() {
    let x = count(&[6]);
    same(&x.i(2..4), [2f32, 3.0]);
    same(&x.i(-2..), [4f32, 5.0]);
    same(&x.i(..-4), [0f32, 1.0]);
    same(&x.i(..=1), [0f32, 1.0]);
    same(&x.i(4..=-1), [4f32, 5.0]);
    same(&x.i(3..100), [3f32, 4.0, 5.0]);
    same(&x.i(4..2), Tensor::zeros(0));
    same(&x.i(..), &x);
    assert_eq!(x.i(0..6).id(), x.id());
}

#[test]
fn steps() {
    let x = count(&[6]);
    same(&x.i(Step(.., 2)), [0f32, 2.0, 4.0]);
    same(&x.i(Step(1.., 2)), [1f32, 3.0, 5.0]);
    same(&x.i(Step(.., -1)), [5f32, 4.0, 3.0, 2.0, 1.0, 0.0]);
    same(&x.i(Step(-2..0, -2)), [4f32, 2.0]);
    same(&x.i(Step(.., -4)), [5f32, 1.0]);
    same(&x.i(Step(2..-9, -1)), [2f32, 1.0, 0.0]);
    same(&x.i(Step(.., i64::MAX)), [0f32]);
    same(&x.i(Step(.., i64::MIN)), [5f32]);
}

#[test]
fn new_axes_and_ellipsis() {
    let x = count(&[2, 3]);
    same(&x.i((.., NewAxis, 1)), [[1f32], [4.0]]);
    same(&x.i((Ellipsis, 0)), [0f32, 3.0]);
    same(&x.i((0, Ellipsis, NewAxis)), [[0f32], [1.0], [2.0]]);
    same(&x.i((NewAxis, Ellipsis)), x.unsqueeze(0));
    let listed = [Index::Ellipsis, Index::Range { start: Some(1), stop: None, step: 1 }];
    same(&x.i(listed), [[1f32, 2.0], [4.0, 5.0]]);
}

#[test]
fn narrowing() {
    same(&count(&[2, 3]).narrow(-1, 1, 2), [[1f32, 2.0], [4.0, 5.0]]);
}

#[test]
fn errors() {
    let x = count(&[2, 3]);
    let rule = |tensor: Tensor| tensor.error().map(|error| error.to_string().split(" (operands").next().map(str::to_string));
    let is = |text: &str| Some(Some(text.to_string()));
    assert_eq!(rule(x.i((0, 3))), is("index: index 3 is out of range for axis 1 of length 3"));
    assert_eq!(rule(x.i((0, 0, 0))), is("index: 3 indices for 2 axes of [2, 3]"));
    assert_eq!(rule(x.i((Ellipsis, Ellipsis))), is("index: more than one ellipsis"));
    assert_eq!(rule(x.i(Step(.., 0))), is("index: a step of 0 leads nowhere"));
    assert!(x.narrow(0, 1, 2).error().is_some());
    assert!(x.narrow(0, usize::MAX, usize::MAX).error().is_some());
}
