//! Predictions.

use super::{
    columns::Columns,
    data::inputs,
    evaluate::check_batch_size,
    program::{Key, Kind},
    rows::{all_rows, join_rows, take_rows},
    tally::Tally,
};
use crate::{Arrays, Error, Model, Result};
use std::collections::VecDeque;
use wgrad_tensor::{HostTensor, Tensor, Value};

/// How many batches the device may be ahead of the host.
const AHEAD: usize = 16;

impl Model {
    /// The model's predictions for `x`, computed in batches of 32 (Keras `predict`). Needs no `compile`.
    ///
    /// # Errors
    /// Data that the model does not take; several outputs, see [`Model::predict_all`]; those of the device.
    pub fn predict(&mut self, x: impl Into<Arrays>) -> Result<Tensor> {
        self.predict_with(x, 32)
    }

    /// [`Model::predict`] in batches of `batch_size`.
    ///
    /// # Errors
    /// As [`Model::predict`]; batches of no samples.
    pub fn predict_with(&mut self, x: impl Into<Arrays>, batch_size: usize) -> Result<Tensor> {
        let rule = format!("the model has {} outputs, which predict_all gives", self.outputs.len());
        let [prediction] = <[Tensor; 1]>::try_from(self.predict_all(x, batch_size)?).map_err(|_| Error::invalid("predict", rule))?;
        Ok(prediction)
    }

    /// The predictions for a single batch of all samples of `x` (Keras `predict_on_batch`).
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn predict_on_batch(&mut self, x: impl Into<Arrays>) -> Result<Tensor> {
        self.predict_with(x, usize::MAX)
    }

    /// The predictions of every output, in batches of `batch_size`.
    ///
    /// # Errors
    /// As [`Model::predict_with`].
    pub fn predict_all(&mut self, x: impl Into<Arrays>, batch_size: usize) -> Result<Vec<Tensor>> {
        check_batch_size(batch_size)?;
        let x = inputs(self, &x.into())?;
        let rows = all_rows(x.first().and_then(|x| x.shape().first().copied()).unwrap_or(0));
        let (mut running, mut parts) = (VecDeque::new(), vec![Vec::new(); self.outputs.len()]);
        for rows in rows.chunks(batch_size) {
            let batch = x.iter().map(|x| take_rows(x, rows)).collect::<Result<_>>()?;
            running.push_back(self.predict_batch(batch)?);
            if running.len() > AHEAD {
                running.pop_front().map_or(Ok(()), |values| self.read_parts(&values, &mut parts))?;
            }
        }
        running.iter().try_for_each(|values| self.read_parts(values, &mut parts))?;
        parts.iter().map(|parts| Ok(Tensor::from_value(join_rows(parts)?.into()))).collect()
    }

    fn read_parts(&self, values: &[Value], parts: &mut [Vec<HostTensor>]) -> Result<()> {
        for (value, parts) in values.iter().zip(parts) {
            parts.push(self.device.read(value)?);
        }
        Ok(())
    }

    /// The predictions of one batch, on the device. Returns without waiting for it.
    fn predict_batch(&mut self, x: Vec<HostTensor>) -> Result<Vec<Value>> {
        let batch = x.first().and_then(|x| x.shape().first().copied()).unwrap_or(0);
        self.check_batch(batch)?;
        let data = Columns::inputs(x.iter().map(HostTensor::spec).collect());
        let step = self.program(Key { kind: Kind::Predict, batch, data, gathers: false }, &Tally::default())?;
        let x = Columns::inputs(x.into_iter().map(Value::from).collect());
        let mut inputs = Vec::new();
        for role in &step.inputs {
            inputs.push(x.get(*role).map_or_else(|| self.lend(*role, step.outputs.contains(role)), |x| Ok(x.clone()))?);
        }
        inputs.extend(step.captured.iter().cloned());
        let mut predictions = Vec::new();
        for (role, value) in step.outputs.iter().zip(step.executable.run(inputs)?) {
            match self.place(*role) {
                Some(place) => *place = Some(value),
                None => predictions.push(value),
            }
        }
        Ok(predictions)
    }
}
