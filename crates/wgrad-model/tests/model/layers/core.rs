//! Dense, embeddings, masks.

use super::{Row, row};
use wgrad_model::layers::{Dense, Embedding, Masking, ReversibleEmbedding};

pub(super) const ROWS: &[Row] = &[
    row(
        "Dense",
        "dense",
        || Dense::new(4).activation("tanh").into(),
        &[3],
        &[4],
        16,
        Some((&[], "Dense: the input must be [batch, ..., features]")),
        r#"{"units": 4, "activation": "relu", "use_bias": false, "kernel_regularizer": null, "trainable": true}"#,
    ),
    row(
        "Embedding",
        "embedding",
        || Embedding::new(5, 3).mask_zero(true).into(),
        &[4],
        &[4, 3],
        15,
        None,
        r#"{"input_dim": 5, "output_dim": 3, "mask_zero": true, "embeddings_constraint": null, "input_length": 10}"#,
    )
    .integers(),
    row(
        "Masking",
        "masking",
        || Masking::new().mask_value(0.5).into(),
        &[2, 3],
        &[2, 3],
        0,
        Some((&[], "Masking: the input must be [batch, ..., features]")),
        r#"{"mask_value": 0.5}"#,
    ),
    row(
        "ReversibleEmbedding",
        "reversible_embedding",
        || ReversibleEmbedding::new(5, 3).reverse(true).tie_weights(false).logit_soft_cap(2.0).into(),
        &[4, 3],
        &[4, 5],
        30,
        Some((&[4], "matmul")),
        r#"{"input_dim": 5, "output_dim": 3, "tie_weights": false, "logit_soft_cap": null}"#,
    ),
];
