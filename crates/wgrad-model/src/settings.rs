//! What models of every form are built from: a name, a seed, a device, inputs, outputs and the network.

use crate::{DTypePolicy, Layer, RematScope, Result, train::CustomStep};
use serde_json::Value as Json;
use std::sync::Arc;
use wgrad_tensor::{Device, Spec};

/// Settings of a model of any form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) name: Option<String>,
    pub(crate) seed: u64,
    pub(crate) device: Option<Device>,
    pub(crate) dtype_policy: Option<DTypePolicy>,
    pub(crate) train_step: Option<CustomStep>,
    /// How many elements the variables may have at most, where the description comes from a file that holds them.
    pub(crate) max_params: Option<usize>,
    pub(crate) remat: Option<RematScope>,
}

impl Settings {
    /// Those in a model's `get_config()`.
    pub(crate) fn from_config(config: &Json) -> Result<Settings> {
        let name = config["name"].as_str().map(str::to_string);
        Ok(Settings { name, dtype_policy: DTypePolicy::from_json(&config["dtype"])?, ..Settings::default() })
    }

    pub(crate) fn name_or(&self, default: &str) -> String {
        self.name.clone().unwrap_or_else(|| default.into())
    }
}

/// All that a model needs to be built.
#[derive(Clone, Debug)]
pub(crate) struct Blueprint {
    pub(crate) settings: Settings,
    /// The name where the user gave none.
    pub(crate) default_name: &'static str,
    /// Names, shapes without the batch axis, and dtypes of the inputs.
    pub(crate) inputs: Vec<(String, Spec)>,
    /// Names of the outputs.
    pub(crate) outputs: Vec<String>,
    /// The batch size, where it is fixed.
    pub(crate) batch: Option<usize>,
    pub(crate) network: Arc<dyn Layer>,
}

/// Gives a form of models its settings, `build` and `compile`. The type has a field `settings` and a method `blueprint`.
macro_rules! model_settings {
    ($type:ident $(<$l:ident: $bound:path>)?) => {
        impl $(<$l: $bound>)? $type $(<$l>)? {
            /// The name of the model; that of its class by default.
            #[must_use]
            pub fn name(mut self, name: &str) -> Self {
                self.settings.name = Some(name.into());
                self
            }

            /// The seed of the first weights, and of `fit` where it has none of its own; 0 by default.
            #[must_use]
            pub fn seed(mut self, seed: u64) -> Self {
                self.settings.seed = seed;
                self
            }

            /// The device to train on; [`wgrad_tensor::Device::default_device`] where none is given.
            #[must_use]
            pub fn device(mut self, device: &wgrad_tensor::Device) -> Self {
                self.settings.device = Some(device.clone());
                self
            }

            /// In which dtype the layers compute, `"float32"` (the default) or `"mixed_float16"`: see [`crate::DTypePolicy`].
            #[must_use]
            pub fn dtype_policy(mut self, policy: impl Into<$crate::DTypePolicy>) -> Self {
                self.settings.dtype_policy = Some(policy.into());
                self
            }

            /// What gradients compute again rather than keep, to need less memory (Keras `RematScope`).
            #[must_use]
            pub fn remat_scope(mut self, scope: $crate::RematScope) -> Self {
                self.settings.remat = Some(scope);
                self
            }

            /// A training step of one's own, as Keras' `train_step`: it gives the loss that the optimizer lowers, and the predictions for the metrics. It is
            /// traced once; evaluation and prediction stay as they are.
            #[must_use]
            pub fn train_step(
                mut self,
                step: impl Fn(&mut $crate::TrainStep<'_>) -> $crate::StepResult + Send + Sync + 'static,
            ) -> Self {
                self.settings.train_step = Some($crate::train::CustomStep(std::sync::Arc::new(step)));
                self
            }

            /// The model with its first weights, not yet compiled: it can predict, not learn.
            ///
            /// # Errors
            /// No input shape; two layers of one name; a remat scope that names none; the error of a layer that cannot be applied, with its path and rule; no device;
            /// a dtype policy that the device has no dtype for.
            pub fn build(self) -> $crate::Result<$crate::Model> {
                $crate::Model::build(self.blueprint()?)
            }

            /// The model, ready to learn: see [`crate::Model::compile`].
            ///
            /// # Errors
            /// Those of `build` and [`crate::Model::compile`].
            pub fn compile(
                self,
                optimizer: impl Into<$crate::OptimizerArgument>,
                loss: impl Into<$crate::Losses>,
                metrics: impl Into<$crate::Metrics>,
            ) -> $crate::Result<$crate::Model> {
                let mut model = self.build()?;
                model.compile(optimizer, loss, metrics)?;
                Ok(model)
            }
        }
    };
}
pub(crate) use model_settings;
