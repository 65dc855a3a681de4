//! Models and weights as files that Keras loads.

use crate::{
    archive,
    keras::write,
    load::{CONFIG, METADATA, WEIGHTS},
    text::{model_to_json, model_to_yaml},
    whole,
};
use std::path::Path;
use wgrad_model::{Error, Model, Result, replace_file};

/// Writes a whole model. The ending of the name decides how: `.keras` (an archive; what Keras 3 recommends), `.h5` (one HDF5 file, as Keras 2 and 3 read),
/// `.safetensors` (variables by their paths, the configuration as metadata), or `.json` and `.yaml` (the architecture alone, Keras' `to_json()`). The file that was there stays whole until the new one is.
///
/// # Errors
/// Another ending; layers, losses or metrics of the user's own that cannot be written; those of the device and of the file system.
pub fn save_model(model: &Model, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let contents = match ending(path) {
        Ending::Keras => {
            let members = [
                (METADATA, write::metadata().to_string().into_bytes()),
                (CONFIG, write::archive_config(model)?.to_string().into_bytes()),
                (WEIGHTS, write::weights(model)?.finish()?),
            ];
            archive::write(members, path)?
        }
        Ending::Hdf5 => write::whole(model)?.finish()?,
        Ending::Safetensors => whole::write(model)?.map_err(|why| wrong(path, &why))?,
        Ending::Json => model_to_json(model)?.into_bytes(),
        Ending::Yaml => model_to_yaml(model)?.into_bytes(),
        Ending::Weights => return Err(wrong(path, "it is for weights alone: save_weights")),
        Ending::Other => return Err(wrong(path, "a model is saved as .keras, .h5, .safetensors, .json or .yaml")),
    };
    replace_file(path, &contents)
}

/// Writes all variables of a model, and those of its optimizer: `.weights.h5`, as Keras 3 reads, or `.safetensors` (variables alone, by their paths). The
/// file that was there stays whole until the new one is.
///
/// # Errors
/// Another ending; those of the device and of the file system.
pub fn save_weights(model: &Model, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    match ending(path) {
        Ending::Weights => replace_file(path, &write::weights(model)?.finish()?),
        Ending::Safetensors => model.save_weights(path),
        _ => Err(wrong(path, "weights are saved as .weights.h5 or .safetensors")),
    }
}

/// What a name ends with.
enum Ending {
    Keras,
    Weights,
    Hdf5,
    Safetensors,
    Json,
    Yaml,
    Other,
}

fn ending(path: &Path) -> Ending {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let endings = [
        (".keras", Ending::Keras),
        (".weights.h5", Ending::Weights),
        (".h5", Ending::Hdf5),
        (".hdf5", Ending::Hdf5),
        (".safetensors", Ending::Safetensors),
        (".json", Ending::Json),
        (".yaml", Ending::Yaml),
        (".yml", Ending::Yaml),
    ];
    endings.into_iter().find(|(ending, _)| name.ends_with(ending)).map_or(Ending::Other, |(_, ending)| ending)
}

fn wrong(path: &Path, why: &str) -> Error {
    Error::File { path: path.display().to_string(), why: why.into() }
}
