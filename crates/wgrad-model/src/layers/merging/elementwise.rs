//! Sums, products and extremes of tensors, element by element.

use super::inputs::{aligned, any_mask, full_mask};
use crate::{
    Layer, Scope,
    layer::{first, wrong_number},
    layers::arguments::arguments,
};
use wgrad_tensor::Tensor;

/// Declares the layers: class, formula, function of the inputs.
macro_rules! elementwise {
    ($($(#[$doc:meta])* $name:ident, $function:expr;)*) => {$(
        arguments! {
            $(#[$doc])*
            ///
            /// Inputs of fewer axes get axes of length 1 after the batch; along the others lengths are equal, or 1. Where every input has a mask,
            /// the result's is true where one of them is.
            pub struct $name() {}
        }

        impl Layer for $name {
            fn class_name(&self) -> &'static str {
                stringify!($name)
            }

            fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
                first(self, self.call_all(scope, std::slice::from_ref(x)))
            }

            fn call_all(&self, scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
                let y = match aligned(self.class_name(), inputs) {
                    Ok(aligned) => $function(scope, &aligned),
                    Err(invalid) => return vec![invalid],
                };
                any_mask(scope, inputs, &y);
                vec![y]
            }
        }
    )*};
}

elementwise! {
    /// `y = x1 + x2 + ...` (Keras `Add`).
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Functional, Layer, Symbol, layers::Add};
    /// use wgrad_tensor::Tensor;
    /// let (a, b) = (Symbol::input([2]), Symbol::input([2]));
    /// let mut model = Functional::new([&a, &b], &Add::new().on([&a, &b])).build()?;
    /// let y = model.predict([&Tensor::from([[1f32, 2.0]]), &Tensor::from([[3f32, 5.0]])])?;
    /// assert_eq!(y.to_vec::<f32>()?, [4.0, 7.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    Add, |_: &Scope, inputs: &[Tensor]| fold(inputs, Tensor::add);
    /// `y = x1 - x2` (Keras `Subtract`).
    Subtract, |_: &Scope, inputs: &[Tensor]| match inputs {
        [a, b] => a - b,
        _ => wrong_number("Subtract", "two inputs", inputs),
    };
    /// `y = x1 x2 ...` (Keras `Multiply`). Positions that a mask leaves out count as 1, and are 0 in the result where every input leaves them out.
    Multiply, multiply;
    /// `y = (x1 + x2 + ...) / n` (Keras `Average`).
    Average, |_: &Scope, inputs: &[Tensor]| fold(inputs, Tensor::add) / inputs.len() as f64;
    /// `y = max(x1, x2, ...)` (Keras `Maximum`). Positions that a mask leaves out do not count.
    Maximum, |scope: &Scope, inputs: &[Tensor]| extreme(scope, inputs, Tensor::maximum);
    /// `y = min(x1, x2, ...)` (Keras `Minimum`). Positions that a mask leaves out do not count.
    Minimum, |scope: &Scope, inputs: &[Tensor]| extreme(scope, inputs, Tensor::minimum);
}

/// The inputs combined from the first to the last.
#[track_caller]
fn fold(inputs: &[Tensor], combine: impl Fn(&Tensor, Tensor) -> Tensor) -> Tensor {
    let combined = inputs.iter().cloned().reduce(|sum, x| combine(&sum, x));
    combined.unwrap_or_else(|| Tensor::invalid("merge", "it takes one input or more, got none", &[]))
}

#[track_caller]
fn multiply(scope: &Scope, inputs: &[Tensor]) -> Tensor {
    let masks: Vec<Option<Tensor>> = inputs.iter().map(|x| full_mask(scope, x)).collect();
    let mut factors = Vec::with_capacity(inputs.len());
    for (x, mask) in inputs.iter().zip(&masks) {
        factors.push(mask.as_ref().map_or_else(|| x.clone(), |mask| mask.where_(x, 1.0)));
    }
    let product = fold(&factors, Tensor::mul);
    let masks: Option<Vec<Tensor>> = masks.into_iter().collect();
    match masks.into_iter().flatten().reduce(|a, b| a.logical_or(b)) {
        Some(mask) => mask.where_(product, 0.0),
        None => product,
    }
}

/// The extreme of the inputs, where a masked position takes the value of what it is compared with.
#[track_caller]
fn extreme(scope: &Scope, inputs: &[Tensor], pick: impl Fn(&Tensor, Tensor) -> Tensor) -> Tensor {
    let masked = inputs.iter().map(|x| (x.clone(), full_mask(scope, x)));
    let combined = masked.reduce(|(y, y_mask), (x, x_mask)| {
        let x = x_mask.as_ref().map_or_else(|| x.clone(), |mask| mask.where_(&x, &y));
        let y = y_mask.as_ref().map_or_else(|| y.clone(), |mask| mask.where_(&y, &x));
        let both = y_mask.zip(x_mask).map(|(a, b)| a.logical_or(b));
        (pick(&y, x), both)
    });
    combined.map_or_else(|| Tensor::invalid("merge", "it takes one input or more, got none", &[]), |(y, _)| y)
}
