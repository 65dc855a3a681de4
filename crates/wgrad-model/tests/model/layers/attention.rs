//! Attention.

use super::{Row, row};
use wgrad_model::layers::{AdditiveAttention, Attention, GroupQueryAttention, MultiHeadAttention};

pub(super) const ROWS: &[Row] = &[
    row(
        "Attention",
        "attention",
        || Attention::new().use_scale(true).score_mode("concat").use_causal_mask(true).into(),
        &[4, 3],
        &[4, 3],
        2,
        Some((&[3], "Attention: the input must be [batch, positions, features], got")),
        r#"{"use_scale": true, "score_mode": "concat", "dropout": 0.1, "seed": null, "use_causal_mask": true}"#,
    ),
    row(
        "AdditiveAttention",
        "additive_attention",
        || AdditiveAttention::new().dropout(0.2).into(),
        &[4, 3],
        &[4, 3],
        3,
        Some((&[3], "AdditiveAttention: the input must be [batch, positions, features], got")),
        r#"{"use_scale": false, "dropout": 0.1}"#,
    ),
    row(
        "MultiHeadAttention",
        "multi_head_attention",
        || MultiHeadAttention::new(2, 3).value_dim(4).output_shape([2, 2]).use_gate(true).into(),
        &[4, 3],
        &[4, 2, 2],
        148,
        Some((&[3], "MultiHeadAttention: query, key and value must be [batch, positions, ..., features], got")),
        r#"{"num_heads": 2, "key_dim": 3, "output_shape": 5, "attention_axes": [1], "sliding_window": 2, "flash_attention": null}"#,
    ),
    row(
        "GroupQueryAttention",
        "group_query_attention",
        || GroupQueryAttention::new(3, 4, 2).sliding_window(2).into(),
        &[4, 3],
        &[4, 3],
        135,
        Some((&[2, 2, 3], "GroupQueryAttention: the query must be [batch, positions, features], got")),
        r#"{"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "use_gate": true}"#,
    ),
];
