//! Normalizations.

use super::{Row, row};
use wgrad_model::layers::{BatchNormalization, LayerNormalization};

pub(super) const ROWS: &[Row] = &[
    row(
        "BatchNormalization",
        "batch_normalization",
        || BatchNormalization::new().axis(1).momentum(0.5).gamma_regularizer("l2").into(),
        &[3, 2],
        &[3, 2],
        12,
        Some((&[], "BatchNormalization: there is no axis 1 in the input [2]")),
        r#"{"axis": 1, "momentum": 0.9, "scale": false, "synchronized": true, "renorm": true, "renorm_clipping": {"rmax": 3, "dmax": 5}}"#,
    ),
    row(
        "LayerNormalization",
        "layer_normalization",
        || LayerNormalization::new().axis([-1, 1]).beta_initializer("ones").into(),
        &[3, 4, 2],
        &[3, 4, 2],
        12,
        Some((&[], "LayerNormalization: there is no axis 1 in the input [2]")),
        r#"{"axis": [1, 2], "epsilon": 1e-5, "rms_scaling": true, "gamma_constraint": "non_neg"}"#,
    ),
];
