//! Losses as metrics.

use super::{Addend, Direction, Metric, expand_weight, weighted_mean};
use crate::losses::{self, Loss};
use std::sync::Arc;
use wgrad_tensor::{DType, Shape, Tensor};

/// The mean of a loss over all samples: a loss that has no metric of its own, such as `Huber`. It computes from the predictions.
#[derive(Clone, Debug)]
pub struct MeanLoss(pub Arc<dyn Loss>);

impl MeanLoss {
    /// The mean of a loss.
    pub fn new(loss: impl Loss + 'static) -> MeanLoss {
        MeanLoss(Arc::new(loss))
    }
}

/// What a batch adds to the mean of `sign` times a loss.
#[track_caller]
fn mean_loss(loss: &dyn Loss, sign: f64, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
    let y_true = match loss.label_shape(y_true.shape(), y_pred.shape()) {
        Ok(shape) => y_true.reshape(shape),
        Err(rule) => return vec![Addend::Elements(Tensor::invalid(loss.name(), rule, &[y_true, y_pred]))],
    };
    let values = loss.call(&y_true, y_pred, None) * sign;
    // Keras looks at the mask of a loss (of ignored classes) only where there are weights; else what is ignored counts as 0.
    let own = weight.and_then(|_| loss.mask(&y_true, &values));
    let weight = weight.map(|weight| expand_weight(weight, values.shape()));
    let weight = weight.map(|weight| own.map_or_else(|| weight.clone(), |own| &weight * own.cast(DType::F32)));
    weighted_mean(&values, weight.as_ref())
}

macro_rules! mean_losses {
    ($($(#[$doc:meta])* $metric:ident of $loss:ident = $name:literal, $sign:literal $(, $direction:ident)?;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $metric(losses::$loss);

        impl $metric {
            /// With Keras' defaults; `from` a loss for others.
            #[allow(clippy::new_without_default)]
            pub fn new() -> $metric {
                $metric(losses::$loss::new())
            }
        }

        impl From<losses::$loss> for $metric {
            fn from(loss: losses::$loss) -> $metric {
                $metric(loss)
            }
        }

        impl Metric for $metric {
            fn name(&self) -> &str {
                $name
            }

            fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
                self.0.label_shape(labels, predictions).map(drop)
            }

            fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
                mean_loss(&self.0, $sign, y_true, y_pred, weight)
            }

            fn uses_mask(&self) -> bool {
                true
            }
            $(
                fn direction(&self) -> Option<Direction> {
                    Some(Direction::$direction)
                }
            )?
        }
    )*};
}

mean_losses! {
    /// The mean of `(y_true - y_pred)^2` (Keras `MeanSquaredError`).
    MeanSquaredError of MeanSquaredError = "mean_squared_error", 1.0, Down;
    /// The mean of `|y_true - y_pred|` (Keras `MeanAbsoluteError`).
    MeanAbsoluteError of MeanAbsoluteError = "mean_absolute_error", 1.0, Down;
    /// The mean of `100 |y_true - y_pred| / |y_true|` (Keras `MeanAbsolutePercentageError`).
    MeanAbsolutePercentageError of MeanAbsolutePercentageError = "mean_absolute_percentage_error", 1.0, Down;
    /// The mean of `(log(y_true + 1) - log(y_pred + 1))^2` (Keras `MeanSquaredLogarithmicError`).
    MeanSquaredLogarithmicError of MeanSquaredLogarithmicError = "mean_squared_logarithmic_error", 1.0, Down;
    /// The mean of `log(cosh(y_pred - y_true))` (Keras `LogCoshError`).
    LogCoshError of LogCosh = "logcosh", 1.0, Down;
    /// The mean of `sum(y_true y_pred) / (|y_true| |y_pred|)`: 1 for the same direction (Keras `CosineSimilarity`; the loss of that name has the other
    /// sign).
    CosineSimilarity of CosineSimilarity = "cosine_similarity", -1.0, Up;
    /// The mean of `sum(y_true log(y_true / y_pred))` (Keras `KLDivergence`).
    KLDivergence of KLDivergence = "kl_divergence", 1.0;
    /// The mean of `y_pred - y_true log(y_pred)` (Keras `Poisson`).
    Poisson of Poisson = "poisson", 1.0;
    /// The mean of `max(1 - y_true y_pred, 0)` for labels of -1 and 1 (Keras `Hinge`).
    Hinge of Hinge = "hinge", 1.0, Down;
    /// The mean of `max(1 - y_true y_pred, 0)^2` for labels of -1 and 1 (Keras `SquaredHinge`).
    SquaredHinge of SquaredHinge = "squared_hinge", 1.0, Down;
    /// The mean of `max(neg - pos + 1, 0)`, where `pos` is the prediction of the class and `neg` the largest of the others (Keras `CategoricalHinge`).
    CategoricalHinge of CategoricalHinge = "categorical_hinge", 1.0, Down;
    /// The mean of `-y_true log(y_pred) - (1 - y_true) log(1 - y_pred)` (Keras `BinaryCrossentropy`).
    BinaryCrossentropy of BinaryCrossentropy = "binary_crossentropy", 1.0, Down;
    /// The mean of `-sum(y_true log(y_pred))` (Keras `CategoricalCrossentropy`).
    CategoricalCrossentropy of CategoricalCrossentropy = "categorical_crossentropy", 1.0, Down;
    /// The mean of `-log(y_pred[y_true])` for class numbers (Keras `SparseCategoricalCrossentropy`).
    SparseCategoricalCrossentropy of SparseCategoricalCrossentropy = "sparse_categorical_crossentropy", 1.0, Down;
}

impl Metric for MeanLoss {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        self.0.label_shape(labels, predictions).map(drop)
    }

    fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        mean_loss(&*self.0, 1.0, y_true, y_pred, weight)
    }

    fn uses_mask(&self) -> bool {
        true
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Down)
    }
}
