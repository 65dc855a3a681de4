//! An optimizer's variables as Keras orders and names them, for files: parts of the flat slots, the count of steps, the learning rate.

use super::{Arena, LearningRate, Optimizer, Slot, loss_scale_optimizer::SKIPPED, step};
use crate::{Error, Result};
use wgrad_tensor::{HostData, HostTensor, Shape};

/// One of Keras' `optimizer.variables`.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimizerVariable {
    /// `adam/dense_1_kernel_momentum`
    pub path: String,
    /// Axis lengths.
    pub shape: Shape,
    /// Where its elements are.
    pub place: Place,
}

/// Where the elements of an optimizer's variable are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The number of steps done, an integer.
    Iterations,
    /// The same without those that loss scaling skipped.
    Updates,
    /// The learning rate, where it is no schedule.
    LearningRate,
    /// Nowhere: Keras has a zero that nothing reads.
    Unused,
    /// A count that a slot holds.
    Count {
        /// The number of the slot.
        slot: usize,
    },
    /// From an element of a slot on, in the order of [`step::slots`].
    Slot {
        /// The number of the slot.
        slot: usize,
        /// Its first element.
        offset: usize,
    },
}

/// What an optimizer remembers from step to step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Steps done.
    pub iterations: u64,
    /// The rate, where it is no schedule.
    pub learning_rate: Option<f64>,
    /// The flat tensors, in the order of [`step::slots`].
    pub slots: Vec<Vec<f32>>,
}

impl Memory {
    /// A number that a slot holds.
    fn count(&self, slot: usize) -> u64 {
        self.slots.get(slot).and_then(|slot| slot.first()).map_or(0, |count| *count as u64)
    }

    /// Steps that loss scaling skipped.
    fn skipped(&self, optimizer: &dyn Optimizer) -> u64 {
        optimizer.loss_scaling().map_or(0, |_| self.count(SKIPPED))
    }
}

/// The optimizer's variables in Keras' order.
pub fn variables(optimizer: &dyn Optimizer, arena: &Arena) -> Vec<OptimizerVariable> {
    if let Some(scaling) = optimizer.loss_scaling() {
        return scaling.variables(arena);
    }
    let name = optimizer.options().name.as_deref().unwrap_or(optimizer.name());
    let scalar = |last: &str, place| OptimizerVariable { path: format!("{name}/{last}"), shape: Shape::default(), place };
    let mut list = vec![scalar("iteration", Place::Iterations)];
    if let LearningRate::Constant(_) = optimizer.options().learning_rate {
        list.push(scalar("learning_rate", Place::LearningRate));
    }
    let slots = step::slots(optimizer, arena);
    let numbered: Vec<(usize, &Slot)> = slots.iter().enumerate().collect();
    for group in numbered.chunk_by(|_, (_, next)| next.interleaved) {
        let mut parts: Vec<(Option<usize>, OptimizerVariable)> = group.iter().flat_map(|(i, slot)| parts(name, *i, slot)).collect();
        // A stable sort: the variables of the model one after the other, of each those of the slots in their order.
        parts.sort_by_key(|(variable, _)| *variable);
        list.extend(parts.into_iter().map(|(_, part)| part));
    }
    list
}

/// The variables in a slot, each with the number of the model's variable.
fn parts(name: &str, slot: usize, content: &Slot) -> Vec<(Option<usize>, OptimizerVariable)> {
    let mut offset = 0;
    let part = |part: &super::Part| {
        let path = if part.scoped { format!("{name}/{}", part.name) } else { part.name.clone() };
        let place = Place::Slot { slot, offset };
        offset += part.shape.numel();
        (part.variable, OptimizerVariable { path, shape: part.shape.clone(), place })
    };
    content.parts.iter().map(part).collect()
}

/// The paths and values of the optimizer's variables in Keras' order, from what it remembers. The count of steps is an i32.
///
/// # Errors
/// Slots that are not the optimizer's.
pub fn list(optimizer: &dyn Optimizer, arena: &Arena, memory: &Memory) -> Result<Vec<(String, HostTensor)>> {
    let integer = |count: u64| HostData::I32(vec![i32::try_from(count).unwrap_or(i32::MAX)]);
    let value = |variable: OptimizerVariable| {
        let data = match variable.place {
            Place::Iterations => integer(memory.iterations),
            Place::Updates => integer(memory.iterations.saturating_sub(memory.skipped(optimizer))),
            Place::Unused => HostData::F32(vec![0.0]),
            Place::Count { slot } => integer(memory.count(slot)),
            Place::LearningRate => HostData::F32(vec![memory.learning_rate.unwrap_or(f64::NAN) as f32]),
            Place::Slot { slot, offset } => {
                let part = memory.slots.get(slot).and_then(|slot| slot.get(offset..)?.get(..variable.shape.numel()));
                HostData::F32(part.ok_or_else(|| wrong_slots(optimizer, &variable.path))?.to_vec())
            }
        };
        let tensor = HostTensor::new(variable.shape, data).ok_or_else(|| wrong_slots(optimizer, &variable.path))?;
        Ok((variable.path, tensor))
    };
    variables(optimizer, arena).into_iter().map(value).collect()
}

fn wrong_slots(optimizer: &dyn Optimizer, path: &str) -> Error {
    Error::invalid(format!("optimizer {}", optimizer.name()), format!("the slots do not hold {path}"))
}

/// What an optimizer remembers, from the values of its variables in Keras' order: the inverse of [`list`].
///
/// # Errors
/// Another number of variables, or one of another shape.
pub fn restore(optimizer: &dyn Optimizer, arena: &Arena, values: &[HostTensor]) -> Result<Memory> {
    let variables = variables(optimizer, arena);
    let what = format!("variables of the optimizer {}", optimizer.name());
    if variables.len() != values.len() {
        return Err(Error::mismatch(what, variables.len().to_string(), values.len().to_string()));
    }
    let slots = step::slots(optimizer, arena);
    let mut memory = Memory { slots: slots.iter().map(|slot| vec![0.0; slot.len]).collect(), ..Memory::default() };
    let count = |elements: &[f64]| elements.first().copied().unwrap_or_default() as u64;
    let mut updates = None;
    for (variable, value) in variables.iter().zip(values) {
        if variable.shape != *value.shape() {
            return Err(Error::mismatch(&variable.path, variable.shape.to_string(), value.shape().to_string()));
        }
        let elements = value.data().to_f64();
        match variable.place {
            Place::Iterations => memory.iterations = count(&elements),
            Place::Updates => updates = Some(count(&elements)),
            Place::Unused => (),
            Place::Count { slot } => memory.slots[slot] = vec![count(&elements) as f32],
            Place::LearningRate => memory.learning_rate = elements.first().copied(),
            Place::Slot { slot, offset } => {
                let places = memory.slots.get_mut(slot).into_iter().flat_map(|slot| slot.iter_mut().skip(offset));
                places.zip(elements).for_each(|(place, element)| *place = element as f32);
            }
        }
    }
    if let Some(updates) = updates {
        // Keras does not count the others.
        memory.iterations = memory.iterations.max(updates);
        memory.slots[SKIPPED] = vec![(memory.iterations - updates) as f32];
    }
    Ok(memory)
}
