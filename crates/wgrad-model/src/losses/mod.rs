//! Losses, one file for each family. Adding one touches its file, the table below and the table in `tests/model/losses.rs`.

use crate::{ByName, Logits, Result, by_name::canonical, error::UnknownName};
use serde_json::Value as Json;
use std::{any::Any, fmt, sync::Arc};
use wgrad_tensor::{DType, HostTensor, Shape, Tensor};

mod align;
mod binary;
mod categorical;
mod circle;
mod config;
mod cosine;
mod ctc;
mod custom;
mod divergence;
mod formulas;
mod hinge;
mod huber;
mod overlap;
mod reduction;
mod regression;
mod sparse;

pub use crate::layers::AxisList;
pub(crate) use align::{float, same_shape, show_batch};
pub use config::deserialize;
pub use custom::{Custom, custom};
pub use reduction::{Reduced, Reduction, reduce};

/// Keras' `epsilon()`.
pub(crate) const EPSILON: f64 = 1e-7;

/// A loss: a number for each sample (and position), and how they become the one number that training lowers.
pub trait Loss: fmt::Debug + Send + Sync + Any {
    /// The name of Keras' function: `binary_crossentropy`.
    fn name(&self) -> &'static str;

    /// How the losses of the samples become one number.
    fn reduction(&self) -> Reduction {
        Reduction::default()
    }

    /// The shape that labels of the shape `labels` are given to [`Loss::call`] in, both batch first. By default they are of the shape of the
    /// predictions, but for a last axis of length 1.
    ///
    /// # Errors
    /// The broken rule.
    fn label_shape(&self, labels: &Shape, predictions: &Shape) -> Result<Shape, String> {
        same_shape(labels, predictions)
    }

    /// What must hold for the values of the labels; looked at once, before training.
    ///
    /// # Errors
    /// The first value that breaks the rule.
    fn check_labels(&self, labels: &HostTensor, predictions: &Shape) -> Result<(), String> {
        let _ = (labels, predictions);
        Ok(())
    }

    /// The loss of each sample: for most losses one number for each element of all but the last axis of the predictions. `logits` are the argument
    /// of the softmax or sigmoid that made `y_pred`, where there was one.
    #[track_caller]
    fn call(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>) -> Tensor;

    /// Which of the `values` that [`Loss::call`] gave count, as bools of their shape; all of them by default.
    #[track_caller]
    fn mask(&self, y_true: &Tensor, values: &Tensor) -> Option<Tensor> {
        let _ = (y_true, values);
        None
    }

    /// The loss of a batch (Keras' `loss(y_true, y_pred, sample_weight)`): what [`Loss::call`] gives, weighted, without what `mask` or the loss's own
    /// mask leaves out, [reduced](reduce).
    #[track_caller]
    fn value(&self, y_true: &Tensor, y_pred: &Tensor, logits: Option<&Logits>, weight: Option<&Tensor>, mask: Option<&Tensor>) -> Tensor {
        let values = self.call(y_true, y_pred, logits);
        let mask = match (mask, self.mask(y_true, &values)) {
            (Some(given), Some(own)) => Some(given.cast(DType::Bool).logical_and(own)),
            (given, own) => given.cloned().or(own),
        };
        reduce(&values, weight, mask.as_ref(), self.reduction())
    }

    /// The loss with another reduction.
    fn with_reduction(self, reduction: Reduction) -> Reduced<Self>
    where
        Self: Sized,
    {
        Reduced::new(self, reduction)
    }
}

/// A loss by name or value.
pub type LossArgument = ByName<dyn Loss>;

impl<L: Loss + 'static> From<L> for LossArgument {
    fn from(loss: L) -> Self {
        ByName::Value(Arc::new(loss))
    }
}

impl LossArgument {
    pub(crate) fn resolve(self) -> Result<Arc<dyn Loss>> {
        match self {
            ByName::Value(loss) => Ok(loss),
            ByName::Name(name) => from_config(&name, &Json::Null),
        }
    }
}

/// Declares the losses: where they are, and the names that they have beside that of their class.
macro_rules! losses {
    ($($module:ident::$loss:ident = $name:literal $(| $alias:literal)*;)*) => {
        $(pub use $module::$loss;)*

        /// The names that there are: Keras' functions. The names of its classes mean the same.
        pub const NAMES: &[&str] = &[$($name, $($alias,)*)*];

        /// The loss of a name (`MeanSquaredError`, `mean_squared_error`, `mse`) with the arguments in `config`, as `get_config()` gives them, `reduction`
        /// among them. Arguments that are absent have their defaults.
        ///
        /// # Errors
        /// A name that does not exist; an argument that the loss does not have, or of the wrong type.
        pub fn from_config(name: &str, config: &Json) -> Result<Arc<dyn Loss>> {
            let wanted = canonical(name);
            $(if [$name, $($alias),*].iter().any(|known| canonical(known) == wanted) {
                return config::build::<$loss>(name, config);
            })*
            Err(UnknownName::new("loss", name, NAMES.iter().copied()).into())
        }

        /// A loss as Keras writes it, `{"class_name": ..., "config": ...}`; the opposite of [`deserialize`]. `None` where it is of the user's own.
        pub fn to_json(loss: &dyn Loss) -> Option<Json> {
            let any: &dyn Any = loss;
            [$(config::written::<$loss>(stringify!($loss), any)),*].into_iter().flatten().next()
        }
    };
}

losses! {
    binary::BinaryCrossentropy = "binary_crossentropy" | "bce";
    binary::BinaryFocalCrossentropy = "binary_focal_crossentropy";
    categorical::CategoricalCrossentropy = "categorical_crossentropy";
    categorical::CategoricalFocalCrossentropy = "categorical_focal_crossentropy";
    sparse::SparseCategoricalCrossentropy = "sparse_categorical_crossentropy";
    sparse::CategoricalGeneralizedCrossEntropy = "categorical_generalized_cross_entropy";
    divergence::KLDivergence = "kl_divergence" | "kld" | "kullback_leibler_divergence";
    divergence::Poisson = "poisson";
    regression::MeanSquaredError = "mean_squared_error" | "mse";
    regression::MeanAbsoluteError = "mean_absolute_error" | "mae";
    regression::MeanAbsolutePercentageError = "mean_absolute_percentage_error" | "mape";
    regression::MeanSquaredLogarithmicError = "mean_squared_logarithmic_error" | "msle";
    regression::LogCosh = "log_cosh";
    huber::Huber = "huber";
    cosine::CosineSimilarity = "cosine_similarity";
    hinge::Hinge = "hinge";
    hinge::SquaredHinge = "squared_hinge";
    hinge::CategoricalHinge = "categorical_hinge";
    overlap::Dice = "dice";
    overlap::Tversky = "tversky";
    circle::Circle = "circle";
    ctc::CTC = "ctc";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_its_loss() {
        for name in NAMES {
            let loss = LossArgument::from(*name).resolve().unwrap();
            assert!(NAMES.contains(&loss.name()), "{name} is {}", loss.name());
            let again = LossArgument::from(loss.name()).resolve().unwrap();
            assert_eq!(format!("{loss:?}"), format!("{again:?}"));
            let read = deserialize(&to_json(&*loss).unwrap()).unwrap();
            assert_eq!(format!("{loss:?}"), format!("{read:?}"));
        }
        let loss = Huber::new().delta(2.0).with_reduction(Reduction::Sum);
        assert_eq!(to_json(&*deserialize(&to_json(&loss).unwrap()).unwrap()), to_json(&loss));
        assert_eq!(to_json(&custom("mine", |y, _| y.clone())), None);
    }
}
