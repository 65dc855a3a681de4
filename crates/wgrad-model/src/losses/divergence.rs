//! Distances of distributions.

use super::{EPSILON, formulas::formulas};

formulas! {
    /// `sum(y_true log(y_true / y_pred))` over the last axis, of probabilities within `[1e-7, 1]` (Keras `KLDivergence`).
    KLDivergence = "kl_divergence": |y, p| {
        let (y, p) = (y.clip(EPSILON, 1.0), p.clip(EPSILON, 1.0));
        (&y * (&y / p).log()).sum(-1)
    };

    /// `mean(y_pred - y_true log(y_pred + 1e-7))` over the last axis: counts and their expected values (Keras `Poisson`).
    Poisson = "poisson": |y, p| (&p - y * (&p + EPSILON).log()).mean(-1);
}
