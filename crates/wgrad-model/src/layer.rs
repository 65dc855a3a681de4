//! What a layer is: its configuration and one function.

use crate::{Entry, Scope};
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

    /// This layer under a name of the user's own.
    fn named(self, name: &str) -> Entry
    where
        Self: Sized,
    {
        Entry::from(self).named(name)
    }
}

/// An error-carrying tensor: the layer takes `expected`, but got another number of inputs.
#[track_caller]
pub(crate) fn wrong_number(layer: &str, expected: &str, inputs: &[Tensor]) -> Tensor {
    Tensor::invalid(layer, format!("it takes {expected}, got {} inputs", inputs.len()), &inputs.iter().collect::<Vec<_>>())
}

/// Keras' default name of a layer class: `MaxPooling2D` is `max_pooling2d`.
pub(crate) fn snake_case(class_name: &str) -> String {
    let chars: Vec<char> = class_name.chars().collect();
    let mut name = String::new();
    for (i, &c) in chars.iter().enumerate() {
        // As Keras' two regular expressions: before a capital that starts a lower-case word, and between a lower-case letter or digit and a capital.
        let starts_word = i > 0 && c.is_uppercase() && chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        let after_lower = i > 0 && c.is_uppercase() && chars[i - 1].is_lowercase();
        if starts_word || after_lower {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn names_as_keras_makes_them() {
        for (class, name) in [
            ("Dense", "dense"),
            ("Conv2D", "conv2d"),
            ("MaxPooling2D", "max_pooling2d"),
            ("BatchNormalization", "batch_normalization"),
            ("LSTM", "lstm"),
            ("LeakyReLU", "leaky_re_lu"),
            ("Conv2DTranspose", "conv2d_transpose"),
            ("GRU", "gru"),
            ("SimpleRNN", "simple_rnn"),
        ] {
            assert_eq!(snake_case(class), name);
        }
    }
}
