//! Dynamic loss scaling.

use super::{
    Arena, LearningRate, Optimizer, Options, Slot, Updated, checked, from_config,
    slot::Part,
    step,
    variables::{OptimizerVariable, Place, variables},
};
use crate::{Error, Result};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use wgrad_tensor::{Shape, Tensor};

/// Multiplies the loss by a scale before gradients are taken and divides these by it, so that small ones are not lost in f16 (Keras
/// `LossScaleOptimizer`; Micikevicius et al. 2017). A step whose gradients are not all finite halves the scale, and parameters, the inner
/// optimizer and states of layers stay as they were. After `dynamic_growth_steps` steps without one it doubles.
///
/// Models with layers under `mixed_float16` have one by default ([`crate::Compile::auto_scale_loss`]). The scale lies on the device, and nothing waits
/// for it: the host gives the numbers of the last steps (rates, bias corrections), of which the device takes those that Keras would, which counts no
/// skipped steps. Where more than [`LossScaleOptimizer::LAG`] steps were skipped since the optimizer's variables were set, the others count.
/// The scale stays a normal number of f32.
///
/// ```
/// use wgrad_model::optimizers::{Adam, LossScaleOptimizer, Optimizer};
/// let optimizer = LossScaleOptimizer::new(Adam::new(1e-3)).initial_scale(1024.0).dynamic_growth_steps(100);
/// assert_eq!(optimizer.config()["inner_optimizer"]["class_name"], "Adam");
/// ```
#[derive(Clone, Debug)]
pub struct LossScaleOptimizer {
    /// What moves the parameters.
    pub inner_optimizer: Arc<dyn Optimizer>,
    /// The first scale; 2^15 by default.
    pub initial_scale: f64,
    /// After how many steps in a row the scale doubles; 2000 by default.
    pub dynamic_growth_steps: u64,
    /// What Keras calls its variables after.
    pub name: Option<String>,
}

/// The numbers on the device.
const SLOTS: [&str; 3] = ["step_counter", "dynamic_scale", "skipped"];
/// The number of the slot that counts skipped steps.
pub(super) const SKIPPED: usize = 2;

impl LossScaleOptimizer {
    /// How many skipped steps the host's numbers can be behind.
    pub const LAG: u64 = 31;

    /// Around an optimizer, with Keras' defaults.
    pub fn new(inner_optimizer: impl Optimizer + 'static) -> LossScaleOptimizer {
        LossScaleOptimizer::around(Arc::new(inner_optimizer))
    }

    /// [`LossScaleOptimizer::new`] for an optimizer that others share.
    pub fn around(inner_optimizer: Arc<dyn Optimizer>) -> LossScaleOptimizer {
        LossScaleOptimizer { inner_optimizer, initial_scale: 32768.0, dynamic_growth_steps: 2000, name: None }
    }

    /// The first scale.
    #[must_use]
    pub fn initial_scale(self, initial_scale: f64) -> Self {
        LossScaleOptimizer { initial_scale, ..self }
    }

    /// After how many steps in a row the scale doubles.
    #[must_use]
    pub fn dynamic_growth_steps(self, dynamic_growth_steps: u64) -> Self {
        LossScaleOptimizer { dynamic_growth_steps, ..self }
    }

    /// What Keras calls its variables after.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        LossScaleOptimizer { name: Some(name.into()), ..self }
    }

    /// One of Keras' `get_config()`.
    pub(super) fn parse(config: &Json) -> Result<Arc<dyn Optimizer>> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Arguments {
            inner_optimizer: Json,
            initial_scale: Option<f64>,
            dynamic_growth_steps: Option<u64>,
            name: Option<String>,
        }
        let arguments = Arguments::deserialize(config).map_err(|e| Error::invalid("LossScaleOptimizer", e.to_string()))?;
        let inner = &arguments.inner_optimizer;
        let class_name = inner["class_name"].as_str().ok_or_else(|| {
            Error::invalid("LossScaleOptimizer", format!("inner_optimizer is {{\"class_name\", \"config\"}}, got {inner}"))
        })?;
        let around = LossScaleOptimizer::around(from_config(class_name, &inner["config"])?);
        checked(Arc::new(LossScaleOptimizer {
            initial_scale: arguments.initial_scale.unwrap_or(around.initial_scale),
            dynamic_growth_steps: arguments.dynamic_growth_steps.unwrap_or(around.dynamic_growth_steps),
            name: arguments.name,
            ..around
        }))
    }

    /// What Keras calls its variables after.
    pub(super) fn name_or_default(&self) -> &str {
        self.name.as_deref().unwrap_or("loss_scale_optimizer")
    }

    /// Its own slots; those of the inner optimizer come after them.
    fn own_slots(&self) -> impl Iterator<Item = Slot> {
        let part = |name: &str| Part { variable: None, name: name.into(), scoped: true, shape: Shape::default() };
        let scale = self.initial_scale;
        SLOTS.into_iter().map(move |name| {
            let slot = Slot::of_parts(name, vec![part(name)]);
            if name == "dynamic_scale" { slot.initial(scale) } else { slot }
        })
    }

    /// The slots of the inner optimizer among all.
    pub(super) fn inner_slots<T>(slots: &[T]) -> &[T] {
        slots.get(SLOTS.len()..).unwrap_or_default()
    }

    /// Its variables in Keras' order, then those of the inner optimizer.
    pub(super) fn variables(&self, arena: &Arena) -> Vec<OptimizerVariable> {
        let name = self.name_or_default();
        let own = [
            ("iteration", Place::Iterations),
            ("learning_rate", Place::Unused),
            (SLOTS[0], Place::Count { slot: 0 }),
            (SLOTS[1], Place::Slot { slot: 1, offset: 0 }),
        ];
        let own = own.map(|(last, place)| OptimizerVariable { path: format!("{name}/{last}"), shape: Shape::default(), place });
        let inner = variables(&*self.inner_optimizer, arena).into_iter().map(|variable| match variable.place {
            Place::Iterations => OptimizerVariable { place: Place::Updates, ..variable },
            Place::Slot { slot, offset } => {
                let (path, slot) = (format!("{name}/{}", variable.path), slot + SLOTS.len());
                OptimizerVariable { path, place: Place::Slot { slot, offset }, ..variable }
            }
            Place::Updates | Place::LearningRate | Place::Unused | Place::Count { .. } => variable,
        });
        own.into_iter().chain(inner).collect()
    }

    /// The scale of a step among its slots.
    pub(super) fn scale(slots: &[Tensor]) -> Option<Tensor> {
        slots.get(1).map(|scale| scale.i(0))
    }

    /// A step of the inner optimizer where the gradient is finite, and the next scale.
    #[track_caller]
    pub(super) fn apply(&self, arena: &Arena, parameters: &Tensor, gradient: &Tensor, slots: &[Tensor], scalars: &Tensor) -> Updated {
        let ([counter, scale, skipped], inner) = slots.split_at_checked(SLOTS.len()).unwrap_or_default() else {
            return Updated::wrong_number("loss_scale_optimizer", parameters, slots);
        };
        let rows = scalars.reshape([Self::LAG as i64 + 1, -1]);
        let lag = skipped.i(0).minimum(Self::LAG as f64).cast(wgrad_tensor::DType::I32);
        let finite = gradient.is_finite().all(..);
        // As in Keras the division makes one gradient of those by rows.
        let arena = arena.clone().by_row(None);
        let updated = step::apply(&*self.inner_optimizer, &arena, parameters, &(gradient / scale), inner, &rows.take(&lag, 0));
        let Updated { parameters, slots } = updated.only_where(&finite, parameters, inner);

        let counted = counter + 1.0;
        let is_full = counted.ge(self.dynamic_growth_steps as f64);
        let kept = is_full.where_(scale * 2.0, scale);
        let own = [
            finite.where_(is_full.where_(0.0, counted), 0.0),
            finite.where_(kept, scale * 0.5).clip(f64::from(f32::MIN_POSITIVE), 1.0 / f64::from(f32::MIN_POSITIVE)),
            finite.where_(skipped, skipped + 1.0),
        ];
        Updated { parameters, slots: own.into_iter().chain(slots).collect() }
    }
}

impl Optimizer for LossScaleOptimizer {
    fn name(&self) -> &'static str {
        "loss_scale_optimizer"
    }

    fn class_name(&self) -> &'static str {
        "LossScaleOptimizer"
    }

    /// Those of the inner optimizer.
    fn options(&self) -> &Options {
        self.inner_optimizer.options()
    }

    fn config(&self) -> Json {
        let inner = &self.inner_optimizer;
        let inner =
            json!({"module": "keras.optimizers", "class_name": inner.class_name(), "config": inner.config(), "registered_name": null});
        let (scale, steps) = (self.initial_scale, self.dynamic_growth_steps);
        json!({"name": self.name_or_default(), "inner_optimizer": inner, "initial_scale": scale, "dynamic_growth_steps": steps})
    }

    fn check(&self) -> Result<(), String> {
        super::check_positive("initial_scale", self.initial_scale)?;
        if self.dynamic_growth_steps == 0 {
            return Err("dynamic_growth_steps must be at least 1, got 0".into());
        }
        if self.options().loss_scale_factor.is_some() {
            return Err("the inner optimizer must not scale the loss itself: it has a loss_scale_factor".into());
        }
        if self.inner_optimizer.loss_scaling().is_some() {
            return Err("the inner optimizer must not be a LossScaleOptimizer".into());
        }
        self.inner_optimizer.check()
    }

    fn loss_scaling(&self) -> Option<&LossScaleOptimizer> {
        Some(self)
    }

    fn slots(&self, arena: &Arena) -> Vec<Slot> {
        self.own_slots().chain(step::slots(&*self.inner_optimizer, arena)).collect()
    }

    /// Those of the inner optimizer for this step and those before, which it is where some were skipped.
    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64> {
        let inner = &*self.inner_optimizer;
        let of_lag = |lag| {
            let step = step.saturating_sub(lag).max(1);
            let rate = match &inner.options().learning_rate {
                LearningRate::Constant(_) => learning_rate,
                LearningRate::Schedule(schedule) => schedule.at(step - 1),
            };
            step::scalars(inner, rate, step)
        };
        (0..=Self::LAG).flat_map(of_lag).collect()
    }

    fn update(&self, arena: &Arena, parameters: &Tensor, gradient: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated {
        self.apply(arena, parameters, gradient, slots, &arena.join(scalars))
    }
}
