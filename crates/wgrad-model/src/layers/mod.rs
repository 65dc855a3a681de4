//! The layers, one file each. Adding one touches its file, the list of its family and the table of the family in `tests/model/layers`.

use crate::{Error, Functional, Layer, Result, Sequential, error::UnknownName};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use std::{
    any::Any,
    sync::{Arc, PoisonError, RwLock},
};
use wgrad_tensor::Tensor;

mod along;
pub(crate) mod arguments;
pub(crate) mod axes;
mod data_format;
mod resize;
mod sizes;
mod window;

pub use axes::AxisList;
pub use data_format::DataFormat;
pub use sizes::{Sides, Sizes};
pub use window::Padding;

/// Declares the layers of a family: their modules and types, and how each is read and written.
macro_rules! layer_family {
    ($($module:ident::{$($layer:ident),* $(,)?})*) => {
        $(mod $module; pub use $module::{$($layer),*};)*

        /// The layers of this family.
        pub(super) const FAMILY: &[$crate::layers::Class] = &[$($($crate::layers::Class::of::<$layer>(stringify!($layer)),)*)*];
    };
}

/// Declares the families, whose layers are all public here.
macro_rules! families {
    ($($family:ident)*) => {
        $(mod $family; pub use self::$family::*;)*

        const FAMILIES: &[&[Class]] = &[$($family::FAMILY),*];
    };
}

families! {
    activation attention convolutional core merging normalization pooling preprocessing recurrent regularization reshaping
}

/// A class of layers by its Keras name.
#[derive(Clone, Copy)]
struct Class {
    name: &'static str,
    parse: fn(&str, &Json) -> Result<Arc<dyn Layer>>,
    config: fn(&dyn Any) -> Option<Json>,
}

impl Class {
    const fn of<L: Layer + Serialize + DeserializeOwned>(name: &'static str) -> Class {
        Class { name, parse: parse::<L>, config: |layer| serde_json::to_value(layer.downcast_ref::<L>()?).ok() }
    }
}

/// Classes of the user's own.
static REGISTERED: RwLock<Vec<Class>> = RwLock::new(Vec::new());

/// Makes a layer of the user's own known by its class name, so that files and [`crate::Entry::from_json`] can hold it (Keras'
/// `register_keras_serializable`): its configuration is what `L` serializes. The same name again replaces the class.
///
/// # Errors
/// The name of a layer of this crate.
pub fn register<L: Layer + Serialize + DeserializeOwned>(class_name: &'static str) -> Result<()> {
    if ["Lambda", "Sequential", "Functional", "Model", "InputLayer"].contains(&class_name) || names().any(|known| known == class_name) {
        return Err(Error::invalid("register", format!("{class_name} is a layer of Keras")));
    }
    let mut classes = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
    classes.retain(|class| class.name != class_name);
    classes.push(Class::of::<L>(class_name));
    Ok(())
}

/// The class of the user's own for which `wanted` holds.
fn registered<T>(wanted: impl FnMut(Class) -> Option<T>) -> Option<T> {
    REGISTERED.read().unwrap_or_else(PoisonError::into_inner).iter().copied().find_map(wanted)
}

/// Class names of the layers.
pub fn names() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().copied().flatten().map(|class| class.name)
}

/// The layer of a Keras class name with the arguments in `config`, as `get_config()` gives them. Arguments that are absent or null
/// have their defaults; those that every layer has are left to the caller, see [`crate::Entry::from_json`].
///
/// # Errors
/// A class that does not exist; an argument that the layer does not have, or of the wrong type.
pub fn from_config(class_name: &str, config: &Json) -> Result<Arc<dyn Layer>> {
    // The class behind the public name in Keras, which writes it.
    let class_name = if class_name == "GroupedQueryAttention" { "GroupQueryAttention" } else { class_name };
    match class_name {
        "Lambda" => Err(Error::invalid("layer Lambda", "its function is Python's and cannot be read; write it as layers::Lambda::new")),
        "Sequential" => Ok(Arc::new(Sequential::from_config(config)?)),
        "Functional" | "Model" => Ok(Arc::new(Functional::from_config(config)?)),
        _ => match FAMILIES.iter().copied().flatten().find(|class| class.name == class_name) {
            Some(class) => (class.parse)(class_name, config),
            None => match registered(|class| (class.name == class_name).then_some(class)) {
                Some(class) => (class.parse)(class_name, config),
                None => Err(UnknownName::new("layer", class_name, names()).into()),
            },
        },
    }
}

/// The arguments of a layer, as Keras' `get_config()`; `None` where it is none of these, or holds a closure.
pub fn config(layer: &dyn Layer) -> Option<Json> {
    let layer: &dyn Any = layer;
    if let Some(model) = layer.downcast_ref::<Sequential>() {
        return model.to_config().ok();
    }
    if let Some(model) = layer.downcast_ref::<Functional>() {
        return model.to_config().ok();
    }
    let known = FAMILIES.iter().copied().flatten().find_map(|class| (class.config)(layer));
    known.or_else(|| registered(|class| (class.config)(layer))).map(without_flags)
}

/// Arguments that do not belong to one class.
const OF_EVERY_LAYER: [&str; 5] = ["name", "trainable", "dtype", "activity_regularizer", "batch_input_shape"];

/// Arguments that layers had in Keras 2 and that changed no result.
const OF_KERAS_2: [&str; 5] = ["implementation", "input_length", "query_shape", "key_shape", "value_shape"];

/// Layers that penalize the results of their parts, not their own.
const PENALIZES_ITS_PARTS: [&str; 3] = ["MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention"];

/// Whether `activity_regularizer` is an argument of the class itself.
pub(crate) fn penalizes_its_parts(class_name: &str) -> bool {
    PENALIZES_ITS_PARTS.contains(&class_name)
}

/// Layers without variables whose `trainable` is no argument in Keras.
const WITHOUT_TRAINABLE: [&str; 4] = ["Discretization", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"];

/// Whether `trainable` is an argument of the class in Keras.
pub(crate) fn takes_trainable(class_name: &str) -> bool {
    !WITHOUT_TRAINABLE.contains(&class_name)
}

/// Arguments of the call in Keras, which its configurations do not have.
const FLAGS: [&str; 3] = ["use_causal_mask", "return_attention_scores", "reverse"];

/// A configuration without the flags that are not set.
fn without_flags(mut config: Json) -> Json {
    if let Some(arguments) = config.as_object_mut() {
        arguments.retain(|name, value| *value != false || !FLAGS.contains(&name.as_str()));
    }
    config
}

/// A configuration of Keras' without what does not belong to one class.
fn own_arguments(class_name: &str, config: &Json) -> Json {
    let mut config = config.clone();
    if let Some(arguments) = config.as_object_mut() {
        let is_own = |name: &str| name == "activity_regularizer" && penalizes_its_parts(class_name);
        let is_outside =
            |name: &str| OF_EVERY_LAYER.contains(&name) && !is_own(name) || OF_KERAS_2.contains(&name) || name == "vocabulary_size";
        arguments.retain(|name, _| !is_outside(name));
    }
    config
}

fn parse<L: Layer + DeserializeOwned>(class_name: &str, config: &Json) -> Result<Arc<dyn Layer>> {
    let mut config = own_arguments(class_name, config);
    if let Some(arguments) = config.as_object_mut() {
        // `time_major`, where true, is an argument that there is no more.
        let is_absent = |name: &str, value: &Json| value.is_null() && name != "merge_mode" || name == "time_major" && *value == false;
        // Keras 2 writes the one axis as a list.
        if let ("BatchNormalization", Some(Json::Array(axes))) = (class_name, arguments.get("axis"))
            && let [axis] = axes.as_slice()
        {
            let axis = axis.clone();
            arguments.insert("axis".into(), axis);
        }
        arguments.retain(|name, value| !is_absent(name, value));
    }
    let layer: L = serde_json::from_value(config).map_err(|e| Error::invalid(format!("layer {class_name}"), e.to_string()))?;
    Ok(Arc::new(layer))
}

/// An error-carrying tensor where `x` has another number of axes than `names` (batch first), for example `[batch, height, width, channels]`.
#[track_caller]
fn check_rank(layer: &str, x: &Tensor, names: &[&str]) -> Result<(), Tensor> {
    let rule = || format!("the input must be [{}], got {}", names.join(", "), x.shape());
    if x.rank() == names.len() { Ok(()) } else { Err(Tensor::invalid(layer, rule(), &[x])) }
}
