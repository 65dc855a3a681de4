//! The layer table: one row for each layer.

use crate::{build, devices, reference};
use wgrad_model::layers::{
    AdditiveAttention, Attention, Bidirectional, GRU, GRUCell, GroupQueryAttention, LSTM, LSTMCell, MultiHeadAttention, RNN, SimpleRNN,
    SimpleRNNCell, StackedRNNCells, TimeDistributed,
};
use wgrad_model::{
    Entry, Fit, Model, Verbose,
    layers::{
        Activation, AdaptiveAveragePooling1D, AdaptiveAveragePooling2D, AdaptiveAveragePooling3D, AdaptiveMaxPooling1D,
        AdaptiveMaxPooling2D, AdaptiveMaxPooling3D, AveragePooling1D, AveragePooling2D, AveragePooling3D, CLASSES, Conv1D, Conv1DTranspose,
        Conv2D, Conv2DTranspose, Conv3D, Conv3DTranspose, Cropping1D, Cropping2D, Cropping3D, Dense, DepthwiseConv1D, DepthwiseConv2D,
        Dropout, Embedding, Flatten, GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D, GlobalMaxPooling1D,
        GlobalMaxPooling2D, GlobalMaxPooling3D, Masking, MaxPooling1D, MaxPooling2D, MaxPooling3D, Permute, RepeatVector, Reshape,
        SeparableConv1D, SeparableConv2D, UpSampling1D, UpSampling2D, UpSampling3D, ZeroPadding1D, ZeroPadding2D, ZeroPadding3D,
        from_config,
    },
    losses::MeanSquaredError,
    optimizers::SGD,
};
use wgrad_tensor::{DType, Tensor};

/// What is known of a layer.
struct Row {
    /// Class name, as Keras has it.
    class: &'static str,
    /// The name that a model gives it.
    name: &'static str,
    layer: fn() -> Entry,
    /// Shapes without the batch axis.
    input: &'static [usize],
    output: &'static [usize],
    params: usize,
    /// An input shape that the layer does not take, and what the error says; `None` where every shape will do.
    wrong: Option<(&'static [usize], &'static str)>,
    /// Keras' configuration with a setting other than the default, and one with an argument that does not exist.
    config: &'static str,
}

/// A row in one line.
const fn row(
    class: &'static str,
    name: &'static str,
    layer: fn() -> Entry,
    input: &'static [usize],
    output: &'static [usize],
    params: usize,
    wrong: Option<(&'static [usize], &'static str)>,
    config: &'static str,
) -> Row {
    Row { class, name, layer, input, output, params, wrong, config }
}

const ROWS: &[Row] = &[
    Row {
        class: "Dense",
        name: "dense",
        layer: || Dense::new(4).activation("tanh").into(),
        input: &[3],
        output: &[4],
        params: 16,
        wrong: Some((&[], "Dense: the input must be [batch, ..., features]")),
        config: r#"{"units": 4, "activation": "relu", "use_bias": false, "kernel_regularizer": null, "trainable": true}"#,
    },
    Row {
        class: "Activation",
        name: "activation",
        layer: || Activation::new("gelu").into(),
        input: &[2, 3],
        output: &[2, 3],
        params: 0,
        wrong: None,
        config: r#"{"activation": "sigmoid"}"#,
    },
    Row {
        class: "Dropout",
        name: "dropout",
        layer: || Dropout::new(0.5).into(),
        input: &[6],
        output: &[6],
        params: 0,
        wrong: None,
        config: r#"{"rate": 0.25, "seed": null, "noise_shape": null}"#,
    },
    Row {
        class: "Embedding",
        name: "embedding",
        layer: || Embedding::new(5, 3).mask_zero(true).into(),
        input: &[4],
        output: &[4, 3],
        params: 15,
        wrong: None,
        config: r#"{"input_dim": 5, "output_dim": 3, "mask_zero": true, "embeddings_constraint": null, "input_length": 10}"#,
    },
    Row {
        class: "Masking",
        name: "masking",
        layer: || Masking::new().mask_value(0.5).into(),
        input: &[2, 3],
        output: &[2, 3],
        params: 0,
        wrong: Some((&[], "Masking: the input must be [batch, ..., features]")),
        config: r#"{"mask_value": 0.5}"#,
    },
    // Convolutions, pooling, shapes.
    row(
        "Conv1D",
        "conv1d",
        || Conv1D::new(4, 3).padding("causal").dilation_rate(2).activation("tanh").into(),
        &[5, 2],
        &[5, 4],
        28,
        Some((&[5], "Conv1D: the input must be [batch, steps, channels]")),
        r#"{"filters": 2, "kernel_size": [3], "padding": "causal", "data_format": "channels_last"}"#,
    ),
    row(
        "Conv2D",
        "conv2d",
        || Conv2D::new(4, (3, 2)).strides((2, 1)).padding("same").groups(2).activation("relu").into(),
        &[5, 4, 2],
        &[3, 4, 4],
        28,
        Some((&[5], "Conv2D: the input must be [batch, height, width, channels]")),
        r#"{"filters": 2, "kernel_size": [3, 2], "padding": "same", "dilation_rate": 2, "data_format": "channels_first"}"#,
    ),
    row(
        "Conv3D",
        "conv3d",
        || Conv3D::new(2, (1, 3, 2)).data_format("channels_first").kernel_regularizer("l2").into(),
        &[1, 2, 4, 3],
        &[2, 2, 2, 2],
        14,
        Some((&[5], "Conv3D: the input must be [batch, channels, depth, height, width]")),
        r#"{"filters": 2, "kernel_size": [1, 3, 2], "padding": "same", "dilation_rate": 2, "data_format": "channels_first"}"#,
    ),
    row(
        "Conv1DTranspose",
        "conv1d_transpose",
        || Conv1DTranspose::new(3, 2).strides(2).into(),
        &[3, 2],
        &[6, 3],
        15,
        Some((&[5], "Conv1DTranspose: the input must be [batch, steps, channels]")),
        r#"{"filters": 2, "kernel_size": 3, "output_padding": [1], "strides": 2}"#,
    ),
    row(
        "Conv2DTranspose",
        "conv2d_transpose",
        || Conv2DTranspose::new(2, 3).strides((2, 1)).padding("same").output_padding((1, 0)).into(),
        &[3, 2, 2],
        &[6, 2, 2],
        38,
        Some((&[5], "Conv2DTranspose: the input must be [batch, height, width, channels]")),
        r#"{"filters": 2, "kernel_size": [3, 2], "output_padding": null}"#,
    ),
    row(
        "Conv3DTranspose",
        "conv3d_transpose",
        || Conv3DTranspose::new(1, (1, 2, 2)).use_bias(false).into(),
        &[2, 2, 1, 2],
        &[2, 3, 2, 1],
        8,
        Some((&[5], "Conv3DTranspose: the input must be [batch, depth, height, width, channels]")),
        r#"{"filters": 2, "kernel_size": 2, "data_format": "channels_first"}"#,
    ),
    row(
        "DepthwiseConv1D",
        "depthwise_conv1d",
        || DepthwiseConv1D::new(3).depth_multiplier(2).padding("same").into(),
        &[4, 2],
        &[4, 4],
        16,
        Some((&[5], "DepthwiseConv1D: the input must be [batch, steps, channels]")),
        r#"{"kernel_size": 2, "depth_multiplier": 3, "depthwise_initializer": "ones"}"#,
    ),
    row(
        "DepthwiseConv2D",
        "depthwise_conv2d",
        || DepthwiseConv2D::new(2).strides(2).data_format("channels_first").into(),
        &[2, 4, 4],
        &[2, 2, 2],
        10,
        Some((&[5], "DepthwiseConv2D: the input must be [batch, channels, height, width]")),
        r#"{"kernel_size": [1, 2], "depthwise_constraint": "non_neg"}"#,
    ),
    row(
        "SeparableConv1D",
        "separable_conv1d",
        || SeparableConv1D::new(3, 2).into(),
        &[4, 2],
        &[3, 3],
        13,
        Some((&[5], "SeparableConv1D: the input must be [batch, steps, channels]")),
        r#"{"filters": 2, "kernel_size": 2, "pointwise_regularizer": "l1"}"#,
    ),
    row(
        "SeparableConv2D",
        "separable_conv2d",
        || SeparableConv2D::new(3, (1, 2)).depth_multiplier(2).activation("relu").into(),
        &[3, 3, 2],
        &[3, 2, 3],
        23,
        Some((&[5], "SeparableConv2D: the input must be [batch, height, width, channels]")),
        r#"{"filters": 2, "kernel_size": 2, "depth_multiplier": 2, "pointwise_initializer": "zeros"}"#,
    ),
    row(
        "MaxPooling1D",
        "max_pooling1d",
        || MaxPooling1D::new(2).strides(2).padding("same").into(),
        &[5, 2],
        &[3, 2],
        0,
        Some((&[5], "MaxPooling1D: the input must be [batch, steps, channels]")),
        r#"{"pool_size": 3, "strides": null, "padding": "valid", "data_format": "channels_first"}"#,
    ),
    row(
        "AveragePooling1D",
        "average_pooling1d",
        || AveragePooling1D::new(2).into(),
        &[5, 2],
        &[2, 2],
        0,
        Some((&[5], "AveragePooling1D: the input must be [batch, steps, channels]")),
        r#"{"pool_size": 2, "strides": 1, "padding": "same"}"#,
    ),
    row(
        "MaxPooling2D",
        "max_pooling2d",
        || MaxPooling2D::new(2).strides((2, 1)).padding("same").into(),
        &[5, 3, 2],
        &[3, 3, 2],
        0,
        Some((&[5], "MaxPooling2D: the input must be [batch, height, width, channels]")),
        r#"{"pool_size": 3, "strides": null, "padding": "valid", "data_format": "channels_first"}"#,
    ),
    row(
        "AveragePooling2D",
        "average_pooling2d",
        || AveragePooling2D::new(2).into(),
        &[5, 3, 2],
        &[2, 1, 2],
        0,
        Some((&[5], "AveragePooling2D: the input must be [batch, height, width, channels]")),
        r#"{"pool_size": 2, "strides": 1, "padding": "same"}"#,
    ),
    row(
        "MaxPooling3D",
        "max_pooling3d",
        || MaxPooling3D::new(2).strides((2, 1, 2)).padding("same").into(),
        &[3, 2, 4, 1],
        &[2, 2, 2, 1],
        0,
        Some((&[5], "MaxPooling3D: the input must be [batch, depth, height, width, channels]")),
        r#"{"pool_size": 3, "strides": null, "padding": "valid", "data_format": "channels_first"}"#,
    ),
    row(
        "AveragePooling3D",
        "average_pooling3d",
        || AveragePooling3D::new(2).into(),
        &[3, 2, 4, 1],
        &[1, 1, 2, 1],
        0,
        Some((&[5], "AveragePooling3D: the input must be [batch, depth, height, width, channels]")),
        r#"{"pool_size": 2, "strides": 1, "padding": "same"}"#,
    ),
    row(
        "GlobalAveragePooling1D",
        "global_average_pooling1d",
        || GlobalAveragePooling1D::new().keepdims(true).into(),
        &[4, 5],
        &[1, 5],
        0,
        Some((&[5], "GlobalAveragePooling1D: the input must be [batch, steps, channels]")),
        r#"{"keepdims": true, "data_format": "channels_last"}"#,
    ),
    row(
        "GlobalMaxPooling1D",
        "global_max_pooling1d",
        || GlobalMaxPooling1D::new().data_format("channels_first").into(),
        &[4, 5],
        &[4],
        0,
        Some((&[5], "GlobalMaxPooling1D: the input must be [batch, channels, ")),
        r#"{"keepdims": true, "data_format": "channels_first"}"#,
    ),
    row(
        "GlobalAveragePooling2D",
        "global_average_pooling2d",
        || GlobalAveragePooling2D::new().keepdims(true).into(),
        &[4, 3, 5],
        &[1, 1, 5],
        0,
        Some((&[5], "GlobalAveragePooling2D: the input must be [batch, height, width, channels]")),
        r#"{"keepdims": true, "data_format": "channels_last"}"#,
    ),
    row(
        "GlobalMaxPooling2D",
        "global_max_pooling2d",
        || GlobalMaxPooling2D::new().data_format("channels_first").into(),
        &[4, 3, 5],
        &[4],
        0,
        Some((&[5], "GlobalMaxPooling2D: the input must be [batch, channels, ")),
        r#"{"keepdims": true, "data_format": "channels_first"}"#,
    ),
    row(
        "GlobalAveragePooling3D",
        "global_average_pooling3d",
        || GlobalAveragePooling3D::new().keepdims(true).into(),
        &[2, 3, 2, 5],
        &[1, 1, 1, 5],
        0,
        Some((&[5], "GlobalAveragePooling3D: the input must be [batch, depth, height, width, channels]")),
        r#"{"keepdims": true, "data_format": "channels_last"}"#,
    ),
    row(
        "GlobalMaxPooling3D",
        "global_max_pooling3d",
        || GlobalMaxPooling3D::new().data_format("channels_first").into(),
        &[2, 3, 2, 5],
        &[2],
        0,
        Some((&[5], "GlobalMaxPooling3D: the input must be [batch, channels, ")),
        r#"{"keepdims": true, "data_format": "channels_first"}"#,
    ),
    row(
        "AdaptiveAveragePooling1D",
        "adaptive_average_pooling1d",
        || AdaptiveAveragePooling1D::new(3).into(),
        &[5, 2],
        &[3, 2],
        0,
        Some((&[5], "AdaptiveAveragePooling1D: the input must be [batch, steps, channels]")),
        r#"{"output_size": 2, "data_format": "channels_first"}"#,
    ),
    row(
        "AdaptiveMaxPooling1D",
        "adaptive_max_pooling1d",
        || AdaptiveMaxPooling1D::new(3).into(),
        &[5, 2],
        &[3, 2],
        0,
        Some((&[5], "AdaptiveMaxPooling1D: the input must be [batch, steps, channels]")),
        r#"{"output_size": 2, "data_format": "channels_first"}"#,
    ),
    row(
        "AdaptiveAveragePooling2D",
        "adaptive_average_pooling2d",
        || AdaptiveAveragePooling2D::new((3, 4)).into(),
        &[5, 2, 2],
        &[3, 4, 2],
        0,
        Some((&[5], "AdaptiveAveragePooling2D: the input must be [batch, height, width, channels]")),
        r#"{"output_size": 2, "data_format": "channels_first"}"#,
    ),
    row(
        "AdaptiveMaxPooling2D",
        "adaptive_max_pooling2d",
        || AdaptiveMaxPooling2D::new((3, 4)).into(),
        &[5, 2, 2],
        &[3, 4, 2],
        0,
        Some((&[5], "AdaptiveMaxPooling2D: the input must be [batch, height, width, channels]")),
        r#"{"output_size": 2, "data_format": "channels_first"}"#,
    ),
    row(
        "AdaptiveAveragePooling3D",
        "adaptive_average_pooling3d",
        || AdaptiveAveragePooling3D::new((2, 1, 3)).into(),
        &[3, 2, 5, 1],
        &[2, 1, 3, 1],
        0,
        Some((&[5], "AdaptiveAveragePooling3D: the input must be [batch, depth, height, width, channels]")),
        r#"{"output_size": 2, "data_format": "channels_first"}"#,
    ),
    row(
        "AdaptiveMaxPooling3D",
        "adaptive_max_pooling3d",
        || AdaptiveMaxPooling3D::new((2, 1, 3)).into(),
        &[3, 2, 5, 1],
        &[2, 1, 3, 1],
        0,
        Some((&[5], "AdaptiveMaxPooling3D: the input must be [batch, depth, height, width, channels]")),
        r#"{"output_size": 2, "data_format": "channels_first"}"#,
    ),
    row(
        "Cropping1D",
        "cropping1d",
        || Cropping1D::new().cropping((1, 2)).into(),
        &[5, 2],
        &[2, 2],
        0,
        Some((&[3, 2], "Cropping1D: cropping [(1, 2)] leaves nothing of the input")),
        r#"{"cropping": [1, 0]}"#,
    ),
    row(
        "Cropping2D",
        "cropping2d",
        || Cropping2D::new().cropping(((1, 0), (0, 2))).into(),
        &[3, 4, 2],
        &[2, 2, 2],
        0,
        Some((&[3, 2, 2], "Cropping2D: cropping [(1, 0), (0, 2)] leaves nothing of the input")),
        r#"{"cropping": [[1, 0], [2, 2]], "data_format": "channels_first"}"#,
    ),
    row(
        "Cropping3D",
        "cropping3d",
        || Cropping3D::new().data_format("channels_first").into(),
        &[1, 3, 4, 5],
        &[1, 1, 2, 3],
        0,
        Some((&[1, 3, 4], "Cropping3D: the input must be [batch, channels, depth, height, width]")),
        r#"{"cropping": 2}"#,
    ),
    row("Flatten", "flatten", || Flatten::new().into(), &[2, 3, 2], &[12], 0, None, r#"{"data_format": "channels_first"}"#),
    row(
        "Permute",
        "permute",
        || Permute::new([3, 1, 2]).into(),
        &[2, 3, 4],
        &[4, 2, 3],
        0,
        Some((&[2, 3], "Permute: dims must be the axes of the input but the batch")),
        r#"{"dims": [2, 1]}"#,
    ),
    row(
        "RepeatVector",
        "repeat_vector",
        || RepeatVector::new(3).into(),
        &[2],
        &[3, 2],
        0,
        Some((&[2, 2], "RepeatVector: the input must be [batch, features]")),
        r#"{"n": 2}"#,
    ),
    row(
        "Reshape",
        "reshape",
        || Reshape::new([3, -1]).into(),
        &[2, 6],
        &[3, 4],
        0,
        Some((&[2, 2], "cannot have the target_shape [3, -1]")),
        r#"{"target_shape": [2, -1]}"#,
    ),
    row(
        "UpSampling1D",
        "up_sampling1d",
        || UpSampling1D::new().size(3).into(),
        &[2, 3],
        &[6, 3],
        0,
        Some((&[5], "UpSampling1D: the input must be [batch, steps, channels]")),
        r#"{"size": 3}"#,
    ),
    row(
        "UpSampling2D",
        "up_sampling2d",
        || UpSampling2D::new().size((2, 3)).interpolation("bicubic").into(),
        &[3, 2, 2],
        &[6, 6, 2],
        0,
        Some((&[5], "UpSampling2D: the input must be [batch, height, width, channels]")),
        r#"{"size": [3, 1], "interpolation": "bilinear", "data_format": "channels_first"}"#,
    ),
    row(
        "UpSampling3D",
        "up_sampling3d",
        || UpSampling3D::new().into(),
        &[2, 1, 2, 2],
        &[4, 2, 4, 2],
        0,
        Some((&[5], "UpSampling3D: the input must be [batch, depth, height, width, channels]")),
        r#"{"size": [3, 1, 2], "data_format": "channels_first"}"#,
    ),
    row(
        "ZeroPadding1D",
        "zero_padding1d",
        || ZeroPadding1D::new().padding((1, 2)).into(),
        &[2, 3],
        &[5, 3],
        0,
        Some((&[5], "ZeroPadding1D: the input must be [batch, steps, channels]")),
        r#"{"padding": [3, 0], "data_format": "channels_first"}"#,
    ),
    row(
        "ZeroPadding2D",
        "zero_padding2d",
        || ZeroPadding2D::new().padding(((1, 0), (0, 2))).into(),
        &[3, 4, 2],
        &[4, 6, 2],
        0,
        Some((&[5], "ZeroPadding2D: the input must be [batch, height, width, channels]")),
        r#"{"padding": [[1, 0], [2, 2]]}"#,
    ),
    row(
        "ZeroPadding3D",
        "zero_padding3d",
        || ZeroPadding3D::new().data_format("channels_first").into(),
        &[1, 2, 1, 1],
        &[1, 4, 3, 3],
        0,
        Some((&[1, 3, 4], "ZeroPadding3D: the input must be [batch, channels, depth, height, width]")),
        r#"{"padding": [1, 2, 3]}"#,
    ),
    // Recurrent layers.
    row(
        "SimpleRNN",
        "simple_rnn",
        || SimpleRNN::new(4).return_sequences(true).go_backwards(true).into(),
        &[5, 3],
        &[5, 4],
        32,
        Some((&[3], "SimpleRNN: the input must be [batch, time, features], got")),
        r#"{"units": 4, "return_state": true, "kernel_regularizer": null, "seed": 3}"#,
    ),
    row(
        "SimpleRNNCell",
        "rnn",
        || RNN::new(SimpleRNNCell::new(4).use_bias(false).activation("relu")).into(),
        &[5, 3],
        &[4],
        28,
        Some((&[3], "RNN: the input must be [batch, time, features], got")),
        r#"{"units": 4, "activation": "relu", "recurrent_dropout": 0.5}"#,
    ),
    row(
        "LSTM",
        "lstm",
        || LSTM::new(4).return_sequences(true).dropout(0.2).into(),
        &[5, 3],
        &[5, 4],
        128,
        Some((&[3], "LSTM: the input must be [batch, time, features], got")),
        r#"{"units": 4, "unit_forget_bias": false, "return_sequences": true, "unroll": true, "implementation": 2}"#,
    ),
    row(
        "LSTMCell",
        "rnn",
        || RNN::new(LSTMCell::new(4)).return_sequences(true).into(),
        &[5, 3],
        &[5, 4],
        128,
        Some((&[3], "RNN: the input must be [batch, time, features], got")),
        r#"{"units": 4, "recurrent_activation": "hard_sigmoid"}"#,
    ),
    row(
        "GRU",
        "gru",
        || GRU::new(4).recurrent_dropout(0.2).into(),
        &[5, 3],
        &[4],
        108,
        Some((&[3], "GRU: the input must be [batch, time, features], got")),
        r#"{"units": 4, "reset_after": false, "stateful": true}"#,
    ),
    row(
        "GRUCell",
        "rnn",
        || RNN::new(GRUCell::new(4).reset_after(false)).into(),
        &[5, 3],
        &[4],
        96,
        Some((&[3], "RNN: the input must be [batch, time, features], got")),
        r#"{"units": 4, "reset_after": false}"#,
    ),
    row(
        "RNN",
        "rnn",
        || RNN::new(LSTMCell::new(2)).zero_output_for_mask(true).into(),
        &[5, 3],
        &[2],
        48,
        Some((&[3], "RNN: the input must be [batch, time, features], got")),
        r#"{"cell": {"class_name": "GRUCell", "config": {"units": 4, "name": "cell", "trainable": true}}, "return_sequences": true}"#,
    ),
    row(
        "StackedRNNCells",
        "rnn",
        || RNN::new(StackedRNNCells::new([Entry::from(LSTMCell::new(2)), GRUCell::new(4).into(), GRUCell::new(3).into()])).into(),
        &[5, 3],
        &[3],
        225,
        Some((&[3], "RNN: the input must be [batch, time, features], got")),
        r#"{"cells": [{"class_name": "GRUCell", "config": {"units": 4}}, {"class_name": "LSTMCell", "config": {"units": 2}}]}"#,
    ),
    row(
        "Bidirectional",
        "bidirectional",
        || Bidirectional::new(LSTM::new(4).return_sequences(true).into()).into(),
        &[5, 3],
        &[5, 8],
        256,
        Some((&[3], "LSTM: the input must be [batch, time, features], got")),
        r#"{"layer": {"class_name": "GRU", "config": {"units": 4}}, "merge_mode": null, "backward_layer": null}"#,
    ),
    row(
        "TimeDistributed",
        "time_distributed",
        || TimeDistributed::new(Dense::new(2).into()).into(),
        &[5, 3],
        &[5, 2],
        8,
        Some((&[], "TimeDistributed: the input must be [batch, time, ...]")),
        r#"{"layer": {"class_name": "Dense", "config": {"units": 4, "name": "inner"}}}"#,
    ),
    // Attention.
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

impl Row {
    fn data(&self, n: usize) -> (Tensor, Tensor) {
        let shape = |rest: &[usize]| -> Vec<usize> { std::iter::once(n).chain(rest.iter().copied()).collect() };
        (Tensor::uniform(shape(self.input), -1.0, 1.0, 3), Tensor::uniform([n, 1], -1.0, 1.0, 4))
    }

    /// The layer with a head of one unit, ready to learn.
    fn trained(&self, device: &wgrad_tensor::Device) -> (Model, Vec<f64>) {
        let (x, y) = self.data(6);
        let mut model = build(device, self.input, [(self.layer)(), Flatten::new().into(), Dense::new(1).into()]);
        model.compile(SGD::new(0.05), MeanSquaredError::new(), ()).unwrap();
        let before = model.evaluate(&x, &y).unwrap().loss();
        model.fit(&x, &y, Fit::epochs(3).batch_size(6).shuffle(false).verbose(Verbose::Silent)).unwrap();
        let after = model.evaluate(&x, &y).unwrap().loss();
        (model, vec![before, after])
    }
}

#[test]
fn the_table_has_every_layer() {
    let mut rows: Vec<&str> = ROWS.iter().map(|row| row.class).collect();
    let mut classes = CLASSES.to_vec();
    rows.sort_unstable();
    classes.sort_unstable();
    assert_eq!(rows, classes);
}

#[test]
fn shapes_and_parameters() {
    for row in ROWS {
        let mut model = build(&reference(), row.input, [(row.layer)()]);
        assert_eq!(model.count_params(), row.params, "{}", row.class);
        let y = model.predict(&row.data(3).0).unwrap();
        assert_eq!((y.shape()[1..].to_vec(), y.dtype()), (row.output.to_vec(), DType::F32), "{}", row.class);
    }
}

#[test]
fn a_few_steps_lower_the_loss_alike_on_every_device() {
    for row in ROWS {
        let all: Vec<Vec<f64>> = devices().iter().map(|device| row.trained(device).1).collect();
        for losses in &all {
            assert!(losses[1] < losses[0], "{}: the loss went from {} to {}", row.class, losses[0], losses[1]);
            for (a, b) in losses.iter().zip(&all[0]) {
                assert!((a - b).abs() <= 1e-5 * (1.0 + b.abs()), "{}: {a} and {b} on different devices", row.class);
            }
        }
    }
}

#[test]
fn wrong_inputs_are_errors_that_name_the_layer() {
    for row in ROWS {
        let Some((shape, rule)) = row.wrong else { continue };
        let model = wgrad_model::Sequential::new([(row.layer)()]).input_shape(shape).device(&reference());
        let error = model.build().unwrap_err().to_string();
        let path = format!("in layer sequential/{}", row.name);
        assert!(error.contains(rule) && error.contains(&path), "{}: {error}", row.class);
    }
}

#[test]
fn layers_come_from_keras_configurations() {
    for row in ROWS {
        let config = serde_json::from_str(row.config).unwrap();
        assert_eq!(from_config(row.class, &config).unwrap().class_name(), row.class);
        let mut unknown = config.clone();
        unknown["colour"] = "red".into();
        let error = from_config(row.class, &unknown).unwrap_err().to_string();
        assert!(error.contains(&format!("layer {}", row.class)) && error.contains("colour"), "{error}");
    }
    let error = from_config("Densee", &serde_json::json!({})).unwrap_err().to_string();
    assert!(error.contains("there is no layer \"Densee\"; did you mean Dense"), "{error}");
}

#[test]
fn dropout_scales_what_it_keeps_and_rests_outside_training() {
    let x = Tensor::ones([200, 50]);
    for device in devices() {
        let mut model = build(&device, &[50], [Dropout::new(0.25).into()]);
        assert!(model.predict(&x).unwrap().to_vec::<f32>().unwrap().iter().all(|v| *v == 1.0));
    }
    let mask = |step: u32| {
        let key = Tensor::from([5u32, 0, step]);
        let mut scope = wgrad_model::Scope::bind(&[], &[], true, Some(key));
        let y = wgrad_model::Layer::call(&Dropout::new(0.25), &mut scope, &x);
        y.to_host_on(&reference()).unwrap().to_vec::<f32>().unwrap()
    };
    let first = mask(1);
    assert!(first.iter().all(|v| *v == 0.0 || (v - 4.0 / 3.0).abs() < 1e-6));
    let kept = first.iter().filter(|v| **v != 0.0).count() as f64 / first.len() as f64;
    assert!((kept - 0.75).abs() < 0.02, "{kept} of the elements were kept");
    assert_eq!(first, mask(1));
    assert_ne!(first, mask(2));
}
