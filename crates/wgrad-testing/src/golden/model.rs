//! Models from `model.json`, with the weights that the files hold: predictions, numbers of parameters, summaries.

use super::{
    Case, Comparison,
    case::{count, text, texts},
    network,
};
use wgrad_tensor::{Device, Tensor};

/// The batch size of the predictions.
const BATCH: usize = 32;

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let json = case.file(text(&case.json["files"], "model.json")?)?;
    let mut model = network::build(case, &json, device)?;
    if model.count_params() != count(&case.json, "count_params")? {
        return Err(format!("the model has {} parameters, Keras' has {}", model.count_params(), case.json["count_params"]));
    }
    // Before training the optimizer has no variables, which models here show as Keras does.
    if let Some(path) = case.json["files"]["summary_80_before_training.txt"].as_str() {
        let (got, expected) = (model.summary(), case.text_file(path)?);
        if got.trim_end() != expected.trim_end() {
            return Err(format!("the summary is\n{got}\nbut Keras' is\n{expected}"));
        }
    }
    let inputs: Vec<Tensor> = texts(&case.json, "inputs")?.into_iter().map(|name| case.tensor(name)).collect::<Result<_, _>>()?;
    let outputs = model.predict_all(inputs, BATCH).map_err(|e| e.to_string())?;
    let names = texts(&case.json, "outputs")?;
    if names.len() != outputs.len() {
        return Err(format!("the model has {} outputs, Keras' has {}", outputs.len(), names.len()));
    }
    case.compare(device, &names.into_iter().zip(outputs).collect::<Vec<_>>())
}
