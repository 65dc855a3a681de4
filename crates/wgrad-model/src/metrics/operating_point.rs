//! The best of one rate where another is at least a given value: `RecallAtPrecision` and its relatives.

use super::{
    Addend, Direction, Metric,
    counts::{CELLS, Cells, Counter, Levels},
};
use crate::layers::arguments::arguments;
use wgrad_tensor::{Shape, Tensor};

/// The levels of `n` thresholds from 0 to 1.
fn levels(n: usize) -> Levels {
    match n {
        1 => Levels::Listed(vec![0.5]),
        n => Levels::Even { count: n, all_above_first: false },
    }
}

/// The largest `wanted` of the thresholds where `given` is at least `value`; 0 where it nowhere is. Rates are compared as f32, as Keras does.
fn best(sums: &[f32], value: f64, given: fn(Cells) -> f64, wanted: fn(Cells) -> f64) -> f64 {
    let feasible = Cells::of(sums).into_iter().filter(|cells| given(*cells) as f32 >= value as f32);
    feasible.map(wanted).fold(0.0, f64::max)
}

macro_rules! operating_points {
    ($($(#[$doc:meta])* $metric:ident $name:literal: $wanted:ident at $value:ident $given:ident)*) => {$(
        arguments! {
            $(#[$doc])*
            ///
            /// Predictions above the threshold are positive, labels that are not 0 are true.
            pub struct $metric(
                #[doc = concat!("The least ", stringify!($value), ", in `[0, 1]`.")]
                $value: f64,
            ) {
                /// How many thresholds from 0 to 1 are tried; 200 by default.
                takes num_thresholds: usize = 200;
                /// The only class, a position of the last axis, that counts; all do by default.
                may_take class_id: usize;
            }
        }

        impl $metric {
            fn counter(&self) -> Counter<'_> {
                Counter { class_id: self.class_id, ..Counter::new(levels(self.num_thresholds)) }
            }
        }

        impl Metric for $metric {
            fn name(&self) -> &str {
                $name
            }

            fn check(&self, labels: &Shape, predictions: &Shape) -> Result<(), String> {
                if !(0.0..=1.0).contains(&self.$value) {
                    return Err(format!("{} must be in [0, 1], got {}", stringify!($value), self.$value));
                }
                if self.num_thresholds == 0 {
                    return Err("num_thresholds must be at least 1, got 0".into());
                }
                self.counter().check(labels, predictions)
            }

            fn sums(&self, _labels: &Shape, _predictions: &Shape) -> usize {
                self.num_thresholds.saturating_mul(CELLS.len())
            }

            fn update(&self, y_true: &Tensor, y_pred: &Tensor, weight: Option<&Tensor>) -> Vec<Addend> {
                self.counter().count(&CELLS, y_true, y_pred, weight)
            }

            fn result(&self, sums: &[f32]) -> f64 {
                best(sums, self.$value, Cells::$given, Cells::$wanted)
            }

            fn direction(&self) -> Option<Direction> {
                Some(Direction::Up)
            }
        }
    )*};
}

operating_points! {
    /// The best sensitivity, `true positives / (true positives + false negatives)`, of all thresholds where the specificity,
    /// `true negatives / (true negatives + false positives)`, is at least a given value (Keras `SensitivityAtSpecificity`).
    SensitivityAtSpecificity "sensitivity_at_specificity": recall at specificity specificity
    /// The best specificity, `true negatives / (true negatives + false positives)`, of all thresholds where the sensitivity,
    /// `true positives / (true positives + false negatives)`, is at least a given value (Keras `SpecificityAtSensitivity`).
    SpecificityAtSensitivity "specificity_at_sensitivity": specificity at sensitivity recall
    /// The best precision, `true positives / (true positives + false positives)`, of all thresholds where the recall,
    /// `true positives / (true positives + false negatives)`, is at least a given value (Keras `PrecisionAtRecall`).
    PrecisionAtRecall "precision_at_recall": precision at recall recall
    /// The best recall, `true positives / (true positives + false negatives)`, of all thresholds where the precision,
    /// `true positives / (true positives + false positives)`, is at least a given value (Keras `RecallAtPrecision`).
    RecallAtPrecision "recall_at_precision": recall at precision precision
}
