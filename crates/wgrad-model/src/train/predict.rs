//! Predictions.

use super::{
    data::inputs,
    evaluate::check_batch_size,
    program::{Key, Kind, Role, Tally},
    rows::{all_rows, join_rows, take_rows},
};
use crate::{Error, Model, Result};
use std::collections::VecDeque;
use wgrad_tensor::{HostTensor, Tensor, Value};

/// How many batches the device may be ahead of the host.
const AHEAD: usize = 16;

impl Model {
    /// The model's predictions for `x`, computed in batches of 32 (Keras `predict`). Needs no `compile`.
    ///
    /// # Errors
    /// Data that the model does not take; those of the device.
    pub fn predict(&mut self, x: &Tensor) -> Result<Tensor> {
        self.predict_with(x, 32)
    }

    /// [`Model::predict`] in batches of `batch_size`.
    ///
    /// # Errors
    /// As [`Model::predict`]; batches of no samples.
    pub fn predict_with(&mut self, x: &Tensor, batch_size: usize) -> Result<Tensor> {
        check_batch_size(batch_size)?;
        let x = inputs(self, x)?;
        let rows = all_rows(x.shape()[0]);
        let (mut running, mut parts) = (VecDeque::new(), Vec::new());
        for rows in rows.chunks(batch_size) {
            running.push_back(self.predict_batch(take_rows(&x, rows)?)?);
            if running.len() > AHEAD {
                parts.extend(running.pop_front().map(|value| self.device.read(&value)).transpose()?);
            }
        }
        for value in running {
            parts.push(self.device.read(&value)?);
        }
        Ok(Tensor::from_value(join_rows(&parts)?.into()))
    }

    /// The predictions of one batch, on the device. Returns without waiting for it.
    fn predict_batch(&mut self, x: HostTensor) -> Result<Value> {
        let key = Key { kind: Kind::Predict, batch: x.shape()[0], x: x.spec(), y: None, gathers: false };
        let step = self.program(key, &Tally { metrics: Vec::new() })?;
        let x = Value::from(x);
        let mut inputs = Vec::new();
        for role in &step.inputs {
            inputs.push(if *role == Role::X { x.clone() } else { self.lend(*role, false)? });
        }
        inputs.extend(step.captured.iter().cloned());
        let mut outputs = step.executable.run(inputs)?;
        outputs.pop().ok_or_else(|| Error::invalid("predict", "the program gave no result"))
    }
}
