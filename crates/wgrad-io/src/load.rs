//! Models and weights from files of Keras.

use crate::{archive::Archive, hdf5::Reader, keras, safetensors, whole};
use serde_json::Value as Json;
use std::{fs, path::Path};
use wgrad_model::{Compile, Error, Model, Result};
use wgrad_tensor::Device;

/// How a model is loaded.
#[derive(Clone, Debug)]
pub struct Load {
    device: Option<Device>,
    pub(crate) compile: bool,
}

impl Default for Load {
    fn default() -> Self {
        Load { device: None, compile: true }
    }
}

impl Load {
    /// On the default device, compiled as it was, with the optimizer's variables.
    pub fn new() -> Load {
        Load::default()
    }

    /// The device that the model computes on.
    #[must_use]
    pub fn device(self, device: &Device) -> Load {
        Load { device: Some(device.clone()), ..self }
    }

    /// Whether the model is compiled as the file says, and goes on from the optimizer's variables that the file holds; it is by default.
    #[must_use]
    pub fn compile(self, compile: bool) -> Load {
        Load { compile, ..self }
    }

    fn device_or_default(&self) -> Result<Device> {
        self.device.clone().map_or_else(|| Ok(Device::default_device()?), Ok)
    }
}

/// The model in a file: a `.keras` archive or a whole model in `.h5` of Keras, or what [`crate::save_model`] wrote as `.safetensors`. It is compiled as it was, and its training goes on where it ended.
///
/// # Errors
/// A file that cannot be read; layers, losses and so on that do not exist, or have arguments that there are not; no device.
pub fn load_model(path: impl AsRef<Path>) -> Result<Model> {
    load_model_with(path, &Load::new())
}

/// [`load_model`] with settings.
///
/// # Errors
/// As [`load_model`].
pub fn load_model_with(path: impl AsRef<Path>, load: &Load) -> Result<Model> {
    let path = path.as_ref();
    from_bytes(read(path)?, path, load)
}

/// The model in the bytes of a file.
///
/// # Errors
/// As [`load_model`].
pub fn read_model(bytes: Vec<u8>, load: &Load) -> Result<Model> {
    from_bytes(bytes, Path::new(MEMORY), load)
}

fn from_bytes(bytes: Vec<u8>, path: &Path, load: &Load) -> Result<Model> {
    if is_zip(&bytes) {
        from_archive(Archive::new(bytes, path)?, path, load)
    } else if bytes.starts_with(HDF5) {
        from_legacy(&Reader::new(bytes, path)?, load)
    } else {
        whole::read(&bytes, load, &load.device_or_default()?, &|why| broken(path, why))
    }
}

/// The configuration of a layer in a `.keras` archive, with the vocabulary that it learned: for layers of texts, which stand before wgrad's models and are made
/// of it (`TextVectorization::from_config`).
///
/// # Errors
/// A file that cannot be read; no layer of that name.
pub fn load_layer_config(path: impl AsRef<Path>, layer: &str) -> Result<Json> {
    let path = path.as_ref();
    let (mut config, _) = open(&mut Archive::new(read(path)?, path)?, path)?;
    keras::assets::layer_config(&mut config, layer)?
        .map_err(|known| broken(path, format!("there is no layer {layer} among {}", known.join(", "))))
}

/// Reads all variables of a model from a file of Keras: `.weights.h5` or an older `.h5`, `.keras`, or safetensors (by the file's first bytes). Where the
/// file holds the state of an optimizer like the model's, that is read too.
///
/// # Errors
/// A file that cannot be read; variables that it lacks or has in another shape.
pub fn load_weights(model: &mut Model, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    weights_from_bytes(model, read(path)?, path)
}

/// Reads all variables of a model from the bytes of a file.
///
/// # Errors
/// As [`load_weights`].
pub fn read_weights(model: &mut Model, bytes: Vec<u8>) -> Result<()> {
    weights_from_bytes(model, bytes, Path::new(MEMORY))
}

fn weights_from_bytes(model: &mut Model, bytes: Vec<u8>, path: &Path) -> Result<()> {
    let file = if is_zip(&bytes) {
        Reader::new(Archive::new(bytes, path)?.read(WEIGHTS)?, path)?
    } else if bytes.starts_with(HDF5) {
        Reader::new(bytes, path)?
    } else {
        let (tensors, _) = safetensors::read(&bytes).map_err(|why| broken(path, why))?;
        return whole::put(model, tensors, &|why| broken(path, why)).map(drop);
    };
    let group = if file.has("model_weights") { "model_weights" } else { "" };
    if keras::is_legacy(&file, group) {
        return keras::read_legacy(&file, group, model);
    }
    keras::read_weights(&file, model)?;
    // As Keras, the state of another optimizer is left where it is.
    let wanted = model.optimizer_variable_specs().map_or(0, |specs| specs.len());
    if wanted > 0 && file.members(keras::OPTIMIZER)?.len() == wanted {
        keras::from_store(&file, model)?;
    }
    Ok(())
}

/// What errors call a file in memory.
const MEMORY: &str = "memory";
/// The first bytes of HDF5 files.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Members of a `.keras` archive.
pub(crate) const METADATA: &str = "metadata.json";
pub(crate) const CONFIG: &str = "config.json";
pub(crate) const WEIGHTS: &str = "model.weights.h5";

fn broken(path: &Path, why: impl ToString) -> Error {
    Error::File { path: path.display().to_string(), why: why.to_string() }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| broken(path, e))
}

fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK")
}

/// The text of a configuration.
fn parse(text: &str, path: &Path) -> Result<Json> {
    serde_json::from_str(text).map_err(|e| broken(path, format!("its configuration is no JSON: {e}")))
}

/// The configuration in an archive, with its vocabularies, and the file of its variables.
fn open(archive: &mut Archive, path: &Path) -> Result<(Json, Reader)> {
    let mut config = parse(&archive.read_text(CONFIG)?, path)?;
    let file = Reader::new(archive.read(WEIGHTS)?, path)?;
    keras::assets::fill(&mut config, archive, &file)?;
    Ok((config, file))
}

fn from_archive(mut archive: Archive, path: &Path, load: &Load) -> Result<Model> {
    let (config, file) = open(&mut archive, path)?;
    let mut model = build(&config, &file, load)?;
    keras::read_weights(&file, &mut model)?;
    let compile = &config["compile_config"];
    // Parts that were never compiled have an empty object.
    if load.compile && compile.as_object().is_some_and(|compile| !compile.is_empty()) {
        keras::compile_from_store(&file, Compile::from_config(compile)?, &mut model)?;
    }
    Ok(model)
}

fn from_legacy(file: &Reader, load: &Load) -> Result<Model> {
    let config = |name: &str| {
        let text = file.text("", name)?;
        text.map(|text| serde_json::from_str::<Json>(&text).map_err(|e| file.broken("", format!("{name} is no JSON: {e}")))).transpose()
    };
    let model_config =
        config("model_config")?.ok_or_else(|| file.broken("", "there is no model_config; does the file hold weights alone?"))?;
    let mut model = build(&model_config, file, load)?;
    keras::read_legacy(file, "model_weights", &mut model)?;
    if load.compile
        && let Some(training) = config("training_config")?
    {
        keras::compile_from_training(file, Compile::from_config(&training)?, &mut model)?;
    }
    Ok(model)
}

/// The model of a configuration whose variables `file` holds: uncompressed, so that there are not more of them than the file has bytes.
fn build(config: &Json, file: &Reader, load: &Load) -> Result<Model> {
    Model::from_json_within(config, &load.device_or_default()?, file.bytes)
}
