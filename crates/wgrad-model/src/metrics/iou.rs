//! Intersection over union of classes, for segmentation.
//!
//! Of the confusion matrix only its diagonal and the sums of its rows and columns are needed: three numbers for each class.

use super::{
    Addend, Direction, Metric,
    counts::{parts, ratio},
    expand_weight,
};
use crate::losses::{EPSILON, show_batch};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value as Json, json};
use wgrad_tensor::{DType, Shape, Tensor};

/// What the metrics below have in common.
#[derive(Clone, Debug, PartialEq)]
struct Classes {
    num_classes: usize,
    /// All of them where absent.
    target_class_ids: Option<Vec<usize>>,
    ignore_class: Option<i64>,
    sparse_y_true: bool,
    sparse_y_pred: bool,
    axis: i64,
    /// Whether weights lose their fractions.
    whole: bool,
    /// Where predictions are of class 1, not of class 0.
    threshold: Option<f64>,
}

impl Classes {
    fn new(num_classes: usize, target_class_ids: Option<Vec<usize>>, sparse: bool) -> Classes {
        Classes {
            num_classes,
            target_class_ids,
            ignore_class: None,
            sparse_y_true: sparse,
            sparse_y_pred: sparse,
            axis: -1,
            whole: true,
            threshold: None,
        }
    }

    fn targets(&self) -> Vec<usize> {
        self.target_class_ids.clone().unwrap_or_else(|| (0..self.num_classes).collect())
    }

    /// The numbers of classes, of which there is one for each element, or one for each row of scores along the axis.
    #[track_caller]
    fn numbers(&self, classes: &Tensor, sparse: bool) -> Tensor {
        match (sparse, self.whole) {
            (false, _) => classes.argmax(self.axis).cast(DType::F32),
            (true, true) => classes.cast(DType::I32).cast(DType::F32),
            (true, false) => classes.cast(DType::F32),
        }
    }

    fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
        // Class numbers are compared as f32, which counts so far.
        if self.num_classes > 1 << 24 {
            return Err(format!("num_classes must be at most {}, got {}", 1 << 24, self.num_classes));
        }
        if let Some(target) = self.targets().into_iter().find(|target| *target >= self.num_classes) {
            return Err(format!("target_class_ids must be in 0..{}, got {target}", self.num_classes));
        }
        // Whether a tensor has an axis of scores for the numbers to go without.
        let positions = |shape: &Shape, sparse: bool| {
            let axis = if self.axis < 0 { self.axis + shape.rank() as i64 } else { self.axis };
            let scores = usize::try_from(axis).ok().and_then(|axis| shape.get(axis));
            if sparse { Some(shape.numel()) } else { scores.map(|n| shape.numel() / (*n).max(1)) }
        };
        let (true_positions, predicted) = (positions(labels, self.sparse_y_true), positions(predictions, self.sparse_y_pred));
        if true_positions.is_some() && true_positions == predicted {
            return Ok(());
        }
        let kind = |sparse: bool| if sparse { "class numbers" } else { "rows of scores" };
        let (labels, predictions) = (show_batch(labels), show_batch(predictions));
        let (of_labels, of_predictions) = (kind(self.sparse_y_true), kind(self.sparse_y_pred));
        Err(format!("labels must be as many {of_labels} as predictions are {of_predictions}, got {labels} and {predictions}"))
    }

    /// For each class the weight of what is of it and predicted so, of what is of it, and of what is predicted so.
    #[track_caller]
    fn count(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
        let y_pred = self.threshold.map_or_else(|| y_pred.clone(), |threshold| y_pred.cast(DType::F32).ge(threshold));
        let labels = self.numbers(y_true, self.sparse_y_true);
        let weight = weight.map_or_else(|| Tensor::ones(()), |weight| expand_weight(weight, labels.shape()).flatten());
        let weight = if self.whole { weight.trunc() } else { weight };
        let (labels, predictions) = (labels.flatten(), self.numbers(&y_pred, self.sparse_y_pred).flatten());
        let is_class = |t: &Tensor| t.ge(0.0).logical_and(t.lt(self.num_classes as f64));
        let mut counts = is_class(&labels).logical_and(is_class(&predictions));
        if let Some(ignored) = self.ignore_class {
            counts = counts.logical_and(labels.ne(ignored as f64));
        }
        let weight = counts.where_(weight, 0.0);
        let class = Tensor::iota([self.num_classes, 1], 0, DType::F32);
        let [of_class, predicted] = [&labels, &predictions].map(|t| t.floor().eq(&class));
        let sum = |counted: &Tensor| Addend::Elements(counted.where_(&weight, 0.0).sum(-1));
        vec![sum(&of_class.logical_and(&predicted)), sum(&of_class), sum(&predicted)]
    }

    fn mean(&self, sums: &[f32]) -> f64 {
        let [both, labels, predictions] = parts(sums);
        let classes = both.iter().zip(labels).zip(predictions).map(|((b, l), p)| (f64::from(*b), f64::from(*l) + f64::from(*p)));
        let classes: Vec<(f64, f64)> = classes.map(|(both, either)| (both, either - both)).collect();
        let occurring = self.targets().into_iter().filter_map(|target| classes.get(target)).filter(|(_, union)| *union > 1e-9);
        let scores: Vec<f64> = occurring.map(|(both, union)| both / (union + EPSILON)).collect();
        ratio(scores.iter().sum(), if scores.is_empty() { 0.0 } else { scores.len() as f64 + EPSILON })
    }
}

/// Keras' configuration of any of these metrics.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    num_classes: Option<usize>,
    target_class_ids: Option<Vec<usize>>,
    ignore_class: Option<i64>,
    sparse_y_true: Option<bool>,
    sparse_y_pred: Option<bool>,
    axis: Option<i64>,
    dtype: Option<String>,
    threshold: Option<f64>,
}

impl Config {
    fn num_classes(&self) -> Result<usize, &'static str> {
        self.num_classes.ok_or("missing field `num_classes`")
    }

    fn targets(&self) -> Result<Vec<usize>, &'static str> {
        self.target_class_ids.clone().ok_or("missing field `target_class_ids`")
    }

    /// The metric that `made` from what it needs, with what is optional.
    fn set(self, made: Classes) -> Classes {
        Classes {
            ignore_class: self.ignore_class.or(made.ignore_class),
            sparse_y_true: self.sparse_y_true.unwrap_or(made.sparse_y_true),
            sparse_y_pred: self.sparse_y_pred.unwrap_or(made.sparse_y_pred),
            axis: self.axis.unwrap_or(made.axis),
            whole: self.dtype.map_or(made.whole, |dtype| is_whole(&dtype)),
            threshold: self.threshold.or(made.threshold),
            ..made
        }
    }
}

/// The configuration of the metric `name`, which has not every argument.
fn config(name: &str, classes: &Classes) -> Json {
    let dtype = if classes.whole { "int64" } else { "float32" };
    if name == "binary_io_u" {
        return json!({"target_class_ids": classes.targets(), "threshold": classes.threshold, "dtype": dtype});
    }
    let mut config = json!({
        "num_classes": classes.num_classes,
        "ignore_class": classes.ignore_class,
        "sparse_y_pred": classes.sparse_y_pred,
        "axis": classes.axis,
        "dtype": dtype,
    });
    if !name.contains("mean") {
        config["target_class_ids"] = json!(classes.targets());
    }
    if !name.contains("one_hot") {
        config["sparse_y_true"] = json!(classes.sparse_y_true);
    }
    config
}

fn is_whole(dtype: &str) -> bool {
    dtype.starts_with("int") || dtype.starts_with("uint")
}

macro_rules! ious {
    ($($(#[$doc:meta])* $metric:ident = $name:literal, |$config:ident| $made:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(try_from = "Config")]
        pub struct $metric(Classes);

        impl TryFrom<Config> for $metric {
            type Error = &'static str;

            fn try_from($config: Config) -> Result<Self, Self::Error> {
                let made: $metric = $made;
                Ok($metric($config.set(made.0)))
            }
        }

        impl Serialize for $metric {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                config($name, &self.0).serialize(serializer)
            }
        }

        impl $metric {
            /// The type of the counts, `"int64"` by default. With an integer type weights lose their fractions, as in Keras; with a float type they
            /// do not.
            #[must_use]
            pub fn dtype(self, dtype: &str) -> Self {
                $metric(Classes { whole: is_whole(dtype), ..self.0 })
            }
        }

        impl Metric for $metric {
            fn name(&self) -> &str {
                $name
            }

            fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
                self.0.check(labels, predictions)
            }

            fn sums(&self, _labels: &Shape, _predictions: &Shape) -> usize {
                self.0.num_classes.saturating_mul(3)
            }

            fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
                self.0.count(y_true, y_pred, weight)
            }

            fn result(&self, sums: &[f32]) -> f64 {
                self.0.mean(sums)
            }

            fn direction(&self) -> Option<Direction> {
                Some(Direction::Up)
            }
        }
    )*};
}

ious! {
    /// The mean over some classes of `true positives / (true positives + false positives + false negatives)`, for class numbers or, where they are
    /// not sparse, for scores of the classes along an axis (Keras `IoU`).
    ///
    /// Classes that occur neither in labels nor in predictions do not count in the mean; labels and predictions outside `0..num_classes` count
    /// nowhere.
    IoU = "io_u", |config| IoU::new(config.num_classes()?, config.targets()?);
    /// [`IoU`] over all classes (Keras `MeanIoU`).
    MeanIoU = "mean_io_u", |config| MeanIoU::new(config.num_classes()?);
    /// [`IoU`] of two classes for predictions in `[0, 1]`, which are of class 1 from a threshold on (Keras `BinaryIoU`).
    BinaryIoU = "binary_io_u", |config| config.target_class_ids.clone().map_or_else(BinaryIoU::new, |targets| BinaryIoU::new().target_class_ids(targets));
    /// [`IoU`] for one-hot labels and, unless told otherwise, scores of the classes (Keras `OneHotIoU`).
    OneHotIoU = "one_hot_io_u", |config| OneHotIoU::new(config.num_classes()?, config.targets()?);
    /// [`IoU`] over all classes for one-hot labels and, unless told otherwise, scores of the classes (Keras `OneHotMeanIoU`).
    OneHotMeanIoU = "one_hot_mean_io_u", |config| OneHotMeanIoU::new(config.num_classes()?);
}

impl IoU {
    /// The mean over the classes `target_class_ids` of `num_classes`, for class numbers.
    pub fn new(num_classes: usize, target_class_ids: impl Into<Vec<usize>>) -> IoU {
        IoU(Classes::new(num_classes, Some(target_class_ids.into()), true))
    }
}

impl MeanIoU {
    /// The mean over `num_classes` classes, for class numbers.
    pub fn new(num_classes: usize) -> MeanIoU {
        MeanIoU(Classes::new(num_classes, None, true))
    }
}

impl OneHotIoU {
    /// The mean over the classes `target_class_ids` of `num_classes`.
    pub fn new(num_classes: usize, target_class_ids: impl Into<Vec<usize>>) -> OneHotIoU {
        OneHotIoU(Classes::new(num_classes, Some(target_class_ids.into()), false))
    }
}

impl OneHotMeanIoU {
    /// The mean over `num_classes` classes.
    pub fn new(num_classes: usize) -> OneHotMeanIoU {
        OneHotMeanIoU(Classes::new(num_classes, None, false))
    }
}

impl BinaryIoU {
    /// The mean over both classes, with the threshold 0.5.
    pub fn new() -> BinaryIoU {
        BinaryIoU(Classes { threshold: Some(0.5), ..Classes::new(2, None, true) })
    }

    /// The classes of the mean.
    #[must_use]
    pub fn target_class_ids(self, target_class_ids: impl Into<Vec<usize>>) -> BinaryIoU {
        BinaryIoU(Classes { target_class_ids: Some(target_class_ids.into()), ..self.0 })
    }

    /// The least prediction of class 1.
    #[must_use]
    pub fn threshold(self, threshold: f64) -> BinaryIoU {
        BinaryIoU(Classes { threshold: Some(threshold), ..self.0 })
    }
}

impl Default for BinaryIoU {
    fn default() -> Self {
        BinaryIoU::new()
    }
}

/// Settings of those that Keras gives them to.
macro_rules! settings {
    ($($metric:ident { $($(#[$doc:meta])* $setting:ident: $type:ty,)* })*) => {$(
        impl $metric {$(
            $(#[$doc])*
            #[must_use]
            pub fn $setting(self, $setting: $type) -> Self {
                $metric(Classes { $setting: $setting.into(), ..self.0 })
            }
        )*}
    )*};
    (all $($metric:ident)*) => {
        settings! {$(
            $metric {
                /// Labels that do not count, such as -1 or 255.
                ignore_class: i64,
                /// Whether predictions are class numbers; else the class is the largest element along the axis.
                sparse_y_pred: bool,
                /// The axis of scores; the last by default.
                axis: i64,
            }
        )*}
    };
}
settings! { all IoU MeanIoU OneHotIoU OneHotMeanIoU }
settings! {
    IoU {
        /// Whether labels are class numbers; else the class is the largest element along the axis.
        sparse_y_true: bool,
    }
    MeanIoU {
        /// Whether labels are class numbers; else the class is the largest element along the axis.
        sparse_y_true: bool,
    }
}
