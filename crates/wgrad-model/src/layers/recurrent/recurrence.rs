//! The loop over time.

use super::Cell;
use crate::{Error, Layer, Result, Scope, layers::arguments::arguments};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use wgrad_tensor::{Loop, Shape, Tensor};

arguments! {
    /// How a cell runs over a sequence: the arguments that recurrent layers share.
    pub struct Recurrence() {
        /// Whether the result has the outputs of all steps, `[batch, time, ...]`, not only that of the last.
        takes return_sequences: bool = false;
        /// Whether the states after the last step are further results.
        takes return_state: bool = false;
        /// From the last step to the first; the outputs are in this order, too.
        takes go_backwards: bool = false;
        /// Whether the states are kept: sample `i` of a batch goes on where sample `i` of the one before ended.
        takes stateful: bool = false;
        /// Keras' choice between a loop and its steps one by one, with the same results; here it is always a loop.
        takes unroll: bool = false;
        /// Whether the output of a masked step is zero, not the output before.
        takes zero_output_for_mask: bool = false;
    }
}

/// A layer that runs over a sequence as its [`Recurrence`] says.
pub trait Recurrent: Layer {
    /// How it runs.
    fn recurrence(&self) -> &Recurrence;

    /// The layer, but running in another way.
    fn with_recurrence(&self, recurrence: Recurrence) -> Arc<dyn Layer>;
}

/// Writes [`Recurrent`] of a layer that holds its `recurrence`.
macro_rules! runs_as_its_recurrence {
    ($layer:ident) => {
        impl $crate::layers::Recurrent for $layer {
            fn recurrence(&self) -> &$crate::layers::Recurrence {
                &self.recurrence
            }

            fn with_recurrence(&self, recurrence: $crate::layers::Recurrence) -> std::sync::Arc<dyn $crate::Layer> {
                std::sync::Arc::new($layer { recurrence, ..self.clone() })
            }
        }
    };
}

pub(super) use runs_as_its_recurrence;

/// Parts the arguments of a layer into those of the loop and the others, `C`.
pub(super) fn parts<C: DeserializeOwned>(arguments: Map<String, Json>) -> Result<(Recurrence, C)> {
    let known = serde_json::to_value(Recurrence::new()).unwrap_or_default();
    let (own, others): (Map<_, _>, Map<_, _>) = arguments.into_iter().partition(|(name, _)| known.get(name).is_some());
    let failed = |e: serde_json::Error| Error::invalid("arguments", e.to_string());
    Ok((serde_json::from_value(own.into()).map_err(failed)?, serde_json::from_value(others.into()).map_err(failed)?))
}

/// A cell in its layer: the class that errors name, and its own name in the paths of variables.
pub(super) struct Place<'a> {
    pub(super) layer: &'static str,
    pub(super) name: &'a str,
    pub(super) trainable: bool,
    pub(super) cell: &'a dyn Cell,
}

impl Recurrence {
    /// Runs the cell over the first input, `[batch, time, ...]`, from the states that are the others, or else from those kept, or from zeros.
    #[track_caller]
    pub(super) fn run(&self, scope: &mut Scope, place: &Place<'_>, inputs: &[Tensor]) -> Vec<Tensor> {
        let sequence = match Sequence::new(scope, place, inputs) {
            Ok(sequence) => sequence,
            Err(error) => return vec![error],
        };
        let projected = scope.inside(place.name, place.trainable, |scope| place.cell.project(scope, &sequence.steps)); // [time, batch, ...]
        let states = match self.first_states(scope, place, &sequence, &inputs[1..]) {
            Ok(states) => states,
            Err(error) => return vec![error],
        };
        let (output, states) = self.walk(scope, place, &sequence, &projected, states);
        if self.stateful {
            for (i, state) in states.iter().enumerate() {
                scope.update(&state_name(i), state);
            }
        }
        let output = match (self.return_sequences, self.go_backwards) {
            (true, true) => output.flip(0).swap_axes(0, 1),
            (true, false) => output.swap_axes(0, 1),
            (false, _) => output,
        };
        if let (true, Some(mask)) = (self.return_sequences, &sequence.given_mask) {
            scope.set_mask(&output, mask);
        }
        let states = if self.return_state { states } else { Vec::new() };
        [vec![output], states].concat()
    }

    /// The states before the first step.
    #[track_caller]
    fn first_states(&self, scope: &mut Scope, place: &Place<'_>, sequence: &Sequence, given: &[Tensor]) -> Result<Vec<Tensor>, Tensor> {
        let shapes = place.cell.states(&sequence.step);
        let kept = |scope: &mut Scope| -> Vec<Tensor> {
            let states = shapes.iter().enumerate();
            states.map(|(i, shape)| scope.memory(&state_name(i), shape).cast(sequence.steps.dtype())).collect()
        };
        let kept = if self.stateful { kept(scope) } else { Vec::new() };
        let zeros = || shapes.iter().map(|shape| Tensor::zeros(shape).cast(sequence.steps.dtype())).collect();
        let found: Vec<Shape> = given.iter().map(|state| state.shape().clone()).collect();
        match (given, &kept[..]) {
            ([], []) => Ok(zeros()),
            ([], _) => Ok(kept),
            (given, _) if found == shapes => Ok(given.to_vec()),
            (given, _) => {
                let rule = format!("the initial states must have the shapes {}, got {}", list(&shapes), list(&found));
                Err(Tensor::invalid(place.layer, rule, &given.iter().collect::<Vec<_>>()))
            }
        }
    }

    /// The loop: the last output, or all of them (`[time, batch, ...]`, in the order of time) where they are asked for, and the last states.
    #[track_caller]
    fn walk(&self, scope: &mut Scope, place: &Place<'_>, sequence: &Sequence, projected: &Tensor, states: Vec<Tensor>) -> (Tensor, Vec<Tensor>) {
        let count = states.len();
        let is_masked = sequence.mask.is_some();
        // A masked step repeats the output before it, and the last output is a result: it is carried beside the states where it is not one of them.
        let repeats = is_masked && !self.zero_output_for_mask;
        let is_carried = repeats || !self.return_sequences && (is_masked || place.cell.output_state().is_none());
        let zeros = Tensor::zeros(place.cell.output(&sequence.step)).cast(states.first().map_or(projected.dtype(), Tensor::dtype));
        let carries = [states, if is_carried { vec![zeros.clone()] } else { Vec::new() }].concat();
        let sequences: Vec<Tensor> = [projected].into_iter().chain(&sequence.mask).cloned().collect();
        let direction = if self.go_backwards { Loop::new().reverse() } else { Loop::new() };

        let (mut carries, stacked) = direction.scan(&carries, &sequences, &[], |carries, elements, _| {
            let (before, previous) = carries.split_at(count);
            let (output, states) = scope.inside(place.name, place.trainable, |scope| place.cell.step(scope, &elements[0], before));
            let keep = |new: &Tensor, old: &Tensor| match elements.get(1) {
                Some(mask) => along(mask, new.shape()).where_(new, old),
                None => new.clone(),
            };
            let output = keep(&output, previous.first().filter(|_| repeats).unwrap_or(&zeros));
            let mut next: Vec<Tensor> = states.iter().zip(before).map(|(new, old)| keep(new, old)).collect();
            next.extend(is_carried.then(|| output.clone()));
            (next, if self.return_sequences { vec![output] } else { Vec::new() })
        });
        let output = stacked.into_iter().next();
        let output = output.or_else(|| if is_carried { carries.last() } else { carries.get(place.cell.output_state()?) }.cloned());
        carries.truncate(count);
        (output.unwrap_or(zeros), carries)
    }
}

/// The name of a kept state.
fn state_name(i: usize) -> String {
    format!("state_{i}")
}

fn list(shapes: &[Shape]) -> String {
    shapes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// `mask` of shape `[batch]` for each element of `[batch, ...]`.
#[track_caller]
fn along(mask: &Tensor, shape: &Shape) -> Tensor {
    (mask.rank()..shape.rank()).fold(mask.clone(), |mask, _| mask.unsqueeze(-1)).expand(shape)
}

/// What the loop runs over.
struct Sequence {
    /// The input with the time first.
    steps: Tensor,
    /// The shape of one step's input, `[batch, ...]`.
    step: Shape,
    /// Which steps count, with the time first.
    mask: Option<Tensor>,
    /// Which steps count, as it was given.
    given_mask: Option<Tensor>,
}

impl Sequence {
    #[track_caller]
    fn new(scope: &Scope, place: &Place<'_>, inputs: &[Tensor]) -> Result<Sequence, Tensor> {
        let Some(x) = inputs.first() else {
            return Err(crate::layer::wrong_number(place.layer, "a sequence and its initial states", inputs));
        };
        crate::layers::check_rank(place.layer, x, &[&["batch", "time"], place.cell.axes()].concat())?;
        let (batch, time) = (x.shape()[0], x.shape()[1]);
        if time == 0 {
            return Err(Tensor::invalid(place.layer, format!("there must be at least one step, got {}", x.shape()), &[x]));
        }
        let given_mask = scope.mask(x).cloned();
        if let Some(mask) = given_mask.as_ref().filter(|mask| mask.shape()[..] != [batch, time]) {
            let rule = format!("the mask of {} must be [{batch}, {time}], got {}", x.shape(), mask.shape());
            return Err(Tensor::invalid(place.layer, rule, &[x, mask]));
        }
        let step = [&[batch], &x.shape()[2..]].concat().into();
        Ok(Sequence { steps: x.swap_axes(0, 1), step, mask: given_mask.as_ref().map(|mask| mask.swap_axes(0, 1)), given_mask })
    }
}
