//! Metrics, one file for each family. Adding one touches its file, the table below and the table in `tests/model/metrics.rs`.

use crate::{Result, by_name::canonical};
use std::sync::Arc;

mod accuracy;
mod argument;
mod auc;
mod config;
mod confusion;
mod correlation;
mod counts;
mod f_score;
mod iou;
mod loss;
mod mean;
mod metric;
mod operating_point;
mod precision;
mod regression;
mod shapes;
mod state;
mod top_k;

pub use argument::MetricArgument;
pub(crate) use argument::NamedMetric;
pub use auc::{Curve, SummationMethod};
pub use config::deserialize;
pub use confusion::{ConfusionMatrix, confusion_matrix};
pub use counts::Thresholds;
pub use f_score::Average;
pub use loss::MeanLoss;
pub use mean::{expand_weight, mean_of, weighted_mean};
pub(crate) use metric::join_addends;
pub use metric::{Addend, Direction, Metric, Named};
pub use regression::ClassAggregation;
pub use state::MetricState;

/// Declares the metrics: where they are, and the names that they have beside that of their class.
macro_rules! metrics {
    ($($module:ident::$metric:ident = $name:literal $(| $alias:literal)*;)*) => {
        $(pub use $module::$metric;)*

        /// The names that there are: Keras' classes in lower case with underscores. Names of losses stand for their means.
        pub const NAMES: &[&str] = &[$($name, $($alias,)*)*];

        /// The metric of a name (`MeanAbsoluteError`, `mean_absolute_error`, `mae`) with the arguments in `config`, as `get_config()` gives them, a
        /// `name` of the user's own among them. Arguments that are absent have their defaults.
        ///
        /// # Errors
        /// A name that does not exist; an argument that the metric does not have, that it needs, or of the wrong type.
        pub fn from_config(name: &str, config: &serde_json::Value) -> Result<Arc<dyn Metric>> {
            let wanted = canonical(name);
            $(if [$name, $($alias),*].iter().any(|known| canonical(known) == wanted) {
                return config::build::<$metric>(name, config);
            })*
            config::build_loss(name, config, NAMES)
        }
    };
}

metrics! {
    accuracy::Accuracy = "accuracy" | "acc";
    accuracy::BinaryAccuracy = "binary_accuracy";
    accuracy::CategoricalAccuracy = "categorical_accuracy";
    accuracy::SparseCategoricalAccuracy = "sparse_categorical_accuracy";
    top_k::TopKCategoricalAccuracy = "top_k_categorical_accuracy";
    top_k::SparseTopKCategoricalAccuracy = "sparse_top_k_categorical_accuracy";
    precision::Precision = "precision";
    precision::Recall = "recall";
    precision::TruePositives = "true_positives";
    precision::FalsePositives = "false_positives";
    precision::TrueNegatives = "true_negatives";
    precision::FalseNegatives = "false_negatives";
    operating_point::SensitivityAtSpecificity = "sensitivity_at_specificity";
    operating_point::SpecificityAtSensitivity = "specificity_at_sensitivity";
    operating_point::PrecisionAtRecall = "precision_at_recall";
    operating_point::RecallAtPrecision = "recall_at_precision";
    auc::AUC = "auc";
    f_score::F1Score = "f1_score";
    f_score::FBetaScore = "f_beta_score";
    iou::IoU = "io_u";
    iou::MeanIoU = "mean_io_u";
    iou::BinaryIoU = "binary_io_u";
    iou::OneHotIoU = "one_hot_io_u";
    iou::OneHotMeanIoU = "one_hot_mean_io_u";
    regression::RootMeanSquaredError = "root_mean_squared_error";
    regression::R2Score = "r2_score";
    correlation::PearsonCorrelation = "pearson_correlation";
    correlation::ConcordanceCorrelation = "concordance_correlation";
    mean::Mean = "mean";
    mean::Sum = "sum";
    loss::MeanSquaredError = "mean_squared_error" | "mse";
    loss::MeanAbsoluteError = "mean_absolute_error" | "mae";
    loss::MeanAbsolutePercentageError = "mean_absolute_percentage_error" | "mape";
    loss::MeanSquaredLogarithmicError = "mean_squared_logarithmic_error" | "msle";
    loss::LogCoshError = "log_cosh_error" | "logcosh";
    loss::CosineSimilarity = "cosine_similarity";
    loss::KLDivergence = "kl_divergence" | "kld";
    loss::Poisson = "poisson";
    loss::Hinge = "hinge";
    loss::SquaredHinge = "squared_hinge";
    loss::CategoricalHinge = "categorical_hinge";
    loss::BinaryCrossentropy = "binary_crossentropy" | "bce";
    loss::CategoricalCrossentropy = "categorical_crossentropy";
    loss::SparseCategoricalCrossentropy = "sparse_categorical_crossentropy";
}
