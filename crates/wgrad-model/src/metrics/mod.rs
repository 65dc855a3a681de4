//! Metrics, one file for each family. Adding one touches its file, the table below and the table in `tests/model/metrics.rs`.

use crate::{Result, by_name::canonical};
use serde_json::Value as Json;
use std::{any::Any, sync::Arc};

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
mod report;
mod roc;
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
pub use report::{ClassScores, ClassificationReport};
pub use roc::{RocCurve, r2_score, roc_curve};
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
        pub fn from_config(name: &str, config: &Json) -> Result<Arc<dyn Metric>> {
            let wanted = canonical(name);
            $(if [$name, $($alias),*].iter().any(|known| canonical(known) == wanted) {
                return config::build::<$metric>(name, config);
            })*
            config::build_loss(name, config, NAMES)
        }

        /// A metric as Keras writes it, `{"class_name": ..., "config": ...}`; the opposite of [`deserialize`]. `None` where it is of the user's own.
        pub fn to_json(metric: &dyn Metric) -> Option<Json> {
            let any: &dyn Any = metric;
            let known = [$(config::written::<$metric>(stringify!($metric), any)),*].into_iter().flatten().next();
            known.or_else(|| config::written_around(any))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn metrics_are_written_as_they_are_read() {
        let arguments = |name: &str| match canonical(name).as_str() {
            "meaniou" | "onehotmeaniou" => json!({"num_classes": 3, "name": "own"}),
            "iou" | "onehotiou" => json!({"num_classes": 3, "target_class_ids": [1], "dtype": "float32"}),
            "binaryiou" => json!({"threshold": 0.25}),
            "sensitivityatspecificity" => json!({"specificity": 0.5}),
            "specificityatsensitivity" => json!({"sensitivity": 0.5}),
            "precisionatrecall" => json!({"recall": 0.5}),
            "recallatprecision" => json!({"precision": 0.5}),
            _ => json!({"name": "own"}),
        };
        for name in NAMES.iter().chain(&["huber"]) {
            let metric = from_config(name, &arguments(name)).unwrap();
            let written = to_json(&*metric).unwrap_or_else(|| panic!("{name} cannot be written"));
            let again = deserialize(&written).unwrap_or_else(|e| panic!("{name}: {written}: {e}"));
            assert_eq!(to_json(&*again), Some(written.clone()), "{name}");
            assert!(canonical(name) != "binarycrossentropy" || written["config"].get("axis").is_none(), "Keras' metric has no axis");
        }
        let own = |y: &wgrad_tensor::Tensor, _: &wgrad_tensor::Tensor| y.clone();
        assert_eq!(to_json(&own), None);
    }
}
