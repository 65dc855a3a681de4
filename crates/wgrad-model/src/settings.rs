//! What models of every form are built from: a name, a seed, a device, inputs, outputs and the network.

use crate::Layer;
use std::sync::Arc;
use wgrad_tensor::{Device, Spec};

/// Settings of a model of any form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) name: Option<String>,
    pub(crate) seed: u64,
    pub(crate) device: Option<Device>,
}

impl Settings {
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

            /// The model with its first weights, not yet compiled: it can predict, not learn.
            ///
            /// # Errors
            /// No input shape; two layers of one name; the error of a layer that cannot be applied, with its path and rule; no device.
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
