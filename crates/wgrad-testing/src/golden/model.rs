//! Models from `model.json`, with the weights that the files hold: predictions.

use super::{
    Case, Comparison,
    case::{text, texts},
    network,
};
use wgrad_tensor::Device;

pub(super) fn run(case: &Case, device: &Device) -> Result<Comparison, String> {
    let json = case.file(text(&case.json["files"], "model.json")?)?;
    let mut model = network::build(case, &json, device)?;
    let ([input], [output]) = (&texts(&case.json, "inputs")?[..], &texts(&case.json, "outputs")?[..]) else {
        return Err("several inputs or outputs are not supported yet".into());
    };
    let predictions = model.predict(&case.tensor(input)?).map_err(|e| e.to_string())?;
    case.compare(device, &[(output, predictions)])
}
