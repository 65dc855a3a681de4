//! Nadam.

use super::{Arena, LearningRate, Optimizer, Options, Part, Slot, Updated, bias_correction, check_share, complement, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::{Shape, Tensor};

/// Adam with Nesterov momentum (Keras `Nadam`; Dozat 2016). With `m` and `v` of [`super::Adam`], `c(t) = b1 (1 - 0.96^t / 2)` and `C` the product of `c` so far:
///
/// `p -= rate (c(t+1) m / (1 - C c(t+1)) + (1 - c(t)) g / (1 - C)) / (sqrt(v / (1 - b2^t)) + epsilon)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Nadam {
    /// Decay of the first moment; 0.9 by default.
    pub beta_1: f64,
    /// Decay of the second moment; 0.999 by default.
    pub beta_2: f64,
    /// Keeps the quotient finite; 1e-7 by default.
    pub epsilon: f64,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for Nadam {
    fn default() -> Self {
        Nadam::new(0.001)
    }
}

impl Nadam {
    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Nadam {
        Nadam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, options: Options::new(learning_rate) }
    }

    fn momentum(&self, step: f64) -> f64 {
        self.beta_1 * (1.0 - 0.5 * 0.96f64.powf(step))
    }
}

setters! { Nadam { beta_1: f64, beta_2: f64, epsilon: f64 } }

impl Optimizer for Nadam {
    named!("Nadam", "nadam");

    fn check(&self) -> Result<(), String> {
        check_share("beta_1", self.beta_1)?;
        check_share("beta_2", self.beta_2)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        let product = Part { variable: None, name: "variable".into(), scoped: false, shape: Shape::default() };
        let product = Slot::of_parts("u_product", vec![product]).initial(1.0);
        vec![Slot::new("momentum", arena), Slot::new("velocity", arena).interleaved(), product]
    }

    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64> {
        let t = step as f64;
        vec![learning_rate, self.momentum(t), self.momentum(t + 1.0), bias_correction(self.beta_2, step)]
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([m, v, product], [rate, now, next, correction]) = (slots, scalars) else {
            return Updated::wrong_number("nadam", p, slots);
        };
        let product = product * now;
        let m = m + (g - m) * complement(self.beta_1);
        let v = v + (arena.square(g) - v) * complement(self.beta_2);
        let ahead = &m * next / (1.0 - &product * next) + g * (1.0 - now) / (1.0 - &product);
        let parameters = p - ahead * rate / ((&v / correction).sqrt() + self.epsilon);
        Updated { parameters, slots: vec![m, v, product] }
    }
}
