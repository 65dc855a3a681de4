//! A model: layers, weights on a device, and what training needs.

use crate::{
    Error, Layer, LossArgument, MetricArgument, Metrics, OptimizerArgument, Result, Scope, Variable,
    layout::Layout,
    losses::Loss,
    metrics::NamedMetric,
    optimizers::{LearningRate, Optimizer, step},
    scope::Visit,
    train::Programs,
};
use std::sync::Arc;
use wgrad_tensor::{DType, Device, HostData, HostTensor, Shape, Spec, Tensor, Value, device::Stats};

/// A model with weights on a device. Made by [`crate::Sequential::build`] or [`crate::Sequential::compile`].
#[derive(Debug)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) network: Arc<dyn Layer>,
    /// One input, without the batch axis.
    pub(crate) input: Spec,
    /// Predictions for one input, without the batch axis.
    pub(crate) output: Spec,
    pub(crate) layout: Layout,
    pub(crate) visits: Vec<Visit>,
    pub(crate) device: Device,
    pub(crate) seed: u64,
    /// All trainable variables as one flat tensor; absent only after a device failed in the middle of a step.
    pub(crate) trainable: Option<Value>,
    /// All other variables as one flat tensor.
    pub(crate) state: Option<Value>,
    pub(crate) compiled: Option<Compiled>,
    pub(crate) programs: Programs,
}

/// What `compile` adds to a model.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) optimizer: Arc<dyn Optimizer>,
    /// The rate that was set in place of the optimizer's.
    pub(crate) learning_rate: Option<f64>,
    pub(crate) loss: Arc<dyn Loss>,
    pub(crate) metrics: Vec<MetricArgument>,
    /// The metrics for labels of one shape, found when labels are first seen.
    pub(crate) resolved: Option<(Shape, Vec<NamedMetric>)>,
    /// The optimizer's flat tensors; made by the first step.
    pub(crate) slots: Option<Vec<Option<Value>>>,
    /// Steps done.
    pub(crate) step: u64,
    /// Epochs done, so that each `fit` shuffles anew.
    pub(crate) epochs: u64,
    /// The seed of the last `fit`: dropout follows from it.
    pub(crate) seed: Option<u64>,
}

impl Compiled {
    /// The learning rate after `iterations` steps.
    pub(crate) fn rate_after(&self, iterations: u64) -> f64 {
        self.learning_rate.unwrap_or_else(|| step::learning_rate_at(&*self.optimizer, iterations))
    }
}

impl Model {
    pub(crate) fn build(name: String, network: Arc<dyn Layer>, input: Spec, seed: u64, device: Device) -> Result<Model> {
        let mut scope = Scope::build();
        // Two samples: a layer that mixes them up, or squeezes the axis away, shows.
        let x = Tensor::placeholder("x", with_batch(&input, 2));
        let y = {
            let _errors_name_it = wgrad_tensor::scope::enter(&name);
            network.call(&mut scope, &x)
        };
        y.check()?;
        let output = match y.shape().split_first() {
            Some((2, rest)) => Spec::new(y.dtype(), rest),
            _ => return Err(Error::invalid(&name, format!("the predictions must keep the batch axis, got {} for 2 samples", y.shape()))),
        };
        let (variables, visits) = scope.into_parts();
        let layout = Layout::new(variables);
        let model = Model {
            name,
            network,
            input,
            output,
            layout,
            visits,
            device,
            seed,
            trainable: None,
            state: None,
            compiled: None,
            programs: Programs::default(),
        };
        model.with_first_weights()
    }

    fn with_first_weights(mut self) -> Result<Model> {
        let (mut trainable, mut state) = self.room_for_weights()?;
        for (i, variable) in self.layout.variables.iter().enumerate() {
            let drawn = variable.initializer.values(&variable.shape, self.seed, i as u32);
            let drawn = drawn.map_err(|e| Error::invalid(format!("{}/{}", self.name, variable.path), e.to_string()))?;
            if variable.trainable { &mut trainable } else { &mut state }.extend(drawn);
        }
        self.put_weights(trainable, state)?;
        Ok(self)
    }

    /// Empty vectors that the flat tensors fit in.
    fn room_for_weights(&self) -> Result<(Vec<f32>, Vec<f32>)> {
        let (mut trainable, mut state) = (Vec::new(), Vec::new());
        for (flat, size) in [(&mut trainable, self.layout.trainable), (&mut state, self.layout.state)] {
            let needed = 4 * size as u128;
            let available = self.device.info().max_tensor_bytes;
            if needed > u128::from(available) || flat.try_reserve_exact(size).is_err() {
                return Err(wgrad_tensor::Error::OutOfMemory {
                    device: self.device.info().name.clone(),
                    what: format!("the flat tensor of the weights of model {}", self.name),
                    needed: u64::try_from(needed).unwrap_or(u64::MAX),
                    available,
                }
                .into());
            }
        }
        Ok((trainable, state))
    }

    /// Uploads the flat tensors.
    pub(crate) fn put_weights(&mut self, trainable: Vec<f32>, state: Vec<f32>) -> Result<()> {
        self.trainable = Some(put_flat(&self.device, trainable)?);
        self.state = Some(put_flat(&self.device, state)?);
        Ok(())
    }

    /// Chooses how the model learns, by name or value: the optimizer (`"adam"`, `SGD::new(0.1).momentum(0.9)`), the loss and the
    /// metrics (`["accuracy"]`, `()` for none). The weights stay; the optimizer starts anew.
    ///
    /// # Errors
    /// A name that does not exist, with the near ones; settings that make no sense.
    pub fn compile(
        &mut self,
        optimizer: impl Into<OptimizerArgument>,
        loss: impl Into<LossArgument>,
        metrics: impl Into<Metrics>,
    ) -> Result<()> {
        let optimizer = optimizer.into().resolve()?;
        let loss = loss.into().resolve()?;
        let metrics = metrics.into().0;
        for metric in &metrics {
            // The shape of the labels is not known yet, so this only looks the names up.
            metric.clone().resolve(&self.output.shape, &self.output.shape)?;
        }
        self.programs = Programs::default();
        self.compiled =
            Some(Compiled { optimizer, learning_rate: None, loss, metrics, resolved: None, slots: None, step: 0, epochs: 0, seed: None });
        Ok(())
    }

    /// The name of the model.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The device that it computes on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The variables, in the order of their declaration.
    pub fn variables(&self) -> &[Variable] {
        &self.layout.variables
    }

    /// The number of elements of all variables.
    pub fn count_params(&self) -> usize {
        self.layout.trainable + self.layout.state
    }

    /// The learning rate of the next step; `None` where the model is not compiled.
    pub fn learning_rate(&self) -> Option<f64> {
        self.compiled.as_ref().map(|compiled| compiled.rate_after(compiled.step))
    }

    /// Changes the learning rate from the next step on; nothing is compiled again.
    ///
    /// # Errors
    /// A model that is not compiled; a rate that is negative or no number; an optimizer with a schedule.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        crate::optimizers::check_rate(learning_rate).map_err(|rule| Error::invalid("set_learning_rate", rule))?;
        let compiled = self.compiled_mut()?;
        if let LearningRate::Schedule(_) = compiled.optimizer.options().learning_rate {
            return Err(Error::invalid("set_learning_rate", "the learning rate of this optimizer is a schedule, which cannot be set"));
        }
        compiled.learning_rate = Some(learning_rate);
        Ok(())
    }

    /// How many programs were compiled so far: with `fit` and validation one training and one evaluation step, plus one of each for a
    /// last batch of another size.
    pub fn compilations(&self) -> usize {
        self.programs.compilations
    }

    /// What a training step of the largest batch so far costs (dispatches, bytes, FLOPs), `peak_bytes` of device memory included; `None` before
    /// the first was compiled. [`crate::Trainer::prepare`] compiles without running.
    pub fn training_stats(&self) -> Option<&Stats> {
        self.programs.training_stats()
    }

    /// Everything that was generated for the device (plans or WGSL), one text for each program.
    pub fn sources(&self) -> Vec<String> {
        self.programs.sources()
    }

    pub(crate) fn compiled(&self) -> Result<&Compiled> {
        self.compiled.as_ref().ok_or_else(|| Error::invalid(&self.name, "the model must be compiled before it can learn or be evaluated"))
    }

    pub(crate) fn compiled_mut(&mut self) -> Result<&mut Compiled> {
        let rule = "the model must be compiled before it can learn or be evaluated";
        self.compiled.as_mut().ok_or_else(|| Error::invalid(&self.name, rule))
    }

    /// The metrics for labels of `labels` (batch first), looked up where they are new.
    pub(crate) fn metrics_for(&mut self, labels: &Shape) -> Result<Vec<NamedMetric>> {
        let predictions = with_batch(&self.output, labels.first().copied().unwrap_or(1)).shape;
        let compiled = self.compiled_mut()?;
        let known = compiled.resolved.as_ref().filter(|(shape, _)| shape[1.min(shape.len())..] == labels[1.min(labels.len())..]);
        if let Some((_, metrics)) = known {
            return Ok(metrics.clone());
        }
        let metrics: Vec<NamedMetric> = compiled.metrics.iter().map(|m| m.clone().resolve(labels, &predictions)).collect::<Result<_>>()?;
        for NamedMetric { name, metric, .. } in &metrics {
            metric.check(labels, &predictions).map_err(|rule| Error::invalid(format!("metric {name}"), rule))?;
        }
        compiled.resolved = Some((labels.clone(), metrics.clone()));
        Ok(metrics)
    }
}

/// `spec` with a batch axis in front.
pub(crate) fn with_batch(spec: &Spec, batch: usize) -> Spec {
    Spec::new(spec.dtype, std::iter::once(batch).chain(spec.shape.iter().copied()).collect::<Shape>())
}

/// A flat f32 tensor on a device.
pub(crate) fn put_flat(device: &Device, values: Vec<f32>) -> Result<Value> {
    let tensor = HostTensor::new([values.len()], HostData::F32(values));
    let tensor = tensor.ok_or_else(|| Error::invalid("device", "a flat tensor does not have the length of its values"))?;
    Ok(device.put(&tensor)?)
}

/// A flat f32 tensor of a device on the host.
pub(crate) fn read_flat(device: &Device, value: &Value) -> Result<Vec<f32>> {
    let tensor = device.read(value)?;
    tensor.to_vec::<f32>().ok_or_else(|| Error::mismatch("flat tensor", DType::F32.name(), tensor.dtype().name()))
}
