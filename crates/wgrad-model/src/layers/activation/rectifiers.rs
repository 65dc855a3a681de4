//! Functions that keep what is positive.

use crate::{Activation, Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// `x` from `threshold` to `max_value`, `max_value` above, `negative_slope (x - threshold)` below (Keras `ReLU`). No argument is negative.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::ReLU};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([ReLU::new().max_value(6.0).negative_slope(0.5).into()]).input_shape([3]).build()?;
    /// assert_eq!(model.predict(&Tensor::from([[-2f32, 3.0, 7.0]]))?.to_vec::<f32>()?, [-1.0, 3.0, 6.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct ReLU() {
        /// The largest value; none by default.
        may_take max_value: f64;
        /// Slope below the threshold; 0 by default.
        takes negative_slope: f64 = 0.0;
        /// Where it begins; 0 by default.
        takes threshold: f64 = 0.0;
    }
}

arguments! {
    /// `x` if positive, else `negative_slope x` (Keras `LeakyReLU`; Maas et al. 2013).
    pub struct LeakyReLU() {
        /// Slope below 0, not negative; 0.3 by default.
        takes negative_slope: f64 = 0.3;
    }
}

arguments! {
    /// `x` if positive, else `alpha (exp(x) - 1)` (Keras `ELU`; Clevert et al. 2016).
    pub struct ELU() {
        /// The limit below is `-alpha`; 1 by default.
        takes alpha: f64 = 1.0;
    }
}

/// The layer of a function whose `numbers` must not be negative.
macro_rules! rectifier {
    ($name:ident, |$this:ident| $function:expr, $numbers:expr) => {
        impl Layer for $name {
            fn class_name(&self) -> &'static str {
                stringify!($name)
            }

            fn supports_masking(&self) -> bool {
                true
            }

            fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
                let $this = self;
                let numbers: &[(&str, f64)] = &$numbers;
                if let Some((name, number)) = numbers.iter().find(|(_, number)| number.is_nan() || *number < 0.0) {
                    return Tensor::invalid(stringify!($name), format!("{name} must not be negative, got {number}"), &[x]);
                }
                scope.activate(&$function, x)
            }
        }
    };
}

rectifier!(
    ReLU,
    |layer| Activation::Relu { negative_slope: layer.negative_slope, max_value: layer.max_value, threshold: layer.threshold },
    [("max_value", layer.max_value.unwrap_or(0.0)), ("negative_slope", layer.negative_slope), ("threshold", layer.threshold)]
);
rectifier!(
    LeakyReLU,
    |layer| Activation::LeakyRelu { negative_slope: layer.negative_slope },
    [("negative_slope", layer.negative_slope)]
);
rectifier!(ELU, |layer| Activation::Elu { alpha: layer.alpha }, []);
