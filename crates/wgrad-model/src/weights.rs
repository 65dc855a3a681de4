//! Weights in and out of a model, by name, and as safetensors files.

use crate::{Error, Model, Result, error::UnknownName, files, model::read_flat};
use std::{collections::HashMap, path::Path};
use wgrad_tensor::{HostData, HostTensor};

impl Model {
    /// All variables with their paths (`dense/kernel`), in the order of their declaration, as Keras' `weights`.
    ///
    /// # Errors
    /// Those of the device.
    pub fn weights(&self) -> Result<Vec<(String, HostTensor)>> {
        let (trainable, state) = (self.trainable_value()?, self.state_value()?);
        let (trainable, state) = (read_flat(&self.device, trainable)?, read_flat(&self.device, state)?);
        let each = self.layout.ranges().map(|(variable, range)| {
            let flat = if variable.trainable { &trainable } else { &state };
            let values = flat.get(range).unwrap_or_default().to_vec();
            let tensor = HostTensor::new(&variable.shape, HostData::F32(values));
            let tensor = tensor.ok_or_else(|| Error::invalid(&variable.path, "the device gave another number of elements"))?;
            Ok((variable.path.clone(), tensor))
        });
        each.collect()
    }

    /// Sets variables by their paths; those not named keep their values. The optimizer's state stays as it is.
    ///
    /// # Errors
    /// A path that the model does not have, with the near ones; another shape or dtype.
    pub fn set_weights<S: AsRef<str>>(&mut self, weights: impl IntoIterator<Item = (S, HostTensor)>) -> Result<()> {
        let mut trainable = read_flat(&self.device, self.trainable_value()?)?;
        let mut state = read_flat(&self.device, self.state_value()?)?;
        for (path, tensor) in weights {
            let path = path.as_ref();
            let paths = || self.layout.variables.iter().map(|v| v.path.as_str());
            let index = paths().position(|known| known == path).ok_or_else(|| UnknownName::new("variable", path, paths()))?;
            let Some((variable, range)) = self.layout.ranges().nth(index) else { continue };
            let wrong = || Error::mismatch(format!("weight {path}"), format!("f32{}", variable.shape), tensor.spec().to_string());
            let values = tensor.to_vec::<f32>().filter(|_| *tensor.shape() == variable.shape).ok_or_else(wrong)?;
            let flat = if variable.trainable { &mut trainable } else { &mut state };
            flat.get_mut(range).ok_or_else(wrong)?.copy_from_slice(&values);
        }
        self.put_weights(trainable, state)
    }

    /// Writes all variables to a safetensors file; the names are their paths. The file that was there stays whole until the new one is.
    ///
    /// # Errors
    /// Those of the device and of the file system.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        files::write(path.as_ref(), &self.weights()?, HashMap::new())
    }

    /// Reads all variables from a safetensors file that [`Model::save_weights`] wrote.
    ///
    /// # Errors
    /// A file that cannot be read; a variable that it lacks or has in another shape; a name that the model does not have.
    pub fn load_weights(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let (weights, _) = files::read(path)?;
        let missing = self.layout.variables.iter().find(|variable| !weights.iter().any(|(name, _)| *name == variable.path));
        if let Some(variable) = missing {
            let why = format!("it has no variable {}", variable.path);
            return Err(Error::File { path: path.display().to_string(), why });
        }
        self.set_weights(weights)
    }
}
