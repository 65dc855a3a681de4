//! Training or evaluation over some data: runs the steps and keeps the sums.

use super::{
    columns::Columns,
    data::Feed,
    history::Logs,
    program::{Key, Kind, Role, Step},
    rows::{check_rows, take_rows, with_rows},
    tally::Tally,
};
use crate::{
    Error, Model, Result,
    model::{put_flat, read_flat},
    optimizers::{self, Initial, Slot},
};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};
use wgrad_tensor::{HostData, HostTensor, Program, Shape, Spec, Value};

/// Training or evaluation over some data.
#[derive(Debug)]
pub(crate) struct Session {
    kind: Kind,
    feed: Arc<Feed>,
    tally: Tally,
    sums: Option<Value>,
}

/// Loss and metrics on their way from the device: see [`crate::Run::begin_logs`].
pub struct PendingLogs {
    read: Pin<Box<dyn Future<Output = wgrad_tensor::Result<HostTensor>> + Send>>,
    tally: Tally,
}

impl std::fmt::Debug for PendingLogs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PendingLogs of {:?}", self.tally)
    }
}

impl PendingLogs {
    /// The logs, where they have arrived. Never waits.
    ///
    /// # Errors
    /// Those of the device.
    pub fn poll(&mut self) -> Poll<Result<Logs>> {
        let polled = self.read.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        polled.map(|sums| Ok(self.tally.logs(&sums?.to_vec::<f32>().unwrap_or_default())))
    }
}

impl Session {
    /// A session over `feed`, with labels of `label_shapes`.
    pub(crate) fn new(model: &mut Model, kind: Kind, feed: Arc<Feed>, label_shapes: &[Option<Shape>]) -> Result<Session> {
        let metrics = model.metrics_for(label_shapes)?;
        let outputs = model.outputs.iter().map(|(name, _)| name.clone());
        let tally = Tally::new(outputs, &model.compiled()?.objectives, metrics);
        let mut session = Session { kind, feed, tally, sums: None };
        session.reset(model)?;
        Ok(session)
    }

    /// Goes on with other data of the same kind.
    pub(crate) fn feed(&mut self, feed: Arc<Feed>) {
        self.feed = feed;
    }

    /// Starts the sums anew.
    pub(crate) fn reset(&mut self, model: &Model) -> Result<()> {
        self.sums = Some(put_flat(&model.device, vec![0.0; self.tally.len()])?);
        Ok(())
    }

    /// Loss and metrics since the last reset; waits for the device.
    pub(crate) fn logs(&self, model: &Model) -> Result<Logs> {
        let sums = self.sums.as_ref().ok_or_else(|| lost("the sums"))?;
        Ok(self.tally.logs(&read_flat(&model.device, sums)?))
    }

    /// Starts to read loss and metrics without waiting.
    pub(crate) fn begin_logs(&self, model: &Model) -> Option<PendingLogs> {
        let (device, sums) = (model.device.clone(), self.sums.clone()?);
        Some(PendingLogs { read: Box::pin(async move { device.download(&sums).await }), tally: self.tally.clone() })
    }

    /// What tells the program for batches of `batch` rows from the others.
    fn key(&self, batch: usize) -> Key {
        let batched = |tensor: &HostTensor| Spec::new(tensor.dtype(), with_rows(tensor.shape(), batch));
        let (data, gathers) = match &*self.feed {
            Feed::Resident(columns) => (columns.map_with_role(|_, value| value.spec.clone()), true),
            Feed::Host(columns) => (columns.map_with_role(|_, tensor| batched(tensor)), false),
        };
        Key { kind: self.kind, batch, data, gathers }
    }

    /// The program for batches of `batch` rows, compiled where it is new.
    pub(crate) fn program(&self, model: &mut Model, batch: usize) -> Result<Arc<Step>> {
        model.program(self.key(batch), &self.tally)
    }

    /// The program for batches of `batch` rows, to look at.
    pub(crate) fn traced(&self, model: &Model, batch: usize) -> Result<Program> {
        Ok(model.trace_step(&self.key(batch), &self.tally)?.traced.program)
    }

    /// One step over the rows with these numbers. Returns without waiting for the device.
    pub(crate) fn step(&mut self, model: &mut Model, rows: &[i32]) -> Result<()> {
        model.check_batch(rows.len())?;
        let batch = self.batch(rows)?;
        let step = self.program(model, rows.len())?;
        if self.kind == Kind::Train {
            model.begin_step()?;
        }
        let mut inputs = Vec::with_capacity(step.inputs.len() + step.captured.len());
        for role in &step.inputs {
            inputs.push(match role {
                Role::X(_) | Role::Y(_) | Role::Weight(_) => batch.get(*role).cloned().ok_or_else(|| lost("the data"))?,
                Role::Rows => host_value([rows.len()], HostData::I32(rows.to_vec()))?,
                Role::Sums => self.sums.take().ok_or_else(|| lost("the sums"))?,
                Role::Scalars => model.scalars()?,
                Role::Random => model.random_key()?,
                Role::Trainable | Role::State | Role::Slot(_) | Role::Predictions(_) => model.lend(*role, step.outputs.contains(role))?,
            });
        }
        inputs.extend(step.captured.iter().cloned());
        let outputs = step.executable.run(inputs)?;
        for (role, value) in step.outputs.iter().zip(outputs) {
            match model.place(*role) {
                Some(place) => *place = Some(value),
                None => self.sums = Some(value),
            }
        }
        Ok(())
    }

    /// What the program takes for a batch of these rows.
    fn batch(&self, rows: &[i32]) -> Result<Columns<Value>> {
        match &*self.feed {
            Feed::Resident(columns) => {
                columns.iter().try_for_each(|value| check_rows(rows, &value.spec))?;
                Ok(columns.clone())
            }
            Feed::Host(columns) => columns.try_map(|tensor| Ok(take_rows(tensor, rows)?.into())),
        }
    }
}

/// The error after a device failed in the middle of a step, with what it held.
fn lost(what: &str) -> Error {
    Error::invalid("training", format!("{what} were lost when the device failed in an earlier step; build the model again"))
}

fn host_value(shape: impl Into<Shape>, data: HostData) -> Result<Value> {
    let tensor =
        HostTensor::new(shape, data).ok_or_else(|| Error::invalid("training", "an input does not have the length of its shape"))?;
    Ok(tensor.into())
}

impl Model {
    /// Sets the states that stateful layers keep of each sample back to 0 (Keras `reset_states`): before another sequence begins.
    ///
    /// # Errors
    /// Those of the device.
    pub fn reset_states(&mut self) -> Result<()> {
        let mut state = read_flat(&self.device, self.state_value()?)?;
        for (variable, range) in self.layout.ranges().filter(|(variable, _)| variable.is_memory) {
            let place = state.get_mut(range).ok_or_else(|| lost(&variable.path))?;
            place.fill(0.0);
        }
        self.state = Some(put_flat(&self.device, state)?);
        Ok(())
    }

    /// Whether the model takes batches of `batch` samples.
    pub(crate) fn check_batch(&self, batch: usize) -> Result<()> {
        let rule = |fixed| format!("the model is built for batches of {fixed} samples, got one of {batch}");
        self.batch.filter(|&fixed| fixed != batch).map_or(Ok(()), |fixed| Err(Error::invalid(&self.name, rule(fixed))))
    }

    /// The number of a pass over data that is taken in an order of its own.
    pub(crate) fn next_pass(&mut self) -> Result<u64> {
        let passes = &mut self.compiled_mut()?.passes;
        *passes += 1;
        Ok(*passes - 1)
    }

    pub(crate) fn trainable_value(&self) -> Result<&Value> {
        self.trainable.as_ref().ok_or_else(|| lost("the weights"))
    }

    pub(crate) fn state_value(&self) -> Result<&Value> {
        self.state.as_ref().ok_or_else(|| lost("the weights"))
    }

    /// Makes the optimizer's slots where they are missing, and counts the step.
    fn begin_step(&mut self) -> Result<()> {
        let compiled = self.compiled.as_mut().ok_or_else(|| lost("the settings"))?;
        compiled.step += 1;
        if compiled.slots.is_none() {
            let slots = optimizers::step::slots(&*compiled.optimizer, &self.layout.arena()).into_iter();
            let first = |slot: Slot| match slot.initial {
                Initial::Value(value) => put_flat(&self.device, vec![value; slot.len]).map(Some),
                Initial::Parameters => Ok(self.trainable.clone()),
            };
            compiled.slots = Some(slots.map(first).collect::<Result<_>>()?);
        }
        Ok(())
    }

    /// Gives the weights their averages, where the optimizer keeps them (Keras `finalize_variable_values`).
    pub(crate) fn finalize_weights(&mut self) -> Result<()> {
        let compiled = self.compiled()?;
        let average = compiled.slots.as_ref().and_then(|slots| optimizers::step::finalize(&*compiled.optimizer, slots)).cloned();
        if let Some(average) = average {
            self.trainable = average;
        }
        Ok(())
    }

    /// Where the model keeps a flat tensor.
    pub(crate) fn place(&mut self, role: Role) -> Option<&mut Option<Value>> {
        match role {
            Role::Trainable => Some(&mut self.trainable),
            Role::State => Some(&mut self.state),
            Role::Slot(i) => self.compiled.as_mut()?.slots.as_mut()?.get_mut(i),
            Role::Sums | Role::Predictions(_) | Role::X(_) | Role::Y(_) | Role::Weight(_) | Role::Rows | Role::Scalars | Role::Random => {
                None
            }
        }
    }

    /// A flat tensor for a run: given away where the run `replaces` it, so that it is updated in place.
    pub(crate) fn lend(&mut self, role: Role, replaces: bool) -> Result<Value> {
        let place = self.place(role).ok_or_else(|| lost("the optimizer's values"))?;
        let value = if replaces { place.take() } else { place.clone() };
        value.ok_or_else(|| lost("the weights"))
    }

    /// The optimizer's numbers of the current step.
    fn scalars(&self) -> Result<Value> {
        let compiled = self.compiled()?;
        let rate = compiled.rate_after(compiled.step.saturating_sub(1));
        let scalars = optimizers::step::scalars(&*compiled.optimizer, rate, compiled.step);
        host_value([scalars.len()], HostData::F32(scalars.into_iter().map(|v| v as f32).collect()))
    }

    /// The key of the current step's random numbers.
    fn random_key(&self) -> Result<Value> {
        let compiled = self.compiled()?;
        let seed = compiled.seed.unwrap_or(self.seed);
        host_value([3], HostData::U32(vec![seed as u32, (seed >> 32) as u32, compiled.step as u32]))
    }
}
