//! Rules that weights are brought back to after each step.

use crate::family::family;
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

family! {
    /// A projection of a variable after each step of the optimizer (Keras `constraints`).
    ///
    /// Norms are Euclidean and taken over the axes `axis`: for the kernel `[in, out]` of a dense layer axis 0 is the weights of one unit, for the
    /// kernel `[rows, columns, in, filters]` of a convolution axes `[0, 1, 2]` are those of one filter. Divisions by a norm add 1e-7 to it, as Keras
    /// does.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::Constraint;
    /// use wgrad_tensor::Tensor;
    ///
    /// let w = Tensor::from([[3.0f32, 0.1], [4.0, 0.0]]);
    /// let projected = Constraint::MaxNorm { max_value: 1.0, axis: 0.into() }.project(&w).to_vec::<f32>()?;
    /// assert!((projected[0] - 0.6).abs() < 1e-6 && (projected[2] - 0.8).abs() < 1e-6);
    /// assert!((projected[1] - 0.1).abs() < 1e-6);
    /// # Ok::<(), wgrad_tensor::Error>(())
    /// ```
    Constraint, "constraint", "keras.constraints", false, [Fn(&Tensor) -> Tensor];
    /// Norms of at most `max_value`.
    "MaxNorm" => MaxNorm {
        /// The largest norm.
        max_value: f64 = 2.0,
        /// The axes of one norm.
        axis: NormAxes = 0.into(),
    },
    /// Norms from `min_value` to `max_value`, reached by `rate` of the way in each step: `rate clip(norm) + (1 - rate) norm`.
    "MinMaxNorm" => MinMaxNorm {
        /// The smallest norm.
        min_value: f64 = 0.0,
        /// The largest norm.
        max_value: f64 = 1.0,
        /// How much of the way one step goes.
        rate: f64 = 1.0,
        /// The axes of one norm.
        axis: NormAxes = 0.into(),
    },
    /// `max(w, 0)`
    "NonNeg" => NonNeg,
    /// Norms of 1.
    "UnitNorm" => UnitNorm {
        /// The axes of one norm.
        axis: NormAxes = 0.into(),
    },
}

/// The axes that a norm is taken over: one, several, or all of them. Negative ones count from the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum NormAxes {
    One(i64),
    Several(Vec<i64>),
    All,
}

impl From<i64> for NormAxes {
    fn from(axis: i64) -> Self {
        NormAxes::One(axis)
    }
}

impl<const N: usize> From<[i64; N]> for NormAxes {
    fn from(axes: [i64; N]) -> Self {
        NormAxes::Several(axes.into())
    }
}

/// What Keras adds to norms before it divides by them.
const EPSILON: f64 = 1e-7;

impl Constraint {
    /// The weight that satisfies the rule.
    #[track_caller]
    pub fn project(&self, weight: &Tensor) -> Tensor {
        match self {
            Constraint::MaxNorm { max_value, axis } => rescale(weight, axis, |norms| norms.clip(0.0, *max_value)),
            Constraint::MinMaxNorm { min_value, max_value, rate, axis } => {
                rescale(weight, axis, |norms| norms.clip(*min_value, *max_value) * *rate + norms * (1.0 - rate))
            }
            Constraint::NonNeg => weight.relu(),
            Constraint::UnitNorm { axis } => rescale(weight, axis, Tensor::ones_like),
            Constraint::Custom(custom) => (custom.function)(weight),
            Constraint::Unknown(name) => Tensor::invalid("constraint", Constraint::unknown(name).to_string(), &[weight]),
        }
    }
}

/// `w desired(norms) / (norms + 1e-7)`
#[track_caller]
fn rescale(weight: &Tensor, axis: &NormAxes, desired: impl Fn(&Tensor) -> Tensor) -> Tensor {
    let squares = weight.square();
    let norms = match axis {
        NormAxes::One(axis) => squares.sum_keep(*axis),
        NormAxes::Several(axes) => squares.sum_keep(axes.as_slice()),
        NormAxes::All => squares.sum_keep(..),
    };
    let norms = norms.sqrt();
    weight * (desired(&norms) / (norms + EPSILON))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keras_forms() {
        let parse = |json| serde_json::from_value::<Constraint>(json).unwrap();
        assert_eq!(parse(json!("non_neg")), Constraint::NonNeg);
        let several = json!({"class_name": "MaxNorm", "config": {"max_value": 1.5, "axis": [0, 1, 2]}});
        assert_eq!(parse(several), Constraint::MaxNorm { max_value: 1.5, axis: [0, 1, 2].into() });
        assert_eq!(parse(json!({"class_name": "UnitNorm", "config": {"axis": null}})), Constraint::UnitNorm { axis: NormAxes::All });
        let min_max = Constraint::MinMaxNorm { min_value: 0.5, max_value: 1.5, rate: 0.4, axis: 1.into() };
        assert_eq!(min_max.to_json()["config"], json!({"min_value": 0.5, "max_value": 1.5, "rate": 0.4, "axis": 1}));
        assert_eq!(parse(min_max.to_json()), min_max);
    }

    #[test]
    fn unknown_names_and_axes() {
        let text = |constraint: Constraint| constraint.project(&Tensor::ones([2, 2])).check().unwrap_err().to_string();
        assert!(text("max_nrm".into()).contains("there is no constraint \"max_nrm\"; did you mean MaxNorm"));
        assert!(text(Constraint::UnitNorm { axis: 2.into() }).contains("axis 2"));
    }
}
