//! Optimizers in training loops of one's own.

use super::{Arena, Initial, Optimizer, OptimizerArgument, Slot, step, variables};
use crate::{Error, Result};
use std::{collections::HashMap, sync::Arc};
use wgrad_tensor::{DType, Device, Function, HostData, HostTensor, Shape, Tensor, Value};

/// An optimizer with all that it remembers, for a training loop of one's own.
///
/// The step is compiled by the first call of [`OptimizerState::apply`] and replayed by the others (once more where other variables have gradients).
/// Constraints are up to the caller.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::optimizers::{OptimizerState, SGD};
/// use wgrad_tensor::{Tensor, grad};
/// let mut w = vec![Tensor::from([1.0f32, 2.0])];
/// let mut optimizer = OptimizerState::new(SGD::new(0.5), &w)?;
/// for _ in 0..2 {
///     let loss = w[0].square().sum(..);
///     let gradients = grad(&loss, &[&w[0]]);
///     optimizer.apply(&mut w, &gradients)?;
/// }
/// assert_eq!(w[0].to_vec::<f32>()?, [0.0, 0.0]);
/// assert_eq!(optimizer.iterations(), 2);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Debug)]
pub struct OptimizerState {
    optimizer: Arc<dyn Optimizer>,
    arena: Arena,
    dtype: DType,
    device: Option<Device>,
    /// The step, by which variables have gradients.
    functions: HashMap<Vec<bool>, Function>,
    /// Absent before the first step, and after a device failed in the middle of one.
    slots: Option<Vec<Value>>,
    iterations: u64,
    learning_rate: Option<f64>,
}

impl OptimizerState {
    /// An optimizer, by name or value, for variables like these, on the default device.
    ///
    /// # Errors
    /// A name that does not exist; settings that make no sense; variables with errors, of integers or of several dtypes.
    pub fn new(optimizer: impl Into<OptimizerArgument>, variables: &[Tensor]) -> Result<OptimizerState> {
        // Keras numbers variables without names like this.
        let name = |i: usize| if i == 0 { "variable".into() } else { format!("variable_{i}") };
        OptimizerState::named(optimizer, variables.iter().enumerate().map(|(i, variable)| (name(i), variable)))
    }

    /// The same with paths of the variables, for rules that go by names such as [`super::Options::exclude_from_weight_decay`].
    ///
    /// # Errors
    /// As [`OptimizerState::new`].
    pub fn named<'a, N: Into<String>>(
        optimizer: impl Into<OptimizerArgument>,
        variables: impl IntoIterator<Item = (N, &'a Tensor)>,
    ) -> Result<OptimizerState> {
        let optimizer = optimizer.into().resolve()?;
        let variables: Vec<(String, &Tensor)> = variables.into_iter().map(|(name, variable)| (name.into(), variable)).collect();
        let dtype = variables.first().map_or(DType::F32, |(_, variable)| variable.dtype());
        for (name, variable) in &variables {
            variable.check()?;
            if variable.dtype() != dtype || !dtype.is_float() {
                return Err(Error::mismatch(format!("the dtype of {name}"), "one floating-point type for all", variable.dtype().name()));
            }
        }
        let arena = Arena::new(variables.into_iter().map(|(name, variable)| (name, variable.shape().clone())));
        let functions = HashMap::new();
        Ok(OptimizerState { optimizer, arena, dtype, device: None, functions, slots: None, iterations: 0, learning_rate: None })
    }

    /// The same on `device`.
    #[must_use]
    pub fn on(self, device: &Device) -> OptimizerState {
        OptimizerState { device: Some(device.clone()), functions: HashMap::new(), ..self }
    }

    /// Moves the variables against their gradients (Keras `apply_gradients`): tensors, or what [`wgrad_tensor::grad`] gives, where those that the loss
    /// does not depend on have none. Those stay as they are.
    ///
    /// # Errors
    /// Variables or gradients of other numbers or shapes than the optimizer was made for; no gradient at all; errors that they carry; those of the device.
    pub fn apply<G: Clone + Into<Option<Tensor>>>(&mut self, variables: &mut [Tensor], gradients: &[G]) -> Result<()> {
        let gradients: Vec<Option<Tensor>> = gradients.iter().cloned().map(Into::into).collect();
        let has_gradient: Vec<bool> = gradients.iter().map(Option::is_some).collect();
        self.check("variable", variables.iter().map(Some))?;
        self.check("gradient", gradients.iter().map(Option::as_ref))?;
        if !has_gradient.contains(&true) {
            return Err(Error::invalid(self.place(), "there is no gradient for any variable"));
        }
        let gradients = gradients.into_iter().zip(&*variables).map(|(gradient, v)| gradient.unwrap_or_else(|| v.zeros_like()));
        let arguments: Vec<Tensor> = variables.iter().cloned().chain(gradients).collect();
        let device = self.device()?;
        let arguments = Tensor::eval_all(&arguments, &device)?;
        let slots = match self.slots.take() {
            Some(slots) => slots,
            None if self.iterations == 0 => self.first_slots(&arguments, &device)?,
            None => return Err(self.lost()),
        };
        let mut inputs: Vec<Value> = arguments.iter().filter_map(Tensor::value).cloned().collect();
        inputs.extend(slots);
        let scalars = step::scalars(&*self.optimizer, self.learning_rate(), self.iterations.saturating_add(1));
        let scalars = HostData::F32(scalars.into_iter().map(|scalar| scalar as f32).collect());
        inputs.extend(HostTensor::new([scalars.len()], scalars).map(Value::from));
        self.iterations = self.iterations.saturating_add(1);
        let new = || step_function(self.optimizer.clone(), self.arena.clone().with_gradients(has_gradient.clone())).on(&device);
        let function = self.functions.entry(has_gradient.clone()).or_insert_with(new);
        let mut results = function.run(inputs)?;
        self.slots = Some(results.split_off(variables.len().min(results.len())));
        variables.iter_mut().zip(results).for_each(|(variable, value)| *variable = Tensor::from_value(value));
        Ok(())
    }

    /// The loss to take gradients of: times the scale, where the optimizer has one (Keras `scale_loss`).
    #[track_caller]
    pub fn scale_loss(&self, loss: &Tensor) -> Tensor {
        let slots: Vec<Tensor> = self.slots.iter().flatten().map(|slot| Tensor::from_value(slot.clone())).collect();
        match (self.optimizer.loss_scaling(), slots.is_empty()) {
            (Some(scaling), true) => loss * scaling.initial_scale,
            _ => step::scale_loss(&*self.optimizer, loss, &slots),
        }
    }

    /// Gives the variables their averages, where the optimizer keeps them (Keras `finalize_variable_values`).
    ///
    /// # Errors
    /// Variables of other numbers or shapes than the optimizer was made for.
    pub fn finalize(&self, variables: &mut [Tensor]) -> Result<()> {
        self.check("variable", variables.iter().map(Some))?;
        if let Some(average) = self.slots.as_ref().and_then(|slots| step::finalize(&*self.optimizer, slots)) {
            let averages = self.arena.split(&Tensor::from_value(average.clone()));
            variables.iter_mut().zip(averages).for_each(|(variable, average)| *variable = average);
        }
        Ok(())
    }

    /// Steps done, and those that loss scaling skipped.
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate.unwrap_or_else(|| step::learning_rate_at(&*self.optimizer, self.iterations))
    }

    /// Changes the learning rate from the next step on; nothing is compiled again.
    ///
    /// # Errors
    /// A rate that is negative or no number; an optimizer with a schedule.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        self.optimizer.options().learning_rate.check_set(learning_rate)?;
        self.learning_rate = Some(learning_rate);
        Ok(())
    }

    /// The paths and values of the optimizer's own variables, in Keras' order (`optimizer.variables`).
    ///
    /// # Errors
    /// Before the first step there are none; those of the device.
    pub fn variables(&self) -> Result<Vec<(String, HostTensor)>> {
        let device = self.device()?;
        let slots = self.slots.as_ref().ok_or_else(|| Error::invalid(self.place(), "there are no variables before the first step"))?;
        let read = |slot: &Value| Ok(device.read(slot)?.data().to_f64().into_iter().map(|element| element as f32).collect());
        let slots = slots.iter().map(read).collect::<Result<_>>()?;
        let memory = variables::Memory { iterations: self.iterations, learning_rate: Some(self.learning_rate()), slots };
        variables::list(&*self.optimizer, &self.arena, &memory)
    }

    /// The error where tensors do not fit the optimizer's variables.
    fn check<'a>(&self, what: &str, tensors: impl ExactSizeIterator<Item = Option<&'a Tensor>>) -> Result<()> {
        let placed = self.arena.variables();
        if tensors.len() != placed.len() {
            return Err(Error::mismatch(format!("number of {what}s"), placed.len().to_string(), tensors.len().to_string()));
        }
        let describe = |dtype: DType, shape: &Shape| format!("{} {shape}", dtype.name());
        for (tensor, placed) in tensors.zip(placed).filter_map(|(tensor, placed)| Some((tensor?, placed))) {
            tensor.check()?;
            let (expected, got) = (describe(self.dtype, &placed.shape), describe(tensor.dtype(), tensor.shape()));
            if expected != got {
                return Err(Error::mismatch(format!("{what} {}", placed.path), expected, got));
            }
        }
        Ok(())
    }

    /// The slots before the first step, for variables with these values.
    fn first_slots(&self, variables: &[Tensor], device: &Device) -> Result<Vec<Value>> {
        let slots = step::slots(&*self.optimizer, &self.arena);
        let parameters = variables.get(..self.arena.variables().len()).unwrap_or_default();
        let first = |slot: &Slot| match slot.initial {
            Initial::Value(value) => Tensor::full([slot.len], value).cast(self.dtype),
            Initial::Parameters => self.arena.join(parameters),
        };
        let slots: Vec<Tensor> = slots.iter().map(first).collect();
        Ok(Tensor::eval_all(&slots, device)?.iter().filter_map(Tensor::value).cloned().collect())
    }

    fn device(&self) -> Result<Device> {
        Ok(self.device.clone().map_or_else(Device::default_device, Ok)?)
    }

    fn place(&self) -> String {
        format!("optimizer {}", self.optimizer.name())
    }

    fn lost(&self) -> Error {
        Error::invalid(self.place(), "its values were lost when the device failed in an earlier step")
    }
}

/// Variables, gradients, slots and the scalars to the new variables and slots.
fn step_function(optimizer: Arc<dyn Optimizer>, arena: Arena) -> Function {
    let (n, slots) = (arena.variables().len(), step::slots(&*optimizer, &arena).len());
    let body = move |arguments: &[Tensor]| {
        let (variables, rest) = arguments.split_at_checked(n).unwrap_or_default();
        let (gradients, rest) = rest.split_at_checked(n).unwrap_or_default();
        let (slots, scalars) = rest.split_at_checked(slots).unwrap_or_default();
        let (variables, gradients) = (arena.join(variables), arena.join(gradients));
        let scalars = scalars.first().map_or_else(|| Tensor::zeros([0]), |scalars| scalars.cast(variables.dtype()));
        let updated = step::apply(&*optimizer, &arena, &variables, &gradients, slots, &scalars);
        arena.split(&updated.parameters).into_iter().chain(updated.slots).collect()
    };
    Function::new(body).donate((0..slots).map(|i| (2 * n + i, n + i)))
}
