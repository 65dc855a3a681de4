//! Distances of numbers.

use super::{EPSILON, formulas::formulas};

formulas! {
    /// `mean((y_true - y_pred)^2)` over the last axis (Keras `MeanSquaredError`).
    MeanSquaredError = "mean_squared_error": |y, p| (p - y).square().mean(-1);

    /// `mean(|y_true - y_pred|)` over the last axis (Keras `MeanAbsoluteError`).
    MeanAbsoluteError = "mean_absolute_error": |y, p| (p - y).abs().mean(-1);

    /// `100 mean(|y_true - y_pred| / max(|y_true|, 1e-7))` over the last axis, in percent (Keras `MeanAbsolutePercentageError`).
    MeanAbsolutePercentageError = "mean_absolute_percentage_error": |y, p| ((&y - p) / y.abs().maximum(EPSILON)).abs().mean(-1) * 100.0;

    /// `mean((log(1 + y_true) - log(1 + y_pred))^2)` over the last axis, of numbers that are at least 1e-7 (Keras `MeanSquaredLogarithmicError`).
    MeanSquaredLogarithmicError = "mean_squared_logarithmic_error":
        |y, p| (p.maximum(EPSILON).log1p() - y.maximum(EPSILON).log1p()).square().mean(-1);

    /// `mean(log(cosh(y_pred - y_true)))` over the last axis (Keras `LogCosh`).
    LogCosh = "log_cosh": |y, p| {
        // |x| + log((1 + e^(-2|x|)) / 2), which neither overflows nor cancels.
        let x = (p - y).abs();
        (&x + ((&x * -2.0).expm1() * 0.5).log1p()).mean(-1)
    };
}
