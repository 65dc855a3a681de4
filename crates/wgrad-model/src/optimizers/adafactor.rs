//! Adafactor.

use super::{Arena, LearningRate, Optimizer, Options, Part, Placed, Slot, Updated, check_positive, named, setters};
use serde::{Deserialize, Serialize};
use wgrad_tensor::{Shape, Tensor};

/// Second moments of matrices from the means of their rows and columns (Keras `Adafactor`; Shazeer and Stern 2018). For each variable, with
/// `rho = min(rate, 1 / sqrt(t))` and `b = 1 - t^beta_2_decay`:
///
/// `r = b r + (1 - b) mean_columns(g^2 + epsilon_1)`, `c = b c + (1 - b) mean_rows(g^2 + epsilon_1)`, `v = r / mean(r) c`; of vectors
/// `v = b v + (1 - b) (g^2 + epsilon_1)`; then `u = g / sqrt(v)` and `p -= max(epsilon_2, rms(p)) rho u / max(1, rms(u) / clip_threshold)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Adafactor {
    /// The power by which the decay of second moments goes to 1; -0.8 by default.
    pub beta_2_decay: f64,
    /// What is added to squares; 1e-30 by default.
    pub epsilon_1: f64,
    /// The least size of a variable that steps are measured by; 0.001 by default.
    pub epsilon_2: f64,
    /// The largest root of a step's mean square; 1 by default.
    pub clip_threshold: f64,
    /// Whether the rate falls with the square root of the step; Keras' rule has that in any case. `true` by default.
    pub relative_step: bool,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for Adafactor {
    fn default() -> Self {
        Adafactor::new(0.001)
    }
}

impl Adafactor {
    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adafactor {
        let options = Options::new(learning_rate);
        Adafactor { beta_2_decay: -0.8, epsilon_1: 1e-30, epsilon_2: 0.001, clip_threshold: 1.0, relative_step: true, options }
    }

    /// The new value, `r`, `c` and `v` of one variable.
    #[track_caller]
    fn update_one(&self, [p, g, squares, r, c, v]: [Tensor; 6], [rate, keep, take]: [&Tensor; 3]) -> [Tensor; 4] {
        let squares = squares + self.epsilon_1;
        let average = |old: &Tensor, new: &Tensor| old * keep + new * take;
        let (r, c, v) = if p.rank() < 2 {
            (r, c, average(&v, &squares))
        } else {
            let (r, c) = (average(&r, &squares.mean(-1)), average(&c, &squares.mean(-2)));
            let v = (&r / r.mean_keep(-1)).unsqueeze(-1) * c.unsqueeze(-2);
            (r, c, v)
        };
        let u = g / v.sqrt();
        let u = &u / (rms(&u) / self.clip_threshold).maximum(1.0);
        [&p - rms(&p).maximum(self.epsilon_2) * rate * u, r, c, v]
    }
}

/// The root of the mean of squares.
fn rms(x: &Tensor) -> Tensor {
    x.square().mean(..).sqrt()
}

/// A slot with a factor of each matrix; Keras has a zero in place of that of a vector.
fn factors(name: &'static str, arena: &Arena, without: impl Fn(usize) -> usize) -> Slot {
    let part = |(variable, placed): (usize, &Placed)| {
        let rank = placed.shape.rank();
        let axes = placed.shape.iter().enumerate().filter(|(axis, _)| rank >= 2 && *axis != without(rank));
        let shape: Shape = axes.map(|(_, length)| *length).collect();
        let name = placed.path.rsplit('/').next().unwrap_or_default();
        Part { variable: Some(variable), name: name.into(), scoped: rank >= 2, shape }
    };
    Slot::of_parts(name, arena.variables().iter().enumerate().map(part).collect())
}

setters! { Adafactor { beta_2_decay: f64, epsilon_1: f64, epsilon_2: f64, clip_threshold: f64, relative_step: bool } }

impl Optimizer for Adafactor {
    named!("Adafactor", "adafactor");

    fn check(&self) -> Result<(), String> {
        check_positive("clip_threshold", self.clip_threshold)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        let (rows, columns) = (factors("r", arena, |rank| rank - 1), factors("c", arena, |rank| rank - 2));
        vec![rows, columns.interleaved(), Slot::new("velocity", arena).interleaved()]
    }

    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64> {
        let (t, take) = (step as f64, (step as f64).powf(self.beta_2_decay));
        vec![learning_rate.min(1.0 / t.sqrt()), 1.0 - take, take]
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([_, _, _], [rate, keep, take]) = (slots, scalars) else {
            return Updated::wrong_number("adafactor", p, slots);
        };
        let kept: Vec<Vec<Tensor>> = self.slots(arena).iter().zip(slots).map(|(slot, flat)| slot.split(flat)).collect();
        let [r, c, v] = &kept[..] else {
            return Updated::wrong_number("adafactor", p, slots);
        };
        let mut after = [const { Vec::new() }; 4];
        let squares = arena.split(&arena.square(g));
        for (((((p, g), squares), r), c), v) in arena.split(p).into_iter().zip(arena.split(g)).zip(squares).zip(r).zip(c).zip(v) {
            let results = self.update_one([p, g, squares, r.clone(), c.clone(), v.clone()], [rate, keep, take]);
            after.iter_mut().zip(results).for_each(|(list, result)| list.push(result));
        }
        let [p, r, c, v] = after.map(|parts| arena.join(&parts));
        Updated { parameters: p, slots: vec![r, c, v] }
    }
}
