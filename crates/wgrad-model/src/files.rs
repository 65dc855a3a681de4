//! Named tensors in safetensors files.

use crate::{Error, Result};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::{
    collections::HashMap,
    fs::File,
    io::Write,
    path::Path,
    sync::{Mutex, PoisonError},
};
use wgrad_tensor::{HostData, HostTensor};

/// Tensors with their names, and texts that are kept beside them.
pub(crate) type Contents = (Vec<(String, HostTensor)>, HashMap<String, String>);

fn file_error(path: &Path, why: impl ToString) -> Error {
    Error::File { path: path.display().to_string(), why: why.to_string() }
}

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
    replace(path, &serialized)
}

/// Puts a file in the place of the one that was there, whole or not at all: the new one is `PATH.part` until it is complete. One at a time in a process;
/// processes that write to the same path must agree among themselves.
///
/// # Errors
/// Those of the file system.
pub fn replace(path: &Path, contents: &[u8]) -> Result<()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut name = path.file_name().ok_or_else(|| file_error(path, "this is no name of a file"))?.to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&part)?;
        file.write_all(contents)?;
        // The name must not lead to contents that a power cut can still take away.
        file.sync_all()?;
        std::fs::rename(&part, path)
    };
    let written = write();
    if written.is_ok() {
        sync_folder(path);
    }
    written.map_err(|e| {
        // What is left of the new file is of no use; that it cannot be removed changes nothing.
        let _ = std::fs::remove_file(&part);
        file_error(path, e)
    })
}

/// Until the folder is on the disk, too, a power cut can bring the old file back. Where folders cannot be read or synced that stays so: the file is there.
fn sync_folder(path: &Path) {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
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
