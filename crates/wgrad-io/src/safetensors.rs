//! safetensors files: tensors by name, and texts beside them.

use ::safetensors::{Dtype, SafeTensors, tensor::TensorView};
use half::f16;
use std::{collections::HashMap, fs, path::Path};
use wgrad_model::{Error, Result, replace_file};
use wgrad_tensor::{HostData, HostTensor};

/// Tensors with their names, and texts with theirs.
pub type NamedTensors = (Vec<(String, HostTensor)>, HashMap<String, String>);

/// The tensors in a safetensors file with their names, and the texts of its metadata.
///
/// # Errors
/// A file that cannot be read; elements that are neither f16, f32, f64, i32, u32 nor bool.
pub fn load_safetensors(path: impl AsRef<Path>) -> Result<NamedTensors> {
    let path = path.as_ref();
    let broken = |why: String| Error::File { path: path.display().to_string(), why };
    read(&fs::read(path).map_err(|e| broken(e.to_string()))?).map_err(broken)
}

/// The tensors in the bytes of a safetensors file.
///
/// # Errors
/// As [`load_safetensors`].
pub fn read_safetensors(file: &[u8]) -> Result<NamedTensors, String> {
    read(file)
}

/// Writes tensors, and texts as metadata, to a safetensors file. The file that was there stays whole until the new one is.
///
/// # Errors
/// Two tensors of one name; those of the file system.
pub fn save_safetensors<'a>(
    path: impl AsRef<Path>,
    tensors: impl IntoIterator<Item = (&'a str, &'a HostTensor)>,
    texts: HashMap<String, String>,
) -> Result<()> {
    let path = path.as_ref();
    let bytes = write(tensors, texts).map_err(|why| Error::File { path: path.display().to_string(), why })?;
    replace_file(path, &bytes)
}

/// The bytes of a safetensors file of tensors and texts.
///
/// ```
/// use wgrad_io::{read_safetensors, write_safetensors};
/// use wgrad_tensor::{HostData, HostTensor};
/// let bias = HostTensor::new([2], HostData::F32(vec![0.5, 1.0])).unwrap();
/// let texts = [("model".to_string(), "small".to_string())].into();
/// let file = write_safetensors([("dense/bias", &bias)], texts).unwrap();
/// let (tensors, texts) = read_safetensors(&file).unwrap();
/// assert_eq!((tensors[0].1.clone(), texts["model"].as_str()), (bias, "small"));
/// ```
///
/// # Errors
/// Two tensors of one name.
pub fn write_safetensors<'a>(
    tensors: impl IntoIterator<Item = (&'a str, &'a HostTensor)>,
    texts: HashMap<String, String>,
) -> Result<Vec<u8>, String> {
    write(tensors, texts)
}

pub(crate) fn read(bytes: &[u8]) -> Result<NamedTensors, String> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
    let mut tensors = Vec::new();
    for (name, view) in file.iter() {
        let tensor = HostTensor::new(view.shape(), elements(name, &view)?);
        tensors.push((name.to_string(), tensor.ok_or_else(|| format!("{name} does not have the elements of its shape"))?));
    }
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok((tensors, header.metadata().clone().unwrap_or_default()))
}

fn elements(name: &str, view: &TensorView<'_>) -> Result<HostData, String> {
    fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
        bytes.chunks_exact(N).filter_map(|word| word.try_into().ok())
    }
    let bytes = view.data();
    Ok(match view.dtype() {
        Dtype::F16 => HostData::F16(words(bytes).map(f16::from_le_bytes).collect()),
        Dtype::F32 => HostData::F32(words(bytes).map(f32::from_le_bytes).collect()),
        Dtype::F64 => HostData::F64(words(bytes).map(f64::from_le_bytes).collect()),
        Dtype::I32 => HostData::I32(words(bytes).map(i32::from_le_bytes).collect()),
        Dtype::U32 => HostData::U32(words(bytes).map(u32::from_le_bytes).collect()),
        Dtype::BOOL => HostData::Bool(bytes.iter().map(|byte| *byte != 0).collect()),
        other => return Err(format!("{name} is {other:?}; tensors are F16, F32, F64, I32, U32 or BOOL")),
    })
}

fn write<'a>(tensors: impl IntoIterator<Item = (&'a str, &'a HostTensor)>, texts: HashMap<String, String>) -> Result<Vec<u8>, String> {
    let tensors: Vec<(&str, &HostTensor, Dtype, Vec<u8>)> = tensors.into_iter().map(|(name, tensor)| bytes_of(name, tensor)).collect();
    let mut views = Vec::new();
    for (name, tensor, dtype, bytes) in &tensors {
        if views.iter().any(|(known, _)| known == name) {
            return Err(format!("two tensors are named {name}"));
        }
        views.push((*name, TensorView::new(*dtype, tensor.shape().to_vec(), bytes).map_err(|e| e.to_string())?));
    }
    ::safetensors::serialize(views, Some(texts).filter(|texts| !texts.is_empty())).map_err(|e| e.to_string())
}

fn bytes_of<'a>(name: &'a str, tensor: &'a HostTensor) -> (&'a str, &'a HostTensor, Dtype, Vec<u8>) {
    let (dtype, bytes) = match tensor.data() {
        HostData::F16(values) => (Dtype::F16, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        HostData::F32(values) => (Dtype::F32, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        HostData::F64(values) => (Dtype::F64, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        HostData::I32(values) => (Dtype::I32, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        HostData::U32(values) => (Dtype::U32, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        HostData::Bool(values) => (Dtype::BOOL, values.iter().map(|v| u8::from(*v)).collect()),
    };
    (name, tensor, dtype, bytes)
}
