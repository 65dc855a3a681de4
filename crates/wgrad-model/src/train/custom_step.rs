//! Training steps of the user's own.

use super::{columns::Columns, tally::losses};
use crate::{Logits, Scope, compile::Objective, layer::Layer};
use std::{fmt, sync::Arc};
use wgrad_tensor::Tensor;

/// What a training step of the user's own computes: the loss that the optimizer lowers, and the predictions that metrics see.
#[derive(Clone, Debug)]
pub struct StepResult {
    /// A scalar.
    pub loss: Tensor,
    /// One for each output of the model.
    pub predictions: Vec<Tensor>,
}

/// A training step of the user's own: see [`crate::CustomModel::train_step`].
#[derive(Clone)]
pub(crate) struct CustomStep(pub(crate) Arc<dyn Fn(&mut TrainStep<'_>) -> StepResult + Send + Sync>);

impl fmt::Debug for CustomStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomStep")
    }
}

/// The batch and the model of a training step, while it is traced: everything is a tensor that is yet to be computed.
#[derive(Debug)]
pub struct TrainStep<'a> {
    pub(super) scope: &'a mut Scope,
    pub(super) network: &'a dyn Layer,
    pub(super) batch: &'a Columns<Tensor>,
    pub(super) objectives: &'a [Objective],
}

impl<'a> TrainStep<'a> {
    /// The inputs of the batch.
    pub fn inputs(&self) -> &'a [Tensor] {
        &self.batch.x
    }

    /// The labels of the batch for each output, where there are.
    pub fn labels(&self) -> &'a [Option<Tensor>] {
        &self.batch.y
    }

    /// The weights of the samples for each output, where there are.
    pub fn sample_weights(&self) -> &'a [Option<Tensor>] {
        &self.batch.weight
    }

    /// The predictions of the model for `inputs`: those of the batch, or others. Called again, the model has the same variables, but draws other random
    /// numbers.
    #[track_caller]
    pub fn forward(&mut self, inputs: &[Tensor]) -> Vec<Tensor> {
        self.scope.call(self.network, inputs).1
    }

    /// The loss that `compile` chose, for these predictions and the labels of the batch, with penalties and what layers added.
    #[track_caller]
    pub fn compiled_loss(&self, predictions: &[Tensor]) -> Tensor {
        losses(self.objectives, self.scope, self.batch, predictions).total
    }

    /// The logits of a prediction, where it came straight from a softmax or sigmoid.
    pub fn logits(&self, prediction: &Tensor) -> Option<&Logits> {
        self.scope.logits(prediction)
    }

    /// A key for random numbers of the step's own, and the number of their stream.
    #[track_caller]
    pub fn random_key(&mut self) -> (Tensor, u32) {
        self.scope.random_key()
    }
}
