//! Losses of the user's own.

use super::{Loss, align::compared};
use crate::Logits;
use std::{fmt, sync::Arc};
use wgrad_tensor::{Shape, Tensor};

type Formula = dyn Fn(&Tensor, &Tensor) -> Tensor + Send + Sync;

/// A function of labels and predictions as a loss; see [`custom`].
#[derive(Clone)]
pub struct Custom {
    name: &'static str,
    formula: Arc<Formula>,
}

/// A loss that computes the loss of each sample by `formula(y_true, y_pred)`, which get floats of one dtype and, but for labels of another kind, one
/// rank.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::losses::{Loss, custom};
/// use wgrad_tensor::Tensor;
/// let quartic = custom("quartic", |y_true, y_pred| (y_true - y_pred).square().square().mean(-1));
/// let loss = quartic.value(&Tensor::from([[1.0], [0.0]]), &Tensor::from([[3.0], [0.0]]), None, None, None);
/// assert_eq!(loss.to_string(), "8.0");
/// ```
pub fn custom(name: &'static str, formula: impl Fn(&Tensor, &Tensor) -> Tensor + Send + Sync + 'static) -> Custom {
    Custom { name, formula: Arc::new(formula) }
}

impl Loss for Custom {
    fn name(&self) -> &'static str {
        self.name
    }

    /// Only the function knows what labels it takes.
    fn label_shape(&self, labels: &Shape, _predictions: &Shape) -> Result<Shape, String> {
        Ok(labels.clone())
    }

    fn call(&self, y_true: &Tensor, y_pred: &Tensor, _logits: Option<&Logits>) -> Tensor {
        let (y_true, y_pred) = compared(y_true, y_pred);
        (self.formula)(&y_true, &y_pred)
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custom").field("name", &self.name).finish_non_exhaustive()
    }
}
