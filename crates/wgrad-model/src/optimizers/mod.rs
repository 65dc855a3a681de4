//! Optimizers, one file each. An optimizer sees all parameters as one flat tensor, so that a step is element-wise work over flat memory
//! whatever the number of parameters.

use crate::{ByName, Error, Result, by_name::canonical, error::UnknownName};
use std::{fmt, sync::Arc};
use wgrad_tensor::Tensor;

mod adam;
mod sgd;

pub use adam::Adam;
pub use sgd::Sgd;

/// A rule that moves parameters against their gradient.
pub trait Optimizer: fmt::Debug + Send + Sync {
    /// The Keras name: `adam`.
    fn name(&self) -> &'static str;

    /// The learning rate that training starts with.
    fn learning_rate(&self) -> f64;

    /// What must hold for the settings.
    ///
    /// # Errors
    /// The broken rule.
    fn check(&self) -> Result<(), String> {
        check_rate(self.learning_rate())
    }

    /// Names of the tensors that are kept beside the parameters, each of their size and 0 at first: `["momentum", "velocity"]`.
    fn slots(&self) -> &'static [&'static str];

    /// The numbers of step `step` (from 1 on) that [`Optimizer::update`] needs: what changes from step to step is computed on the host
    /// and is an input of the program.
    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64>;

    /// New parameters and slots from the parameters, their gradient and the slots, all flat and of one size, and the scalars.
    #[track_caller]
    fn update(&self, parameters: &Tensor, gradient: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated;
}

/// What an optimizer's step gives.
#[derive(Clone, Debug)]
pub struct Updated {
    /// The new parameters.
    pub parameters: Tensor,
    /// The new slots, in their order.
    pub slots: Vec<Tensor>,
}

impl Updated {
    /// Carries the error that an optimizer was not given its own number of slots and scalars.
    #[track_caller]
    fn wrong_number(optimizer: &str, parameters: &Tensor, slots: &[Tensor]) -> Updated {
        let invalid = Tensor::invalid(optimizer, "the numbers of slots and scalars must be the optimizer's own", &[parameters]);
        Updated { slots: vec![invalid.clone(); slots.len()], parameters: invalid }
    }
}

/// An optimizer by name or value.
pub type OptimizerArgument = ByName<dyn Optimizer>;

impl<O: Optimizer + 'static> From<O> for OptimizerArgument {
    fn from(optimizer: O) -> Self {
        ByName::Value(Arc::new(optimizer))
    }
}

/// The names that there are.
pub const NAMES: &[&str] = &["sgd", "adam"];

impl OptimizerArgument {
    pub(crate) fn resolve(self) -> Result<Arc<dyn Optimizer>> {
        let optimizer: Arc<dyn Optimizer> = match self {
            ByName::Value(optimizer) => optimizer,
            ByName::Name(name) => match canonical(&name).as_str() {
                "sgd" => Arc::new(Sgd::default()),
                "adam" => Arc::new(Adam::default()),
                _ => return Err(UnknownName::new("optimizer", &name, NAMES.iter().copied()).into()),
            },
        };
        optimizer.check().map_err(|rule| Error::invalid(format!("optimizer {}", optimizer.name()), rule))?;
        Ok(optimizer)
    }
}

/// The rule for learning rates.
pub(crate) fn check_rate(learning_rate: f64) -> Result<(), String> {
    if learning_rate.is_finite() && learning_rate >= 0.0 {
        return Ok(());
    }
    Err(format!("the learning rate must be a number that is not negative, got {learning_rate}"))
}

/// The rule for decay rates such as momentum.
fn check_share(name: &str, value: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(format!("{name} must be in [0, 1], got {value}")) }
}
