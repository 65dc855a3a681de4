//! Optimizers, one file each. An optimizer sees all parameters as one flat tensor, so that a step is element-wise work over flat memory
//! whatever the number of parameters; rules that look at variables one by one split it by its [`Arena`].

use crate::{ByName, Error, Result, by_name::canonical, error::UnknownName};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use std::{fmt, sync::Arc};
use wgrad_tensor::Tensor;

mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod arena;
mod ftrl;
mod lamb;
mod learning_rate;
mod lion;
mod loss_scale_optimizer;
mod muon;
mod nadam;
mod options;
mod rmsprop;
mod schedule_free_adamw;
mod sgd;
mod slot;
mod state;
pub mod step;
pub mod variables;

pub use adadelta::Adadelta;
pub use adafactor::Adafactor;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamax::Adamax;
pub use adamw::AdamW;
pub use arena::{Arena, ByRow, Placed};
pub use ftrl::Ftrl;
pub use lamb::Lamb;
pub use learning_rate::LearningRate;
pub use lion::Lion;
pub use loss_scale_optimizer::LossScaleOptimizer;
pub use muon::Muon;
pub use nadam::Nadam;
pub use options::Options;
pub use rmsprop::RMSprop;
pub use schedule_free_adamw::ScheduleFreeAdamW;
pub use sgd::SGD;
pub use slot::{Initial, Part, Slot};
pub use state::OptimizerState;

use options::{bias_correction, check_not_negative, check_positive, check_share, complement, named, setters};

/// A rule that moves parameters against their gradient. What all optimizers share ([`Options`]) is done around it, see [`step`].
pub trait Optimizer: fmt::Debug + Send + Sync {
    /// What Keras calls one in error messages and names of variables: `adam_w`.
    fn name(&self) -> &'static str;

    /// Keras' class: `AdamW`.
    fn class_name(&self) -> &'static str;

    /// The settings that all optimizers share.
    fn options(&self) -> &Options;

    /// Keras' `get_config()`.
    fn config(&self) -> Json;

    /// What must hold for the rule's own settings.
    ///
    /// # Errors
    /// The broken rule.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// The optimizer as one that scales the loss as training goes on, where it is one.
    fn loss_scaling(&self) -> Option<&LossScaleOptimizer> {
        None
    }

    /// The flat tensors that the rule keeps beside the parameters.
    fn slots(&self, arena: &Arena) -> Vec<Slot>;

    /// The numbers of update `step` (from 1 on) that [`Optimizer::update`] needs: what changes from step to step is computed on the host
    /// and is an input of the program.
    fn scalars(&self, learning_rate: f64, step: u64) -> Vec<f64>;

    /// New parameters and slots from the parameters, their gradient and the slots, all flat, and the scalars.
    #[track_caller]
    fn update(&self, arena: &Arena, parameters: &Tensor, gradient: &Tensor, slots: &[Tensor], scalars: &[Tensor]) -> Updated;

    /// The weight decay of a variable.
    fn decay_of(&self, _: &Placed) -> Option<f64> {
        self.options().weight_decay
    }
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

    /// These where a condition holds, the old ones elsewhere.
    #[track_caller]
    fn only_where(&self, condition: &Tensor, parameters: &Tensor, slots: &[Tensor]) -> Updated {
        let slots = self.slots.iter().zip(slots).map(|(new, old)| condition.where_(new, old)).collect();
        Updated { parameters: condition.where_(&self.parameters, parameters), slots }
    }
}

/// An optimizer by name or value.
pub type OptimizerArgument = ByName<dyn Optimizer>;

impl<O: Optimizer + 'static> From<O> for OptimizerArgument {
    fn from(optimizer: O) -> Self {
        ByName::Value(Arc::new(optimizer))
    }
}

type FromConfig = fn(&Json) -> Result<Arc<dyn Optimizer>>;

/// Every name, a class in lower case, and how one is made of Keras' `get_config()`.
const CLASSES: &[(&str, FromConfig)] = &[
    ("adadelta", parse::<Adadelta>),
    ("adafactor", parse::<Adafactor>),
    ("adagrad", parse::<Adagrad>),
    ("adam", parse::<Adam>),
    ("adamax", parse::<Adamax>),
    ("adamw", parse::<AdamW>),
    ("ftrl", parse::<Ftrl>),
    ("lamb", parse::<Lamb>),
    ("lion", parse::<Lion>),
    ("lossscaleoptimizer", LossScaleOptimizer::parse),
    ("muon", parse::<Muon>),
    ("nadam", parse::<Nadam>),
    ("rmsprop", parse::<RMSprop>),
    ("schedulefreeadamw", parse::<ScheduleFreeAdamW>),
    ("sgd", parse::<SGD>),
];

/// The names that there are.
pub fn names() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|(name, _)| *name)
}

/// The optimizer of Keras' class `class_name` with these arguments: all of `get_config()`, or some; the others have their defaults.
///
/// # Errors
/// A name that does not exist, with the near ones; an argument that there is not, or of a wrong type; settings that make no sense.
pub fn from_config(class_name: &str, config: &Json) -> Result<Arc<dyn Optimizer>> {
    let wanted = canonical(class_name);
    let Some((_, parse)) = CLASSES.iter().find(|(known, _)| *known == wanted) else {
        return Err(UnknownName::new("optimizer", class_name, names()).into());
    };
    checked(parse(config)?)
}

/// The defaults of `O` with the arguments of `config` in their places.
fn parse<O: Optimizer + Default + Serialize + DeserializeOwned + 'static>(config: &Json) -> Result<Arc<dyn Optimizer>> {
    Ok(Arc::new(crate::config::with_defaults::<O>(O::default(), config)?))
}

/// The optimizer, where its settings make sense.
fn checked(optimizer: Arc<dyn Optimizer>) -> Result<Arc<dyn Optimizer>> {
    let checked = optimizer.options().check().and_then(|()| optimizer.check());
    checked.map_err(|rule| Error::invalid(format!("optimizer {}", optimizer.name()), rule))?;
    Ok(optimizer)
}

/// `get_config()` of an optimizer: its fields, and the name that Keras gives it.
fn config_of(optimizer: &(impl Optimizer + Serialize)) -> Json {
    let mut config = serde_json::to_value(optimizer).unwrap_or_default();
    if config["name"].is_null() {
        config["name"] = optimizer.name().into();
    }
    config
}

impl OptimizerArgument {
    pub(crate) fn resolve(self) -> Result<Arc<dyn Optimizer>> {
        match self {
            ByName::Value(optimizer) => checked(optimizer),
            ByName::Name(name) => from_config(&name, &Json::Null),
        }
    }
}
