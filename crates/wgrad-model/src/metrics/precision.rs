//! Counts of the confusion matrix, and precision and recall, at one threshold or several.

use super::{
    Addend, Direction, Metric, Thresholds,
    counts::{Cell, Counter, NEVER, mean, parts, ratio},
};
use crate::layers::arguments::arguments;
use wgrad_tensor::{Shape, Tensor};

macro_rules! cell_counts {
    ($($(#[$doc:meta])* $metric:ident $name:literal)*) => {$(
        arguments! {
            $(#[$doc])*
            ///
            /// Predictions above the threshold are positive, labels that are not 0 are true. The number is a sum of weights where there are any.
            pub struct $metric() {
                /// One threshold in `[0, 1]` or several; 0.5 by default.
                converts thresholds: Thresholds = Thresholds::default();
            }
        }

        impl $metric {
            fn counter(&self) -> Counter<'_> {
                Counter::new(self.thresholds.levels(0.5))
            }
        }

        impl Metric for $metric {
            fn name(&self) -> &str {
                $name
            }

            fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
                self.thresholds.check()?;
                self.counter().check(labels, predictions)
            }

            fn sums(&self, _labels: &Shape, _predictions: &Shape) -> usize {
                self.counter().levels.len()
            }

            fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
                self.counter().count(&[Cell::$metric], y_true, y_pred, weight)
            }

            fn result(&self, sums: &[f32]) -> f64 {
                mean(&self.results(sums))
            }

            fn results(&self, sums: &[f32]) -> Vec<f64> {
                sums.iter().copied().map(f64::from).collect()
            }
        }
    )*};
}

cell_counts! {
    /// The number of true labels that are predicted (Keras `TruePositives`).
    TruePositives "true_positives"
    /// The number of false labels that are predicted to be true (Keras `FalsePositives`).
    FalsePositives "false_positives"
    /// The number of false labels that are predicted (Keras `TrueNegatives`).
    TrueNegatives "true_negatives"
    /// The number of true labels that are predicted to be false (Keras `FalseNegatives`).
    FalseNegatives "false_negatives"
}

macro_rules! right_shares {
    ($($(#[$doc:meta])* $metric:ident $name:literal $other:ident)*) => {$(
        arguments! {
            $(#[$doc])*
            ///
            /// Predictions above the threshold are positive, labels that are not 0 are true; 0 where nothing is counted. Several thresholds give
            /// several results. For predictions that are logits the threshold is 0.
            pub struct $metric() {
                /// One threshold in `[0, 1]` or several. By default 0.5; with `top_k` all of the best are positive.
                converts thresholds: Thresholds = Thresholds::default();
                /// How many of the largest predictions of a row can be positive; all by default.
                may_take top_k: usize;
                /// The only class, a position of the last axis, that counts; all do by default.
                may_take class_id: usize;
            }
        }

        impl $metric {
            fn counter(&self) -> Counter<'_> {
                let default = if self.top_k.is_some() { NEVER } else { 0.5 };
                Counter { top_k: self.top_k, class_id: self.class_id, ..Counter::new(self.thresholds.levels(default)) }
            }
        }

        impl Metric for $metric {
            fn name(&self) -> &str {
                $name
            }

            fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
                self.thresholds.check()?;
                self.counter().check(labels, predictions)
            }

            fn sums(&self, _labels: &Shape, _predictions: &Shape) -> usize {
                2 * self.counter().levels.len()
            }

            fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
                self.counter().count(&[Cell::TruePositives, Cell::$other], y_true, y_pred, weight)
            }

            fn result(&self, sums: &[f32]) -> f64 {
                mean(&self.results(sums))
            }

            fn results(&self, sums: &[f32]) -> Vec<f64> {
                let [right, wrong] = parts(sums);
                right.iter().zip(wrong).map(|(r, w)| ratio((*r).into(), f64::from(*r) + f64::from(*w))).collect()
            }

            fn direction(&self) -> Option<Direction> {
                Some(Direction::Up)
            }
        }
    )*};
}

right_shares! {
    /// `true positives / (true positives + false positives)`: the share of positive predictions that are right (Keras `Precision`).
    Precision "precision" FalsePositives
    /// `true positives / (true positives + false negatives)`: the share of true labels that are found (Keras `Recall`).
    Recall "recall" FalseNegatives
}
