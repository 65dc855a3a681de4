//! The inputs of a model as Keras writes them: a layer without computation.

use crate::{ANY, Error, Result};
use serde_json::{Value as Json, json};
use wgrad_tensor::{DType, Shape, Spec};

/// Shape without the batch axis, and dtype, of an `InputLayer`'s configuration, and the batch size where it is fixed.
pub(crate) fn input_spec(config: &Json) -> Result<(Spec, Option<usize>)> {
    let broken = || Error::invalid("InputLayer", format!("batch_shape must be a list of numbers and null, got {config}"));
    // Keras 2 says batch_input_shape.
    let shape = config.get("batch_shape").filter(|shape| !shape.is_null()).unwrap_or(&config["batch_input_shape"]);
    let (batch, rest) = shape.as_array().and_then(|shape| shape.split_first()).ok_or_else(broken)?;
    let length = |n: &Json| n.as_u64().and_then(|n| usize::try_from(n).ok());
    let lengths = rest.iter().map(|n| if n.is_null() { Some(ANY) } else { length(n).filter(|n| *n != ANY) });
    let lengths: Shape = lengths.collect::<Option<_>>().ok_or_else(broken)?;
    let name = config["dtype"].as_str().unwrap_or("float32");
    let dtype = match name {
        "float32" => DType::F32,
        "float16" => DType::F16,
        "float64" => DType::F64,
        "int32" | "int64" | "int16" | "int8" => DType::I32,
        "uint8" | "uint16" | "uint32" => DType::U32,
        "bool" => DType::Bool,
        _ => return Err(Error::invalid("InputLayer", format!("there is no dtype {name}"))),
    };
    Ok((Spec::new(dtype, lengths), length(batch)))
}

/// An input as Keras writes it.
pub(crate) fn input_layer(name: &str, spec: &Spec, batch: Option<usize>) -> Json {
    let dtype = match spec.dtype {
        DType::F32 => "float32",
        DType::F16 => "float16",
        DType::F64 => "float64",
        DType::I32 => "int32",
        DType::U32 => "uint32",
        DType::Bool => "bool",
    };
    let shape: Vec<Json> = std::iter::once(json!(batch)).chain(spec.shape.iter().map(|n| json!(Some(n).filter(|n| **n != ANY)))).collect();
    json!({"class_name": "InputLayer", "config": {"name": name, "batch_shape": shape, "dtype": dtype, "sparse": false}})
}
