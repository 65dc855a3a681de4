//! What a layer is: its configuration and one function.

use crate::Scope;
use std::{fmt, sync::Arc};
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
pub trait Layer: fmt::Debug + Send + Sync {
    /// The class name in summaries and files, as in Keras: `Dense`.
    fn class_name(&self) -> &'static str;

    /// The result for `x`, whose first axis is the batch. Mistakes give a tensor that carries the error.
    #[track_caller]
    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor;

    /// This layer under a name of the user's own.
    fn named(self, name: &str) -> Entry
    where
        Self: Sized + 'static,
    {
        Entry::from(self).named(name)
    }
}

/// A layer in a model: with a name, where the user gave one, and whether it learns.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(crate) layer: Arc<dyn Layer>,
    pub(crate) name: Option<String>,
    pub(crate) trainable: bool,
}

impl Entry {
    /// An entry for a layer that others may share.
    pub fn new(layer: Arc<dyn Layer>) -> Entry {
        Entry { layer, name: None, trainable: true }
    }

    /// Gives the layer a name of the user's own.
    pub fn named(mut self, name: &str) -> Entry {
        self.name = Some(name.into());
        self
    }

    /// Whether the optimizer changes the layer's parameters (they do not change where `false`).
    pub fn trainable(mut self, trainable: bool) -> Entry {
        self.trainable = trainable;
        self
    }
}

impl<L: Layer + 'static> From<L> for Entry {
    fn from(layer: L) -> Entry {
        Entry::new(Arc::new(layer))
    }
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
