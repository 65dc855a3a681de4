//! Writing: a tree of groups in memory, then the file.

use hdf5_pure::{AttrValue, FileBuilder, LibVer};
use wgrad_model::{Error, Result};
use wgrad_tensor::{HostData, HostTensor};

/// How many texts an attribute holds; Keras cuts longer lists into `name0`, `name1` and so on, because a header has 64 KiB.
const TEXTS: usize = 2000;

/// A group that is to be written.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    attributes: Vec<(String, AttrValue)>,
    groups: Vec<(String, Tree)>,
    datasets: Vec<(String, HostTensor)>,
}

impl Tree {
    /// The group at `path` from here, which comes into being where it is absent.
    pub(crate) fn group(&mut self, path: &str) -> &mut Tree {
        path.split('/').filter(|name| !name.is_empty()).fold(self, |tree, name| {
            let at = tree.groups.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                tree.groups.push((name.into(), Tree::default()));
                tree.groups.len() - 1
            });
            &mut tree.groups[at].1
        })
    }

    /// Adds a text.
    pub(crate) fn text(&mut self, name: &str, text: impl Into<String>) {
        self.attributes.push((name.into(), AttrValue::VarLenString(text.into())));
    }

    /// Adds a list of texts.
    pub(crate) fn texts(&mut self, name: &str, texts: Vec<String>) {
        let several = texts.len() > TEXTS;
        for (i, part) in texts.chunks(TEXTS).enumerate() {
            let name = if several { format!("{name}{i}") } else { name.into() };
            self.attributes.push((name, AttrValue::VarLenStringArray(part.to_vec())));
        }
        if texts.is_empty() {
            // As NumPy writes what has no type.
            self.attributes.push((name.into(), AttrValue::F64Array(Vec::new())));
        }
    }

    /// Adds a dataset at `path` from here. Integers have 64 bits, as Keras'.
    pub(crate) fn tensor(&mut self, path: &str, tensor: HostTensor) {
        let (group, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.group(group).datasets.push((name.into(), tensor));
    }

    /// The file of this group as its root.
    pub(crate) fn finish(self) -> Result<Vec<u8>> {
        let mut file = FileBuilder::new();
        file.with_libver_bounds(LibVer::Earliest, LibVer::V18);
        for (name, value) in self.attributes {
            file.set_attr(&name, value);
        }
        for (name, tensor) in self.datasets {
            put(file.create_dataset(&name), &tensor);
        }
        for (name, tree) in self.groups {
            let group = file.create_group(&name);
            file.add_group(tree.fill(group).finish());
        }
        file.finish().map_err(|e| Error::Invalid { place: "HDF5".into(), rule: e.to_string() })
    }

    fn fill(self, mut group: hdf5_pure::GroupBuilder) -> hdf5_pure::GroupBuilder {
        for (name, value) in self.attributes {
            group.set_attr(&name, value);
        }
        for (name, tensor) in self.datasets {
            put(group.create_dataset(&name), &tensor);
        }
        for (name, tree) in self.groups {
            let inner = group.create_group(&name);
            group.add_group(tree.fill(inner).finish());
        }
        group
    }
}

fn put(dataset: &mut hdf5_pure::DatasetBuilder, tensor: &HostTensor) {
    match tensor.data() {
        HostData::F32(values) => dataset.with_f32_data(values),
        HostData::F64(values) => dataset.with_f64_data(values),
        HostData::F16(values) => dataset.with_f32_data(&values.iter().map(|value| value.to_f32()).collect::<Vec<_>>()),
        HostData::I32(values) => dataset.with_i64_data(&values.iter().map(|value| i64::from(*value)).collect::<Vec<_>>()),
        HostData::U32(values) => dataset.with_u32_data(values),
        HostData::Bool(values) => dataset.with_u8_data(&values.iter().map(|value| u8::from(*value)).collect::<Vec<_>>()),
    };
    dataset.with_shape(&tensor.shape().iter().map(|&n| n as u64).collect::<Vec<_>>());
}
