// Functions that generated kernels call; each kernel takes those that it needs. WGSL's own are used where they are exact enough everywhere; those
// here are not (WGSL allows sin an absolute error of 2^-11, log one of 2^-21 near 1, atan 4096 units in the last place).
// Polynomials: Moshier's Cephes (single precision), FreeBSD's msun, and Giles' erfinv.

// Bits that the compiler cannot see through: constant expressions may be neither infinite nor NaN.
fn float_from(bits: u32) -> f32 {
    var opaque = bits;
    return bitcast<f32>(opaque);
}

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// NaN where either is.
fn max_f32(a: f32, b: f32) -> f32 {
    return select(b, a, a >= b || is_nan(a));
}

fn min_f32(a: f32, b: f32) -> f32 {
    return select(b, a, a <= b || is_nan(a));
}

fn sign_f32(x: f32) -> f32 {
    return select(select(x, -1.0f, x < 0.0f), 1.0f, x > 0.0f);
}

// NaN of NaN: the test is one of bits, as drivers make `x < 0 ? 0 : x` a maximum, which drops NaN.
fn relu_f32(x: f32) -> f32 {
    return select(0.0f, x, x > 0.0f || is_nan(x));
}

// 2^k for k in -126..=127.
fn power_of_two(k: i32) -> f32 {
    return bitcast<f32>(u32(k + 127) << 23u);
}

fn exp_f32(x: f32) -> f32 {
    if (!(x <= 88.72284f)) {
        return select(float_from(0x7f800000u), x, is_nan(x));
    }
    if (x < -103.97208f) {
        return 0.0f;
    }
    let n = round(x * 1.442695041f);
    let r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    var p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    // In two steps, because 2^n alone may overflow or underflow.
    let k = i32(n);
    let lower = k / 2;
    return p * power_of_two(lower) * power_of_two(k - lower);
}

fn expm1_f32(x: f32) -> f32 {
    if (abs(x) > 0.5f) {
        return exp_f32(x) - 1.0f;
    }
    var p = 2.7557319e-6f;
    p = p * x + 2.4801587e-5f;
    p = p * x + 1.9841270e-4f;
    p = p * x + 1.3888889e-3f;
    p = p * x + 8.3333333e-3f;
    p = p * x + 4.1666667e-2f;
    p = p * x + 1.6666667e-1f;
    p = p * x + 0.5f;
    return p * x * x + x;
}

fn log_f32(x: f32) -> f32 {
    if (!(x > 0.0f)) {
        return select(float_from(0x7fc00000u), float_from(0xff800000u), x == 0.0f);
    }
    if (x > 3.4028234e38f) {
        return x;
    }
    let tiny = x < 1.1754944e-38f;
    let bits = bitcast<u32>(select(x, x * 8388608.0f, tiny)) + 0x004afb0du;
    let k = f32(i32(bits >> 23u) - 127 - select(0, 23, tiny));
    let f = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    let s = f / (2.0f + f);
    let z = s * s;
    let w = z * z;
    let r = z * (0.66666662693f + w * 0.28498786688f) + w * (0.40000972152f + w * 0.24279078841f);
    let square = 0.5f * f * f;
    return s * (square + r) + k * 9.0580006145e-6f - square + f + k * 6.9313812256e-1f;
}

fn log1p_f32(x: f32) -> f32 {
    let u = 1.0f + x;
    let whole = log_f32(u);
    // What the addition lost, to first order.
    let lost = (x - (u - 1.0f)) / u;
    return select(whole + lost, whole, !(u > 0.0f) || u > 1.0e10f);
}

// The argument of sin or cos as an octant, made even, and what is left of it.
fn octant(x: f32) -> u32 {
    let j = u32(abs(x) * 1.27323954473516f);
    return j + (j & 1u);
}

fn in_octant(x: f32, j: u32) -> f32 {
    let y = f32(j);
    return ((abs(x) - y * 0.78515625f) - y * 2.4187564849853515625e-4f) - y * 3.77489497744594108e-8f;
}

fn sin_near_0(x: f32) -> f32 {
    let z = x * x;
    return ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * x + x;
}

fn cos_near_0(x: f32) -> f32 {
    let z = x * x;
    return ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1.0f;
}

fn sin_f32(x: f32) -> f32 {
    if (!(abs(x) <= 8192.0f)) {
        return select(sin(x), float_from(0x7fc00000u), !(abs(x) < 3.4028235e38f));
    }
    let j = octant(x);
    let r = in_octant(x, j);
    let y = select(sin_near_0(r), cos_near_0(r), (j & 2u) != 0u);
    return select(y, -y, ((j & 4u) != 0u) != (x < 0.0f));
}

fn cos_f32(x: f32) -> f32 {
    if (!(abs(x) <= 8192.0f)) {
        return select(cos(x), float_from(0x7fc00000u), !(abs(x) < 3.4028235e38f));
    }
    let j = octant(x);
    let r = in_octant(x, j);
    let y = select(cos_near_0(r), sin_near_0(r), (j & 2u) != 0u);
    return select(y, -y, ((j + 2u) & 4u) != 0u);
}

fn tan_f32(x: f32) -> f32 {
    return sin_f32(x) / cos_f32(x);
}

fn asin_f32(x: f32) -> f32 {
    let a = abs(x);
    if (!(a <= 1.0f)) {
        return float_from(0x7fc00000u);
    }
    let outer = a > 0.5f;
    let z = select(a * a, 0.5f * (1.0f - a), outer);
    let s = select(a, sqrt(z), outer);
    var p = 4.2163199048e-2f;
    p = p * z + 2.4181311049e-2f;
    p = p * z + 4.5470025998e-2f;
    p = p * z + 7.4953002686e-2f;
    p = p * z + 1.6666752422e-1f;
    p = p * z * s + s;
    p = select(p, 1.5707963267948966f - 2.0f * p, outer);
    return select(p, -p, x < 0.0f);
}

fn acos_f32(x: f32) -> f32 {
    if (x > 0.5f) {
        return 2.0f * asin_f32(sqrt(0.5f * (1.0f - x)));
    }
    if (x < -0.5f) {
        return 3.1415926535897932f - 2.0f * asin_f32(sqrt(0.5f * (1.0f + x)));
    }
    return 1.5707963267948966f - asin_f32(x);
}

fn atan_f32(x: f32) -> f32 {
    let a = abs(x);
    var y = 0.0f;
    var r = a;
    if (a > 2.414213562373095f) {
        y = 1.5707963267948966f;
        r = -1.0f / a;
    } else if (a > 0.4142135623730950f) {
        y = 0.7853981633974483f;
        r = (a - 1.0f) / (a + 1.0f);
    }
    let z = r * r;
    y += (((8.05374449538e-2f * z - 1.38776856032e-1f) * z + 1.99777106478e-1f) * z - 3.33329491539e-1f) * z * r + r;
    return select(y, -y, x < 0.0f);
}

fn atan2_f32(y: f32, x: f32) -> f32 {
    if (is_nan(x) || is_nan(y)) {
        return x + y;
    }
    let a = max(abs(x), abs(y));
    let b = min(abs(x), abs(y));
    let both_infinite = b > 3.4028234e38f;
    var angle = select(atan_f32(b / a), 0.7853981633974483f, both_infinite);
    angle = select(angle, 0.0f, a == 0.0f);
    angle = select(angle, 1.5707963267948966f - angle, abs(y) > abs(x));
    // The sign bit, because atan2(0, -0) is pi.
    angle = select(angle, 3.1415926535897932f - angle, (bitcast<u32>(x) >> 31u) == 1u);
    return select(angle, -angle, (bitcast<u32>(y) >> 31u) == 1u);
}

fn sinh_f32(x: f32) -> f32 {
    let a = abs(x);
    if (a < 1.0f) {
        let z = x * x;
        return x + x * z * (1.6666667e-1f + z * (8.3333333e-3f + z * (1.9841270e-4f + z * 2.7557319e-6f)));
    }
    let y = cosh_f32(x) - exp_f32(-a);
    return select(y, -y, x < 0.0f);
}

fn cosh_f32(x: f32) -> f32 {
    let a = abs(x);
    if (a > 80.0f) {
        let root = exp_f32(0.5f * a);
        return 0.5f * root * root;
    }
    let e = exp_f32(a);
    return 0.5f * e + 0.5f / e;
}

fn tanh_f32(x: f32) -> f32 {
    let a = abs(x);
    if (a < 0.625f) {
        let z = x * x;
        var p = -5.70498872745e-3f;
        p = p * z + 2.06390887954e-2f;
        p = p * z - 5.37397155531e-2f;
        p = p * z + 1.33314422036e-1f;
        p = p * z - 3.33332819422e-1f;
        return p * z * x + x;
    }
    if (a > 9.1f) {
        return select(1.0f, -1.0f, x < 0.0f);
    }
    let y = 1.0f - 2.0f / (exp_f32(2.0f * a) + 1.0f);
    return select(y, -y, x < 0.0f);
}

fn sigmoid_f32(x: f32) -> f32 {
    let e = exp_f32(-abs(x));
    return select(e, 1.0f, x >= 0.0f) / (1.0f + e);
}

fn erf_f32(x: f32) -> f32 {
    if (is_nan(x)) {
        return x;
    }
    let c = clamp(x, -4.0f, 4.0f);
    let z = c * c;
    var p = -2.72614225801306e-10f;
    p = p * z + 2.77068142495902e-8f;
    p = p * z - 2.10102402082508e-6f;
    p = p * z - 5.69250639462346e-5f;
    p = p * z - 7.34990630326855e-4f;
    p = p * z - 2.95459980854025e-3f;
    p = p * z - 1.60960333262415e-2f;
    var q = -1.45660718464996e-5f;
    q = q * z - 2.13374055278905e-4f;
    q = q * z - 1.68282697438203e-3f;
    q = q * z - 7.37332916720468e-3f;
    q = q * z - 1.42647390514189e-2f;
    return clamp(c * p / q, -1.0f, 1.0f);
}

fn erfinv_f32(x: f32) -> f32 {
    if (!(abs(x) < 1.0f)) {
        let infinite = float_from((bitcast<u32>(x) & 0x80000000u) | 0x7f800000u);
        return select(float_from(0x7fc00000u), infinite, abs(x) == 1.0f);
    }
    var w = -log_f32((1.0f - x) * (1.0f + x));
    var p = 0.0f;
    if (w < 5.0f) {
        w = w - 2.5f;
        p = 2.81022636e-8f;
        p = p * w + 3.43273939e-7f;
        p = p * w - 3.5233877e-6f;
        p = p * w - 4.39150654e-6f;
        p = p * w + 2.1858087e-4f;
        p = p * w - 1.25372503e-3f;
        p = p * w - 4.17768164e-3f;
        p = p * w + 2.46640727e-1f;
        p = p * w + 1.50140941f;
    } else {
        w = sqrt(w) - 3.0f;
        p = -2.00214257e-4f;
        p = p * w + 1.00950558e-4f;
        p = p * w + 1.34934322e-3f;
        p = p * w - 3.67342844e-3f;
        p = p * w + 5.73950773e-3f;
        p = p * w - 7.6224613e-3f;
        p = p * w + 9.43887047e-3f;
        p = p * w + 1.00167406f;
        p = p * w + 2.83297682f;
    }
    return p * x;
}

// C's pow. Small whole exponents by squaring, which is exact where the result is.
fn pow_f32(x: f32, y: f32) -> f32 {
    if (y == 0.0f || x == 1.0f) {
        return 1.0f;
    }
    if (is_nan(x) || is_nan(y)) {
        return x + y;
    }
    let a = abs(x);
    let whole = floor(y) == y;
    if (whole && abs(y) <= 64.0f) {
        var n = u32(abs(y));
        var base = x;
        var product = 1.0f;
        for (var i = 0u; i < 7u; i++) {
            if ((n & 1u) != 0u) {
                product *= base;
            }
            base *= base;
            n >>= 1u;
        }
        return select(product, 1.0f / product, y < 0.0f);
    }
    if (abs(y) > 3.4028234e38f) {
        let grows = (a > 1.0f) == (y > 0.0f);
        return select(select(0.0f, y * y, grows), 1.0f, a == 1.0f);
    }
    if (x < 0.0f && !whole) {
        return select(float_from(0x7fc00000u), select(0.0f, a, y > 0.0f), a > 3.4028234e38f);
    }
    let power = exp_f32(y * log_f32(a));
    let odd = whole && abs(y) < 16777216.0f && (u32(abs(y)) & 1u) != 0u;
    return select(power, -power, x < 0.0f && odd);
}

// Python's remainder, exact: the sign is that of the divisor.
fn rem_f32(a: f32, b: f32) -> f32 {
    let y = abs(b);
    var x = abs(a);
    if (!(x <= 3.4028235e38f) || !(y > 0.0f)) {
        return float_from(0x7fc00000u);
    }
    if (!(y <= 3.4028235e38f)) {
        if (is_nan(b)) {
            return b;
        }
        return select(a, b, a != 0.0f && (a < 0.0f) != (b < 0.0f));
    }
    // Long division: subtract the largest y * 2^k that fits; no subtraction rounds.
    for (var i = 0u; i < 300u && x >= y; i++) {
        let k = (bitcast<u32>(x) >> 23u) - (bitcast<u32>(y) >> 23u);
        var part = bitcast<f32>(bitcast<u32>(y) + (k << 23u));
        if (part > x) {
            part = bitcast<f32>(bitcast<u32>(y) + ((k - 1u) << 23u));
        }
        x -= part;
    }
    let rest = select(x, -x, a < 0.0f);
    return select(rest, rest + b, rest != 0.0f && (rest < 0.0f) != (b < 0.0f));
}

fn div_i32(a: i32, b: i32) -> i32 {
    return select(a / select(b, 1, b == 0), 0, b == 0);
}

fn div_u32(a: u32, b: u32) -> u32 {
    return select(a / select(b, 1u, b == 0u), 0u, b == 0u);
}

fn rem_i32(a: i32, b: i32) -> i32 {
    if (b == 0 || b == -1) {
        return 0;
    }
    let rest = a % b;
    return select(rest, rest + b, rest != 0 && (rest < 0) != (b < 0));
}

fn rem_u32(a: u32, b: u32) -> u32 {
    return select(a % select(b, 1u, b == 0u), 0u, b == 0u);
}

// Truncates toward zero and saturates; NaN gives 0.
fn i32_from_f32(x: f32) -> i32 {
    let inside = i32(clamp(x, -2147483648.0f, 2147483520.0f));
    return select(select(inside, 2147483647, x >= 2147483648.0f), 0, is_nan(x));
}

fn u32_from_f32(x: f32) -> u32 {
    let inside = u32(clamp(x, 0.0f, 4294967040.0f));
    return select(select(inside, 4294967295u, x >= 4294967296.0f), 0u, is_nan(x));
}

// Whether a maximum (minimum) moves from `best` to `value`: NaN counts as the most extreme, the first one wins.
fn above_f32(value: f32, best: f32) -> bool {
    return value > best || (is_nan(value) && !is_nan(best));
}

fn below_f32(value: f32, best: f32) -> bool {
    return value < best || (is_nan(value) && !is_nan(best));
}
