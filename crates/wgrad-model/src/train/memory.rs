//! The device memory of a step, known before it runs.

use super::program::{Key, Kind, Role};
use crate::{Model, Result, summary::readable};
use std::fmt;
use wgrad_tensor::{Error, Input, device::Stats};

/// Bytes of device memory that a step needs, planned before any of it is allocated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepMemory {
    /// The trainable variables.
    pub parameters: u64,
    /// All other variables.
    pub state: u64,
    /// What the optimizer keeps: momentum and the like.
    pub slots: u64,
    /// Samples, labels and weights: all of them where they stay on the device, else those of a batch.
    pub data: u64,
    /// Activations, gradients and other values between, as many as live at once.
    pub temporaries: u64,
    /// All of it, with the few numbers of a step: learning rate, sums of loss and metrics.
    pub peak: u64,
}

impl StepMemory {
    /// That of a program with these inputs.
    pub(super) fn new(inputs: &[Input], roles: &[Role], stats: &Stats) -> StepMemory {
        let mut memory = StepMemory { temporaries: stats.temporary_bytes, peak: stats.peak_bytes, ..StepMemory::default() };
        for (Input { spec, .. }, role) in inputs.iter().zip(roles) {
            let part = match role {
                Role::Trainable => &mut memory.parameters,
                Role::State => &mut memory.state,
                Role::Slot(_) => &mut memory.slots,
                Role::X(_) | Role::Y(_) | Role::Weight(_) => &mut memory.data,
                Role::Sums | Role::Predictions(_) | Role::Rows | Role::Scalars | Role::Random => continue,
            };
            *part += (spec.shape.numel() * spec.dtype.device_size()) as u64;
        }
        memory
    }
}

/// `9.50 MB: parameters 462.29 KB, state 0.00 B, slots 924.58 KB, data 98.25 KB, temporaries 8.05 MB`
impl fmt::Display for StepMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StepMemory { parameters, state, slots, data, temporaries, peak } = *self;
        let parts = [("parameters", parameters), ("state", state), ("slots", slots), ("data", data), ("temporaries", temporaries)];
        let parts: Vec<String> = parts.into_iter().map(|(name, bytes)| format!("{name} {}", readable(bytes))).collect();
        write!(f, "{}: {}", readable(peak), parts.join(", "))
    }
}

impl Model {
    /// Fails where the device says that it cannot give what a step needs beside what the model holds already.
    pub(super) fn check_memory(&self, key: &Key, memory: &StepMemory) -> Result<()> {
        let Some(free) = self.device.memory().available else { return Ok(()) };
        let has_slots = self.compiled.as_ref().is_some_and(|compiled| compiled.slots.is_some());
        let held = memory.parameters + memory.state + if has_slots { memory.slots } else { 0 } + if key.gathers { memory.data } else { 0 };
        let available = free.saturating_add(held);
        if memory.peak <= available {
            return Ok(());
        }
        let step = match key.kind {
            Kind::Train => "a training step",
            Kind::Evaluate => "an evaluation step",
            Kind::Predict => "a prediction",
        };
        let what = format!("{step} of model {} with batches of {} samples", self.name, key.batch);
        Err(Error::OutOfMemory { device: self.device.info().name.clone(), what, needed: memory.peak, available }.into())
    }
}
