//! Hashes of texts, the same as TensorFlow's: FarmHash's 64-bit fingerprint (Pike and Alakuijala 2014), and SipHash-2-4 (Aumasson and Bernstein 2012)
//! where there is a key.

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;

/// The eight bytes at `at`; bytes after the end are 0.
fn word(s: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(s.iter().skip(at)) {
        *to = *from;
    }
    u64::from_le_bytes(bytes)
}

fn shift_mix(x: u64) -> u64 {
    x ^ (x >> 47)
}

fn mix(u: u64, v: u64, factor: u64) -> u64 {
    let a = shift_mix((u ^ v).wrapping_mul(factor));
    shift_mix((v ^ a).wrapping_mul(factor)).wrapping_mul(factor)
}

/// FarmHash's fingerprint of bytes.
pub(crate) fn farm(s: &[u8]) -> u64 {
    let n = s.len();
    match n {
        0 => K2,
        1..=3 => {
            let (first, middle, last) = (u64::from(s[0]), u64::from(s[n / 2]), u64::from(s[n - 1]));
            let (y, z) = (first + (middle << 8), n as u64 + (last << 2));
            shift_mix(y.wrapping_mul(K2) ^ z.wrapping_mul(K0)).wrapping_mul(K2)
        }
        4..=7 => {
            let half = |at| word(s, at) & 0xffff_ffff;
            mix(n as u64 + (half(0) << 3), half(n - 4), factor(n))
        }
        8..=16 => {
            let (a, b) = (word(s, 0).wrapping_add(K2), word(s, n - 8));
            let c = b.rotate_right(37).wrapping_mul(factor(n)).wrapping_add(a);
            let d = a.rotate_right(25).wrapping_add(b).wrapping_mul(factor(n));
            mix(c, d, factor(n))
        }
        17..=32 => {
            let (a, b) = (word(s, 0).wrapping_mul(K1), word(s, 8));
            let (c, d) = (word(s, n - 8).wrapping_mul(factor(n)), word(s, n - 16).wrapping_mul(K2));
            let (y, z) = halves(a, b, c, d);
            mix(y, z, factor(n))
        }
        33..=64 => farm_64(s),
        _ => farm_long(s),
    }
}

fn factor(n: usize) -> u64 {
    K2.wrapping_add(2 * n as u64)
}

fn halves(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let y = a.wrapping_add(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d);
    let z = a.wrapping_add(b.wrapping_add(K2).rotate_right(18)).wrapping_add(c);
    (y, z)
}

fn farm_64(s: &[u8]) -> u64 {
    let (n, factor) = (s.len(), factor(s.len()));
    let (a, b) = (word(s, 0).wrapping_mul(K2), word(s, 8));
    let (c, d) = (word(s, n - 8).wrapping_mul(factor), word(s, n - 16).wrapping_mul(K2));
    let (y, other) = halves(a, b, c, d);
    let z = mix(y, other, factor);
    let (e, f) = (word(s, 16).wrapping_mul(factor), word(s, 24));
    let g = y.wrapping_add(word(s, n - 32)).wrapping_mul(factor);
    let h = z.wrapping_add(word(s, n - 24)).wrapping_mul(factor);
    mix(
        e.wrapping_add(f).rotate_right(43).wrapping_add(g.rotate_right(30)).wrapping_add(h),
        e.wrapping_add(f.wrapping_add(a).rotate_right(18)).wrapping_add(g),
        factor,
    )
}

/// The state of a hash of more than 64 bytes.
struct State {
    x: u64,
    y: u64,
    z: u64,
    v: (u64, u64),
    w: (u64, u64),
}

impl State {
    /// Takes in 64 bytes; `last` ones are weighted by 9.
    fn take(&mut self, s: &[u8], factor: u64, weight: u64) {
        let State { x, y, z, v, w } = self;
        *x = x.wrapping_add(*y).wrapping_add(v.0).wrapping_add(word(s, 8)).rotate_right(37).wrapping_mul(factor);
        *y = y.wrapping_add(v.1).wrapping_add(word(s, 48)).rotate_right(42).wrapping_mul(factor);
        *x ^= w.1.wrapping_mul(weight);
        *y = y.wrapping_add(v.0.wrapping_mul(weight)).wrapping_add(word(s, 40));
        *z = z.wrapping_add(w.0).rotate_right(33).wrapping_mul(factor);
        *v = weak(s, 0, v.1.wrapping_mul(factor), x.wrapping_add(w.0));
        *w = weak(s, 32, z.wrapping_add(w.1), y.wrapping_add(word(s, 16)));
        std::mem::swap(z, x);
    }
}

fn weak(s: &[u8], at: usize, a: u64, b: u64) -> (u64, u64) {
    let a = a.wrapping_add(word(s, at));
    let b = b.wrapping_add(a).wrapping_add(word(s, at + 24)).rotate_right(21);
    let sum = a.wrapping_add(word(s, at + 8)).wrapping_add(word(s, at + 16));
    (sum.wrapping_add(word(s, at + 24)), b.wrapping_add(sum.rotate_right(44)).wrapping_add(a))
}

fn farm_long(s: &[u8]) -> u64 {
    const SEED: u64 = 81;
    let y = SEED.wrapping_mul(K1).wrapping_add(113);
    let z = shift_mix(y.wrapping_mul(K2).wrapping_add(113)).wrapping_mul(K2);
    let mut state = State { x: SEED.wrapping_mul(K2).wrapping_add(word(s, 0)), y, z, v: (0, 0), w: (0, 0) };
    let rest = (s.len() - 1) % 64; // of the last block, one less
    for block in s[..s.len() - 1 - rest].chunks(64) {
        state.take(block, K1, 1);
    }
    let factor = K1.wrapping_add((state.z & 0xff) << 1);
    state.w.0 = state.w.0.wrapping_add(rest as u64);
    state.v.0 = state.v.0.wrapping_add(state.w.0);
    state.w.0 = state.w.0.wrapping_add(state.v.0);
    state.take(&s[s.len() - 64..], factor, 9);
    let State { x, y, z, v, w } = state;
    let first = mix(v.0, w.0, factor).wrapping_add(shift_mix(y).wrapping_mul(K0)).wrapping_add(z);
    mix(first, mix(v.1, w.1, factor).wrapping_add(x), factor)
}

/// SipHash-2-4 of bytes.
pub(crate) fn sip(s: &[u8], key: [u64; 2]) -> u64 {
    let constants = [0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573u64];
    let mut v: [u64; 4] = std::array::from_fn(|i| constants[i] ^ key[i % 2]);
    let whole = s.len() / 8 * 8;
    let last = word(s, whole) | (s.len() as u64) << 56;
    for m in s[..whole].chunks(8).map(|chunk| word(chunk, 0)).chain([last]) {
        v[3] ^= m;
        sip_rounds(&mut v, 2);
        v[0] ^= m;
    }
    v[2] ^= 0xff;
    sip_rounds(&mut v, 4);
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn sip_rounds(v: &mut [u64; 4], rounds: usize) {
    fn half(v: &mut [u64; 4], a: usize, b: usize, turn: u32) {
        v[a] = v[a].wrapping_add(v[b]);
        v[b] = v[b].rotate_left(turn) ^ v[a];
    }
    for _ in 0..rounds {
        half(v, 0, 1, 13);
        v[0] = v[0].rotate_left(32);
        half(v, 2, 3, 16);
        half(v, 0, 3, 21);
        half(v, 2, 1, 17);
        v[2] = v[2].rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are TensorFlow's `to_hash_bucket_fast` with 2^62 buckets and `to_hash_bucket_strong` with 1000.
    #[test]
    fn texts_of_every_length_hash_as_in_tensorflow() {
        let texts: [(String, u64, u64); 16] = [
            (String::new(), 1936946117179621455, 900),
            ("a".into(), 3694432073954588131, 354),
            ("ab".into(), 3066228220894225694, 330),
            ("abcd".into(), 1897425971756105985, 879),
            ("abcdefg".into(), 4341691227789030229, 311),
            ("abcdefgh".into(), 4533385575889643785, 444),
            ("abcdefghijklmnop".into(), 1469030743107030717, 220),
            ("abcdefghijklmnopq".into(), 2171023947900359592, 614),
            ("x".repeat(32), 3678204687145032709, 341),
            ("y".repeat(33), 3999049019338133246, 380),
            ("abc".repeat(21), 4241425588846684725, 371),
            ("z".repeat(64), 294799756062990872, 383),
            ("w".repeat(65), 3272011567211491968, 351),
            ("The quick brown fox jumps over the lazy dog. ".repeat(5), 1781180847324610034, 204),
            ("é日本".into(), 182395348649139630, 492),
            ("0123456789".repeat(30), 4542588636679321795, 664),
        ];
        for (text, farmed, sipped) in texts {
            assert_eq!(farm(text.as_bytes()) % (1 << 62), farmed, "{text}");
            assert_eq!(sip(text.as_bytes(), [133, 137]) % 1000, sipped, "{text}");
        }
    }
}
