//! A step of an optimizer: its rule, and around it what all optimizers share.
//!
//! Steps are counted by Keras' `iterations`; step 1 is the first one and finds `iterations` at 0.

use super::{Arena, LossScaleOptimizer, Optimizer, Part, Placed, Slot, Updated};
use crate::losses::float;
use wgrad_tensor::Tensor;

/// The flat tensors that an optimizer keeps, in Keras' order: averages, accumulated gradients, those of the rule.
pub fn slots(optimizer: &dyn Optimizer, arena: &Arena) -> Vec<Slot> {
    if let Some(scaling) = optimizer.loss_scaling() {
        return scaling.slots(arena);
    }
    let options = optimizer.options();
    let average = options.use_ema.then(|| Slot::new("average", arena));
    let accumulator = options.gradient_accumulation_steps.map(|_| Slot::new("gradient_accumulator", arena));
    average.into_iter().chain(accumulator).chain(optimizer.slots(arena)).collect()
}

/// The learning rate after `iterations` steps (from 0 on): the rate of the step that follows.
pub fn learning_rate_at(optimizer: &dyn Optimizer, iterations: u64) -> f64 {
    optimizer.options().learning_rate.at(iterations)
}

/// The numbers of step `step` (from 1 on) that [`apply`] needs: those of the rule, then those that all optimizers share. They are computed here, in f64,
/// and are inputs of the program, so that it never changes.
pub fn scalars(optimizer: &dyn Optimizer, learning_rate: f64, step: u64) -> Vec<f64> {
    if let Some(scaling) = optimizer.loss_scaling() {
        return scaling.scalars(learning_rate, step);
    }
    let options = optimizer.options();
    let flag = |condition: bool| f64::from(u8::from(condition));
    let (before, period) = (step.saturating_sub(1), options.steps_per_update());
    // Keras' `iterations`: the updates done before this step.
    let updates = before / period;
    let mut scalars = optimizer.scalars(learning_rate, updates + 1);
    scalars.push(learning_rate);
    scalars.push(flag(step.is_multiple_of(period)));
    scalars.push(if updates == 0 { 0.0 } else { options.ema_momentum });
    scalars.push(flag(options.ema_overwrite_frequency.is_some_and(|n| n > 0 && (updates + 1).is_multiple_of(n))));
    scalars
}

/// The numbers of a step that all optimizers share, as [`scalars`] lists them last.
struct Shared<'a> {
    learning_rate: &'a Tensor,
    /// 1 where the step moves the parameters, 0 where it only accumulates.
    is_update: &'a Tensor,
    /// 0 at first, so that the average starts as the parameters.
    ema_momentum: &'a Tensor,
    /// 1 where the parameters get their average.
    overwrites: &'a Tensor,
}

/// The new parameters and slots of one step: flat tensors laid out by `arena`, the slots as [`slots`] lists them, the scalars as [`scalars`]
/// does, in one tensor.
#[track_caller]
pub fn apply(
    optimizer: &dyn Optimizer,
    arena: &Arena,
    parameters: &Tensor,
    gradient: &Tensor,
    slots: &[Tensor],
    scalars: &Tensor,
) -> Updated {
    if let Some(scaling) = optimizer.loss_scaling() {
        return scaling.apply(arena, parameters, gradient, slots, scalars);
    }
    let options = optimizer.options();
    let scalars: Vec<Tensor> = (0..scalars.shape().numel()).map(|i| scalars.i(i)).collect();
    let (average, rest) = slots.split_at_checked(usize::from(options.use_ema)).unwrap_or_default();
    let (accumulated, own) = rest.split_at_checked(usize::from(options.gradient_accumulation_steps.is_some())).unwrap_or_default();
    let Some((rule, [learning_rate, is_update, ema_momentum, overwrites])) = scalars.split_last_chunk() else {
        return Updated::wrong_number(optimizer.name(), parameters, slots);
    };
    let shared = Shared { learning_rate, is_update, ema_momentum, overwrites };

    // Keras knows a gradient by rows only where nothing changes it on its way to the rule.
    let plain = arena.clone().by_row(None);
    let arena = if accumulated.is_empty() && options.loss_scale_factor.is_none() && !options.clips() { arena } else { &plain };
    let scaled = options.loss_scale_factor.map(|scale| gradient / scale);
    let gradient = scaled.as_ref().unwrap_or(gradient);
    let (mut updated, accumulated) = match accumulated {
        [sum] => {
            let sum = gradient + sum;
            let mean = &sum / options.steps_per_update() as f64;
            let is_update = shared.is_update.gt(0.0);
            let moved = update(optimizer, arena, parameters, &mean, own, rule, shared.learning_rate);
            let kept = is_update.where_(0.0, sum);
            (moved.only_where(&is_update, parameters, own), Some(kept))
        }
        _ => (update(optimizer, arena, parameters, gradient, own, rule, shared.learning_rate), None),
    };
    let average = average.first().map(|average| {
        let average = average * shared.ema_momentum + &updated.parameters * (1.0 - shared.ema_momentum);
        if options.ema_overwrite_frequency.is_some() {
            updated.parameters = shared.overwrites.gt(0.0).where_(&average, &updated.parameters);
        }
        average
    });
    Updated { parameters: updated.parameters, slots: average.into_iter().chain(accumulated).chain(updated.slots).collect() }
}

/// Clipping, weight decay and the rule.
#[track_caller]
fn update(
    optimizer: &dyn Optimizer,
    arena: &Arena,
    parameters: &Tensor,
    gradient: &Tensor,
    slots: &[Tensor],
    scalars: &[Tensor],
    learning_rate: &Tensor,
) -> Updated {
    let gradient = clip(optimizer, arena, gradient);
    let decayed = decay(optimizer, arena, parameters, learning_rate);
    let updated = optimizer.update(arena, &decayed, &gradient, slots, scalars);
    if arena.variables().iter().all(|variable| variable.has_gradient) {
        return updated;
    }
    let whole = Slot::new("parameters", arena);
    let kept =
        optimizer.slots(arena).iter().zip(slots).zip(&updated.slots).map(|((slot, old), new)| settle(arena, slot, old, new)).collect();
    Updated { parameters: settle(arena, &whole, parameters, &updated.parameters), slots: kept }
}

/// The new values of variables with a gradient, and the old ones of those without.
#[track_caller]
fn settle(arena: &Arena, slot: &Slot, old: &Tensor, new: &Tensor) -> Tensor {
    let rests = |part: &Part| part.variable.and_then(|i| arena.variables().get(i)).is_some_and(|variable| !variable.has_gradient);
    let choices = slot.parts.iter().zip(slot.split(old).into_iter().zip(slot.split(new)));
    let parts: Vec<Tensor> = choices.map(|(part, (old, new))| if rests(part) { old } else { new }).collect();
    arena.join(&parts)
}

/// The gradient after the one clipping that is set. As in Keras, bounds that are not positive mean none.
#[track_caller]
fn clip(optimizer: &dyn Optimizer, arena: &Arena, gradient: &Tensor) -> Tensor {
    let positive = |bound: Option<f64>| bound.filter(|bound| *bound > 0.0);
    let options = optimizer.options();
    if let Some(bound) = positive(options.clipnorm) {
        return arena.map(gradient, |_, g| g * bound / norm(g).maximum(bound));
    }
    if let Some(bound) = positive(options.global_clipnorm) {
        let norm = norm(gradient);
        let scale = norm.reciprocal().minimum(1.0 / bound) * bound;
        // As in Keras, a norm that is no number shows in the parameters and is not taken for a gradient of zero.
        return gradient * norm.is_finite().where_(scale, f64::NAN);
    }
    match positive(options.clipvalue) {
        Some(bound) => gradient.clip(-bound, bound),
        None => gradient.clone(),
    }
}

/// The Euclidean norm of all elements.
#[track_caller]
pub(crate) fn norm(x: &Tensor) -> Tensor {
    x.square().sum(..).sqrt()
}

/// The parameters after weight decay: of all at once where it is the same for all.
#[track_caller]
fn decay(optimizer: &dyn Optimizer, arena: &Arena, parameters: &Tensor, learning_rate: &Tensor) -> Tensor {
    let rate_of = |variable: &Placed| optimizer.decay_of(variable).filter(|_| !optimizer.options().excludes(variable));
    let shrink = |p: &Tensor, rate: Option<f64>| rate.map_or_else(|| p.clone(), |rate| p - p * rate * learning_rate);
    let rates: Vec<Option<f64>> = arena.variables().iter().map(rate_of).collect();
    match rates.first() {
        Some(first) if rates.iter().all(|rate| rate == first) => shrink(parameters, *first),
        _ => arena.map(parameters, |variable, p| shrink(p, rate_of(variable))),
    }
}

/// The loss whose gradient an optimizer with these slots wants.
#[track_caller]
pub fn scale_loss(optimizer: &dyn Optimizer, loss: &Tensor, slots: &[Tensor]) -> Tensor {
    if optimizer.loss_scaling().is_some() {
        let loss = float(loss);
        return LossScaleOptimizer::scale(slots).map_or_else(|| loss.clone(), |scale| &loss * scale.cast(loss.dtype()));
    }
    optimizer.options().loss_scale_factor.map_or_else(|| loss.clone(), |scale| loss * scale)
}

/// Whether the step is done and not skipped, where steps may be: a Bool scalar.
#[track_caller]
pub fn is_done(optimizer: &dyn Optimizer, gradient: &Tensor) -> Option<Tensor> {
    optimizer.loss_scaling().map(|_| gradient.is_finite().all(..))
}

/// What the parameters become when training ends (Keras `finalize_variable_values`): their averages, which are among the slots, where these are kept.
pub fn finalize<'a, T>(optimizer: &dyn Optimizer, slots: &'a [T]) -> Option<&'a T> {
    let slots = optimizer.loss_scaling().map_or(slots, |_| LossScaleOptimizer::inner_slots(slots));
    slots.first().filter(|_| optimizer.options().use_ema)
}
