//! Activations.

use super::{Row, row};
use wgrad_model::layers::Activation;

pub(super) const ROWS: &[Row] =
    &[row("Activation", "activation", || Activation::new("gelu").into(), &[2, 3], &[2, 3], 0, None, r#"{"activation": "sigmoid"}"#)];
