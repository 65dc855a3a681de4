//! Shares of a whole.

use crate::{
    Activation, Layer, Scope,
    layer::{first, wrong_number},
    layers::{arguments::arguments, axes::AxisList},
};
use wgrad_tensor::{DType, Tensor};

arguments! {
    /// `y_i = exp(x_i) / sum_j exp(x_j)` over one or several axes (Keras `Softmax`). Positions where the mask of the input, or a Bool second input,
    /// is false are left out and become 0; the mask broadcasts to the input.
    pub struct Softmax() {
        /// The axis or axes of the sum; the last by default.
        converts axis: AxisList = AxisList::One(-1);
    }
}

impl Layer for Softmax {
    fn class_name(&self) -> &'static str {
        "Softmax"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        first(self, self.call_all(scope, std::slice::from_ref(x)))
    }

    fn call_all(&self, scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        let (x, mask) = match inputs {
            [x] => (x, scope.mask(x).cloned()),
            [x, mask] => (x, Some(mask.cast(DType::Bool))),
            _ => return vec![wrong_number("Softmax", "one input and at most one mask", inputs)],
        };
        let axes = match self.axis.resolve(x.shape()) {
            Ok(axes) => axes,
            Err(rule) => return vec![Tensor::invalid("Softmax", rule, &[x])],
        };
        let Some(mask) = mask else { return vec![shares(scope, x, &axes)] };
        if mask.shape().broadcast(x.shape()).as_ref() != Some(x.shape()) {
            let rule = format!("the mask {} does not broadcast to the input {}", mask.shape(), x.shape());
            return vec![Tensor::invalid("Softmax", rule, &[x, &mask])];
        }
        // Keras' number for left out positions: where all are, the result is 0, not undefined.
        let least = if x.dtype() == DType::F16 { -3e4 } else { -1e9 };
        let y = shares(scope, &mask.where_(x, least), &axes);
        vec![mask.where_(y, 0.0)]
    }
}

#[track_caller]
fn shares(scope: &mut Scope, x: &Tensor, axes: &[usize]) -> Tensor {
    let axis = match *axes {
        [axis] if axis + 1 == x.rank() => AxisList::One(-1),
        _ => AxisList::Several(axes.iter().map(|&axis| axis as i64).collect()),
    };
    scope.activate(&Activation::Softmax { axis }, x)
}
