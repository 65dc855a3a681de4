//! The layers of a built model: looking at them by name, and freezing them.

use crate::{
    Model, Result, Scope, Variable,
    any_length::{Declared, declare},
    error::UnknownName,
    layout::Layout,
    scope::Visit,
    train::Programs,
};
use std::collections::{BTreeMap, HashMap};
use wgrad_tensor::Shape;

/// What the user said of layers, by path: whether they learn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trainability(BTreeMap<String, bool>);

impl Trainability {
    /// What holds for the layer of that path: what was said of it, or of the nearest layer around it.
    pub(crate) fn of(&self, path: &str) -> Option<bool> {
        if self.0.is_empty() {
            return None;
        }
        let mut around = std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(outer, _)| outer));
        around.find_map(|path| self.0.get(path).copied())
    }

    /// As in Keras, what is said of a layer holds for all in it.
    fn set(&mut self, path: &str, trainable: bool) {
        let inside = format!("{path}/");
        self.0.retain(|known, _| !known.starts_with(&inside));
        self.0.insert(path.into(), trainable);
    }
}

/// A layer of a built model.
#[derive(Clone, Copy, Debug)]
pub struct LayerView<'a> {
    model: &'a Model,
    visit: &'a Visit,
}

impl<'a> LayerView<'a> {
    /// Its name; of a layer in another the path, `encoder/dense`.
    pub fn name(&self) -> &'a str {
        &self.visit.path
    }

    /// Its class, as in Keras: `Dense`.
    pub fn class_name(&self) -> &'static str {
        self.visit.class_name
    }

    /// The shape of its (first) result for one sample, without the batch axis; [`crate::ANY`] where a length is not fixed.
    pub fn output_shape(&self) -> Shape {
        self.visit.outputs.iter().take(1).flat_map(|shape| shape.iter().skip(1).copied()).collect()
    }

    /// Whether it learns.
    pub fn is_trainable(&self) -> bool {
        self.visit.trainable
    }

    /// Its variables, those of the layers in it included.
    pub fn variables(&self) -> &'a [Variable] {
        self.model.layout.variables.get(self.visit.variables.clone()).unwrap_or_default()
    }

    /// The number of elements of its variables.
    pub fn count_params(&self) -> usize {
        self.variables().iter().map(|variable| variable.shape.numel()).sum()
    }
}

impl Model {
    /// The layers of the model, in the order of its summary; those inside of other layers are not among them, but [`Model::get_layer`] finds them.
    pub fn layers(&self) -> impl Iterator<Item = LayerView<'_>> {
        self.visits.iter().filter(|visit| !visit.path.contains('/')).map(|visit| LayerView { model: self, visit })
    }

    /// All layers, those inside of other layers too, in the order of their first calls; a layer stands before those in it.
    pub fn all_layers(&self) -> impl Iterator<Item = LayerView<'_>> {
        self.visits.iter().map(|visit| LayerView { model: self, visit })
    }

    /// The layer of that name; `encoder/dense` is the layer `dense` of the layer `encoder`.
    ///
    /// # Errors
    /// A name that there is not, with the near ones.
    pub fn get_layer(&self, name: &str) -> Result<LayerView<'_>> {
        let found = self.visits.iter().find(|visit| visit.path == name);
        let unknown = || UnknownName::new("layer", name, self.visits.iter().map(|visit| visit.path.as_str()));
        Ok(LayerView { model: self, visit: found.ok_or_else(unknown)? })
    }

    /// Freezes a layer and all in it, or lets them learn again (Keras' `layer.trainable = ...`). The weights stay; the optimizer starts anew.
    ///
    /// # Errors
    /// A name that there is not, with the near ones; those of the device.
    pub fn set_trainable(&mut self, layer: &str, trainable: bool) -> Result<()> {
        self.get_layer(layer)?;
        let mut values: HashMap<String, Vec<f32>> =
            self.weights()?.into_iter().map(|(path, value)| (path, value.to_vec::<f32>().unwrap_or_default())).collect();
        let mut trainability = self.trainability.clone();
        trainability.set(layer, trainable);
        let scope = || Scope::build().with_trainability(&trainability).with_dtype_policy(&self.dtype_policy);
        let Declared { variables, visits, .. } = declare(scope, &self.name, &*self.network, &self.inputs, self.batch.unwrap_or(2))?;
        let (mut learning, mut frozen) = (Vec::new(), Vec::new());
        for variable in &variables {
            let value = values.remove(&variable.path).unwrap_or_default();
            if variable.trainable { &mut learning } else { &mut frozen }.extend(value);
        }
        // Nothing is changed before the weights are in their new places.
        self.put_weights(learning, frozen)?;
        (self.layout, self.visits, self.trainability) = (Layout::new(variables), visits, trainability);
        self.programs = Programs::default();
        if let Some(compiled) = &mut self.compiled {
            (compiled.slots, compiled.step) = (None, 0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_layer_decides() {
        let mut said = Trainability::default();
        assert_eq!(said.of("encoder/dense"), None);
        said.set("encoder/dense", true);
        said.set("encoder", false);
        assert_eq!((said.of("encoder/dense"), said.of("encoder"), said.of("encoder2")), (Some(false), Some(false), None));
        said.set("encoder/dense", true);
        assert_eq!(said.of("encoder/dense/kernel"), Some(true));
    }
}
