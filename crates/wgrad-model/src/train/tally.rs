//! Loss and metrics: what a batch gives, and the sums that are kept of it.

use super::{columns::Columns, history::Logs};
use crate::{
    Scope,
    compile::{Objective, OutputMetric},
    metrics::{Addend, join_addends, mean_of},
};
use wgrad_tensor::{DType, Tensor};

/// The losses of a batch.
#[derive(Debug)]
pub(crate) struct BatchLoss {
    /// What training lowers: the weighted sum of those of the outputs, and what layers and penalties added.
    pub(crate) total: Tensor,
    /// Those of the outputs that have one.
    outputs: Vec<Tensor>,
}

/// The losses of the predictions of a batch.
pub(crate) fn losses(objectives: &[Objective], scope: &Scope, batch: &Columns<Tensor>, y_pred: &[Tensor]) -> BatchLoss {
    let (mut outputs, mut addends) = (Vec::new(), Vec::new());
    for (i, (objective, y_pred)) in objectives.iter().zip(y_pred).enumerate() {
        let (Some(loss), Some(Some(y))) = (&objective.loss, batch.y.get(i)) else { continue };
        let weight = batch.weight.get(i).and_then(Option::as_ref);
        // A loss that is not reduced is trained by its mean.
        let value = loss.value(y, y_pred, scope.logits(y_pred), weight, scope.mask(y_pred)).mean(..);
        addends.push(if objective.weight == 1.0 { value.clone() } else { &value * objective.weight });
        outputs.push(value);
    }
    addends.extend(scope.losses().iter().cloned());
    let total = addends.into_iter().reduce(|sum, loss| sum + loss).unwrap_or_else(|| Tensor::zeros(()));
    BatchLoss { total, outputs }
}

/// The sums that a program keeps: for the total loss `loss * samples` and the number of samples, for those of several outputs the loss and the number of
/// batches, then those of each metric.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Names of the losses: `loss`, and one for each output where several have one.
    pub(crate) losses: Vec<String>,
    pub(crate) metrics: Vec<OutputMetric>,
}

impl Tally {
    /// For outputs of these names.
    pub(crate) fn new(outputs: impl Iterator<Item = String>, objectives: &[Objective], metrics: Vec<OutputMetric>) -> Tally {
        let of_outputs = outputs.zip(objectives).filter(|(_, objective)| objective.loss.is_some());
        let mut losses: Vec<String> = of_outputs.map(|(name, _)| format!("{name}_loss")).collect();
        if losses.len() == 1 {
            losses.clear();
        }
        losses.insert(0, "loss".into());
        Tally { losses, metrics }
    }

    pub(crate) fn len(&self) -> usize {
        2 * self.losses.len() + self.metrics.iter().map(|metric| metric.metric.sums).sum::<usize>()
    }

    /// Loss and metrics of the sums.
    pub(crate) fn logs(&self, sums: &[f32]) -> Logs {
        let mut logs = Logs::default();
        let (losses, mut rest) = sums.split_at_checked(2 * self.losses.len()).unwrap_or_default();
        for (name, sums) in self.losses.iter().zip(losses.chunks(2)) {
            logs.0.insert(name.clone(), mean_of(sums));
        }
        for OutputMetric { metric, .. } in &self.metrics {
            let (own, others) = rest.split_at_checked(metric.sums).unwrap_or_default();
            logs.0.insert(metric.name.clone(), metric.metric.result(own));
            rest = others;
        }
        logs
    }

    /// What a batch of `n` samples adds to the sums.
    pub(crate) fn update(&self, loss: &BatchLoss, n: usize, scope: &Scope, batch: &Columns<Tensor>, y_pred: &[Tensor]) -> Tensor {
        let addends_of = |loss: &Tensor, n: f32| [Addend::Elements(loss * n), Addend::Number(n)];
        let mut addends = addends_of(&loss.total, n as f32).to_vec();
        if self.losses.len() > 1 {
            // As in Keras every batch counts the same for the losses of outputs, whatever its size.
            addends.extend(loss.outputs.iter().flat_map(|loss| addends_of(loss, 1.0)));
        }
        for OutputMetric { output, weighted, metric } in &self.metrics {
            let (Some(Some(y)), Some(y_pred)) = (batch.y.get(*output), y_pred.get(*output)) else { continue };
            let weight = batch.weight.get(*output).and_then(Option::as_ref).filter(|_| *weighted);
            let mask = scope.mask(y_pred).filter(|_| metric.metric.uses_mask());
            addends.extend(metric.metric.update(y, y_pred, masked(weight, mask).as_ref()));
        }
        join_addends(&addends, self.len())
    }
}

/// Weights that are 0 where the mask is false.
fn masked(weight: Option<&Tensor>, mask: Option<&Tensor>) -> Option<Tensor> {
    let Some(mask) = mask.map(|mask| mask.cast(DType::F32)) else { return weight.cloned() };
    let Some(weight) = weight else { return Some(mask) };
    // Weights of samples count for all of their positions.
    let missing = mask.rank().saturating_sub(weight.rank());
    let weight = (0..missing).fold(weight.clone(), |weight, _| weight.unsqueeze(-1));
    Some(weight * mask)
}
