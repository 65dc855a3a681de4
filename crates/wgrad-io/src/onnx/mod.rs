//! Models as ONNX files, for runtimes that only predict.
//!
//! What is exported is the program of a prediction, operation by operation, not layer by layer: the few primitives of `wgrad-tensor` have few ONNX
//! operators each, and every layer, also one of the user's own, is covered at once. Loops over time become ONNX' `Scan`.

mod convert;
mod graph;
mod indices;
mod moves;
mod proto;
mod windows;

use crate::free_name::free_name;
use graph::Graph;
use proto::Message;
use std::{collections::HashSet, path::Path};
use wgrad_model::{Error, Model, Result, replace_file};

/// The operator set.
const OPSET: i64 = 18;
/// The version of the format.
const IR: i64 = 8;

/// Writes a model as ONNX (operator set 18) that predicts `batch` samples at a time: inputs and outputs have the names of the model's, weights are in the
/// file. The file that was there stays whole until the new one is.
///
/// # Errors
/// Operations that ONNX does not have, with the place that makes them; models of more than 2 GiB, the limit of the format; those of the device and of the
/// file system.
pub fn save_onnx(model: &Model, path: impl AsRef<Path>, batch: usize) -> Result<()> {
    replace_file(path.as_ref(), &write_onnx(model, batch)?)
}

/// The bytes of the file that [`save_onnx`] writes.
///
/// # Errors
/// As [`save_onnx`].
pub fn write_onnx(model: &Model, batch: usize) -> Result<Vec<u8>> {
    let failed = |rule: String| Error::Invalid { place: format!("ONNX of {}", model.name()), rule };
    let weights = model.weights()?;
    if weights.iter().map(|(_, weight)| weight.spec().bytes()).sum::<usize>() > i32::MAX as usize {
        return Err(failed("the weights take more than 2 GiB, which the format cannot hold".into()));
    }
    let traced = model.inference_program(batch)?;
    let mut graph = Graph::default();
    let mut values = Vec::new();
    for (path, weight) in &weights {
        values.push(graph.constant_named(path, weight));
    }
    let inputs = traced.program.inputs.iter().skip(weights.len()).take(model.inputs().len());
    for ((name, _), input) in model.inputs().iter().zip(inputs) {
        graph.input(name, &input.spec);
        values.push(name.clone());
    }
    for value in &traced.captured {
        values.push(graph.constant(&model.device().read(value)?));
    }
    let results = convert::program(&mut graph, &traced.program, &values).map_err(failed)?;
    let mut taken: HashSet<String> =
        weights.iter().map(|(path, _)| path.clone()).chain(model.inputs().iter().map(|(name, _)| name.clone())).collect();
    for ((name, _), (result, value)) in model.outputs().iter().zip(results.iter().zip(&traced.program.outputs)) {
        graph.output(&free_name(name, &mut taken), result, traced.program.spec(*value));
    }
    let mut opset = Message::default();
    opset.int(2, OPSET);
    let mut file = Message::default();
    file.int(1, IR);
    file.text(2, "wgrad");
    file.text(3, env!("CARGO_PKG_VERSION"));
    file.message(7, &graph.finish(model.name()));
    file.message(8, &opset);
    Ok(file.0)
}
