//! The variables of a model from `.weights.h5`, as Keras 3 lays them out.

use super::places::places;
use crate::hdf5::Reader;
use wgrad_model::{Model, Result};

/// Reads all variables of the model.
///
/// # Errors
/// A layer whose variables are not there, are more or fewer, or have other shapes.
pub(crate) fn read_weights(file: &Reader, model: &mut Model) -> Result<()> {
    let mut weights = Vec::new();
    for place in places(model) {
        let own = place.variables.iter().map(|&i| &model.variables()[i]);
        let group = if place.group.is_empty() { "vars".into() } else { format!("{}/vars", place.group) };
        // Variables are numbered; other names are not the model's (`idf_weights` of a lookup, which is part of its configuration here).
        let stored = file.members(&group)?.iter().filter(|name| name.parse::<usize>().is_ok()).count();
        // What stateful layers keep of each sample is not always there.
        let own: Vec<_> = own.filter(|variable| stored > 0 || !variable.is_memory).collect();
        if stored != own.len() {
            let names: Vec<&str> = own.iter().map(|variable| variable.path.as_str()).collect();
            let why = format!("layer {} has {} variables ({}), the file has {stored}", place.name, own.len(), names.join(", "));
            return Err(file.broken(&group, why));
        }
        for (i, variable) in own.into_iter().enumerate() {
            weights.push((variable.path.clone(), file.floats(&format!("{group}/{i}"), &variable.shape)?));
        }
    }
    model.set_weights(weights)
}
