//! What a model learns: the optimizer, and losses and metrics for each output.

use crate::{
    ByName, Each, Error, Loss, LossArgument, Metric, MetricArgument, Model, OptimizerArgument, Result,
    any_length::{known, known_by},
    metrics::NamedMetric,
    model::with_batch,
    optimizers::{LossScaleOptimizer, Optimizer, step},
    train::Programs,
};
use std::{collections::HashSet, sync::Arc};
use wgrad_tensor::{Shape, Value};

/// The losses of a model: `"mse"`, `Huber::new()`, one for each output (`["mse", "binary_crossentropy"]`), or some by the outputs' names
/// (`[("price", "mse"), ("sold", "binary_crossentropy")]`; outputs without one do not count).
pub type Losses = Each<LossArgument>;

/// The metrics of a model: `["accuracy"]`, `"accuracy"`, a vector of names or values, or `()` for none; where there are several outputs a list of
/// lists, one for each, or lists by the outputs' names.
pub type Metrics = Each<Vec<MetricArgument>>;

impl<L: Loss + 'static> From<L> for Losses {
    fn from(loss: L) -> Self {
        Each::in_order([loss.into()])
    }
}

impl<M: Metric + 'static> From<M> for Metrics {
    fn from(metric: M) -> Self {
        Each::in_order([vec![metric.into()]])
    }
}

impl From<()> for Metrics {
    fn from((): ()) -> Self {
        Each::default()
    }
}

/// The forms that losses and metrics have in common.
macro_rules! from_forms {
    ($each:ty, $argument:ty, $of:expr) => {
        impl From<&str> for $each {
            fn from(name: &str) -> Self {
                Each::in_order([$of(name.into())])
            }
        }
        impl From<String> for $each {
            fn from(name: String) -> Self {
                Each::in_order([$of(name.into())])
            }
        }
        impl From<$argument> for $each {
            fn from(argument: $argument) -> Self {
                Each::in_order([$of(argument)])
            }
        }
        impl<A: Into<$argument>, const N: usize> From<[A; N]> for $each {
            fn from(arguments: [A; N]) -> Self {
                Each::in_order(arguments.map(|argument| $of(argument.into())))
            }
        }
        impl<A: Into<$argument>> From<Vec<A>> for $each {
            fn from(arguments: Vec<A>) -> Self {
                Each::in_order(arguments.into_iter().map(|argument| $of(argument.into())))
            }
        }
        impl<A: Into<$argument>, const N: usize> From<[(&str, A); N]> for $each {
            fn from(arguments: [(&str, A); N]) -> Self {
                Each::by_name(arguments.map(|(name, argument)| (name, $of(argument.into()))))
            }
        }
        impl<A: Into<$argument>> From<Vec<(String, A)>> for $each {
            fn from(arguments: Vec<(String, A)>) -> Self {
                Each::by_name(arguments.into_iter().map(|(name, argument)| (name, $of(argument.into()))))
            }
        }
    };
}

from_forms!(Losses, LossArgument, std::convert::identity);
from_forms!(Metrics, MetricArgument, |argument| vec![argument]);

impl<M: Into<MetricArgument>, const N: usize> From<[Vec<M>; N]> for Metrics {
    fn from(metrics: [Vec<M>; N]) -> Self {
        Each::in_order(metrics.map(|list| list.into_iter().map(Into::into).collect()))
    }
}

impl<M: Into<MetricArgument>> From<Vec<Vec<M>>> for Metrics {
    fn from(metrics: Vec<Vec<M>>) -> Self {
        Each::in_order(metrics.into_iter().map(|list| list.into_iter().map(Into::into).collect()))
    }
}

impl<M: Into<MetricArgument>, const N: usize> From<[(&str, Vec<M>); N]> for Metrics {
    fn from(metrics: [(&str, Vec<M>); N]) -> Self {
        Each::by_name(metrics.map(|(name, list)| (name, list.into_iter().map(Into::into).collect())))
    }
}

impl<M: Into<MetricArgument>> From<Vec<(String, Vec<M>)>> for Metrics {
    fn from(metrics: Vec<(String, Vec<M>)>) -> Self {
        Each::by_name(metrics.into_iter().map(|(name, list)| (name, list.into_iter().map(Into::into).collect())))
    }
}

/// All settings of [`Model::compile_with`]: `Compile::new("adam", ["mse", "mae"]).loss_weights([1.0, 0.2]).metrics(["mae", "mae"])`.
#[derive(Clone, Debug)]
pub struct Compile {
    optimizer: OptimizerArgument,
    pub(crate) loss: Losses,
    pub(crate) loss_weights: Each<f64>,
    pub(crate) metrics: Metrics,
    pub(crate) weighted_metrics: Metrics,
    auto_scale_loss: bool,
}

impl Compile {
    /// An optimizer and losses, without metrics.
    pub fn new(optimizer: impl Into<OptimizerArgument>, loss: impl Into<Losses>) -> Compile {
        let (optimizer, loss) = (optimizer.into(), loss.into());
        Compile {
            optimizer,
            loss,
            loss_weights: Each::default(),
            metrics: Each::default(),
            weighted_metrics: Each::default(),
            auto_scale_loss: true,
        }
    }

    /// Factors of the losses of the outputs in the total; 1 by default.
    #[must_use]
    pub fn loss_weights(self, weights: impl Into<Each<f64>>) -> Compile {
        Compile { loss_weights: weights.into(), ..self }
    }

    /// Metrics that do not see sample weights.
    #[must_use]
    pub fn metrics(self, metrics: impl Into<Metrics>) -> Compile {
        Compile { metrics: metrics.into(), ..self }
    }

    /// Whether the optimizer becomes a [`LossScaleOptimizer`] where layers compute in f16 and it does not scale the loss itself; it does by default.
    #[must_use]
    pub fn auto_scale_loss(self, auto_scale_loss: bool) -> Compile {
        Compile { auto_scale_loss, ..self }
    }

    /// Metrics that weigh samples as the loss does.
    #[must_use]
    pub fn weighted_metrics(self, metrics: impl Into<Metrics>) -> Compile {
        Compile { weighted_metrics: metrics.into(), ..self }
    }
}

/// What `compile` adds to a model.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// What the user asked for.
    pub(crate) given: Compile,
    pub(crate) optimizer: Arc<dyn Optimizer>,
    /// The rate that was set in place of the optimizer's.
    pub(crate) learning_rate: Option<f64>,
    /// For each output.
    pub(crate) objectives: Vec<Objective>,
    /// The metrics for labels of certain shapes, found when labels are first seen.
    pub(crate) resolved: Option<(Vec<Option<Shape>>, Vec<OutputMetric>)>,
    /// The optimizer's flat tensors; made by the first step.
    pub(crate) slots: Option<Vec<Option<Value>>>,
    /// Steps done.
    pub(crate) step: u64,
    /// Passes over shuffled data, so that each `fit` shuffles anew.
    pub(crate) passes: u64,
    /// The seed of the last `fit`: dropout follows from it.
    pub(crate) seed: Option<u64>,
}

impl Compiled {
    /// The learning rate after `iterations` steps.
    pub(crate) fn rate_after(&self, iterations: u64) -> f64 {
        self.learning_rate.unwrap_or_else(|| step::learning_rate_at(&*self.optimizer, iterations))
    }
}

/// What one output should become.
#[derive(Clone, Debug)]
pub(crate) struct Objective {
    pub(crate) loss: Option<Arc<dyn Loss>>,
    /// Factor of the loss in the total.
    pub(crate) weight: f64,
    metrics: Vec<MetricArgument>,
    weighted_metrics: Vec<MetricArgument>,
}

impl Objective {
    /// Whether labels of the output are needed.
    pub(crate) fn needs_labels(&self) -> bool {
        self.loss.is_some() || !self.metrics.is_empty() || !self.weighted_metrics.is_empty()
    }
}

/// A metric of one output.
#[derive(Clone, Debug)]
pub(crate) struct OutputMetric {
    pub(crate) output: usize,
    /// Whether it sees sample weights.
    pub(crate) weighted: bool,
    /// Its name is that of histories.
    pub(crate) metric: NamedMetric,
}

impl Model {
    /// Chooses how the model learns, by name or value: the optimizer (`"adam"`, `SGD::new(0.1).momentum(0.9)`), the loss and the
    /// metrics (`["accuracy"]`, `()` for none). The weights stay; the optimizer starts anew.
    ///
    /// # Errors
    /// A name that does not exist, with the near ones; settings that make no sense.
    pub fn compile(&mut self, optimizer: impl Into<OptimizerArgument>, loss: impl Into<Losses>, metrics: impl Into<Metrics>) -> Result<()> {
        self.compile_with(Compile::new(optimizer, loss).metrics(metrics))
    }

    /// [`Model::compile`] with everything that there is to choose.
    ///
    /// # Errors
    /// As [`Model::compile`]; losses or metrics for outputs that there are not.
    pub fn compile_with(&mut self, compile: Compile) -> Result<()> {
        let optimizer = compile.optimizer.clone().resolve()?;
        let is_scaled = optimizer.loss_scaling().is_some() || optimizer.options().loss_scale_factor.is_some();
        let scales = self.is_half && compile.auto_scale_loss && !is_scaled;
        let optimizer = if scales { Arc::new(LossScaleOptimizer::around(optimizer)) } else { optimizer };
        let objectives = self.objectives(&compile)?;
        // The shapes of the labels are not known yet, so this only looks the names up.
        let labels = self.outputs.iter().map(|(_, spec)| Some(with_batch(&known(spec, |_| 1), 1).shape)).collect::<Vec<_>>();
        self.find_metrics(&objectives, &labels, false)?;
        self.programs = Programs::default();
        self.compiled = Some(Compiled {
            given: compile,
            optimizer,
            learning_rate: None,
            objectives,
            resolved: None,
            slots: None,
            step: 0,
            passes: 0,
            seed: None,
        });
        Ok(())
    }

    fn objectives(&self, compile: &Compile) -> Result<Vec<Objective>> {
        let names: Vec<String> = self.outputs.iter().map(|(name, _)| name.clone()).collect();
        let mut losses = compile.loss.for_names("loss", &names);
        if compile.loss.len() == 1 && compile.loss.is_in_order() {
            // One loss for several outputs is that of each.
            losses = Ok(vec![compile.loss.values().next().cloned(); names.len()]);
        }
        let weights = compile.loss_weights.for_names("loss_weights", &names)?;
        let metrics = lists("metrics", &compile.metrics, &names)?;
        let weighted = lists("weighted_metrics", &compile.weighted_metrics, &names)?;
        let mut objectives = Vec::new();
        for (((loss, weight), metrics), weighted_metrics) in losses?.into_iter().zip(weights).zip(metrics).zip(weighted) {
            let loss = loss.map(LossArgument::resolve).transpose()?;
            objectives.push(Objective { loss, weight: weight.unwrap_or(1.0), metrics, weighted_metrics });
        }
        if objectives.iter().all(|objective| objective.loss.is_none()) {
            return Err(Error::invalid("loss", "at least one output needs a loss"));
        }
        Ok(objectives)
    }

    /// The metrics for labels of these shapes (batch first), looked up where they are new.
    pub(crate) fn metrics_for(&mut self, labels: &[Option<Shape>]) -> Result<Vec<OutputMetric>> {
        let same = |known: &Option<Shape>, new: &Option<Shape>| match (known, new) {
            (Some(known), Some(new)) => known.get(1..) == new.get(1..),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if let Some((known, metrics)) = &self.compiled()?.resolved
            && known.len() == labels.len()
            && known.iter().zip(labels).all(|(known, new)| same(known, new))
        {
            return Ok(metrics.clone());
        }
        let metrics = self.find_metrics(&self.compiled()?.objectives, labels, true)?;
        self.compiled_mut()?.resolved = Some((labels.to_vec(), metrics.clone()));
        Ok(metrics)
    }

    /// The metric that histories show under that name, where labels have been seen.
    pub(crate) fn metric_named(&self, name: &str) -> Option<&dyn Metric> {
        let (_, metrics) = self.compiled.as_ref()?.resolved.as_ref()?;
        metrics.iter().find(|known| known.metric.name == name).map(|known| &*known.metric.metric)
    }

    fn find_metrics(&self, objectives: &[Objective], labels: &[Option<Shape>], check: bool) -> Result<Vec<OutputMetric>> {
        let mut metrics: Vec<OutputMetric> = Vec::new();
        let mut names: HashSet<String> = HashSet::new();
        for weighted in [false, true] {
            for (output, ((name, spec), objective)) in self.outputs.iter().zip(objectives).enumerate() {
                let Some(Some(labels)) = labels.get(output) else { continue };
                let predictions = with_batch(&known_by(spec, labels), labels.first().copied().unwrap_or(1)).shape;
                for argument in if weighted { &objective.weighted_metrics } else { &objective.metrics } {
                    let mut metric = argument.clone().resolve(labels, &predictions)?;
                    if check {
                        let fits = metric.metric.check(labels, &predictions);
                        fits.map_err(|rule| Error::invalid(format!("metric {}", metric.name), rule))?;
                    }
                    let prefix = if self.outputs.len() > 1 { format!("{name}_") } else { String::new() };
                    metric.name = free_name(&names, &prefix, &metric.name, weighted);
                    names.insert(metric.name.clone());
                    metrics.push(OutputMetric { output, weighted, metric });
                }
            }
        }
        Ok(metrics)
    }
}

/// A name that no metric has yet: as Keras, a weighted one is told apart by that word, others by a number.
fn free_name(taken: &HashSet<String>, prefix: &str, name: &str, weighted: bool) -> String {
    let plain = format!("{prefix}{name}");
    if !taken.contains(&plain) {
        return plain;
    }
    let base = if weighted { format!("{prefix}weighted_{name}") } else { plain };
    if weighted && !taken.contains(&base) {
        return base;
    }
    (1..).map(|number| format!("{base}_{number}")).find(|name| !taken.contains(name)).unwrap_or(base)
}

/// The metrics of each output. A model of one output takes any number, in any form.
fn lists(what: &'static str, metrics: &Metrics, names: &[String]) -> Result<Vec<Vec<MetricArgument>>> {
    if names.len() == 1 && metrics.is_in_order() {
        return Ok(vec![metrics.values().flatten().cloned().collect()]);
    }
    Ok(metrics.for_names(what, names)?.into_iter().map(Option::unwrap_or_default).collect())
}

impl From<Arc<dyn Loss>> for Losses {
    fn from(loss: Arc<dyn Loss>) -> Self {
        Each::in_order([ByName::Value(loss)])
    }
}
