//! Initial values of variables. They are drawn on the host by Philox, so every device starts with the same bits.

use crate::{
    error::{Error, Result},
    family::family,
};
use draw::Draw;
use serde::{Deserialize, Serialize};

mod draw;
mod orthogonal;

family! {
    /// How a variable gets its first values (Keras `initializers`).
    ///
    /// `in` and `out` are the numbers of values that a result is made of, and of results that a value goes to: for a kernel of shape
    /// `[..., inputs, outputs]` they are `inputs` and `outputs` times the product of the axes before, for a vector its length, for a scalar 1; and
    /// the products of `input_axes` and `output_axes` where both are given. With a `seed` the values depend on it alone, else on the model's seed and
    /// the variable's number. A name that stands for nothing is kept; building the model gives the error with the variable's path and the near names.
    ///
    /// ```
    /// use wgrad_model::Initializer;
    ///
    /// assert_eq!(Initializer::Constant { value: 0.5 }.values(&[2, 1], 0, 0)?, [0.5, 0.5]);
    /// let seeded = Initializer::from("he_normal").seed(7);
    /// assert_eq!(seeded.values(&[3, 4], 0, 0)?, seeded.values(&[3, 4], 1, 2)?);
    /// let own = Initializer::custom("ramp", |shape, _seed, _stream| Ok((0..shape.iter().product()).map(|i| i as f32).collect()));
    /// assert_eq!(own.values(&[3], 0, 0)?, [0.0, 1.0, 2.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    Initializer, "initializer", "keras.initializers", false, [Fn(&[usize], u64, u32) -> Result<Vec<f32>>];
    /// 0
    "Zeros" | "zero" => Zeros,
    /// 1
    "Ones" | "one" => Ones,
    /// One number.
    "Constant" => Constant {
        /// The number.
        value: f64 = 0.0,
    },
    /// `gain` on the diagonal of a matrix, else 0.
    "Identity" | "IdentityInitializer" => Identity {
        /// Factor.
        gain: f64 = 1.0,
    },
    /// Uniform on `[minval, maxval)`.
    "RandomUniform" | "uniform" => RandomUniform {
        /// The lower bound.
        minval: f64 = -0.05,
        /// The upper bound.
        maxval: f64 = 0.05,
        /// The values' own seed.
        seed: Option<u64> = None,
    },
    /// Normal.
    "RandomNormal" | "normal" => RandomNormal {
        /// The mean.
        mean: f64 = 0.0,
        /// The standard deviation.
        stddev: f64 = 0.05,
        /// The values' own seed.
        seed: Option<u64> = None,
    },
    /// Normal, with values further than two standard deviations from the mean drawn again.
    "TruncatedNormal" => TruncatedNormal {
        /// The mean.
        mean: f64 = 0.0,
        /// The standard deviation before values are drawn again.
        stddev: f64 = 0.05,
        /// The values' own seed.
        seed: Option<u64> = None,
    },
    /// Mean 0 and variance `scale / n`, where `n` is `in`, `out` or their mean, at least 1.
    "VarianceScaling" => VarianceScaling {
        /// Positive factor of the variance.
        scale: f64 = 1.0,
        /// What `n` is.
        mode: FanMode = FanMode::FanIn,
        /// Which values.
        distribution: Distribution = Distribution::TruncatedNormal,
        /// The values' own seed.
        seed: Option<u64> = None,
        /// The axes whose product is `in`.
        input_axes: Option<Vec<i64>> = None,
        /// The axes whose product is `out`.
        output_axes: Option<Vec<i64>> = None,
    },
    /// Uniform with `limit = sqrt(6 / (in + out))`; the default of kernels (Glorot and Bengio 2010).
    "GlorotUniform" => GlorotUniform(scaling: Scaling),
    /// Truncated normal with `stddev = sqrt(2 / (in + out))` after truncation.
    "GlorotNormal" => GlorotNormal(scaling: Scaling),
    /// Uniform with `limit = sqrt(6 / in)` (He et al. 2015).
    "HeUniform" => HeUniform(scaling: Scaling),
    /// Truncated normal with `stddev = sqrt(2 / in)` after truncation.
    "HeNormal" => HeNormal(scaling: Scaling),
    /// Uniform with `limit = sqrt(3 / in)` (LeCun et al. 1998).
    "LecunUniform" => LecunUniform(scaling: Scaling),
    /// Truncated normal with `stddev = sqrt(1 / in)` after truncation.
    "LecunNormal" => LecunNormal(scaling: Scaling),
    /// `gain` times a random matrix with orthonormal columns, or rows where there are fewer of them; all axes but the last are its rows (Saxe et al. 2014).
    "Orthogonal" | "OrthogonalInitializer" => Orthogonal {
        /// Factor.
        gain: f64 = 1.0,
        /// The values' own seed.
        seed: Option<u64> = None,
    },
}

use Initializer::*;

/// The default of kernels: Glorot uniform.
impl Default for Initializer {
    fn default() -> Self {
        GlorotUniform(Scaling::default())
    }
}

/// What the initializers of one scale have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scaling {
    /// The values' own seed.
    pub seed: Option<u64>,
    /// The axes whose product is `in`.
    pub input_axes: Option<Vec<i64>>,
    /// The axes whose product is `out`.
    pub output_axes: Option<Vec<i64>>,
}

/// What [`Initializer::VarianceScaling`] divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FanMode {
    FanIn,
    FanOut,
    FanAvg,
}

/// What [`Initializer::VarianceScaling`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Distribution {
    Uniform,
    #[serde(alias = "normal")]
    TruncatedNormal,
    UntruncatedNormal,
}

/// The standard deviation of the standard normal distribution cut off at -2 and 2.
const TRUNCATED_STDDEV: f64 = 0.879_625_661_034_239_8;

impl Initializer {
    /// The same with a seed of its own, where it is random.
    #[must_use]
    pub fn seed(mut self, own: u64) -> Initializer {
        match &mut self {
            RandomUniform { seed, .. } | RandomNormal { seed, .. } | TruncatedNormal { seed, .. } => *seed = Some(own),
            VarianceScaling { seed, .. } | Orthogonal { seed, .. } => *seed = Some(own),
            GlorotUniform(scaling) | GlorotNormal(scaling) | HeUniform(scaling) => scaling.seed = Some(own),
            HeNormal(scaling) | LecunUniform(scaling) | LecunNormal(scaling) => scaling.seed = Some(own),
            Zeros | Ones | Constant { .. } | Identity { .. } | Custom(_) | Unknown(_) => {}
        }
        self
    }

    /// The first values of a variable of `shape`, row-major, the same for the same `seed` and `stream` on every machine.
    ///
    /// # Errors
    /// A name that stands for nothing; a shape that the initializer does not make; [`Initializer::VarianceScaling`] with a `scale` that is not positive;
    /// those of a closure, or another number of values from it.
    pub fn values(&self, shape: &[usize], seed: u64, stream: u32) -> Result<Vec<f32>> {
        let n = shape.iter().try_fold(1usize, |n, &length| n.checked_mul(length)).filter(|n| *n <= isize::MAX as usize / 8);
        let n = n.ok_or_else(|| self.invalid(format!("a variable of shape {shape:?} is too large")))?;
        let draw = |own: &Option<u64>| own.map_or(Draw { seed, stream }, |seed| Draw { seed, stream: 0 });
        let scaled = |scaling: &Scaling, scale: f64, mode, distribution| {
            let variance = scale / self.fan(shape, scaling, mode)?;
            let draw = draw(&scaling.seed);
            Ok(match distribution {
                Distribution::Uniform => draw.uniform(n, -(3.0 * variance).sqrt(), (3.0 * variance).sqrt()),
                Distribution::TruncatedNormal => draw.truncated(n, 0.0, variance.sqrt() / TRUNCATED_STDDEV),
                Distribution::UntruncatedNormal => draw.normal(n, 0.0, variance.sqrt()),
            })
        };
        match self {
            Zeros => Ok(vec![0.0; n]),
            Ones => Ok(vec![1.0; n]),
            Constant { value } => Ok(vec![*value as f32; n]),
            Identity { gain } => self.identity(shape, *gain),
            RandomUniform { minval, maxval, seed } => Ok(draw(seed).uniform(n, *minval, *maxval)),
            RandomNormal { mean, stddev, seed } => Ok(draw(seed).normal(n, *mean, *stddev)),
            TruncatedNormal { mean, stddev, seed } => Ok(draw(seed).truncated(n, *mean, *stddev)),
            VarianceScaling { scale, .. } if !(*scale > 0.0 && scale.is_finite()) => {
                Err(self.invalid(format!("scale must be positive, got {scale}")))
            }
            VarianceScaling { scale, mode, distribution, seed, input_axes, output_axes } => {
                let scaling = Scaling { seed: *seed, input_axes: input_axes.clone(), output_axes: output_axes.clone() };
                scaled(&scaling, *scale, *mode, *distribution)
            }
            GlorotUniform(scaling) => scaled(scaling, 1.0, FanMode::FanAvg, Distribution::Uniform),
            GlorotNormal(scaling) => scaled(scaling, 1.0, FanMode::FanAvg, Distribution::TruncatedNormal),
            HeUniform(scaling) => scaled(scaling, 2.0, FanMode::FanIn, Distribution::Uniform),
            HeNormal(scaling) => scaled(scaling, 2.0, FanMode::FanIn, Distribution::TruncatedNormal),
            LecunUniform(scaling) => scaled(scaling, 1.0, FanMode::FanIn, Distribution::Uniform),
            LecunNormal(scaling) => scaled(scaling, 1.0, FanMode::FanIn, Distribution::TruncatedNormal),
            Orthogonal { gain, seed } => match shape {
                [rows @ .., columns] if !rows.is_empty() => Ok(orthogonal::values(rows.iter().product(), *columns, *gain, &draw(seed))),
                _ => Err(self.invalid(format!("it makes tensors of two or more axes, not of shape {shape:?}"))),
            },
            Custom(custom) => match (custom.function)(shape, seed, stream)? {
                values if values.len() == n => Ok(values),
                values => Err(self.invalid(format!("it gave {} values for the shape {shape:?}", values.len()))),
            },
            Unknown(name) => Err(Initializer::unknown(name).into()),
        }
    }

    fn invalid(&self, rule: String) -> Error {
        Error::invalid(format!("initializer {}", self.name()), rule)
    }

    fn identity(&self, shape: &[usize], gain: f64) -> Result<Vec<f32>> {
        let [rows, columns] = *shape else {
            return Err(self.invalid(format!("it makes matrices, not a tensor of shape {shape:?}")));
        };
        let mut values = vec![0.0; rows * columns];
        values.iter_mut().step_by(columns + 1).take(rows.min(columns)).for_each(|v| *v = gain as f32);
        Ok(values)
    }

    /// What a variance is divided by, at least 1 (Keras' `compute_fans`).
    fn fan(&self, shape: &[usize], scaling: &Scaling, mode: FanMode) -> Result<f64> {
        let product = |axes: &[i64]| {
            let lengths = axes.iter().map(|&axis| {
                let place = if axis < 0 { axis + shape.len() as i64 } else { axis };
                usize::try_from(place).ok().and_then(|place| shape.get(place)).map(|length| *length as f64)
            });
            lengths.product::<Option<f64>>().ok_or_else(|| self.invalid(format!("the axes {axes:?} are not all in the shape {shape:?}")))
        };
        let (fan_in, fan_out) = match (&scaling.input_axes, &scaling.output_axes, shape) {
            (Some(input), Some(output), _) => (product(input)?, product(output)?),
            (_, _, []) => (1.0, 1.0),
            (_, _, [n]) => (*n as f64, *n as f64),
            (_, _, [receptive @ .., inputs, outputs]) => {
                let field: f64 = receptive.iter().map(|length| *length as f64).product();
                (*inputs as f64 * field, *outputs as f64 * field)
            }
        };
        Ok(match mode {
            FanMode::FanIn => fan_in,
            FanMode::FanOut => fan_out,
            FanMode::FanAvg => (fan_in + fan_out) / 2.0,
        }
        .max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
        let he = Initializer::from("he_normal");
        assert_eq!(he.values(&[3, 4], 5, 6).unwrap(), he.values(&[3, 4], 5, 6).unwrap());
        assert_ne!(he.values(&[3, 4], 5, 6).unwrap(), he.values(&[3, 4], 5, 7).unwrap());
        assert_ne!(he.values(&[3, 4], 5, 6).unwrap(), he.values(&[3, 4], 6, 6).unwrap());
    }

    #[test]
    fn own_seeds() {
        for name in Initializer::names() {
            let values = |seed, own| Initializer::from(name).seed(own).values(&[4, 4], seed, 3).unwrap();
            assert_eq!(values(1, 5), values(2, 5), "{name}");
            let is_random = !["Zeros", "zero", "Ones", "one", "Constant", "Identity", "IdentityInitializer"].contains(&name);
            assert_eq!(values(1, 5) != values(1, 6), is_random, "{name}");
        }
    }

    #[test]
    fn scales_of_modes_and_axes() {
        let limit = |config: serde_json::Value, shape: &[usize]| {
            let initializer = Initializer::from_config("VarianceScaling", &config).unwrap();
            initializer.values(shape, 3, 0).unwrap().into_iter().fold(0f32, |a, v| a.max(v.abs())).powi(2)
        };
        let near = |got: f32, expected: f32| assert!(got <= expected && got > 0.98 * expected, "{got}, expected {expected}");
        near(limit(json!({"distribution": "uniform"}), &[30, 50]), 3.0 / 30.0);
        near(limit(json!({"distribution": "uniform", "mode": "fan_out", "scale": 2}), &[30, 50]), 6.0 / 50.0);
        near(limit(json!({"distribution": "uniform", "mode": "fan_avg"}), &[3, 3, 10, 20]), 3.0 / 135.0);
        near(limit(json!({"distribution": "uniform", "input_axes": [0, -1], "output_axes": [1]}), &[5, 7, 40]), 3.0 / 200.0);
    }

    #[test]
    fn orthogonal_columns_or_rows() {
        for shape in [vec![5, 3], vec![3, 5], vec![2, 3, 4], vec![4, 4]] {
            let values = Orthogonal { gain: 2.0, seed: None }.values(&shape, 1, 2).unwrap();
            let columns = *shape.last().unwrap();
            let rows = values.len() / columns;
            let at = |i: usize, j: usize| f64::from(if rows < columns { values[j * columns + i] } else { values[i * columns + j] });
            for a in 0..rows.min(columns) {
                for b in 0..rows.min(columns) {
                    let product: f64 = (0..rows.max(columns)).map(|i| at(i, a) * at(i, b)).sum();
                    assert!((product - if a == b { 4.0 } else { 0.0 }).abs() < 1e-6, "{shape:?}: {a}, {b}: {product}");
                }
            }
        }
    }

    #[test]
    fn keras_forms() {
        let parse = |json| serde_json::from_value::<Initializer>(json).unwrap();
        assert_eq!(parse(json!("he_normal")), HeNormal(Scaling::default()));
        assert_eq!(parse(json!({"class_name": "Constant", "config": {"value": 0.37}})), Constant { value: 0.37 });
        assert_eq!(parse(json!({"class_name": "GlorotUniform", "config": {"seed": null}})), Initializer::default());
        let generator = json!({"class_name": "SeedGenerator", "config": {"seed": 9}});
        let orthogonal = parse(json!({"class_name": "OrthogonalInitializer", "config": {"gain": 2, "seed": generator}}));
        assert_eq!(orthogonal, Orthogonal { gain: 2.0, seed: Some(9) });
        for name in Initializer::names() {
            assert_eq!(parse(Initializer::from(name).seed(3).to_json()), Initializer::from(name).seed(3));
        }
        let scaled = LecunNormal(Scaling { seed: Some(4), ..Scaling::default() });
        assert_eq!(scaled.to_json()["config"], json!({"seed": 4, "input_axes": null, "output_axes": null}));
        assert_eq!(Initializer::from("identity").values(&[2, 3], 0, 0).unwrap(), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn mistakes() {
        let text = |initializer: Initializer, shape: &[usize]| initializer.values(shape, 0, 0).unwrap_err().to_string();
        assert!(text("he_norml".into(), &[1]).contains("there is no initializer \"he_norml\"; did you mean HeNormal"));
        assert_eq!(text("identity".into(), &[2]), "initializer Identity: it makes matrices, not a tensor of shape [2]");
        assert_eq!(text("orthogonal".into(), &[2]), "initializer Orthogonal: it makes tensors of two or more axes, not of shape [2]");
        assert_eq!(
            text("ones".into(), &[usize::MAX, 2]),
            format!("initializer Ones: a variable of shape [{}, 2] is too large", usize::MAX)
        );
        let scale = Initializer::from_config("VarianceScaling", &json!({"scale": 0})).unwrap();
        assert_eq!(text(scale, &[2]), "initializer VarianceScaling: scale must be positive, got 0");
        let axes = HeNormal(Scaling { seed: None, input_axes: Some(vec![0]), output_axes: Some(vec![2]) });
        assert_eq!(text(axes, &[2, 3]), "initializer HeNormal: the axes [2] are not all in the shape [2, 3]");
        assert_eq!(
            text(Initializer::custom("two", |_, _, _| Ok(vec![0.0; 2])), &[3]),
            "initializer two: it gave 2 values for the shape [3]"
        );
        let argument = Initializer::from_config("HeNormal", &json!({"sede": 0})).unwrap_err().to_string();
        assert!(argument.starts_with("initializer HeNormal: unknown field `sede`, expected one of `seed`"), "{argument}");
    }
}
