//! What follows from the vector-Jacobian product.

use super::{grad, vjp};
use crate::{DType, Tensor, scan};
use std::collections::BTreeMap;

/// `y = f(xs)` and the gradients of `y` with respect to each of `xs`, as [`grad`] gives them.
#[track_caller]
pub fn value_and_grad(f: impl FnOnce(&[Tensor]) -> Tensor, xs: &[Tensor]) -> (Tensor, Vec<Option<Tensor>>) {
    let y = f(xs);
    let gradients = grad(&y, &xs.iter().collect::<Vec<_>>());
    (y, gradients)
}

/// The gradients of `y` by the names of its sources, as [`grad`] gives them.
#[track_caller]
pub fn grads_by_name<'a>(y: &Tensor, sources: impl IntoIterator<Item = (&'a str, &'a Tensor)>) -> BTreeMap<String, Option<Tensor>> {
    let (names, xs): (Vec<_>, Vec<_>) = sources.into_iter().unzip();
    names.into_iter().map(String::from).zip(grad(y, &xs)).collect()
}

/// The Jacobian `dy/dx` of shape `y.shape + x.shape`; `None` where `y` does not depend on `x`. It is one [`scan`] over the elements of `y`, so
/// large ones compile as fast as small ones.
///
/// Errors: where `y` is not float, the result carries the error.
#[track_caller]
pub fn jacobian(y: &Tensor, x: &Tensor) -> Option<Tensor> {
    if !y.dtype().is_float() || y.error().is_some() {
        return Some(Tensor::invalid("jacobian", format!("only floats have gradients, not {}", y.spec()), &[y]));
    }
    let places = Tensor::iota([y.shape().numel()], 0, DType::I32);
    let (_, mut rows) = scan(&[], std::slice::from_ref(&places), &[], |_, place, _| {
        let one_hot = places.eq(&place[0]).cast(y.dtype()).reshape(y.shape());
        (Vec::new(), Vec::from_iter(vjp(&[y], &[&one_hot], &[x]).remove(0)))
    });
    Some(rows.pop()?.reshape([&y.shape()[..], &x.shape()[..]].concat()))
}

/// The Hessian-vector product `d(dy/dx . v)/dx` of a float scalar `y`, without the Hessian; `None` where `dy/dx` does not depend on `x`.
///
/// Errors: as [`grad`]; and where `v` is not of the dtype and shape of `x`.
#[track_caller]
pub fn hvp(y: &Tensor, x: &Tensor, v: &Tensor) -> Option<Tensor> {
    let gradient = grad(y, &[x]).remove(0)?;
    vjp(&[&gradient], &[v], &[x]).remove(0)
}
