//! Losses that are one formula.

/// Declares losses without arguments, each by the formula of its values: labels and predictions have one dtype and one rank.
macro_rules! formulas {
    ($($(#[doc = $about:expr])* $loss:ident = $name:literal: |$y:ident, $p:ident| $formula:expr;)*) => {$(
        $crate::layers::arguments::arguments! {
            $(#[doc = $about])*
            pub struct $loss() {}
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

pub(super) use formulas;
