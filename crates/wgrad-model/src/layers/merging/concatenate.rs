//! Tensors one after the other.

use super::inputs::{all_true, of_one_dtype, shapes};
use crate::{
    Layer, Scope,
    layer::first,
    layers::{arguments::arguments, axes::resolve},
};
use wgrad_tensor::Tensor;

arguments! {
    /// The inputs one after the other along an axis; their other lengths are equal (Keras `Concatenate`). Where an input has a mask, the others
    /// count as all true, and a position of the result is true where one of its features is.
    pub struct Concatenate() {
        /// The axis; the last by default.
        takes axis: i64 = -1;
    }
}

impl Layer for Concatenate {
    fn class_name(&self) -> &'static str {
        "Concatenate"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        first(self, self.call_all(scope, std::slice::from_ref(x)))
    }

    fn call_all(&self, scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        if let Some(broken) = inputs.iter().find(|x| x.error().is_some()) {
            return vec![broken.clone()];
        }
        if let Err(rule) = self.check(inputs) {
            return vec![Tensor::invalid("Concatenate", rule, &inputs.iter().collect::<Vec<_>>())];
        }
        let y = Tensor::concat(&of_one_dtype(inputs), self.axis);
        if let Some(mask) = self.mask(scope, inputs) {
            scope.set_mask(&y, &mask);
        }
        vec![y]
    }
}

impl Concatenate {
    fn check(&self, inputs: &[Tensor]) -> Result<(), String> {
        let Some(head) = inputs.first() else { return Err("it takes one input or more, got none".into()) };
        let axis = resolve(self.axis, head.shape())?;
        let others = |x: &Tensor| -> Vec<usize> { x.shape().iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, &n)| n).collect() };
        let fits = inputs.iter().all(|x| x.rank() == head.rank() && others(x) == others(head));
        if fits { Ok(()) } else { Err(format!("the inputs must have equal lengths along all axes but {axis}, got {}", shapes(inputs))) }
    }

    #[track_caller]
    fn mask(&self, scope: &Scope, inputs: &[Tensor]) -> Option<Tensor> {
        inputs.iter().find_map(|x| scope.mask(x))?;
        let mut masks = Vec::with_capacity(inputs.len());
        for x in inputs {
            masks.push(match scope.mask(x) {
                None => all_true(x),
                Some(mask) if mask.rank() < x.rank() => mask.unsqueeze(-1).expand(x.shape()),
                Some(mask) => mask.clone(),
            });
        }
        Some(Tensor::concat(&masks, self.axis).any(-1))
    }
}
