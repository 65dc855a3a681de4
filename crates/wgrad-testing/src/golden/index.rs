//! The folder of cases and its `index.json`.

use super::{
    Case,
    case::{list, text},
};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde_json::Value as Json;
use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};
use wgrad_tensor::{HostData, HostTensor};

/// A folder of cases.
#[derive(Debug)]
pub struct Index {
    folder: PathBuf,
    /// The cases, in the order of `index.json`.
    pub entries: Vec<Entry>,
}

/// A line of `index.json`. What it lacks is empty; the case then fails when it is read.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// `loss/huber_01`
    pub id: String,
    /// `loss`
    pub kind: String,
    /// `Huber`
    pub class_name: String,
    json: String,
    tensors: String,
}

impl Index {
    /// Reads `index.json` of a folder.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no list of cases.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Index, String> {
        let folder = folder.into();
        let path = folder.join("index.json");
        let json = read_json(&path)?;
        let cases = list(&json, "cases").map_err(|e| format!("{}: {e}", path.display()))?;
        let entry = |case: &Json| {
            let field = |key| case[key].as_str().unwrap_or_default().to_string();
            Entry { id: field("id"), kind: field("kind"), class_name: field("class_name"), json: field("json"), tensors: field("tensors") }
        };
        Ok(Index { entries: cases.iter().map(entry).collect(), folder })
    }

    /// Reads the description and the tensors of a case.
    ///
    /// # Errors
    /// Files that cannot be read, lie outside the folder, or are not of the format.
    pub fn read(&self, entry: &Entry) -> Result<Case, String> {
        let json = read_json(&self.path(&entry.json)?)?;
        let path = self.path(&entry.tensors)?;
        let bytes = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
        let tensors = file.iter().map(|(name, view)| Ok((name.to_string(), host_tensor(name, &view)?)));
        let tensors = tensors.collect::<Result<BTreeMap<_, _>, String>>()?;
        let (kind, class_name) = (text(&json, "kind")?.to_string(), text(&json, "class_name")?.to_string());
        Ok(Case { id: entry.id.clone(), kind, class_name, folder: self.folder.clone(), json, tensors })
    }

    fn path(&self, name: &str) -> Result<PathBuf, String> {
        inside(&self.folder, name)
    }
}

/// The path of a file in the folder; one that leads out of the folder is no file of a case.
pub(super) fn inside(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let inside = !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if inside { Ok(folder.join(name)) } else { Err(format!("\"{name}\" is no path of a file in the folder of the cases")) }
}

pub(super) fn read_json(path: &Path) -> Result<Json, String> {
    let bytes = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))
}

fn host_tensor(name: &str, view: &TensorView<'_>) -> Result<HostTensor, String> {
    let words = || view.data().chunks_exact(4).filter_map(|bytes| <[u8; 4]>::try_from(bytes).ok());
    let data = match view.dtype() {
        Dtype::F32 => HostData::F32(words().map(f32::from_le_bytes).collect()),
        Dtype::I32 => HostData::I32(words().map(i32::from_le_bytes).collect()),
        Dtype::BOOL => HostData::Bool(view.data().iter().map(|byte| *byte != 0).collect()),
        other => return Err(format!("tensor {name} is {other:?}; tensors of cases are F32, I32 or BOOL")),
    };
    HostTensor::new(view.shape(), data).ok_or_else(|| format!("tensor {name} has not as many elements as its shape {:?}", view.shape()))
}
