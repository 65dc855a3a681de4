//! One case: its description and its tensors, with access that tells what is missing.

use super::{
    Comparison,
    index::{inside, read_json},
};
use serde_json::Value as Json;
use std::{collections::BTreeMap, path::PathBuf};
use wgrad_tensor::{Device, HostTensor, Shape, Tensor};

/// One case.
#[derive(Debug)]
pub struct Case {
    /// As `index.json` has it: `loss/huber_01`.
    pub id: String,
    /// `loss`
    pub kind: String,
    /// The Keras class, or the function of an activation.
    pub class_name: String,
    pub(super) folder: PathBuf,
    /// The description.
    pub json: Json,
    /// Everything in the safetensors file.
    pub tensors: BTreeMap<String, HostTensor>,
}

impl Case {
    /// What the object is made of: `config`, and what `constructor` says beside or instead (`get_config` of some classes leaves arguments out).
    pub(super) fn arguments(&self) -> Json {
        let mut arguments = self.json["config"].as_object().cloned().unwrap_or_default();
        arguments.extend(self.json["constructor"].as_object().cloned().unwrap_or_default());
        Json::Object(arguments)
    }

    /// The tensor of that name, on the host.
    pub(super) fn host(&self, name: &str) -> Result<&HostTensor, String> {
        self.tensors.get(name).ok_or_else(|| format!("the case has no tensor \"{name}\""))
    }

    /// The tensor of that name.
    pub(super) fn tensor(&self, name: &str) -> Result<Tensor, String> {
        Ok(Tensor::from_value(self.host(name)?.clone().into()))
    }

    /// The tensors that a name or a list of names stands for; none for null.
    pub(super) fn list_of_tensors(&self, names: &Json) -> Result<Vec<Tensor>, String> {
        let named = |name: &Json| self.tensor(name.as_str().ok_or_else(|| format!("{name} is no name of a tensor"))?);
        match names {
            Json::Null => Ok(Vec::new()),
            Json::Array(names) => names.iter().map(named).collect(),
            name => Ok(vec![named(name)?]),
        }
    }

    /// The tensor that `field` of `json` names, `None` where the field is absent or null.
    pub(super) fn given(&self, json: &Json, field: &str) -> Result<Option<Tensor>, String> {
        if json[field].is_null() { Ok(None) } else { text(json, field).and_then(|name| self.tensor(name)).map(Some) }
    }

    /// The tensor that `field` of `json` names.
    pub(super) fn named(&self, json: &Json, field: &str) -> Result<Tensor, String> {
        self.tensor(text(json, field)?)
    }

    /// Computes all `results` in one program on `device` and compares each with the stored tensor of its name.
    pub(super) fn compare(&self, device: &Device, results: &[(&str, Tensor)]) -> Result<Comparison, String> {
        let mut found = Comparison::default();
        found.tensors(self, device, results)?;
        Ok(found)
    }

    /// A JSON file of the case, by its path from the folder of all cases.
    pub(super) fn file(&self, path: &str) -> Result<Json, String> {
        read_json(&inside(&self.folder, path)?)
    }

    /// The path of a file of the case that is neither.
    pub(super) fn path(&self, path: &str) -> Result<PathBuf, String> {
        inside(&self.folder, path)
    }

    /// A text file of the case.
    pub(super) fn text_file(&self, path: &str) -> Result<String, String> {
        let path = inside(&self.folder, path)?;
        std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
    }
}

/// Field `key`, a text.
pub(super) fn text<'a>(json: &'a Json, key: &str) -> Result<&'a str, String> {
    json[key].as_str().ok_or_else(|| wrong(json, key, "a text"))
}

/// Field `key`, a number.
pub(super) fn number(json: &Json, key: &str) -> Result<f64, String> {
    json[key].as_f64().ok_or_else(|| wrong(json, key, "a number"))
}

/// Field `key`, a number of things.
pub(super) fn count(json: &Json, key: &str) -> Result<usize, String> {
    let count = json[key].as_u64().and_then(|n| usize::try_from(n).ok());
    count.ok_or_else(|| wrong(json, key, "a whole number that is not negative"))
}

/// Field `key`, a list.
pub(super) fn list<'a>(json: &'a Json, key: &str) -> Result<&'a [Json], String> {
    json[key].as_array().map(Vec::as_slice).ok_or_else(|| wrong(json, key, "a list"))
}

/// Field `key`, a list of texts (mostly the names of tensors).
pub(super) fn texts<'a>(json: &'a Json, key: &str) -> Result<Vec<&'a str>, String> {
    list(json, key)?.iter().map(|name| name.as_str().ok_or_else(|| wrong(json, key, "a list of texts"))).collect()
}

/// Field `key`, the lengths of axes. Lengths that are `null` (the batch axis of Keras' shapes) are left out.
pub(super) fn shape(json: &Json, key: &str) -> Result<Shape, String> {
    let lengths = list(json, key)?.iter().filter(|length| !length.is_null());
    let lengths = lengths.map(|length| length.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(|| wrong(json, key, "a shape")));
    Ok(Shape::from(lengths.collect::<Result<Vec<usize>, String>>()?))
}

fn wrong(json: &Json, key: &str, wanted: &str) -> String {
    format!("the field \"{key}\" must be {wanted}, got {}", json[key])
}
