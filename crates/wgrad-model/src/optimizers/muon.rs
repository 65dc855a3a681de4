//! Muon.

use super::{Adam, Arena, LearningRate, Optimizer, Options, Placed, Slot, Updated, check_share, named, setters, step::norm};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

/// Momentum of matrices, made orthogonal (Keras `Muon`; Jordan et al. 2024, Liu et al. 2025): `m = momentum m + g`, then
/// `p -= rate orthogonal(g + momentum m) sqrt(max(rows, columns)) rms_rate`.
///
/// `orthogonal` is `ns_steps` times `x = a x + (b s + c s s) x` with `s = x x^T`, from `x` by its norm on. Variables that are no matrices, embeddings and
/// those that `exclude_layers` names move as with [`super::AdamW`]; the last layer of a model should be among them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Muon {
    /// Adam's decay of the first moment; 0.9 by default.
    pub adam_beta_1: f64,
    /// Adam's decay of the second moment; 0.999 by default.
    pub adam_beta_2: f64,
    /// The weight decay of the variables that Adam moves; 0.004 by default, as is that of the others.
    pub adam_weight_decay: Option<f64>,
    /// Adam's; 1e-7 by default.
    pub epsilon: f64,
    /// Variables whose path has one of these texts in it are moved by Adam.
    pub exclude_layers: Vec<String>,
    /// Whether Adam moves variables with `embedding` in their path; `true` by default.
    pub exclude_embeddings: bool,
    /// 3.4445 by default.
    pub muon_a: f64,
    /// -4.775 by default.
    pub muon_b: f64,
    /// 2.0315 by default.
    pub muon_c: f64,
    /// Adam's rate by that of the matrices; 1 by default.
    pub adam_lr_ratio: f64,
    /// 0.95 by default.
    pub momentum: f64,
    /// Steps towards an orthogonal matrix; 5 by default.
    pub ns_steps: usize,
    /// Whether the gradient is that of the point ahead; `true` by default.
    pub nesterov: bool,
    /// The root of the mean square of a step by the rate; 0.2 by default, as Adam's. `None` leaves the size of the matrix out of it.
    pub rms_rate: Option<f64>,
    /// What all optimizers share; the learning rate is 0.001 by default.
    #[serde(flatten)]
    pub options: Options,
}

impl Default for Muon {
    fn default() -> Self {
        Muon::new(0.001)
    }
}

impl Muon {
    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Muon {
        Muon {
            adam_beta_1: 0.9,
            adam_beta_2: 0.999,
            adam_weight_decay: Some(0.004),
            epsilon: 1e-7,
            exclude_layers: Vec::new(),
            exclude_embeddings: true,
            muon_a: 3.4445,
            muon_b: -4.775,
            muon_c: 2.0315,
            adam_lr_ratio: 1.0,
            momentum: 0.95,
            ns_steps: 5,
            nesterov: true,
            rms_rate: Some(0.2),
            options: Options { weight_decay: Some(0.004), ..Options::new(learning_rate) },
        }
    }

    /// Whether Adam moves a variable.
    fn leaves_to_adam(&self, variable: &Placed) -> bool {
        variable.shape.rank() != 2
            || self.exclude_embeddings && variable.path.to_lowercase().contains("embedding")
            || self.exclude_layers.iter().any(|text| variable.path.contains(text))
    }

    fn adam(&self) -> Adam {
        Adam::new(0.0).beta_1(self.adam_beta_1).beta_2(self.adam_beta_2).epsilon(self.epsilon)
    }

    /// The new value and momentum of a matrix.
    #[track_caller]
    fn update_matrix(&self, p: &Tensor, g: &Tensor, m: &Tensor, rate: &Tensor) -> (Tensor, Tensor) {
        let m = m * self.momentum + g;
        let ahead = if self.nesterov { g + &m * self.momentum } else { m.clone() };
        let longest = p.shape().iter().copied().max().unwrap_or(1) as f64;
        let scale = self.rms_rate.map_or(1.0, |rms| longest.sqrt() * rms);
        (p - self.orthogonal(&ahead) * rate * scale, m)
    }

    /// A matrix near `x` whose singular values are near 1.
    #[track_caller]
    fn orthogonal(&self, x: &Tensor) -> Tensor {
        let is_tall = matches!(x.shape()[..], [rows, columns] if rows > columns);
        let mut x = if is_tall { x.transpose() } else { x.clone() };
        x = &x / (norm(&x) + 1e-7);
        for _ in 0..self.ns_steps {
            let s = x.matmul(&x.transpose());
            x = &x * self.muon_a + (&s * self.muon_b + s.matmul(&s) * self.muon_c).matmul(&x);
        }
        if is_tall { x.transpose() } else { x }
    }
}

setters! { Muon {
    adam_beta_1: f64,
    adam_beta_2: f64,
    adam_weight_decay: Option<f64>,
    epsilon: f64,
    exclude_layers: Vec<String>,
    exclude_embeddings: bool,
    muon_a: f64,
    muon_b: f64,
    muon_c: f64,
    adam_lr_ratio: f64,
    momentum: f64,
    ns_steps: usize,
    nesterov: bool,
    rms_rate: Option<f64>,
} }

impl Optimizer for Muon {
    named!("Muon", "muon");

    fn check(&self) -> Result<(), String> {
        // Each is a part of the program.
        if self.ns_steps > 100 {
            return Err(format!("ns_steps must be at most 100, got {}", self.ns_steps));
        }
        check_share("adam_beta_1", self.adam_beta_1)?;
        check_share("adam_beta_2", self.adam_beta_2)?;
        check_share("momentum", self.momentum)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        let of_adam = |i: usize| arena.variables().get(i).is_some_and(|variable| self.leaves_to_adam(variable));
        let velocity = Slot::of_some("velocity", arena, of_adam).interleaved();
        let velocity = (!velocity.parts.is_empty()).then_some(velocity);
        [Slot::new("momentum", arena)].into_iter().chain(velocity).collect()
    }

    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64> {
        let adam = self.adam().scalars(learning_rate * self.adam_lr_ratio, step);
        [learning_rate].into_iter().chain(adam).collect()
    }

    fn update(&self, arena: &Arena, p: &Tensor, g: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        let ([m, v @ ..], [rate, of_adam @ ..]) = (slots, scalars) else {
            return Updated::wrong_number("muon", p, slots);
        };
        let velocities: Vec<Tensor> = self.slots(arena).iter().skip(1).zip(v).flat_map(|(slot, flat)| slot.split(flat)).collect();
        let (adam, mut velocities) = (self.adam(), velocities.into_iter());
        let (mut parameters, mut momenta, mut after) = (Vec::new(), Vec::new(), Vec::new());
        let parts = arena.split(p).into_iter().zip(arena.split(g)).zip(arena.split(m));
        for (variable, ((p, g), m)) in arena.variables().iter().zip(parts) {
            if !self.leaves_to_adam(variable) {
                let (p, m) = self.update_matrix(&p, &g, &m, rate);
                parameters.push(p);
                momenta.push(m);
                continue;
            }
            let moments: Vec<Tensor> = [m].into_iter().chain(velocities.next()).collect();
            let updated = adam.update(arena, &p, &g, &moments, of_adam);
            let mut moments = updated.slots.into_iter();
            parameters.push(updated.parameters);
            momenta.extend(moments.next());
            after.extend(moments);
        }
        let slots = [&momenta, &after].into_iter().take(slots.len()).map(|parts| arena.join(parts)).collect();
        Updated { parameters: arena.join(&parameters), slots }
    }

    fn decay_of(&self, variable: &Placed) -> Option<f64> {
        if self.leaves_to_adam(variable) { self.adam_weight_decay } else { self.options.weight_decay }
    }
}
