//! Reading: texts and numbers by their place.

use super::guard;
use hdf5_pure::{AttrValue, DType, File};
use std::{collections::HashMap, path::Path};
use wgrad_model::{Error, Result};
use wgrad_tensor::{HostData, HostTensor, Shape};

/// An open file.
pub(crate) struct Reader {
    file: File,
    /// The path, for errors.
    path: String,
    /// The length of the file in bytes.
    pub(crate) bytes: usize,
}

impl Reader {
    /// A file in memory; `path` is what errors call it.
    pub(crate) fn new(bytes: Vec<u8>, path: &Path) -> Result<Reader> {
        let path = path.display().to_string();
        let broken = |why: String| Error::File { path: path.clone(), why };
        let length = bytes.len();
        guard::check(&bytes).map_err(broken)?;
        let file = File::from_bytes(bytes).map_err(|e| broken(format!("it is no HDF5 file: {e}")))?;
        let superblock = file.superblock();
        if superblock.offset_size != 8 || superblock.base_address.get() != 0 {
            return Err(broken("its addresses are not of 64 bits from the beginning of the file".into()));
        }
        Ok(Reader { file, path, bytes: length })
    }

    /// The error that something in the file is wrong.
    pub(crate) fn broken(&self, place: &str, why: impl ToString) -> Error {
        let place = if place.is_empty() { "the root" } else { place };
        Error::File { path: self.path.clone(), why: format!("{place}: {}", why.to_string()) }
    }

    /// The names of the groups and datasets in a group; none where it is absent.
    pub(crate) fn members(&self, group: &str) -> Result<Vec<String>> {
        let Some(found) = self.group(group) else { return Ok(Vec::new()) };
        let broken = |e| self.broken(group, e);
        let mut names = found.groups().map_err(broken)?;
        names.extend(found.datasets().map_err(broken)?);
        Ok(names)
    }

    fn group(&self, path: &str) -> Option<hdf5_pure::Group> {
        if path.is_empty() { Some(self.file.root()) } else { self.file.group(path).ok() }
    }

    /// Whether there is a group.
    pub(crate) fn has(&self, group: &str) -> bool {
        self.group(group).is_some()
    }

    fn attributes(&self, group: &str) -> Result<HashMap<String, AttrValue>> {
        let found = self.group(group).ok_or_else(|| self.broken(group, "there is no such group"))?;
        found.attrs().map_err(|e| self.broken(group, e))
    }

    /// An attribute of one text, where there is one.
    pub(crate) fn text(&self, group: &str, name: &str) -> Result<Option<String>> {
        match self.attributes(group)?.get(name) {
            None => Ok(None),
            Some(value) => match value.as_str() {
                Some(text) => Ok(Some(text.to_string())),
                None => Err(self.broken(group, format!("the attribute {name} is no text"))),
            },
        }
    }

    /// An attribute of several texts. Keras cuts long lists into `name0`, `name1` and so on.
    pub(crate) fn texts(&self, group: &str, name: &str) -> Result<Vec<String>> {
        let attributes = self.attributes(group)?;
        let list = |value: &AttrValue| match (value.as_strings(), value.to_f64s()) {
            (Some(texts), _) => Ok(texts.to_vec()),
            // What has no elements has no type either.
            (None, Some(numbers)) if numbers.is_empty() => Ok(Vec::new()),
            (None, _) => Err(self.broken(group, format!("the attribute {name} is no list of texts"))),
        };
        if let Some(value) = attributes.get(name) {
            return list(value);
        }
        let parts = (0..).map_while(|i| attributes.get(&format!("{name}{i}"))).map(list).collect::<Result<Vec<_>>>()?;
        if parts.is_empty() { Err(self.broken(group, format!("there is no attribute {name}"))) } else { Ok(parts.concat()) }
    }

    /// Whether there is a dataset of one number without axes.
    pub(crate) fn is_scalar(&self, path: &str) -> bool {
        self.file.dataset(path).and_then(|dataset| dataset.shape()).is_ok_and(|shape| shape.is_empty())
    }

    /// [`Reader::tensor`] as f32, which all variables of models are here: some of Keras' count in integers.
    pub(crate) fn floats(&self, path: &str, shape: &Shape) -> Result<HostTensor> {
        let tensor = self.tensor(path, shape)?;
        let HostData::I32(counts) = tensor.data() else { return Ok(tensor) };
        let floats = HostData::F32(counts.iter().map(|&count| count as f32).collect());
        HostTensor::new(shape, floats).ok_or_else(|| self.broken(path, "it does not have the length of its shape"))
    }

    /// A dataset of numbers as f32, or integers as i32 where they are stored as such. It must have the shape that is expected: a file does not decide how
    /// much memory is taken.
    pub(crate) fn tensor(&self, path: &str, shape: &Shape) -> Result<HostTensor> {
        let dataset = self.file.dataset(path).map_err(|_| self.broken(path, "there is no such dataset"))?;
        let broken = |e: hdf5_pure::Error| self.broken(path, e);
        let stored = dataset.shape().map_err(broken)?;
        if !stored.iter().copied().eq(shape.iter().map(|&n| n as u64)) {
            return Err(self.broken(path, format!("expected the shape {shape}, got {stored:?}")));
        }
        let integer = matches!(
            dataset.dtype().map_err(broken)?,
            DType::I8 | DType::I16 | DType::I32 | DType::I64 | DType::U8 | DType::U16 | DType::U32 | DType::U64
        );
        let data = if integer {
            let saturated = |n: i64| n.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
            HostData::I32(dataset.read_i64().map_err(broken)?.into_iter().map(saturated).collect())
        } else {
            HostData::F32(dataset.read_f32().map_err(broken)?)
        };
        HostTensor::new(shape, data).ok_or_else(|| self.broken(path, "it does not have the length of its shape"))
    }
}
