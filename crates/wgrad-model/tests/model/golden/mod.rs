//! Cases that Keras itself computed, in the folder that `WGRAD_GOLDEN` names (or `../shared/golden` beside the workspace): those that use what this
//! crate has so far. Skipped, and said so, where the folder is absent.

use safetensors::{Dtype, SafeTensors};
use serde_json::Value as Json;
use std::{collections::BTreeMap, path::PathBuf};
use wgrad_tensor::{HostData, HostTensor, Tensor};

mod layer;
mod loss;
mod optimizer;
mod small;
mod train;

/// One case: its description and its tensors.
struct Case {
    id: String,
    json: Json,
    tensors: BTreeMap<String, HostTensor>,
}

fn folder() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden"));
    let folder = std::env::var_os("WGRAD_GOLDEN").map_or_else(beside, PathBuf::from);
    if folder.join("index.json").is_file() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no cases of Keras in {}; name their folder with WGRAD_GOLDEN", folder.display());
    None
}

/// Runs `check` on each case of a kind. It tells why it skips a case, panics where numbers differ. At least `least` cases must have run.
fn run(kind: &str, least: usize, check: impl Fn(&Case) -> Result<(), String>) {
    let Some(folder) = folder() else { return };
    let index: Json = serde_json::from_slice(&std::fs::read(folder.join("index.json")).unwrap()).unwrap();
    let (mut passed, mut skipped) = (0, BTreeMap::<String, usize>::new());
    for entry in index["cases"].as_array().unwrap().iter().filter(|entry| entry["kind"] == kind) {
        match check(&Case::read(&folder, entry)) {
            Ok(()) => passed += 1,
            Err(why) => *skipped.entry(why).or_default() += 1,
        }
    }
    eprintln!("{kind}: {passed} passed, skipped: {skipped:?}");
    assert!(passed >= least, "{kind}: only {passed} cases ran, {least} were expected to");
}

impl Case {
    fn read(folder: &std::path::Path, entry: &Json) -> Case {
        let path = |key: &str| folder.join(entry[key].as_str().unwrap());
        let json = serde_json::from_slice(&std::fs::read(path("json")).unwrap()).unwrap();
        let bytes = std::fs::read(path("tensors")).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let words = |data: &[u8]| data.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]).collect::<Vec<[u8; 4]>>();
        let tensors = file.tensors().into_iter().map(|(name, view)| {
            let data = match view.dtype() {
                Dtype::F32 => HostData::F32(words(view.data()).into_iter().map(f32::from_le_bytes).collect()),
                Dtype::I32 => HostData::I32(words(view.data()).into_iter().map(i32::from_le_bytes).collect()),
                Dtype::BOOL => HostData::Bool(view.data().iter().map(|b| *b != 0).collect()),
                other => panic!("a tensor of {other:?}"),
            };
            (name, HostTensor::new(view.shape(), data).unwrap())
        });
        let tensors = tensors.collect();
        Case { id: entry["id"].as_str().unwrap().into(), json, tensors }
    }

    fn class(&self) -> &str {
        self.json["class_name"].as_str().unwrap()
    }

    fn host(&self, name: &Json) -> &HostTensor {
        &self.tensors[name.as_str().unwrap()]
    }

    fn tensor(&self, name: &Json) -> Tensor {
        Tensor::from_value(self.host(name).clone().into())
    }

    /// Compares a result with the stored tensor of that name, within its tolerance.
    fn compare(&self, name: &Json, got: &[f32]) {
        let name = name.as_str().unwrap();
        let expected = self.tensors[name].data().to_f64();
        let bound = |key: &str| self.json["expect"][name][key].as_f64().unwrap();
        let (rtol, atol) = (bound("rtol"), bound("atol"));
        assert_eq!(got.len(), expected.len(), "{}: {name}", self.id);
        for (i, (&g, &e)) in got.iter().zip(&expected).enumerate() {
            let difference = (f64::from(g) - e).abs();
            assert!(difference <= atol + rtol * e.abs(), "{}: {name}[{i}] is {g}, Keras has {e} (atol {atol}, rtol {rtol})", self.id);
        }
    }

    fn compare_tensor(&self, name: &Json, got: &Tensor) {
        self.compare(name, &got.to_host_on(&crate::reference()).unwrap().to_vec::<f32>().unwrap());
    }
}

/// Whether a JSON object has nothing but null, false and zero under these keys.
fn unset(config: &Json, keys: &[&str]) -> Result<(), String> {
    let is_set = |key: &&&str| !matches!(config[**key], Json::Null | Json::Bool(false));
    keys.iter().find(is_set).map_or(Ok(()), |key| Err(format!("{key} is set")))
}
