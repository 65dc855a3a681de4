//! Gradient descent.

use super::{Optimizer, Updated, check_rate, check_share};
use wgrad_tensor::Tensor;

/// Gradient descent with momentum (Keras `SGD`):
///
/// `p -= rate g`, or with momentum `v = momentum v - rate g` and `p += v` (Nesterov: `p += momentum v - rate g`).
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    /// 0.01 by default.
    pub learning_rate: f64,
    /// 0 by default.
    pub momentum: f64,
    /// Whether the gradient is that of the point ahead; `false` by default.
    pub nesterov: bool,
}

impl Default for Sgd {
    fn default() -> Self {
        Sgd::new(0.01)
    }
}

impl Sgd {
    /// Plain gradient descent.
    pub fn new(learning_rate: f64) -> Sgd {
        Sgd { learning_rate, momentum: 0.0, nesterov: false }
    }

    /// The share of the last step that is taken again.
    pub fn momentum(self, momentum: f64) -> Sgd {
        Sgd { momentum, ..self }
    }

    /// Whether the gradient is that of the point ahead.
    pub fn nesterov(self, nesterov: bool) -> Sgd {
        Sgd { nesterov, ..self }
    }
}

impl Optimizer for Sgd {
    fn name(&self) -> &'static str {
        "sgd"
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<(), String> {
        check_rate(self.learning_rate)?;
        check_share("momentum", self.momentum)
    }

    fn slots(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum"] }
    }

    fn scalars(&self, learning_rate: f64, _step: u64) -> Vec<f64> {
        vec![learning_rate]
    }

    fn update(&self, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let [rate] = scalars else {
            return Updated::wrong_number("sgd", p, slots);
        };
        let step = g * rate;
        let [velocity] = slots else {
            return Updated { parameters: p - step, slots: Vec::new() };
        };
        let velocity = velocity * self.momentum - &step;
        let parameters = if self.nesterov { p + (&velocity * self.momentum - step) } else { p + &velocity };
        Updated { parameters, slots: vec![velocity] }
    }
}
