//! Functions of f32 that LLVM can vectorise: no branch, no table, no call. Each is within 2 or 3 units in the last place of the exact value.
//!
//! The range reductions and polynomials are those of Cephes (S. Moshier), the error function is N. Juffa's, its inverse M. Giles'.
#![allow(clippy::excessive_precision)]

use pulp::NullaryFnOnce;
use std::f32::consts::LOG2_E;

/// The high and the low part of ln 2.
const LN2_HIGH: f32 = 0.693_359_375;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// `2^n` for whole `n` of -126 to 127.
#[inline(always)]
fn power_of_two(n: f32) -> f32 {
    // Adding 1.5 * 2^23 leaves the integer in the low bits of the mantissa.
    f32::from_bits(((n + 12_582_912.0).to_bits().wrapping_add(127)) << 23)
}

/// `exp(r) - 1 - r` for `|r| <= ln(2) / 2`.
#[inline(always)]
fn exp_rest(r: f32) -> f32 {
    let mut p = 1.987_569_1e-4f32;
    p = p.mul_add(r, 1.398_199_9e-3);
    p = p.mul_add(r, 8.333_452e-3);
    p = p.mul_add(r, 4.166_579_6e-2);
    p = p.mul_add(r, 1.666_666_5e-1);
    p = p.mul_add(r, 5e-1);
    p * (r * r)
}

/// `(n, r)` with `x = n ln 2 + r`.
#[inline(always)]
fn reduce_exp(x: f32) -> (f32, f32) {
    let n = x.mul_add(LOG2_E, 12_582_912.0) - 12_582_912.0;
    (n, n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, x)))
}

/// `exp(x)`
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Beyond these bounds the result is 0 or infinite; NaN stays NaN.
    let bounded = if x < -104.0 { -104.0 } else { x };
    let bounded = if bounded > 89.0 { 89.0 } else { bounded };
    let (n, r) = reduce_exp(bounded);
    // 2^n in two factors, so that subnormal and nearly infinite results are right.
    let half = (n * 0.5).floor();
    (1.0 + (r + exp_rest(r))) * power_of_two(half) * power_of_two(n - half)
}

/// `exp(x) - 1`
#[inline(always)]
pub(super) fn expm1(x: f32) -> f32 {
    let bounded = if x < -18.0 { -18.0 } else { x };
    let bounded = if bounded > 89.0 { 89.0 } else { bounded };
    let (n, r) = reduce_exp(bounded);
    let half = (n * 0.5).floor();
    let (s1, s2) = (power_of_two(half), power_of_two(n - half));
    let rest = exp_rest(r) + r;
    // 2^n e^r - 1 = 2^n (e^r - 1) + (2^n - 1)
    let large = (1.0 + rest) * s1 * s2;
    let scale = s1 * s2;
    let small = scale.mul_add(rest, scale - 1.0);
    let value = if n > 24.0 { large } else { small };
    if x == 0.0 { x } else { value }
}

/// `log(x)`
#[inline(always)]
pub(super) fn log(x: f32) -> f32 {
    // Subnormal numbers are scaled up first.
    let small = x < f32::MIN_POSITIVE;
    let scaled = if small { x * 8_388_608.0 } else { x };
    let shift = if small { -23.0 } else { 0.0 };
    let bits = scaled.to_bits();
    // x = 2^e m with m in [sqrt(1/2), sqrt(2))
    let offset = bits.wrapping_sub(0x3f35_04f3);
    let e = ((offset as i32) >> 23) as f32 + shift;
    let m = f32::from_bits((offset & 0x007f_ffff).wrapping_add(0x3f35_04f3));
    let value = log_parts(m - 1.0, e);
    let value = if x == f32::INFINITY { x } else { value };
    let value = if x == 0.0 { f32::NEG_INFINITY } else { value };
    if x >= 0.0 { value } else { f32::NAN }
}

/// `log(1 + f) + e ln 2` for `1 + f` in [sqrt(1/2), sqrt(2)).
#[inline(always)]
fn log_parts(f: f32, e: f32) -> f32 {
    let mut p = 7.037_683_6e-2f32;
    p = p.mul_add(f, -1.151_461e-1);
    p = p.mul_add(f, 1.167_699_87e-1);
    p = p.mul_add(f, -1.242_014_1e-1);
    p = p.mul_add(f, 1.424_932_3e-1);
    p = p.mul_add(f, -1.666_805_8e-1);
    p = p.mul_add(f, 2.000_071_5e-1);
    p = p.mul_add(f, -2.499_999_4e-1);
    p = p.mul_add(f, 3.333_333_1e-1);
    let square = f * f;
    let y = (p * f).mul_add(square, e * LN2_LOW);
    let y = square.mul_add(-0.5, y);
    e.mul_add(LN2_HIGH, f + y)
}

/// `log(1 + x)`
#[inline(always)]
pub(super) fn log1p(x: f32) -> f32 {
    // log(u) with u = 1 + x rounded, corrected by the rounding error: log(1 + x) = log(u) + (x - (u - 1)) / u.
    let u = 1.0 + x;
    let error = if x > 1.0 { 1.0 - (u - x) } else { x - (u - 1.0) };
    let correction = if u > 0.0 && u < f32::INFINITY { error / u } else { 0.0 };
    let value = log(u) + correction;
    if u == 1.0 { x } else { value }
}

/// `1 / (1 + exp(-x))`
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    let numerator = if x < 0.0 { e } else { 1.0 };
    numerator / (1.0 + e)
}

/// `tanh(x)`
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let a = x.abs();
    // tanh(a) = (e^2a - 1) / (e^2a + 1)
    let e = expm1(if a > 10.0 { 20.0 } else { 2.0 * a });
    let value = (e / (e + 2.0)).copysign(x);
    if x.is_nan() { x } else { value }
}

/// The error function.
#[inline(always)]
pub(super) fn erf(x: f32) -> f32 {
    let a = x.abs();
    // Near 0: x times a polynomial in x^2.
    let t = x * x;
    let mut p = -5.967_617e-4f32;
    p = p.mul_add(t, 4.991_194_23e-3);
    p = p.mul_add(t, -2.676_813_49e-2);
    p = p.mul_add(t, 1.128_199_25e-1);
    p = p.mul_add(t, -3.761_253_36e-1);
    p = p.mul_add(t, 1.283_791_66e-1);
    let small = p.mul_add(x, x);
    // Elsewhere 1 - exp(q(a)).
    let mut q = -1.728_534_7e-5f32;
    q = q.mul_add(a, 3.831_971_26e-4);
    q = q.mul_add(a, -3.883_964_38e-3);
    q = q.mul_add(a, 2.425_462_19e-2);
    q = q.mul_add(a, -1.067_778_77e-1);
    q = q.mul_add(a, -6.348_466_87e-1);
    q = q.mul_add(a, -1.287_175_12e-1);
    let bounded = if a > 4.0 { -20.0 } else { q.mul_add(a, -a) };
    let large = (1.0 - exp(bounded)).copysign(x);
    let value = if a > 0.927_734_375 { large } else { small };
    if x.is_nan() { x } else { value }
}

/// The inverse of the error function.
#[inline(always)]
pub(super) fn erfinv(x: f32) -> f32 {
    let w = -log((1.0 - x) * (1.0 + x));
    let near = w - 2.5;
    let mut p = 2.810_226_36e-8f32;
    for c in [
        3.432_739_39e-7,
        -3.523_387_7e-6,
        -4.391_506_54e-6,
        2.185_808_7e-4,
        -1.253_725_03e-3,
        -4.177_681_64e-3,
        2.466_407_27e-1,
        1.501_409_41,
    ] {
        p = p.mul_add(near, c);
    }
    let far = w.sqrt() - 3.0;
    let mut q = -2.002_142_57e-4f32;
    for c in
        [1.009_505_58e-4, 1.349_343_22e-3, -3.673_428_44e-3, 5.739_507_73e-3, -7.622_461_3e-3, 9.438_870_47e-3, 1.001_674_06, 2.832_976_82]
    {
        q = q.mul_add(far, c);
    }
    let value = if w < 5.0 { p } else { q } * x;
    if x.abs() == 1.0 { f32::INFINITY.copysign(x) } else { value }
}

/// [`erfinv`] of all of a slice. It is too long for LLVM to inline it where it is only given as a function.
pub(super) struct ErfInv<'a>(pub(super) &'a mut [f32], pub(super) &'a [f32]);

impl NullaryFnOnce for ErfInv<'_> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (out, &x) in self.0.iter_mut().zip(self.1) {
            *out = erfinv(x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error in units in the last place over a sweep of bit patterns.
    fn worst(function: fn(f32) -> f32, exact: fn(f64) -> f64, low: f32, high: f32) -> (f64, f32) {
        let mut worst = (0.0, 0.0);
        let mut check = |x: f32| {
            if !(low..=high).contains(&x) {
                return;
            }
            let (y, e) = (f64::from(function(x)), exact(f64::from(x)));
            let unit = f64::from((e as f32).abs().next_up() - (e as f32).abs());
            let error = if y == e || (e as f32).is_infinite() && y == f64::from(e as f32) { 0.0 } else { (y - e).abs() / unit };
            if error.is_nan() || error > worst.0 {
                worst = (if error.is_nan() { f64::MAX } else { error }, x);
            }
        };
        for bits in (0..u32::MAX / 2).step_by(4999) {
            check(f32::from_bits(bits));
            check(-f32::from_bits(bits));
        }
        for i in 0..=200_000 {
            check(low.max(-10.0) + (high.min(10.0) - low.max(-10.0)) * (i as f32 / 200_000.0));
        }
        worst
    }

    /// Name, function, exact function, range.
    type Row = (&'static str, fn(f32) -> f32, fn(f64) -> f64, f32, f32);

    #[test]
    fn functions_are_exact_to_three_units() {
        let rows: [Row; 7] = [
            ("exp", exp, f64::exp, -110.0, 95.0),
            ("expm1", expm1, f64::exp_m1, -110.0, 95.0),
            ("log", log, f64::ln, 0.0, f32::MAX),
            ("log1p", log1p, f64::ln_1p, -0.999_999, f32::MAX),
            ("sigmoid", sigmoid, |x| 1.0 / (1.0 + (-x).exp()), -80.0, 100.0),
            ("tanh", tanh, f64::tanh, -100.0, 100.0),
            ("erf", erf, libm::erf, -100.0, 100.0),
        ];
        let errors: Vec<_> = rows.iter().map(|r| (r.0, worst(r.1, r.2, r.3, r.4))).collect();
        assert!(errors.iter().all(|(_, (error, _))| *error <= 3.0), "{errors:?}");
    }

    /// Its polynomials are good to 4e-7, relative.
    #[test]
    fn erfinv_inverts_erf() {
        let (error, at) = worst(erfinv, crate::reference::special::erfinv, -1.0, 1.0);
        assert!(error <= 10.0, "{error} units at {at}");
        assert_eq!((erfinv(1.0), erfinv(-1.0)), (f32::INFINITY, f32::NEG_INFINITY));
        assert!(erfinv(1.5).is_nan() && erfinv(f32::NAN).is_nan());
    }

    #[test]
    fn special_values() {
        for f in [exp, expm1, log, log1p, sigmoid, tanh, erf] {
            assert!(f(f32::NAN).is_nan());
        }
        assert_eq!((exp(f32::INFINITY), exp(f32::NEG_INFINITY)), (f32::INFINITY, 0.0));
        assert_eq!((expm1(f32::INFINITY), expm1(f32::NEG_INFINITY)), (f32::INFINITY, -1.0));
        assert_eq!((log(0.0), log(f32::INFINITY)), (f32::NEG_INFINITY, f32::INFINITY));
        assert!(log(-1.0).is_nan() && log1p(-1.5).is_nan());
        assert_eq!((log1p(-1.0), log1p(f32::INFINITY)), (f32::NEG_INFINITY, f32::INFINITY));
        assert_eq!((tanh(f32::INFINITY), tanh(f32::NEG_INFINITY)), (1.0, -1.0));
        assert_eq!((sigmoid(f32::INFINITY), sigmoid(f32::NEG_INFINITY)), (1.0, 0.0));
        assert_eq!((erf(f32::INFINITY), erf(f32::NEG_INFINITY)), (1.0, -1.0));
        assert!(expm1(-0.0).is_sign_negative() && tanh(-0.0).is_sign_negative() && log1p(-0.0).is_sign_negative());
    }
}
