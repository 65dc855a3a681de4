//! Penalties that are added to the loss.

use crate::family::family;
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

family! {
    /// A penalty of a weight or of a layer's results that is added to the loss (Keras `regularizers`).
    ///
    /// Factors are finite and not negative; others, and names that stand for nothing, come out as the error of the training step.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::Regularizer;
    /// use wgrad_tensor::Tensor;
    ///
    /// let w = Tensor::from([[3.0f32, -4.0]]);
    /// assert_eq!(Regularizer::L2 { l2: 0.1 }.penalty(&w).item::<f32>()?, 2.5);
    /// assert_eq!(Regularizer::from("l2"), Regularizer::L2 { l2: 0.01 });
    /// let both = Regularizer::custom("both", |w| w.abs().sum(..) + w.square().sum(..));
    /// assert_eq!(both.penalty(&w).item::<f32>()?, 32.0);
    /// # Ok::<(), wgrad_tensor::Error>(())
    /// ```
    Regularizer, "regularizer", "keras.regularizers", false, [Fn(&Tensor) -> Tensor];
    /// `l1 sum |w|`
    "L1" => L1 {
        /// The factor.
        l1: f64 = 0.01,
    },
    /// `l2 sum w^2`
    "L2" => L2 {
        /// The factor.
        l2: f64 = 0.01,
    },
    /// `l1 sum |w| + l2 sum w^2`
    "L1L2" => L1L2 {
        /// The factor of the absolute values.
        l1: f64 = 0.0,
        /// The factor of the squares.
        l2: f64 = 0.0,
    },
    /// `factor` times the mean of `|w_i . w_j|` over all pairs of different rows (or columns) of a matrix, each divided by its length. 0 where there
    /// is no pair.
    "OrthogonalRegularizer" | "orthogonal" => OrthogonalRegularizer {
        /// The factor.
        factor: f64 = 0.01,
        /// What should be orthogonal.
        mode: Orthogonal = Orthogonal::Rows,
    },
}

/// What of a matrix [`Regularizer::OrthogonalRegularizer`] compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Orthogonal {
    #[default]
    Rows,
    Columns,
}

impl Regularizer {
    /// The penalty of `weight`, a scalar.
    #[track_caller]
    pub fn penalty(&self, weight: &Tensor) -> Tensor {
        if let Err(rule) = self.check() {
            return Tensor::invalid("regularizer", rule, &[weight]);
        }
        match self {
            Regularizer::L1 { l1 } => l1_penalty(weight, *l1),
            Regularizer::L2 { l2 } => l2_penalty(weight, *l2),
            Regularizer::L1L2 { l1, l2 } => l1_penalty(weight, *l1) + l2_penalty(weight, *l2),
            Regularizer::OrthogonalRegularizer { factor, mode } => orthogonal_penalty(weight, *factor, *mode),
            Regularizer::Custom(custom) => (custom.function)(weight),
            Regularizer::Unknown(name) => Tensor::invalid("regularizer", Regularizer::unknown(name).to_string(), &[weight]),
        }
    }

    fn check(&self) -> Result<(), String> {
        let factors: &[(&str, f64)] = match self {
            Regularizer::L1 { l1 } => &[("l1", *l1)],
            Regularizer::L2 { l2 } => &[("l2", *l2)],
            Regularizer::L1L2 { l1, l2 } => &[("l1", *l1), ("l2", *l2)],
            Regularizer::OrthogonalRegularizer { factor, .. } => &[("factor", *factor)],
            Regularizer::Custom(_) | Regularizer::Unknown(_) => &[],
        };
        match factors.iter().find(|(_, factor)| !(factor.is_finite() && *factor >= 0.0)) {
            Some((name, factor)) => Err(format!("{name} of {} must be finite and not negative, got {factor}", self.name())),
            None => Ok(()),
        }
    }
}

#[track_caller]
fn l1_penalty(weight: &Tensor, l1: f64) -> Tensor {
    weight.abs().sum(..) * l1
}

#[track_caller]
fn l2_penalty(weight: &Tensor, l2: f64) -> Tensor {
    weight.square().sum(..) * l2
}

#[track_caller]
fn orthogonal_penalty(weight: &Tensor, factor: f64, mode: Orthogonal) -> Tensor {
    let [rows, columns] = **weight.shape() else {
        return Tensor::invalid("regularizer", format!("OrthogonalRegularizer takes matrices, got {}", weight.shape()), &[weight]);
    };
    let (vectors, n) = match mode {
        Orthogonal::Rows => (weight.clone(), rows),
        Orthogonal::Columns => (weight.transpose(), columns),
    };
    // As Keras' `normalize`: shorter vectors than 1e-7 count as that long.
    let unit = &vectors * vectors.square().sum_keep(1).maximum(1e-14).rsqrt();
    let products = unit.matmul(&unit.transpose()); // [n, n]
    let pairs = (n as f64 * (n as f64 - 1.0)).max(1.0);
    let others = Tensor::eye(n).cast(weight.dtype()).gt(0.5).where_(0.0, products.abs());
    others.sum(..) * (factor / pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keras_forms() {
        let parse = |json| serde_json::from_value::<Regularizer>(json).unwrap();
        let l2 = json!({"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.5}, "registered_name": null});
        assert_eq!(parse(l2.clone()), Regularizer::L2 { l2: 0.5 });
        assert_eq!(Regularizer::L2 { l2: 0.5 }.to_json(), l2);
        assert_eq!(parse(json!("l1_l2")), Regularizer::L1L2 { l1: 0.0, l2: 0.0 });
        let columns = json!({"class_name": "OrthogonalRegularizer", "config": {"mode": "columns"}});
        assert_eq!(parse(columns), Regularizer::OrthogonalRegularizer { factor: 0.01, mode: Orthogonal::Columns });
    }

    #[test]
    fn wrong_arguments_and_names() {
        let error = |json| serde_json::from_value::<Regularizer>(json).unwrap_err().to_string();
        let wrong = error(json!({"class_name": "L1", "config": {"l2": 0.5}}));
        assert_eq!(wrong, "regularizer L1: there is no argument \"l2\"; did you mean l1?");
        assert!(error(json!({"class_name": "L1", "config": {"l1": "x"}})).starts_with("regularizer L1: the argument l1 is \"x\": "));
        assert!(error(json!([1])).starts_with("regularizer: it is a name or {\"class_name\", \"config\"}, got [1]"));
        let w = Tensor::ones([2, 2]);
        let text = |regularizer: Regularizer, w: &Tensor| regularizer.penalty(w).check().unwrap_err().to_string();
        assert!(text("l3".into(), &w).contains("there is no regularizer \"l3\"; did you mean L1, L2"));
        assert!(text(Regularizer::L1 { l1: -1.0 }, &w).contains("l1 of L1 must be finite and not negative, got -1"));
        assert!(text("orthogonal".into(), &Tensor::ones([2])).contains("OrthogonalRegularizer takes matrices, got [2]"));
    }
}
