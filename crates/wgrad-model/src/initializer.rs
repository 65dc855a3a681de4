//! Initial values of variables. They are drawn on the host by Philox, so every device starts with the same bits.

use crate::error::{Error, Result, UnknownName};
use serde::{Deserialize, Deserializer, Serialize};
use wgrad_tensor::philox;

/// How a variable gets its first values. Fans: `in = shape[-2] * receptive field`, `out = shape[-1] * receptive field`.
///
/// A name that stands for nothing is kept; building the model gives the error with the variable's path and the near names.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(tag = "class_name", content = "config")]
pub enum Initializer {
    /// 0
    Zeros,
    /// 1
    Ones,
    /// One number.
    Constant {
        /// The number.
        value: f32,
    },
    /// 1 on the diagonal of a matrix, else 0.
    Identity {
        /// Factor.
        gain: f32,
    },
    /// Uniform on `[minval, maxval)`.
    #[allow(missing_docs)]
    RandomUniform { minval: f32, maxval: f32 },
    /// Normal.
    #[allow(missing_docs)]
    RandomNormal { mean: f32, stddev: f32 },
    /// Normal, with values further than two standard deviations from the mean drawn again.
    #[allow(missing_docs)]
    TruncatedNormal { mean: f32, stddev: f32 },
    /// Uniform with `limit = sqrt(6 / (in + out))`; the default of kernels (Glorot and Bengio 2010).
    #[default]
    GlorotUniform,
    /// Truncated normal with `stddev = sqrt(2 / (in + out))` after truncation.
    GlorotNormal,
    /// Uniform with `limit = sqrt(6 / in)` (He et al. 2015).
    HeUniform,
    /// Truncated normal with `stddev = sqrt(2 / in)` after truncation.
    HeNormal,
    /// Uniform with `limit = sqrt(3 / in)` (LeCun et al. 1998).
    LecunUniform,
    /// Truncated normal with `stddev = sqrt(1 / in)` after truncation.
    LecunNormal,
    /// A name that stands for nothing.
    Unknown(String),
}

use Initializer::*;

/// Class names of Keras with their default arguments.
const NAMES: [(&str, Initializer); 13] = [
    ("Zeros", Zeros),
    ("Ones", Ones),
    ("Constant", Constant { value: 0.0 }),
    ("Identity", Identity { gain: 1.0 }),
    ("RandomUniform", RandomUniform { minval: -0.05, maxval: 0.05 }),
    ("RandomNormal", RandomNormal { mean: 0.0, stddev: 0.05 }),
    ("TruncatedNormal", TruncatedNormal { mean: 0.0, stddev: 0.05 }),
    ("GlorotUniform", GlorotUniform),
    ("GlorotNormal", GlorotNormal),
    ("HeUniform", HeUniform),
    ("HeNormal", HeNormal),
    ("LecunUniform", LecunUniform),
    ("LecunNormal", LecunNormal),
];

/// The standard deviation of the standard normal distribution cut off at -2 and 2.
const TRUNCATED_STDDEV: f64 = 0.879_625_661_034_239_8;

impl Initializer {
    /// The first values of a variable of `shape`, row-major, the same for the same `seed` and `stream` on every machine.
    ///
    /// # Errors
    /// A name that stands for nothing; [`Initializer::Identity`] for anything but a matrix.
    pub fn values(&self, shape: &[usize], seed: u64, stream: u32) -> Result<Vec<f32>> {
        let n = shape.iter().product();
        let (fan_in, fan_out) = fans(shape);
        let draw = Draw { seed, stream };
        let scaled_normal = |variance: f64| draw.truncated(n, 0.0, variance.sqrt() / TRUNCATED_STDDEV);
        let scaled_uniform = |variance: f64| {
            let limit = (3.0 * variance).sqrt();
            draw.uniform(n, -limit, limit)
        };
        Ok(match self {
            Zeros => vec![0.0; n],
            Ones => vec![1.0; n],
            Constant { value } => vec![*value; n],
            Identity { gain } => identity(shape, *gain)?,
            RandomUniform { minval, maxval } => draw.uniform(n, (*minval).into(), (*maxval).into()),
            RandomNormal { mean, stddev } => draw.normal(n, (*mean).into(), (*stddev).into()),
            TruncatedNormal { mean, stddev } => draw.truncated(n, (*mean).into(), (*stddev).into()),
            GlorotUniform => scaled_uniform(2.0 / (fan_in + fan_out)),
            GlorotNormal => scaled_normal(2.0 / (fan_in + fan_out)),
            HeUniform => scaled_uniform(2.0 / fan_in),
            HeNormal => scaled_normal(2.0 / fan_in),
            LecunUniform => scaled_uniform(1.0 / fan_in),
            LecunNormal => scaled_normal(1.0 / fan_in),
            Unknown(name) => return Err(UnknownName::new("initializer", name, NAMES.iter().map(|(n, _)| *n)).into()),
        })
    }
}

fn identity(shape: &[usize], gain: f32) -> Result<Vec<f32>> {
    let [rows, cols] = *shape else {
        return Err(Error::invalid("initializer Identity", format!("it makes matrices, not a tensor of shape {shape:?}")));
    };
    let mut values = vec![0.0; rows * cols];
    values.iter_mut().step_by(cols + 1).take(rows.min(cols)).for_each(|v| *v = gain);
    Ok(values)
}

/// Keras' `compute_fans`, at least 1 each: a scalar has 1, a vector its length, a kernel its last two axes times the others.
fn fans(shape: &[usize]) -> (f64, f64) {
    let (fan_in, fan_out) = match *shape {
        [] => (1, 1),
        [n] => (n, n),
        [ref receptive @ .., fan_in, fan_out] => {
            let field: usize = receptive.iter().product();
            (fan_in * field, fan_out * field)
        }
    };
    (fan_in.max(1) as f64, fan_out.max(1) as f64)
}

/// Streams of initial values lie in the upper half of the numbers, out of the way of those that layers draw from in training.
const STREAMS: u32 = 1 << 31;

/// A stream of random numbers.
struct Draw {
    seed: u64,
    stream: u32,
}

impl Draw {
    /// Block `block` of the try `attempt`: four numbers uniform on `(0, 1)`, never 0 or 1.
    fn block(&self, block: u64, attempt: u32) -> [f64; 4] {
        let counter = [block as u32, (block >> 32) as u32, self.stream | STREAMS, attempt];
        philox(counter, [self.seed as u32, (self.seed >> 32) as u32]).map(|bits| (f64::from(bits) + 0.5) / 4_294_967_296.0)
    }

    /// Two independent standard normal numbers from two uniform ones (Box and Muller 1958).
    fn box_muller(u: f64, v: f64) -> [f64; 2] {
        let (radius, angle) = ((-2.0 * u.ln()).sqrt(), std::f64::consts::TAU * v);
        [radius * angle.cos(), radius * angle.sin()]
    }

    fn normals(&self, block: u64, attempt: u32) -> [f64; 4] {
        let [a, b, c, d] = self.block(block, attempt);
        let ([w, x], [y, z]) = (Draw::box_muller(a, b), Draw::box_muller(c, d));
        [w, x, y, z]
    }

    fn each(n: usize, block: impl Fn(u64) -> [f64; 4], value: impl Fn(usize, f64) -> f64) -> Vec<f32> {
        let numbers = (0..n.div_ceil(4) as u64).flat_map(block);
        numbers.take(n).enumerate().map(|(i, x)| value(i, x) as f32).collect()
    }

    fn uniform(&self, n: usize, low: f64, high: f64) -> Vec<f32> {
        Draw::each(n, |block| self.block(block, 0), |_, u| low + (high - low) * u)
    }

    fn normal(&self, n: usize, mean: f64, stddev: f64) -> Vec<f32> {
        Draw::each(n, |block| self.normals(block, 0), |_, z| mean + stddev * z)
    }

    /// Draws again, from the next attempt's block, each number beyond two standard deviations.
    fn truncated(&self, n: usize, mean: f64, stddev: f64) -> Vec<f32> {
        let inside = |i: usize, first: f64| {
            let again = (1..).map(|attempt| self.normals(i as u64 / 4, attempt)[i % 4]);
            std::iter::once(first).chain(again).find(|z| z.abs() <= 2.0).unwrap_or(0.0)
        };
        Draw::each(n, |block| self.normals(block, 0), |i, z| mean + stddev * inside(i, z))
    }
}

impl From<&str> for Initializer {
    fn from(name: &str) -> Self {
        let wanted = crate::by_name::canonical(name);
        let known = NAMES.iter().find(|(known, _)| crate::by_name::canonical(known) == wanted);
        known.map_or_else(|| Unknown(name.into()), |(_, initializer)| initializer.clone())
    }
}

/// As Keras writes them: a name, or `{"class_name": ..., "config": {...}}`; arguments that are absent keep their defaults.
impl<'de> Deserialize<'de> for Initializer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Name(String),
            Object { class_name: String, config: Option<Config> },
        }
        #[derive(Default, Deserialize)]
        struct Config {
            value: Option<f32>,
            gain: Option<f32>,
            minval: Option<f32>,
            maxval: Option<f32>,
            mean: Option<f32>,
            stddev: Option<f32>,
        }
        let (name, given) = match Form::deserialize(deserializer)? {
            Form::Name(name) => (name, Config::default()),
            Form::Object { class_name, config } => (class_name, config.unwrap_or_default()),
        };
        Ok(match Initializer::from(name.as_str()) {
            Constant { value } => Constant { value: given.value.unwrap_or(value) },
            Identity { gain } => Identity { gain: given.gain.unwrap_or(gain) },
            RandomUniform { minval, maxval } => {
                RandomUniform { minval: given.minval.unwrap_or(minval), maxval: given.maxval.unwrap_or(maxval) }
            }
            RandomNormal { mean, stddev } => RandomNormal { mean: given.mean.unwrap_or(mean), stddev: given.stddev.unwrap_or(stddev) },
            TruncatedNormal { mean, stddev } => {
                TruncatedNormal { mean: given.mean.unwrap_or(mean), stddev: given.stddev.unwrap_or(stddev) }
            }
            other @ (Zeros | Ones | GlorotUniform | GlorotNormal | HeUniform | HeNormal | LecunUniform | LecunNormal | Unknown(_)) => other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(values: &[f32]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        (mean, (values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n).sqrt())
    }

    /// Mean and deviation within five standard errors of Keras' distributions, and never outside the support.
    #[test]
    fn distributions() {
        let shape = [5, 5, 40, 50];
        let (n, fan_in, fan_out) = (50_000f64, 1000.0, 1250.0);
        let cases = [
            ("glorot_uniform", 2.0f64 / (fan_in + fan_out), 3f64.sqrt()),
            ("glorot_normal", 2.0 / (fan_in + fan_out), 2.0 / TRUNCATED_STDDEV),
            ("he_uniform", 2.0 / fan_in, 3f64.sqrt()),
            ("he_normal", 2.0 / fan_in, 2.0 / TRUNCATED_STDDEV),
            ("lecun_uniform", 1.0 / fan_in, 3f64.sqrt()),
            ("lecun_normal", 1.0 / fan_in, 2.0 / TRUNCATED_STDDEV),
            ("random_normal", 0.0025, 7.0),
            ("random_uniform", 0.0025 / 3.0, 3f64.sqrt()),
        ];
        for (name, variance, bound) in cases {
            let values = Initializer::from(name).values(&shape, 7, 1).unwrap();
            let ((mean, std), expected) = (moments(&values), variance.sqrt());
            assert!(mean.abs() < 5.0 * expected / n.sqrt(), "{name}: mean {mean}");
            assert!((std / expected - 1.0).abs() < 5.0 / n.sqrt(), "{name}: deviation {std}, expected {expected}");
            let largest = values.iter().fold(0f32, |a, v| a.max(v.abs()));
            assert!(f64::from(largest) <= expected * bound * 1.0001, "{name}: {largest} is outside its support");
        }
    }

    #[test]
    fn same_seed_same_values() {
        let he = Initializer::HeNormal;
        assert_eq!(he.values(&[3, 4], 5, 6).unwrap(), he.values(&[3, 4], 5, 6).unwrap());
        assert_ne!(he.values(&[3, 4], 5, 6).unwrap(), he.values(&[3, 4], 5, 7).unwrap());
        assert_ne!(he.values(&[3, 4], 5, 6).unwrap(), he.values(&[3, 4], 6, 6).unwrap());
    }

    #[test]
    fn keras_forms() {
        let parse = |text: &str| serde_json::from_str::<Initializer>(text).unwrap();
        assert_eq!(parse("\"he_normal\""), Initializer::HeNormal);
        assert_eq!(parse(r#"{"class_name": "Constant", "config": {"value": 0.37}}"#), Constant { value: 0.37 });
        assert_eq!(parse(r#"{"class_name": "GlorotUniform", "config": {"seed": null}}"#), GlorotUniform);
        let identity = Initializer::from("identity");
        assert_eq!(identity.values(&[2, 3], 0, 0).unwrap(), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        let unknown = Initializer::from("he_norml").values(&[1], 0, 0).unwrap_err().to_string();
        assert!(unknown.contains("there is no initializer \"he_norml\"; did you mean HeNormal"), "{unknown}");
    }
}
