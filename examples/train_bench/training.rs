//! The cases that train a model.

use crate::{
    data::{ALL_BATCHES, prototypes_and_noise},
    measure::Stepper,
};
use anyhow::Result;
use std::time::Duration;
use wgrad::{
    Entry, Model, OptimizerArgument, Sequential, StepMemory, Tensor, Trainer,
    device::Stats,
    layers::{Conv2D, Dense, Flatten, MaxPooling2D},
};

/// A model, its optimizer, and the size of its batches unless `--batch` says otherwise.
pub(crate) struct Case {
    pub(crate) batch: usize,
    input: &'static [usize],
    classes: usize,
    layers: Vec<Entry>,
    optimizer: OptimizerArgument,
}

/// The case of this name.
pub(crate) fn case(name: &str) -> Option<Case> {
    Some(match name {
        "mlp-a" => Case { batch: 32, input: &[784], classes: 10, layers: dense(&[100, 10]), optimizer: "adam".into() },
        "mlp-b" => Case { batch: 128, input: &[784], classes: 10, layers: dense(&[256, 128, 64, 32, 10]), optimizer: "sgd".into() },
        "cnn" => Case { batch: 32, input: &[28, 28, 1], classes: 10, layers: cnn(), optimizer: "adam".into() },
        "tiny" => Case { batch: 16, input: &[6], classes: 3, layers: dense(&[100, 100, 3]), optimizer: "adam".into() },
        _ => return None,
    })
}

/// Dense layers with relu, the last with softmax.
fn dense(units: &[usize]) -> Vec<Entry> {
    let activation = |i| if i + 1 == units.len() { "softmax" } else { "relu" };
    units.iter().enumerate().map(|(i, &units)| Dense::new(units).activation(activation(i)).into()).collect()
}

/// The CNN of the example `fashion_mnist`.
fn cnn() -> Vec<Entry> {
    let mut layers = vec![
        Conv2D::new(32, 5).activation("relu").into(),
        MaxPooling2D::new(2).into(),
        Conv2D::new(64, 5).activation("relu").into(),
        MaxPooling2D::new(2).into(),
        Flatten::new().into(),
    ];
    layers.extend(dense(&[64, 10]));
    layers
}

impl Case {
    /// Data for this case: `x` and `y` of all batches.
    pub(crate) fn data(&self) -> Result<(Tensor, Tensor)> {
        let (x, y) = prototypes_and_noise(self.batch, self.input.iter().product(), self.classes)?;
        let shape: Vec<usize> = [&[x.shape()[0]], self.input].concat();
        Ok((x.reshape(&shape[..]), y))
    }

    /// The model with its first weights.
    pub(crate) fn model(self) -> Result<Model> {
        Ok(Sequential::new(self.layers).input_shape(self.input).compile(self.optimizer, "sparse_categorical_crossentropy", ())?)
    }
}

/// Steps over batch after batch of data that stays on the device.
pub(crate) struct Training<'a> {
    trainer: Trainer<'a>,
    rows: Vec<i32>,
    batch: usize,
}

impl Training<'_> {
    pub(crate) fn new<'a>(model: &'a mut Model, (x, y): (Tensor, Tensor), batch: usize) -> Result<Training<'a>> {
        let rows = (0..i32::try_from(ALL_BATCHES * batch)?).collect();
        Ok(Training { trainer: model.trainer(&x, &y)?, rows, batch })
    }

    /// The device memory that a step needs.
    pub(crate) fn memory(&mut self) -> Result<StepMemory> {
        Ok(self.trainer.memory(self.batch)?)
    }

    /// What a step costs.
    pub(crate) fn stats(&mut self) -> Result<Stats> {
        Ok(self.trainer.prepare(self.batch)?)
    }

    pub(crate) fn compilations(&mut self) -> usize {
        self.trainer.model().compilations()
    }
}

impl Stepper for Training<'_> {
    fn step(&mut self, i: usize) -> Result<()> {
        let first = i % ALL_BATCHES * self.batch;
        Ok(self.trainer.step(&self.rows[first..first + self.batch])?)
    }

    /// The mean of the steps since the last read.
    fn loss(&mut self) -> Result<f32> {
        let loss = self.trainer.logs()?.loss();
        self.trainer.reset()?;
        Ok(loss as f32)
    }

    fn driver_time(&self) -> Duration {
        wgrad::profile::driver_time()
    }
}
