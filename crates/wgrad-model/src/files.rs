//! Named tensors in safetensors files.

use crate::{
    Result,
    replace::{file_error, replace_file},
};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::{collections::HashMap, path::Path};
use wgrad_tensor::{HostData, HostTensor};

/// Tensors with their names, and texts that are kept beside them.
pub(crate) type Contents = (Vec<(String, HostTensor)>, HashMap<String, String>);

/// Writes tensors (f32 or i32) and texts. The file that was there stays whole until the new one is.
pub(crate) fn write(path: &Path, tensors: &[(String, HostTensor)], texts: HashMap<String, String>) -> Result<()> {
    let mut bytes: Vec<(Dtype, Vec<u8>)> = Vec::new();
    for (name, tensor) in tensors {
        bytes.push(match tensor.data() {
            HostData::F32(values) => (Dtype::F32, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            HostData::I32(values) => (Dtype::I32, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            HostData::Bool(_) | HostData::U32(_) | HostData::F16(_) | HostData::F64(_) => {
                return Err(file_error(path, format!("{name} is {}, neither f32 nor i32", tensor.dtype())));
            }
        });
    }
    let mut views = Vec::new();
    for ((name, tensor), (dtype, bytes)) in tensors.iter().zip(&bytes) {
        let view = TensorView::new(*dtype, tensor.shape().to_vec(), bytes).map_err(|e| file_error(path, e))?;
        views.push((name.as_str(), view));
    }
    let texts = Some(texts).filter(|texts| !texts.is_empty());
    let serialized = safetensors::serialize(views, texts).map_err(|e| file_error(path, e))?;
    replace_file(path, &serialized)
}

/// Reads what [`write`] wrote.
pub(crate) fn read(path: &Path) -> Result<Contents> {
    let bytes = std::fs::read(path).map_err(|e| file_error(path, e))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| file_error(path, e))?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| file_error(path, e))?;
    let mut tensors = Vec::new();
    for (name, view) in file.tensors() {
        let words = view.data().chunks_exact(4).filter_map(|word| <[u8; 4]>::try_from(word).ok());
        let data = match view.dtype() {
            Dtype::F32 => HostData::F32(words.map(f32::from_le_bytes).collect()),
            Dtype::I32 => HostData::I32(words.map(i32::from_le_bytes).collect()),
            other => return Err(file_error(path, format!("{name} is {other:?}, not F32 or I32"))),
        };
        let tensor = HostTensor::new(view.shape(), data);
        tensors.push((name.clone(), tensor.ok_or_else(|| file_error(path, format!("{name} does not have the length of its shape")))?));
    }
    Ok((tensors, header.metadata().clone().unwrap_or_default()))
}
