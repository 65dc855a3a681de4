//! Closures as layers.

use crate::{Custom, Layer, Scope, layer::first};
use std::sync::Arc;
use wgrad_tensor::Tensor;

/// A function of tensors as a layer without variables (Keras `Lambda`). Models that hold one can be trained, not written as JSON.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{Sequential, layers::Lambda};
/// use wgrad_tensor::Tensor;
/// let mut model = Sequential::new([Lambda::new("halve", |x| x * 0.5).into()]).input_shape([2]).build()?;
/// assert_eq!(model.predict(&Tensor::from([[1f32, 4.0]]))?.to_vec::<f32>()?, [0.5, 2.0]);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lambda(Custom<Function>);

type Function = dyn Fn(&[Tensor]) -> Vec<Tensor> + Send + Sync;

impl Lambda {
    /// The function of one tensor, under the name that the layer has in summaries and errors.
    pub fn new(name: &str, function: impl Fn(&Tensor) -> Tensor + Send + Sync + 'static) -> Lambda {
        Lambda::of_all(name, move |inputs| match inputs {
            [x] => vec![function(x)],
            _ => vec![crate::layer::wrong_number("Lambda", "one input", inputs)],
        })
    }

    /// A function of several inputs with several results.
    pub fn of_all(name: &str, function: impl Fn(&[Tensor]) -> Vec<Tensor> + Send + Sync + 'static) -> Lambda {
        Lambda(Custom { name: name.into(), function: Arc::new(function) })
    }
}

impl Layer for Lambda {
    fn class_name(&self) -> &'static str {
        "Lambda"
    }

    fn own_name(&self) -> Option<&str> {
        Some(&self.0.name)
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        first(self, self.call_all(scope, std::slice::from_ref(x)))
    }

    fn call_all(&self, _scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        (self.0.function)(inputs)
    }
}
