//! RMSprop.

use super::{Arena, LearningRate, Optimizer, Options, Slot, Updated, check_share, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Gradients by the root of the mean of their squares (Keras `RMSprop`; Tieleman and Hinton 2012):
///
/// `v = rho v + (1 - rho) g^2`, `d = rate g / sqrt(v + epsilon)`, `p -= d`, or with momentum `m = momentum m + d` and `p -= m`; where
/// `centered`, the square of the mean gradient `a = rho a + (1 - rho) g` is taken off `v` under the root.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RMSprop {
    /// Decay of the averages; 0.9 by default.
    pub rho: f64,
    /// 0 by default.
    pub momentum: f64,
    /// What is added under the root; 1e-7 by default.
    pub epsilon: f64,
    /// Whether the variance of gradients takes the place of their mean square; `false` by default.
    pub centered: bool,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for RMSprop {
    fn default() -> Self {
        RMSprop::new(0.001)
    }
}

impl RMSprop {
    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> RMSprop {
        RMSprop { rho: 0.9, momentum: 0.0, epsilon: 1e-7, centered: false, options: Options::new(learning_rate) }
    }
}

setters! { RMSprop { rho: f64, momentum: f64, epsilon: f64, centered: bool } }

impl Optimizer for RMSprop {
    named!("RMSprop", "rm_sprop");

    fn check(&self) -> Result<(), String> {
        check_share("rho", self.rho)?;
        check_share("momentum", self.momentum)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        let momentum = (self.momentum > 0.0).then(|| Slot::new("momentum", arena));
        let average = self.centered.then(|| Slot::new("average_gradient", arena));
        [Slot::new("velocity", arena)].into_iter().chain(momentum).chain(average).collect()
    }

    fn scalars(&self, learning_rate: f64, _step: u64) -> Vec<f64> {
        vec![learning_rate]
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([v, rest @ ..], [rate]) = (slots, scalars) else {
            return Updated::wrong_number("rmsprop", p, slots);
        };
        let (momentum, average) = rest.split_at_checked(usize::from(self.momentum > 0.0)).unwrap_or_default();
        let v = v * self.rho + arena.square(g) * (1.0 - self.rho);
        let average = average.first().map(|a| a * self.rho + g * (1.0 - self.rho));
        let variance = average.as_ref().map(|a| &v - a * a);
        let step = g * rate / (variance.as_ref().unwrap_or(&v) + self.epsilon).sqrt();
        let momentum = momentum.first().map(|m| m * self.momentum + &step);
        let parameters = p - momentum.as_ref().unwrap_or(&step);
        Updated { parameters, slots: [v].into_iter().chain(momentum).chain(average).collect() }
    }
}
