//! Predictions.

use super::{
    data::inputs,
    evaluate::check_batch_size,
    program::{Key, Kind, Role, Tally},
    rows::{all_rows, join_rows, take_rows},
};
use crate::{Error, Model, Result};
use wgrad_tensor::{HostTensor, Tensor};

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
        let batches = rows.chunks(batch_size).map(|rows| self.predict_batch(take_rows(&x, rows)?));
        let parts: Vec<HostTensor> = batches.collect::<Result<_>>()?;
        Ok(Tensor::from_value(join_rows(&parts)?.into()))
    }

    fn predict_batch(&mut self, x: HostTensor) -> Result<HostTensor> {
        let key = Key { kind: Kind::Predict, batch: x.shape()[0], x: x.spec(), y: None, gathers: false };
        let step = self.program(key, &Tally { metrics: Vec::new() })?;
        let mut inputs = Vec::new();
        for role in &step.inputs {
            inputs.push(if *role == Role::X { x.clone().into() } else { self.lend(*role, false)? });
        }
        inputs.extend(step.captured.iter().cloned());
        let outputs = step.executable.run(inputs)?;
        let [predictions] = outputs.as_slice() else {
            return Err(Error::invalid("predict", format!("the program gave {} results instead of 1", outputs.len())));
        };
        Ok(self.device.read(predictions)?)
    }
}
