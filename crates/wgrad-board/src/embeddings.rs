//! The tables of embedding layers for TensorBoard's projector: a file of numbers each, and the configuration that names them.

use crate::error::file_error;
use std::{fmt::Write, fs, path::Path};
use wgrad_model::{Model, Result};

/// The variables of the embedding layers, by their paths.
fn tables(model: &Model) -> Result<Vec<String>> {
    let layers = model.graph()?.nodes.into_iter().filter(|node| node.class_name == "Embedding");
    Ok(layers.map(|layer| format!("{}/embeddings", layer.path)).collect())
}

/// The file of a table.
fn file_name(path: &str) -> String {
    format!("{}.tsv", path.replace('/', "_"))
}

/// Writes what the projector reads first. `metadata` are layers and files with a line for each row of their table, below `folder`.
pub(crate) fn write_config(folder: &Path, model: &Model, metadata: &[(String, String)]) -> Result<()> {
    let mut config = String::new();
    for path in tables(model)? {
        let layer = path.rsplit_once('/').map_or("", |(layer, _)| layer);
        let labels = metadata.iter().find(|(name, _)| name == layer).map(|(_, file)| format!("  metadata_path: {file:?}\n"));
        // Writing to a string does not fail.
        let _ = write!(
            config,
            "embeddings {{\n  tensor_name: {path:?}\n  tensor_path: {:?}\n{}}}\n",
            file_name(&path),
            labels.unwrap_or_default()
        );
    }
    let path = folder.join("projector_config.pbtxt");
    fs::write(&path, config).map_err(|e| file_error(&path, e))
}

/// Writes the tables as they are now.
pub(crate) fn write_tables(folder: &Path, model: &Model) -> Result<()> {
    let tables = tables(model)?;
    for (path, table) in model.weights()?.into_iter().filter(|(path, _)| tables.contains(path)) {
        let columns = table.shape().last().copied().unwrap_or(1).max(1);
        let row = |row: &[f64]| row.iter().map(f64::to_string).collect::<Vec<_>>().join("\t") + "\n";
        let text: String = table.data().to_f64().chunks(columns).map(row).collect();
        let file = folder.join(file_name(&path));
        fs::write(&file, text).map_err(|e| file_error(&file, e))?;
    }
    Ok(())
}
