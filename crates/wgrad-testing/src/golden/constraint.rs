//! Constraints: projected weights.

use super::{Case, Comparison};
use wgrad_tensor::Device;

pub(super) fn run(_: &Case, _: &Device) -> Result<Comparison, String> {
    Err("constraints are not supported yet".into())
}
