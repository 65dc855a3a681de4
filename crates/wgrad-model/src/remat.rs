//! Which layers compute their values again for the gradients rather than keep them.

use crate::{Error, Result, scope::Visit};
use std::{collections::HashSet, sync::Arc};

/// What of a model is computed again in the backward pass instead of being kept (Keras `RematScope`): less memory for more work, the same results bit by
/// bit. [`crate::Layer::remat`] asks for single layers.
///
/// A layer keeps its inputs and its results, so it is blocks of layers (a [`crate::Sequential`] in the model) that save most: of a block, only what goes
/// in and what comes out is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RematScope {
    /// Every layer of the model, each model within it as a whole (Keras' mode `"full"`).
    Full,
    /// The activations of layers (`"activations"`).
    Activations,
    /// Layers with a result of more elements than this for each sample (`"larger_than"`; Keras' `output_size_threshold` is 1024 by default).
    LargerThan(usize),
    /// The layers of these names or paths (`"list_of_layers"`).
    ListOfLayers(Vec<String>),
}

/// The parts of a built model that are computed again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remat {
    /// The paths of layers.
    layers: Arc<HashSet<String>>,
    pub(crate) activations: bool,
}

impl RematScope {
    /// The layers of these names; of one in another model the name, or the path: `block/dense`.
    pub fn list_of_layers<S: Into<String>>(names: impl IntoIterator<Item = S>) -> RematScope {
        RematScope::ListOfLayers(names.into_iter().map(Into::into).collect())
    }

    /// What it means for a model with these layers.
    ///
    /// # Errors
    /// A name that no layer has.
    pub(crate) fn of(&self, model: &str, visits: &[Visit]) -> Result<Remat> {
        let layers: Vec<&Visit> = visits.iter().filter(|visit| visit.class_name != "InputLayer").collect();
        let is_large = |visit: &Visit, size: usize| {
            visit.outputs.iter().any(|y| y.iter().skip(1).fold(1, |product: usize, &n| product.saturating_mul(n)) > size)
        };
        let chosen: Vec<&Visit> = match self {
            RematScope::Full => layers.into_iter().filter(|visit| !visit.path.contains('/')).collect(),
            RematScope::Activations => Vec::new(),
            RematScope::LargerThan(size) => layers.into_iter().filter(|visit| is_large(visit, *size)).collect(),
            RematScope::ListOfLayers(names) => {
                let each = names.iter().map(|name| named(name, &layers).ok_or_else(|| unknown(name, &layers)));
                each.collect::<Result<Vec<_>, String>>().map_err(|rule| Error::invalid(model, rule))?.concat()
            }
        };
        let layers = Arc::new(chosen.into_iter().map(|visit| visit.path.clone()).collect());
        Ok(Remat { layers, activations: *self == RematScope::Activations })
    }
}

/// The layer of this path, else those of this name; `None` where there is none.
fn named<'a>(name: &str, layers: &[&'a Visit]) -> Option<Vec<&'a Visit>> {
    if let Some(layer) = layers.iter().find(|visit| visit.path == name) {
        return Some(vec![layer]);
    }
    let named: Vec<&Visit> = layers.iter().copied().filter(|visit| visit.path.rsplit('/').next() == Some(name)).collect();
    (!named.is_empty()).then_some(named)
}

fn unknown(name: &str, layers: &[&Visit]) -> String {
    let known: Vec<&str> = layers.iter().map(|visit| visit.path.as_str()).collect();
    format!("RematScope names the layer \"{name}\", which there is not; the layers are {}", known.join(", "))
}

impl Remat {
    /// Whether the layer of this path is computed again.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.layers.contains(path)
    }
}
