//! Checkpoints: everything that training needs to go on as if it had never ended.

use crate::{
    Error, Model, Result,
    files::{self, Contents},
    model::{put_flat, read_flat},
    optimizers::variables::{Memory, OptimizerVariable, list, restore, variables},
};
use std::path::Path;
use wgrad_tensor::HostTensor;

/// Names of weights and of the optimizer's variables begin with these.
const WEIGHTS: &str = "model/";
const OPTIMIZER: &str = "optimizer/";
/// What a backup of a training has beside a checkpoint of its model.
pub(crate) const CALLBACK: &str = "callback/";

impl Model {
    /// The optimizer's variables by their Keras paths, in Keras' order: the count of steps, the learning rate, then its flat tensors cut into those of
    /// each variable. None before the first step.
    ///
    /// # Errors
    /// A model that is not compiled; those of the device.
    pub fn optimizer_variables(&self) -> Result<Vec<(String, HostTensor)>> {
        let compiled = self.compiled()?;
        let Some(slots) = &compiled.slots else { return Ok(Vec::new()) };
        let mut memory = Memory { iterations: compiled.step, learning_rate: self.learning_rate(), slots: Vec::new() };
        for slot in slots {
            let slot =
                slot.as_ref().ok_or_else(|| Error::invalid(&self.name, "the optimizer's values were lost when the device failed"))?;
            memory.slots.push(read_flat(&self.device, slot)?);
        }
        list(&*compiled.optimizer, &self.layout.arena(), &memory)
    }

    /// What [`Model::optimizer_variables`] gives after the first step: paths and shapes, in Keras' order.
    ///
    /// # Errors
    /// A model that is not compiled.
    pub fn optimizer_variable_specs(&self) -> Result<Vec<OptimizerVariable>> {
        Ok(variables(&*self.compiled()?.optimizer, &self.layout.arena()))
    }

    /// Lets the optimizer go on from the variables that [`Model::optimizer_variables`] gave, in the same order.
    ///
    /// # Errors
    /// A model that is not compiled; another number of variables or other shapes; those of the device.
    pub fn set_optimizer_variables(&mut self, values: &[HostTensor]) -> Result<()> {
        let memory = restore(&*self.compiled()?.optimizer, &self.layout.arena(), values)?;
        let slots = memory.slots.into_iter().map(|slot| put_flat(&self.device, slot).map(Some)).collect::<Result<_>>()?;
        // The variable is the rate rounded to f32; a rate that rounds to it is the one.
        let same = |rate: &f64| self.learning_rate().is_some_and(|now| now as f32 == *rate as f32);
        let rate = memory.learning_rate.filter(|rate| !same(rate));
        let compiled = self.compiled_mut()?;
        (compiled.slots, compiled.step) = (Some(slots), memory.iterations);
        compiled.learning_rate = rate.or(compiled.learning_rate);
        Ok(())
    }

    /// Writes weights, the optimizer's variables and the place in the order of the data to a safetensors file: training goes on from it with the
    /// same bits. The file that was there stays whole until the new one is.
    ///
    /// # Errors
    /// Those of the device and of the file system.
    pub fn save_checkpoint(&self, path: impl AsRef<Path>) -> Result<()> {
        self.write_checkpoint(path.as_ref(), Contents::default())
    }

    /// [`Model::save_checkpoint`] with tensors and texts of the caller's own.
    pub(crate) fn write_checkpoint(&self, path: &Path, (mut tensors, mut texts): Contents) -> Result<()> {
        tensors.extend(self.weights()?.into_iter().map(|(name, tensor)| (format!("{WEIGHTS}{name}"), tensor)));
        if let Some(compiled) = &self.compiled {
            // The number keeps Keras' order, and tells variables of one name apart.
            let numbered = self.optimizer_variables()?.into_iter().enumerate();
            tensors.extend(numbered.map(|(i, (name, tensor))| (format!("{OPTIMIZER}{i}/{name}"), tensor)));
            texts.insert("passes".into(), compiled.passes.to_string());
            // The optimizer's variable is rounded to f32.
            texts.extend(compiled.learning_rate.map(|rate| ("learning_rate".into(), rate.to_string())));
        }
        files::write(path, &tensors, texts)
    }

    /// Reads a file that [`Model::save_checkpoint`] wrote. The optimizer's variables are read where the model is compiled.
    ///
    /// # Errors
    /// A file that cannot be read; other variables than the model's.
    pub fn load_checkpoint(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.read_checkpoint(path.as_ref()).map(drop)
    }

    /// [`Model::load_checkpoint`]; gives what else there is in the file.
    pub(crate) fn read_checkpoint(&mut self, path: &Path) -> Result<Contents> {
        let broken = |why: String| Error::File { path: path.display().to_string(), why };
        let (tensors, texts) = files::read(path)?;
        let mut optimizer: Vec<(usize, HostTensor)> = Vec::new();
        let (mut weights, mut others) = (Vec::new(), Vec::new());
        for (name, tensor) in tensors {
            if let Some(name) = name.strip_prefix(WEIGHTS) {
                weights.push((name.to_string(), tensor));
            } else if let Some((number, _)) = name.strip_prefix(OPTIMIZER).and_then(|rest| rest.split_once('/')) {
                optimizer.push((number.parse().map_err(|_| broken(format!("{name} has no number")))?, tensor));
            } else if name.starts_with(CALLBACK) {
                others.push((name, tensor));
            } else {
                return Err(broken(format!("{name} is neither a weight nor of the optimizer")));
            }
        }
        if let Some(missing) = self.layout.variables.iter().find(|v| !weights.iter().any(|(name, _)| *name == v.path)) {
            return Err(broken(format!("it has no variable {}", missing.path)));
        }
        optimizer.sort_unstable_by_key(|(number, _)| *number);
        let optimizer: Vec<HostTensor> = optimizer.into_iter().map(|(_, tensor)| tensor).collect();
        // What can be refused is, before anything of the model changes.
        let no_number = |name: &str, text: &str| broken(format!("{name} is {text:?}, which is no number"));
        let passes = texts.get("passes").map_or(Ok(0), |text| text.parse().map_err(|_| no_number("passes", text)))?;
        let rate = texts.get("learning_rate").map(|text| text.parse::<f64>().map_err(|_| no_number("learning_rate", text))).transpose()?;
        self.set_weights(weights)?;
        if self.compiled.is_some() {
            if optimizer.is_empty() {
                let compiled = self.compiled_mut()?;
                (compiled.slots, compiled.step) = (None, 0);
            } else {
                self.set_optimizer_variables(&optimizer)?;
            }
            if let Some(rate) = rate {
                self.set_learning_rate(rate)?;
            }
            self.compiled_mut()?.passes = passes;
        }
        Ok((others, texts))
    }
}
