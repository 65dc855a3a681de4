//! Products of two batches of tensors.

use super::inputs::shapes;
use crate::{
    Layer, Scope,
    layer::wrong_number,
    layers::{
        arguments::arguments,
        axes::{AxisList, resolve},
        normalization::unit_length,
    },
};
use wgrad_tensor::{Shape, Tensor};

arguments! {
    /// For each sample, the sum of products over an axis of each of two inputs: `[batch, A..., k, B...]` and `[batch, C..., k, D...]` give
    /// `[batch, A..., B..., C..., D...]`, and `[batch, k]` and `[batch, k]` give `[batch, 1]` (Keras `Dot`).
    pub struct Dot(
        /// The axis of both inputs, or that of each; not the batch axis 0.
        axes: AxisList [into],
    ) {
        /// Whether samples are divided by their Euclidean length along the axis first, which gives the cosine of their angle.
        takes normalize: bool = false;
    }
}

impl Layer for Dot {
    fn class_name(&self) -> &'static str {
        "Dot"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        wrong_number("Dot", "two inputs", std::slice::from_ref(x))
    }

    fn call_all(&self, _scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        let [a, b] = inputs else { return vec![wrong_number("Dot", "two inputs", inputs)] };
        if let Some(broken) = inputs.iter().find(|x| x.error().is_some()) {
            return vec![broken.clone()];
        }
        match self.contracted(a, b) {
            Ok((i, j)) if self.normalize => vec![contract(&unit(a, i), i, &unit(b, j), j)],
            Ok((i, j)) => vec![contract(a, i, b, j)],
            Err(rule) => vec![Tensor::invalid("Dot", rule, &[a, b])],
        }
    }
}

impl Dot {
    /// The axis of each input that the sum runs over.
    fn contracted(&self, a: &Tensor, b: &Tensor) -> Result<(usize, usize), String> {
        let (i, j) = match &self.axes {
            AxisList::One(axis) => (*axis, *axis),
            AxisList::Several(axes) => match axes[..] {
                [i, j] => (i, j),
                _ => return Err(format!("axes must be one axis or two, got {axes:?}")),
            },
        };
        let (i, j) = (resolve(i, a.shape())?, resolve(j, b.shape())?);
        let fits = i > 0 && j > 0 && a.shape()[0] == b.shape()[0] && a.shape()[i] == b.shape()[j];
        let rule = || format!("batch sizes and the lengths of axes {i} and {j}, not 0, must be equal, got {}", shapes(&[a.clone(), b.clone()]));
        if fits { Ok((i, j)) } else { Err(rule()) }
    }
}

/// Divided by the Euclidean length along `axis`; vectors shorter than 1e-7 by that.
#[track_caller]
fn unit(x: &Tensor, axis: usize) -> Tensor {
    unit_length(x, &[axis], 1e-7)
}

/// The sum over axis `i` of `a` and `j` of `b`, for each sample.
#[track_caller]
fn contract(a: &Tensor, i: usize, b: &Tensor, j: usize) -> Tensor {
    let ((a, a_rest), (b, b_rest)) = (last(a, i), last(b, j));
    let y = a.matmul(&b.transpose()); // [batch, A * B, C * D]
    let shape: Shape = y.shape().iter().take(1).chain(&a_rest).chain(&b_rest).copied().collect();
    if shape.rank() == 1 { y.squeeze(-1) } else { y.reshape(shape) }
}

/// `[batch, rest, k]` with the axis `k` last, and the lengths of the rest.
#[track_caller]
fn last(x: &Tensor, axis: usize) -> (Tensor, Vec<usize>) {
    let rest: Vec<usize> = (1..x.rank()).filter(|&other| other != axis).collect();
    let order: Vec<usize> = std::iter::once(0).chain(rest.iter().copied()).chain([axis]).collect();
    let lengths: Vec<usize> = rest.iter().map(|&axis| x.shape()[axis]).collect();
    let shape = [x.shape()[0], lengths.iter().product(), x.shape()[axis]];
    (x.permute(order).reshape(shape), lengths)
}
