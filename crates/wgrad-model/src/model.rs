//! A model: layers, weights on a device, and what training needs.

use crate::{
    DTypePolicy, Error, Layer, Result, Scope, Variable,
    any_length::{Declared, declare},
    compile::Compiled,
    layer_view::Trainability,
    layout::Layout,
    remat::Remat,
    scope::Visit,
    settings::Blueprint,
    train::{CustomStep, Programs},
};
use std::sync::Arc;
use wgrad_tensor::{
    DType, Device, Executable, HostData, HostTensor, Shape, Spec, Value,
    device::{DeviceInfo, Stats},
    profile::Profile,
};

/// A model with weights on a device. Made by [`crate::Sequential`], [`crate::Functional`] or [`crate::CustomModel`].
#[derive(Debug)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) network: Arc<dyn Layer>,
    /// Names of the inputs, and what one sample is, without the batch axis.
    pub(crate) inputs: Vec<(String, Spec)>,
    /// Names of the outputs, and what there is for one sample.
    pub(crate) outputs: Vec<(String, Spec)>,
    /// The batch size, where it is fixed.
    pub(crate) batch: Option<usize>,
    /// The length that stands in for [`crate::ANY`] where layers are looked at.
    pub(crate) stand_in: usize,
    pub(crate) layout: Layout,
    pub(crate) visits: Vec<Visit>,
    /// What the user said of layers after the model was built.
    pub(crate) trainability: Trainability,
    /// What gradients compute again.
    pub(crate) remat: Remat,
    /// In which dtype layers without a policy of their own compute.
    pub(crate) dtype_policy: DTypePolicy,
    /// Whether some layer computes in f16.
    pub(crate) is_half: bool,
    pub(crate) device: Device,
    pub(crate) seed: u64,
    /// In place of the network, the losses of `compile` and their sum.
    pub(crate) train_step: Option<CustomStep>,
    /// All trainable variables as one flat tensor; absent only after a device failed in the middle of a step.
    pub(crate) trainable: Option<Value>,
    /// All other variables as one flat tensor.
    pub(crate) state: Option<Value>,
    pub(crate) compiled: Option<Compiled>,
    pub(crate) programs: Programs,
}

impl Model {
    pub(crate) fn build(blueprint: Blueprint) -> Result<Model> {
        let Blueprint { settings, default_name, inputs, outputs: names, batch, network } = blueprint;
        let device = settings.device.clone().map_or_else(Device::default_device, Ok)?;
        let name = settings.name_or(default_name);
        if inputs.is_empty() {
            return Err(Error::invalid(name, "a model has at least one input; give it with input"));
        }
        // Two samples: a layer that mixes them up, or squeezes the axis away, shows.
        let samples = batch.unwrap_or(2);
        let from_file = settings.max_params.is_some_and(|most| most < usize::MAX);
        let dtype_policy = settings.dtype_policy.unwrap_or_default();
        let Declared { outputs: y, variables, visits, is_half, stand_in } =
            declare(|| Scope::build().with_dtype_policy(&dtype_policy), &name, &*network, &inputs, samples)?;
        let mut outputs = Vec::new();
        for (i, y) in y.iter().enumerate() {
            let output = names.get(i).cloned().unwrap_or_else(|| format!("output_{}", i + 1));
            match y.shape.split_first() {
                Some((&n, rest)) if n == samples => outputs.push((output, Spec::new(y.dtype, rest))),
                _ => {
                    let rule = format!("the predictions must keep the batch axis, got {} for {samples} samples", y.shape);
                    return Err(Error::invalid(&name, rule));
                }
            }
        }
        if is_half && !device.info().dtypes.contains(&DType::F16) {
            let DeviceInfo { name: device, description, .. } = device.info();
            let rule = format!("the dtype policy mixed_float16 needs f16, which the device {device} ({description}) does not compute with");
            return Err(Error::invalid(name, rule));
        }
        let remat = settings.remat.map(|scope| scope.of(&name, &visits)).transpose()?.unwrap_or_default();
        let layout = Layout::new(variables);
        let elements = layout.trainable.saturating_add(layout.state);
        if let Some(most) = settings.max_params.filter(|most| elements > *most) {
            return Err(Error::invalid(name, format!("the variables have {elements} elements, but the file can hold {most} at most")));
        }
        let model = Model {
            name,
            network,
            inputs,
            outputs,
            batch,
            stand_in,
            layout,
            visits,
            trainability: Trainability::default(),
            remat,
            dtype_policy,
            is_half,
            device,
            seed: settings.seed,
            train_step: settings.train_step,
            trainable: None,
            state: None,
            compiled: None,
            programs: Programs::default(),
        };
        model.with_first_weights(from_file)
    }

    /// Weights that a file is about to bring are zeros until then: to draw them can take longer than to read them.
    fn with_first_weights(mut self, from_file: bool) -> Result<Model> {
        let (mut trainable, mut state) = self.room_for_weights()?;
        for (i, variable) in self.layout.variables.iter().enumerate() {
            let zeros = || Ok(vec![0.0; variable.shape.numel()]);
            let drawn = if from_file { zeros() } else { variable.initializer.values(&variable.shape, self.seed, i as u32) };
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
        let (trainable, state) = (put_flat(&self.device, trainable)?, put_flat(&self.device, state)?);
        (self.trainable, self.state) = (Some(trainable), Some(state));
        Ok(())
    }

    /// The name of the model.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of the inputs, and what one sample is, without the batch axis; lengths that are not fixed are [`crate::ANY`].
    pub fn inputs(&self) -> &[(String, Spec)] {
        &self.inputs
    }

    /// Names of the outputs, and what there is for one sample; lengths that are not fixed are [`crate::ANY`].
    pub fn outputs(&self) -> &[(String, Spec)] {
        &self.outputs
    }

    /// The class of the model, as in Keras: `Sequential`, `Functional`, or that of a network of the user's own.
    pub fn class_name(&self) -> &'static str {
        self.network.class_name()
    }

    /// The device that it computes on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// In which dtype layers without a policy of their own compute.
    pub fn dtype_policy(&self) -> &DTypePolicy {
        &self.dtype_policy
    }

    /// The variables, in the order of their declaration.
    pub fn variables(&self) -> &[Variable] {
        &self.layout.variables
    }

    /// The number of elements of all variables.
    pub fn count_params(&self) -> usize {
        self.layout.trainable + self.layout.state
    }

    /// How many steps the optimizer did so far (Keras `optimizer.iterations`).
    pub fn iterations(&self) -> u64 {
        self.compiled.as_ref().map_or(0, |compiled| compiled.step)
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
        let compiled = self.compiled_mut()?;
        compiled.optimizer.options().learning_rate.check_set(learning_rate)?;
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
        self.programs.training_step().map(Executable::stats)
    }

    /// Where the time of that training step went, if it was compiled while profiles were wanted ([`wgrad_tensor::profile::record`], `WGRAD_PROFILE=1`).
    pub fn training_profile(&self) -> Option<Profile> {
        self.programs.training_step().and_then(Executable::profile)
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
