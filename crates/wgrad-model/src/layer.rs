//! What a layer is: its configuration and one function.

use crate::{DTypePolicy, Entry, Scope, Symbol, Symbols, layers};
use std::{any::Any, fmt};
use wgrad_tensor::Tensor;

/// A layer: a configuration and one function of a tensor. Shapes follow from calling it, so there is nothing else to write.
///
/// ```
/// use wgrad_model::{Initializer, Layer, Scope};
/// use wgrad_tensor::Tensor;
///
/// /// `y = x * scale`
/// #[derive(Debug)]
/// struct Scale;
///
/// impl Layer for Scale {
///     fn class_name(&self) -> &'static str {
///         "Scale"
///     }
///     fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
///         x * scope.param("scale", (), &Initializer::Ones)
///     }
/// }
/// ```
pub trait Layer: fmt::Debug + Send + Sync + Any {
    /// The class name in summaries and files, as in Keras: `Dense`.
    fn class_name(&self) -> &'static str;

    /// The result for `x`, whose first axis is the batch. Mistakes give a tensor that carries the error.
    #[track_caller]
    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor;

    /// The results for several inputs. Layers with one input and one output only write [`Layer::call`].
    #[track_caller]
    fn call_all(&self, scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        match inputs {
            [x] => vec![self.call(scope, x)],
            _ => vec![wrong_number(self.class_name(), "one input", inputs)],
        }
    }

    /// Whether a mask of the first input is one of the first output, too (Keras `supports_masking`). Layers that make, change or end a mask
    /// use [`Scope::mask`] and [`Scope::set_mask`].
    fn supports_masking(&self) -> bool {
        false
    }

    /// Whether inputs and parameters come in the dtype that the layer computes in (Keras `autocast`). A layer that says no sees them as they are, and
    /// gives its result that dtype by [`Scope::cast`].
    fn autocast(&self) -> bool {
        true
    }

    /// The policy that the layer brings along (models have one); what the user says of the layer comes before it.
    fn own_dtype_policy(&self) -> Option<&DTypePolicy> {
        None
    }

    /// The name that the layer brings along (models have one); the user's and Keras' default name come before and after it.
    fn own_name(&self) -> Option<&str> {
        None
    }

    /// This layer applied to symbols of a graph, as Keras' `Dense(3)(x)`: see [`crate::Functional`].
    fn on<'a>(self, inputs: impl Into<Symbols<'a>>) -> Symbol
    where
        Self: Sized,
    {
        Entry::from(self).on(inputs)
    }

    /// The layer as one step of a recurrent layer, where it is one.
    fn as_cell(&self) -> Option<&dyn layers::Cell> {
        None
    }

    /// The layer as one that runs over a sequence, where it is one.
    fn as_recurrent(&self) -> Option<&dyn layers::Recurrent> {
        None
    }

    /// This layer with a dtype policy of its own: see [`Entry::dtype`].
    fn dtype(self, policy: impl Into<DTypePolicy>) -> Entry
    where
        Self: Sized,
    {
        Entry::from(self).dtype(policy)
    }

    /// This layer with values that gradients compute again: see [`Entry::remat`].
    fn remat(self) -> Entry
    where
        Self: Sized,
    {
        Entry::from(self).remat()
    }

    /// This layer under a name of the user's own.
    fn named(self, name: &str) -> Entry
    where
        Self: Sized,
    {
        Entry::from(self).named(name)
    }
}

/// [`Layer::call`] of a layer that is written as [`Layer::call_all`]: the first result for one input.
#[track_caller]
pub(crate) fn only(layer: &dyn Layer, scope: &mut Scope, x: &Tensor) -> Tensor {
    let first = layer.call_all(scope, std::slice::from_ref(x)).into_iter().next();
    first.unwrap_or_else(|| Tensor::invalid(layer.class_name(), "it gave no result", &[x]))
}

/// The name of a layer within another: the user's, else that of its class.
pub(crate) fn inner_name(entry: &Entry) -> String {
    entry.name().map_or_else(|| crate::names::snake_case(entry.layer().class_name()), str::to_string)
}

/// An error-carrying tensor: the layer takes `expected`, but got another number of inputs.
#[track_caller]
pub(crate) fn wrong_number(layer: &str, expected: &str, inputs: &[Tensor]) -> Tensor {
    Tensor::invalid(layer, format!("it takes {expected}, got {} inputs", inputs.len()), &inputs.iter().collect::<Vec<_>>())
}

/// The first of a layer's results.
#[track_caller]
pub(crate) fn first(layer: &dyn Layer, outputs: Vec<Tensor>) -> Tensor {
    outputs.into_iter().next().unwrap_or_else(|| Tensor::invalid(layer.class_name(), "it gave no result", &[]))
}
