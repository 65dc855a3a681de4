//! Functions that the standard library does not have.

use std::f64::consts::{FRAC_2_SQRT_PI, PI};

/// The logistic function, without overflow.
pub(crate) fn sigmoid(x: f64) -> f64 {
    if x < 0.0 {
        let e = x.exp();
        e / (1.0 + e)
    } else {
        1.0 / (1.0 + (-x).exp())
    }
}

/// The inverse of the error function: Winitzki's closed approximation, good to 2e-3, and Halley steps, each of which triples the number of digits.
pub(crate) fn erfinv(x: f64) -> f64 {
    const A: f64 = 0.147;
    let rest = 1.0 - x.abs();
    if rest <= 0.0 || x == 0.0 || x.is_nan() {
        return if rest == 0.0 {
            f64::INFINITY.copysign(x)
        } else if x == 0.0 {
            x
        } else {
            f64::NAN
        };
    }
    let log = (-x * x).ln_1p();
    let t = 2.0 / (PI * A) + log / 2.0;
    let mut y = ((t * t - log / A).sqrt() - t).max(0.0).sqrt();
    for _ in 0..3 {
        // Near 1 the difference is taken in the complement, where it keeps its digits.
        let error = if rest < 0.5 { rest - libm::erfc(y) } else { libm::erf(y) - x.abs() };
        let step = error / (FRAC_2_SQRT_PI * (-y * y).exp());
        y -= step / (1.0 + y * step);
    }
    y.copysign(x)
}

#[cfg(test)]
mod tests {
    use super::erfinv;

    #[test]
    fn erfinv_inverts_erf() {
        for x in [1e-300, 1e-9, 1e-3, 0.1, 0.49, 0.51, 0.9, 0.999, 1.0 - 1e-9, 1.0 - 1e-15] {
            let y = erfinv(x);
            // The error of the argument, carried over to the result: d erf = 2 / sqrt(pi) exp(-y^2) dy.
            let error = if x < 0.5 { (libm::erf(y) - x) / x } else { (libm::erfc(y) - (1.0 - x)) / (1.0 - x) };
            assert!(error.abs() < 1e-13, "erfinv({x}) = {y}, relative error {error}");
            assert_eq!(erfinv(-x), -y);
        }
        assert_eq!((erfinv(0.0), erfinv(1.0), erfinv(-1.0)), (0.0, f64::INFINITY, f64::NEG_INFINITY));
        assert!(erfinv(1.5).is_nan() && erfinv(f64::NAN).is_nan());
    }
}
