//! Activation functions by their Keras names.

use crate::{family::family, layers::AxisList};
use wgrad_tensor::Tensor;

mod functions;

family! {
    /// An activation function, element-wise unless said otherwise (Keras `activations`).
    ///
    /// A name that stands for nothing is kept; the layer that applies it gives the error, with its path and the near names.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::Activation;
    /// use wgrad_tensor::Tensor;
    ///
    /// let x = Tensor::from([-2.0f32, 0.5, 3.0]);
    /// assert_eq!(Activation::from("relu").apply(&x).to_vec::<f32>()?, [0.0, 0.5, 3.0]);
    /// let leaky = Activation::LeakyRelu { negative_slope: 0.5 };
    /// assert_eq!(leaky.apply(&x).to_vec::<f32>()?, [-1.0, 0.5, 3.0]);
    /// let own = Activation::custom("squared_relu", |x| x.relu().square());
    /// assert_eq!(own.apply(&x).to_vec::<f32>()?, [0.0, 0.25, 9.0]);
    /// # Ok::<(), wgrad_tensor::Error>(())
    /// ```
    #[derive(Default)]
    Activation, "activation", "keras.activations", true, [Fn(&Tensor) -> Tensor];
    /// `x`
    #[default]
    "linear" => Linear,
    /// `x` from `threshold` to `max_value`, `max_value` above, `negative_slope (x - threshold)` below
    "relu" => Relu {
        /// Slope below the threshold.
        negative_slope: f64 = 0.0,
        /// The largest value, where there is one.
        max_value: Option<f64> = None,
        /// Where it begins.
        threshold: f64 = 0.0,
    },
    /// `min(max(x, 0), 6)`
    "relu6" => Relu6,
    /// `x` if positive, else `negative_slope x`
    "leaky_relu" => LeakyRelu {
        /// Slope below 0.
        negative_slope: f64 = 0.2,
    },
    /// `x` if positive, else `alpha (exp(x) - 1)` (Clevert et al. 2016)
    "elu" => Elu {
        /// The limit below is `-alpha`.
        alpha: f64 = 1.0,
    },
    /// `x` if positive, else `alpha (exp(x / alpha) - 1)` (Barron 2017)
    "celu" => Celu {
        /// The limit below is `-alpha`.
        alpha: f64 = 1.0,
    },
    /// `1.05070098 x` if positive, else `1.05070098 * 1.67326324 (exp(x) - 1)` (Klambauer et al. 2017)
    "selu" => Selu,
    /// `x Phi(x)` with the normal distribution's `Phi` (Hendrycks and Gimpel 2016)
    "gelu" => Gelu {
        /// Whether `Phi` is approximated by a tanh; else it is exact.
        approximate: bool = false,
    },
    /// `a sigmoid(b)` of the two halves `a` and `b` of `x` along an axis (Dauphin et al. 2017)
    "glu" => Glu {
        /// The axis that is cut in half.
        axis: i64 = -1,
    },
    /// `x sigmoid(x)`, also called swish (Ramachandran et al. 2017)
    "silu" | "swish" => Silu,
    /// `x hard_sigmoid(x)` (Howard et al. 2019)
    "hard_silu" | "hard_swish" => HardSilu,
    /// `x tanh(softplus(x))` (Misra 2019)
    "mish" => Mish,
    /// `1 / (1 + exp(-x))`; a loss after it computes from its argument
    "sigmoid" => Sigmoid,
    /// `min(max(x / 6 + 1 / 2, 0), 1)`
    "hard_sigmoid" => HardSigmoid,
    /// `min(max((x + 1) / 2, 0), 1)`
    "sparse_sigmoid" => SparseSigmoid,
    /// `log(1 / (1 + exp(-x)))`
    "log_sigmoid" => LogSigmoid,
    /// `tanh(x)`
    "tanh" => Tanh,
    /// `min(max(x, -1), 1)`
    "hard_tanh" => HardTanh,
    /// `x - tanh(x)`
    "tanh_shrink" => TanhShrink,
    /// `x` if `|x| > threshold`, else 0
    "hard_shrink" => HardShrink {
        /// Up to where it is 0.
        threshold: f64 = 0.5,
    },
    /// `x - threshold` above `threshold`, `x + threshold` below `-threshold`, else 0
    "soft_shrink" => SoftShrink {
        /// Up to where it is 0.
        threshold: f64 = 0.5,
    },
    /// `x` if `x > threshold`, else `default_value`
    "threshold" => Threshold {
        /// From where on it is `x`. Keras asks for it always; 0 by default here.
        threshold: f64 = 0.0,
        /// The value below. Keras asks for it always; 0 by default here.
        default_value: f64 = 0.0,
    },
    /// `exp(x)`
    "exponential" => Exponential,
    /// `log(exp(x) + 1)`
    "softplus" => Softplus,
    /// 0 up to -1, `(x + 1)^2 / 4` up to 1, then `x`
    "sparse_plus" => SparsePlus,
    /// `(x + sqrt(x^2 + b)) / 2` (Barron 2021)
    "squareplus" => Squareplus {
        /// How smooth it is.
        b: f64 = 4.0,
    },
    /// `x / (|x| + 1)`
    "softsign" => Softsign,
    /// `exp(x_i) / sum_j exp(x_j)` over one or several axes; a loss after it computes from its argument
    "softmax" => Softmax {
        /// The axis or axes of the sum.
        axis: AxisList = AxisList::One(-1),
    },
    /// `log(softmax(x))` over an axis
    "log_softmax" => LogSoftmax {
        /// The axis of the sum.
        axis: i64 = -1,
    },
    /// `max(x_i - tau, 0)` over an axis, after Martins and Astudillo (2016). `tau` is that of Keras 3, which adds up the partial sums of the support
    /// instead of taking the last one, so that the results add up to 1 only where the support is one element.
    "sparsemax" => Sparsemax {
        /// The axis of the sums.
        axis: i64 = -1,
    },
}

use Activation::*;

impl Activation {
    /// The function of `x`, of the same shape (of half of it along the axis of `glu`).
    #[track_caller]
    pub fn apply(&self, x: &Tensor) -> Tensor {
        match self {
            Linear => x.clone(),
            Relu { negative_slope, max_value, threshold } => functions::relu(x, *negative_slope, *max_value, *threshold),
            Relu6 => x.relu().minimum(6.0),
            LeakyRelu { negative_slope } => x.gt(0.0).where_(x, x * *negative_slope),
            Elu { alpha } => functions::elu(x, *alpha),
            Celu { alpha } => x.relu() + (x.minimum(0.0) / *alpha).expm1() * *alpha,
            Selu => functions::elu(x, 1.673_263_242_354_377_2) * 1.050_700_987_355_480_5,
            Gelu { approximate: true } => functions::gelu_tanh(x),
            Gelu { approximate: false } => x * 0.5 * ((x * std::f64::consts::FRAC_1_SQRT_2).erf() + 1.0),
            Glu { axis } => functions::glu(x, *axis),
            Silu => x * x.sigmoid(),
            HardSilu => x * HardSigmoid.apply(x),
            Mish => x * x.softplus().tanh(),
            Sigmoid => x.sigmoid(),
            HardSigmoid => (x / 6.0 + 0.5).clip(0.0, 1.0),
            SparseSigmoid => ((x + 1.0) * 0.5).clip(0.0, 1.0),
            LogSigmoid => x.log_sigmoid(),
            Tanh => x.tanh(),
            HardTanh => x.clip(-1.0, 1.0),
            TanhShrink => x - x.tanh(),
            HardShrink { threshold } => x.abs().gt(*threshold).where_(x, 0.0),
            SoftShrink { threshold } => {
                let below = x.lt(-threshold).where_(x + *threshold, 0.0);
                x.gt(*threshold).where_(x - *threshold, below)
            }
            Threshold { threshold, default_value } => x.gt(*threshold).where_(x, *default_value),
            Exponential => x.exp(),
            Softplus => x.softplus(),
            SparsePlus => x.lt(1.0).where_((x.clip(-1.0, 1.0) + 1.0).square() * 0.25, x),
            Squareplus { b } => functions::squareplus(x, *b),
            Softsign => x / (x.abs() + 1.0),
            Softmax { axis } => softmax(x, axis),
            LogSoftmax { axis } => x.log_softmax(*axis),
            Sparsemax { axis } => functions::sparsemax(x, *axis),
            Custom(custom) => (custom.function)(x),
            Unknown(name) => Tensor::invalid("activation", Activation::unknown(name).to_string(), &[x]),
        }
    }
}

/// Over several axes at once the sum is that of all of them.
#[track_caller]
fn softmax(x: &Tensor, axes: &AxisList) -> Tensor {
    match axes {
        AxisList::One(axis) => x.softmax(*axis),
        AxisList::Several(_) => match axes.resolve(x.shape()) {
            Ok(axes) => (x - x.logsumexp_keep(axes)).exp(),
            Err(rule) => Tensor::invalid("softmax", rule, &[x]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use wgrad_cpu as _;
    use wgrad_tensor::{DType, Device, grad};

    fn parse(json: serde_json::Value) -> Activation {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn names_lead_there_and_back() {
        for name in Activation::names().filter(|name| !["swish", "hard_swish"].contains(name)) {
            assert_eq!(Activation::from(name).name(), name);
            assert_eq!(Activation::from(name).to_json(), name);
        }
        assert_eq!(Activation::from("swish").name(), "silu");
        assert!(Activation::from("rellu").apply(&Tensor::ones([1])).check().unwrap_err().to_string().contains("did you mean relu"));
    }

    #[test]
    fn keras_forms() {
        assert_eq!(parse(json!("gelu")), Gelu { approximate: false });
        let function = json!({"module": "builtins", "class_name": "function", "config": "tanh", "registered_name": "function"});
        assert_eq!(parse(function), Tanh);
        let layer =
            json!({"class_name": "LeakyReLU", "config": {"name": "leaky", "trainable": true, "dtype": "float32", "negative_slope": 0.3}});
        assert_eq!(parse(layer), LeakyRelu { negative_slope: 0.3 });
        let relu = Relu { negative_slope: 0.1, max_value: None, threshold: 0.2 };
        assert_eq!(relu.to_json()["config"], json!({"negative_slope": 0.1, "max_value": null, "threshold": 0.2}));
        assert_eq!(parse(relu.to_json()), relu);
        let wrong = serde_json::from_value::<Activation>(json!({"class_name": "elu", "config": {"alfa": 1}})).unwrap_err().to_string();
        assert_eq!(wrong, "activation elu: there is no argument \"alfa\"; did you mean alpha?");
    }

    /// Far from 0, values and gradients are numbers, on every dtype of the device and for whatever the arguments are.
    #[test]
    fn extreme_arguments() {
        let device = Device::open("reference").unwrap();
        let points = [-1000.0f32, -300.0, -100.0, -20.0, -3.0, -1.0, 0.0, 1.0, 3.0, 20.0, 100.0, 300.0, 1000.0, 60000.0];
        for dtype in [DType::F16, DType::F32, DType::F64] {
            for name in Activation::names().filter(|name| *name != "exponential") {
                let x = Tensor::from_vec(points.to_vec(), [points.len()]).cast(dtype);
                // In half precision the square of 300 is infinite, but so is what Keras computes.
                let x = if name == "squareplus" { x.clip(-200.0, 200.0) } else { x };
                let y = Activation::from(name).apply(&x);
                let gradient = grad(&y.sum(..), &[&x]).remove(0).unwrap();
                for values in Tensor::eval_all(&[y, gradient], &device).unwrap() {
                    let values = values.to_host_on(&device).unwrap().data().to_f64();
                    assert!(values.iter().all(|v| v.is_finite()), "{name} in {dtype}: {values:?}");
                }
            }
        }
    }
}
