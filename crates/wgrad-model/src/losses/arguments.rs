//! Declarations of losses: the struct of a loss's arguments, and whole losses that are one formula.

/// Declares a loss's arguments: the struct, its defaults, `new`, a builder method for each, and their names in Keras' configurations.
macro_rules! arguments {
    ($(#[doc = $about:expr])* $loss:ident {
        $($(#[doc = $doc:expr])+ $(#[serde($($serde:tt)*)])? $field:ident: $type:ty = $default:expr,)*
    }) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $loss {
            $($(#[doc = $doc])+ $(#[serde($($serde)*)])? pub $field: $type,)*
        }

        impl Default for $loss {
            fn default() -> Self {
                $loss { $($field: $default,)* }
            }
        }

        impl $loss {
            /// The loss with Keras' defaults.
            pub fn new() -> Self {
                Self::default()
            }

            $($(#[doc = $doc])+
            pub fn $field(mut self, $field: $type) -> Self {
                self.$field = $field;
                self
            })*
        }
    };
}

/// Declares losses without arguments, each by the formula of its values: labels and predictions have one dtype and one rank.
macro_rules! formulas {
    ($($(#[doc = $about:expr])* $loss:ident = $name:literal: |$y:ident, $p:ident| $formula:expr;)*) => {$(
        $crate::losses::arguments::arguments! {
            $(#[doc = $about])*
            $loss {}
        }

        impl $crate::losses::Loss for $loss {
            fn name(&self) -> &'static str {
                $name
            }

            fn call(&self, y_true: &wgrad_tensor::Tensor, y_pred: &wgrad_tensor::Tensor, _: Option<&$crate::Logits>) -> wgrad_tensor::Tensor {
                let ($y, $p) = $crate::losses::align::compared(y_true, y_pred);
                $formula
            }
        }
    )*};
}

pub(super) use {arguments, formulas};
