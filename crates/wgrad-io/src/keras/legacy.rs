//! The variables of a model from HDF5 files as Keras 1 to 3 laid them out before `.weights.h5`: layer after layer, those that learn first.

use crate::hdf5::Reader;
use std::collections::HashSet;
use wgrad_model::{Model, Result, Variable};

/// Whether a group has the older layout.
pub(crate) fn is_legacy(file: &Reader, group: &str) -> bool {
    file.texts(group, "layer_names").is_ok()
}

/// Reads all variables of the model from `group` (`model_weights` of a whole model, the root of a file of weights). Layers with variables are matched in
/// order, as Keras does.
///
/// # Errors
/// Another number of layers or variables; other shapes.
pub(crate) fn read_legacy(file: &Reader, group: &str, model: &mut Model) -> Result<()> {
    let at = |name: &str| if group.is_empty() { name.to_string() } else { format!("{group}/{name}") };
    let layers: Vec<(String, Vec<&Variable>)> =
        model.layers().map(|layer| (layer.name().to_string(), in_order(layer.variables()))).filter(|(_, own)| !own.is_empty()).collect();
    let mut stored = Vec::new();
    let mut known = HashSet::new();
    for layer in file.texts(group, "layer_names")? {
        let layer = at(&layer);
        if !known.insert(layer.clone()) {
            return Err(file.broken(group, format!("layer_names has {layer} twice")));
        }
        let names = file.texts(&layer, "weight_names")?;
        if !names.is_empty() {
            // Lists that repeat each other are small in a file and large in memory: no more of them than the model has layers.
            if stored.len() == layers.len() {
                return Err(file.broken(group, format!("the model has {} layers with variables, the file has more", layers.len())));
            }
            stored.push((layer, names));
        }
    }
    if layers.len() != stored.len() {
        return Err(file.broken(group, format!("the model has {} layers with variables, the file has {}", layers.len(), stored.len())));
    }
    let mut weights = Vec::new();
    for ((layer, own), (place, names)) in layers.into_iter().zip(stored) {
        if own.len() != names.len() {
            return Err(file.broken(&place, format!("layer {layer} has {} variables, the file has {}", own.len(), names.len())));
        }
        for (variable, name) in own.into_iter().zip(names) {
            weights.push((variable.path.clone(), file.floats(&format!("{place}/{name}"), &variable.shape)?));
        }
    }
    model.set_weights(weights)
}

/// The variables of a layer, those that learn first; without what stateful layers keep of each sample.
pub(super) fn in_order(variables: &[Variable]) -> Vec<&Variable> {
    let (mut learning, others): (Vec<_>, Vec<_>) = variables.iter().filter(|v| !v.is_memory).partition(|v| v.trainable);
    learning.extend(others);
    learning
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hdf5::Tree;
    use std::path::Path;
    use wgrad_cpu as _;
    use wgrad_model::{Sequential, layers::Dense};

    /// 65,000 layers that all are one group with 65,000 names are 130 KB in a file.
    #[test]
    fn lists_are_no_longer_than_the_model() {
        let mut model = Sequential::new([Dense::new(1).into()]).input_shape([1]).build().unwrap();
        let mut message = |layers: &[&str]| {
            let mut file = Tree::default();
            file.texts("layer_names", layers.iter().map(|name| name.to_string()).collect());
            for name in layers {
                file.group(name).texts("weight_names", vec!["kernel".into(), "bias".into()]);
            }
            let file = Reader::new(file.finish().unwrap(), Path::new("old.h5")).unwrap();
            read_legacy(&file, "", &mut model).unwrap_err().to_string()
        };
        assert!(message(&["a", "b"]).ends_with("the model has 1 layers with variables, the file has more"), "{}", message(&["a", "b"]));
        assert!(message(&["a", "a"]).ends_with("layer_names has a twice"), "{}", message(&["a", "a"]));
    }
}
