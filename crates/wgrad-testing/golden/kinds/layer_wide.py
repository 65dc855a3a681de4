"""The wide set of layers: odd sizes and the options that the small set leaves alone."""

import itertools

import keras
import numpy as np

from .layer_entry import Input, attention_mask, ints, layer, mask, padded, stack, values

L = keras.layers
FIRST = "channels_first"

DENSE = [
    layer("Dense", (5, 9), units=11, activation=name)
    for name in "relu elu selu gelu silu softmax log_softmax softplus hard_sigmoid leaky_relu mish tanh_shrink sparsemax squareplus".split()
] + [
    layer("Dense", (3, 4, 5), units=3, use_bias=False),
    layer("Dense", (2, 3, 4, 5), units=2, activation="relu", kernel_regularizer="l1l2", bias_regularizer="l2"),
    layer("Dense", (4, 7), units=5, kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.05, "columns")),
    layer("Dense", (4, 7), units=5, activation="tanh", activity_regularizer=keras.regularizers.L1L2(0.02, 0.03)),
    layer("Dense", (1, 1), units=1),
    layer("Dense", (33, 65), units=17),
    layer("Dense", (4, 7), units=5, trainable=False),
    layer("Dense", (4, 7), units=5, kernel_constraint="non_neg", bias_constraint=keras.constraints.MaxNorm(0.5)),
    layer("EinsumDense", (3, 4), equation="ab,bc->ac", output_shape=5, bias_axes="c", activation="relu"),
    layer("EinsumDense", (2, 3, 4), equation="abc,cde->abde", output_shape=(3, 2, 5), bias_axes="de"),
    layer("EinsumDense", (2, 3, 4), equation="...x,xy->...y", output_shape=6, bias_axes="y"),
    layer("EinsumDense", (2, 3, 4, 5), equation="abcd,cde->abe", output_shape=(3, 6)),
    layer("Embedding", ints((3, 7), 11), input_dim=11, output_dim=5, embeddings_regularizer="l2"),
    layer("Embedding", ints((3, 2, 4), 6), input_dim=6, output_dim=3, mask_zero=True),
    layer("Embedding", ints((5,), 6), input_dim=6, output_dim=3, activity_regularizer="l1"),
    layer("ReversibleEmbedding", ints((3, 4), 6), input_dim=6, output_dim=3),
    layer("ReversibleEmbedding", (2, 4, 3), call={"reverse": True}, input_dim=6, output_dim=3),
    layer("ReversibleEmbedding", (2, 4, 3), call={"reverse": True}, input_dim=6, output_dim=3, tie_weights=False, logit_soft_cap=2.0),
    layer("Identity", (2, 3, 5)),
]

ACTIVATION = [
    layer("Activation", (3, 4, 5), activation=name)
    for name in "celu glu hard_silu hard_tanh hard_shrink soft_shrink sparse_plus sparse_sigmoid log_sigmoid relu6 exponential linear softsign threshold".split()
    if name not in ("threshold", "glu")
] + [
    layer("ReLU", (3, 5, 7), max_value=0.7),
    layer("ReLU", (3, 5), negative_slope=0.3, threshold=0.5),
    layer("ReLU", (3, 5), threshold=0.5),
    layer("ReLU", (3, 5), max_value=2.0, negative_slope=0.05, threshold=0.1),
    layer("ReLU", (3, 5), max_value=0.0),
    layer("LeakyReLU", (3, 5)),
    layer("LeakyReLU", (3, 4, 5), negative_slope=0.0),
    layer("ELU", (3, 5, 2)),
    layer("ELU", (3, 5, 2), alpha=2.0),
    layer("PReLU", (3, 5)),
    layer("PReLU", (2, 4, 3, 5), shared_axes=[1, 2], alpha_regularizer="l2"),
    layer("PReLU", (2, 4, 3, 5), shared_axes=[2]),
    layer("PReLU", (2, 4, 3), shared_axes=[1, 2]),
    layer("Softmax", (3, 5)),
    layer("Softmax", (2, 3, 4, 5), axis=(1, 3)),
    layer("Softmax", (2, 3, 4), axis=[1, 2]),
    layer("Softmax", [(2, 3, 4), attention_mask((2, 3, 4))], args=["input.0"], call={"mask": "attention_mask"}),
    layer("Softmax", [(2, 3, 4), attention_mask((2, 3, 4))], args=["input.0"], call={"mask": "attention_mask"}, axis=-2),
    layer("ActivityRegularization", (3, 4, 5), l1=0.3),
    layer("ActivityRegularization", (3, 4), l2=0.7),
]

DROPOUT = [
    layer(name, shape, rate=0.4)
    for name, shape in [
        ("Dropout", (3, 4, 5)),
        ("AlphaDropout", (3, 4, 5)),
        ("GaussianDropout", (3, 4, 5)),
        ("SpatialDropout1D", (3, 4, 5)),
        ("SpatialDropout2D", (2, 3, 4, 5)),
        ("SpatialDropout3D", (2, 3, 2, 4, 5)),
    ]
] + [
    layer("Dropout", (3, 4), rate=0.0, call={"training": True}),
    layer("SpatialDropout1D", (3, 4, 5), rate=0.0, call={"training": True}),
    layer("GaussianNoise", (3, 4), stddev=0.0, call={"training": True}),
    layer("Dropout", (3, 4), rate=0.5, noise_shape=(None, 1)),
    layer("GaussianNoise", (3, 4, 5), stddev=0.9),
]

CONV = [
    layer("Conv1D", (2, 13, 4), filters=6, kernel_size=4, strides=3, activation="gelu"),
    layer("Conv1D", (2, 13, 4), filters=6, kernel_size=4, strides=3, padding="same"),
    layer("Conv1D", (2, 11, 4), filters=6, kernel_size=2, groups=2, use_bias=False),
    layer("Conv1D", (2, 11, 3), filters=3, kernel_size=3, groups=3, padding="same", dilation_rate=3),
    layer("Conv1D", (2, 11, 3), filters=5, kernel_size=5, padding="causal"),
    layer("Conv1D", (2, 11, 3), filters=5, kernel_size=2, padding="causal", strides=2),
    layer("Conv1D", (2, 11, 4), filters=4, kernel_size=3, padding="causal", dilation_rate=2, groups=2),
    layer("Conv1D", (2, 5, 3), filters=2, kernel_size=1, activation="softmax"),
    layer("Conv2D", (2, 7, 9, 3), filters=4, kernel_size=(4, 2), strides=(3, 2), padding="same"),
    layer("Conv2D", (2, 7, 9, 3), filters=4, kernel_size=(4, 2), strides=(3, 2)),
    layer("Conv2D", (2, 8, 7, 4), filters=8, kernel_size=3, groups=4, padding="same", activation="relu"),
    layer("Conv2D", (2, 8, 7, 6), filters=3, kernel_size=2, groups=3, strides=2),
    layer("Conv2D", (2, 9, 8, 2), filters=3, kernel_size=3, dilation_rate=(2, 3), padding="same"),
    layer("Conv2D", (2, 9, 10, 2), filters=3, kernel_size=2, dilation_rate=4),
    layer("Conv2D", (1, 6, 5, 3), filters=7, kernel_size=1, strides=2),
    layer("Conv2D", (1, 6, 5, 3), filters=2, kernel_size=(6, 5), use_bias=False),
    layer("Conv2D", (1, 4, 5, 3), filters=2, kernel_size=(7, 6), padding="same"),
    layer("Conv2D", (1, 5, 5, 2), filters=3, kernel_size=3, kernel_regularizer="l2", bias_regularizer="l1", activity_regularizer="l2"),
    layer("Conv3D", (1, 5, 4, 6, 2), filters=3, kernel_size=(2, 3, 4), strides=(1, 2, 3), padding="same"),
    layer("Conv3D", (2, 4, 5, 4, 4), filters=4, kernel_size=2, groups=2),
    layer("Conv3D", (1, 6, 5, 5, 1), filters=2, kernel_size=2, dilation_rate=(2, 1, 3)),
    layer("Conv3D", (1, 3, 3, 3, 2), filters=2, kernel_size=3, activation="tanh", use_bias=False),
    layer("DepthwiseConv1D", (2, 9, 3), kernel_size=4, strides=2, padding="same"),
    layer("DepthwiseConv1D", (2, 9, 3), kernel_size=2, depth_multiplier=3, dilation_rate=2, activation="elu"),
    layer("DepthwiseConv1D", (2, 9, 3), kernel_size=3, use_bias=False),
    layer("DepthwiseConv2D", (2, 7, 8, 3), kernel_size=(2, 4), depth_multiplier=2, padding="same"),
    layer("DepthwiseConv2D", (2, 7, 8, 3), kernel_size=3, strides=3),
    layer("DepthwiseConv2D", (2, 9, 8, 2), kernel_size=2, dilation_rate=(3, 2), depth_multiplier=2, use_bias=False),
    layer("DepthwiseConv2D", (2, 6, 6, 1), kernel_size=3, depthwise_regularizer="l2", activation="relu"),
    layer("SeparableConv1D", (2, 9, 3), filters=4, kernel_size=4, strides=2, padding="same", depth_multiplier=2),
    layer("SeparableConv1D", (2, 9, 3), filters=4, kernel_size=3, padding="same", dilation_rate=2),
    layer("SeparableConv1D", (2, 9, 3), filters=4, kernel_size=2, use_bias=False, activation="relu"),
    layer("SeparableConv2D", (2, 7, 8, 3), filters=5, kernel_size=(2, 3), strides=2, depth_multiplier=2),
    layer("SeparableConv2D", (2, 9, 8, 3), filters=2, kernel_size=3, dilation_rate=2, padding="same", activation="tanh"),
    layer("SeparableConv2D", (2, 5, 5, 2), filters=3, kernel_size=3, use_bias=False, pointwise_regularizer="l1", depthwise_regularizer="l2"),
    layer("Conv1DTranspose", (2, 5, 3), filters=4, kernel_size=4, strides=3),
    layer("Conv1DTranspose", (2, 5, 3), filters=4, kernel_size=2, strides=3, padding="same"),
    layer("Conv1DTranspose", (2, 5, 3), filters=4, kernel_size=5, strides=2, padding="same", output_padding=1),
    layer("Conv1DTranspose", (2, 6, 2), filters=3, kernel_size=3, use_bias=False),
    layer("Conv2DTranspose", (2, 4, 3, 3), filters=5, kernel_size=(2, 4), strides=(3, 2), padding="same", activation="relu"),
    layer("Conv2DTranspose", (2, 4, 3, 3), filters=5, kernel_size=(2, 3), strides=(3, 2)),
    layer("Conv2DTranspose", (2, 4, 3, 2), filters=3, kernel_size=3, strides=2, padding="same", output_padding=1),
    layer("Conv2DTranspose", (2, 4, 3, 2), filters=3, kernel_size=4, strides=3, output_padding=(1, 2)),
    layer("Conv2DTranspose", (1, 4, 5, 2), filters=2, kernel_size=1),
    layer("Conv3DTranspose", (1, 2, 3, 3, 2), filters=3, kernel_size=(2, 3, 2), strides=(2, 1, 3)),
    layer("Conv3DTranspose", (1, 2, 3, 2, 2), filters=2, kernel_size=3, strides=2, padding="same", activation="tanh"),
    layer("Conv3DTranspose", (2, 2, 2, 2, 1), filters=2, kernel_size=3, use_bias=False, padding="same"),
    layer("Conv3DTranspose", (1, 2, 2, 3, 2), filters=1, kernel_size=3, strides=2, padding="same", output_padding=1),
]

POOLING = []
for kind, padding in itertools.product(["Max", "Average"], ["valid", "same"]):
    POOLING += [
        layer(f"{kind}Pooling1D", (2, 11, 3), pool_size=3, strides=2, padding=padding),
        layer(f"{kind}Pooling1D", (2, 11, 3), pool_size=2, strides=4, padding=padding),
        layer(f"{kind}Pooling2D", (2, 7, 9, 2), pool_size=(3, 2), strides=(2, 3), padding=padding),
        layer(f"{kind}Pooling2D", (2, 5, 6, 3), pool_size=4, strides=1, padding=padding),
        layer(f"{kind}Pooling3D", (1, 5, 4, 6, 2), pool_size=(2, 3, 2), strides=(2, 1, 3), padding=padding),
        layer(f"{kind}Pooling3D", (2, 4, 4, 4, 1), pool_size=2, padding=padding),
    ]
    if padding == "valid":
        POOLING += [
            layer(f"{kind}Pooling1D", (2, 3, 8), pool_size=2, data_format=FIRST),
            layer(f"{kind}Pooling2D", (2, 3, 6, 5), pool_size=2, data_format=FIRST),
        ]
        for size, shape in [(1, (3, 5, 2)), (2, (2, 3, 5, 2)), (3, (2, 3, 2, 4, 3))]:
            POOLING += [
                layer(f"Global{kind}Pooling{size}D", shape),
                layer(f"Global{kind}Pooling{size}D", shape, keepdims=True),
                layer(f"Global{kind}Pooling{size}D", shape, data_format=FIRST),
            ]
        POOLING += [
            layer(f"Adaptive{kind}Pooling1D", (2, 7, 3), output_size=3),
            layer(f"Adaptive{kind}Pooling2D", (2, 7, 5, 2), output_size=(3, 2)),
            layer(f"Adaptive{kind}Pooling3D", (1, 4, 5, 3, 2), output_size=2),
        ]
POOLING += [layer("GlobalAveragePooling1D", [(3, 5, 2), mask((3, 5))], args=["input.0"], call={"mask": "mask"})]

RESHAPING = [
    layer("Cropping1D", (2, 9, 3), cropping=2),
    layer("Cropping1D", (2, 9, 3), cropping=(0, 5)),
    layer("Cropping2D", (2, 7, 8, 3), cropping=2),
    layer("Cropping2D", (2, 7, 8, 3), cropping=(1, 3)),
    layer("Cropping2D", (2, 3, 7, 8), cropping=((2, 1), (0, 3)), data_format=FIRST),
    layer("Cropping3D", (2, 5, 6, 7, 2), cropping=(1, 2, 3)),
    layer("Cropping3D", (1, 5, 6, 7, 2), cropping=((1, 0), (0, 3), (2, 2))),
    layer("Cropping3D", (1, 2, 5, 6, 7), cropping=1, data_format=FIRST),
    layer("ZeroPadding1D", (2, 5, 3), padding=3),
    layer("ZeroPadding1D", (2, 3, 5), padding=(1, 2), data_format=FIRST),
    layer("ZeroPadding2D", (2, 3, 4, 2), padding=(2, 1)),
    layer("ZeroPadding2D", (2, 3, 4, 2), padding=3),
    layer("ZeroPadding2D", (2, 2, 3, 4), padding=((1, 2), (3, 0)), data_format=FIRST),
    layer("ZeroPadding3D", (2, 3, 2, 4, 2), padding=2),
    layer("ZeroPadding3D", (1, 3, 2, 4, 2), padding=((1, 2), (0, 1), (3, 0))),
    layer("ZeroPadding3D", (1, 2, 3, 2, 4), padding=(1, 0, 2), data_format=FIRST),
    layer("UpSampling1D", (2, 5, 3), size=3),
    layer("UpSampling2D", (2, 3, 4, 2), size=3),
    layer("UpSampling2D", (2, 3, 4, 2), size=(2, 3), interpolation="bilinear"),
    layer("UpSampling2D", (1, 5, 4, 3), size=4, interpolation="bilinear"),
    layer("UpSampling2D", (1, 1, 3, 2), size=(3, 2), interpolation="bilinear"),
    layer("UpSampling2D", (1, 5, 4, 3), size=2, interpolation="bicubic"),
    layer("UpSampling2D", (2, 2, 3, 4), size=2, data_format=FIRST),
    layer("UpSampling2D", (2, 2, 3, 4), size=2, data_format=FIRST, interpolation="bilinear"),
    layer("UpSampling3D", (2, 2, 3, 2, 2), size=(1, 2, 3)),
    layer("UpSampling3D", (1, 2, 2, 3, 2), size=2, data_format=FIRST),
    layer("Flatten", (2, 3, 4, 5), data_format=FIRST),
    layer("Flatten", (5,)),
    layer("Flatten", (2, 1, 3)),
    layer("Reshape", (2, 12), target_shape=(-1, 2, 3)),
    layer("Reshape", (2, 3, 4), target_shape=(12,)),
    layer("Reshape", (2, 3, 4), target_shape=(4, 3, 1)),
    layer("Permute", (2, 3, 4, 5), dims=(3, 1, 2)),
    layer("Permute", (2, 3, 4, 5, 2), dims=(4, 2, 3, 1)),
    layer("Permute", (2, 3), dims=(1,)),
    layer("RepeatVector", (3, 5), n=4),
]

MERGING = []
for name in ["Add", "Multiply", "Average", "Maximum", "Minimum"]:
    MERGING += [
        layer(name, [(3, 5), (3, 5), (3, 5), (3, 5)]),
        layer(name, [(3, 1, 4), (3, 5, 1)]),
        layer(name, [(3, 4), (3, 5, 4)]),
        layer(name, [(2, 3, 4, 5), (2, 1, 1, 5), (2, 3, 4, 1)]),
    ]
MERGING += [
    layer("Subtract", [(3, 1, 4), (3, 5, 1)]),
    layer("Subtract", [(3, 4), (3, 5, 4)]),
    layer("Concatenate", [(2, 3, 4), (2, 5, 4), (2, 1, 4)], axis=1),
    layer("Concatenate", [(2, 3, 4, 5), (2, 3, 2, 5)], axis=-2),
    layer("Concatenate", [(2, 3), (2, 3), (2, 3), (2, 1)], axis=-1),
    layer("Concatenate", [(2, 3), (4, 3)], axis=0),
    layer("Dot", [(3, 4), (3, 4)], axes=1),
    layer("Dot", [(3, 4), (3, 4)], axes=-1, normalize=True),
    layer("Dot", [(2, 3, 4), (2, 4, 5)], axes=(2, 1)),
    layer("Dot", [(2, 3, 4), (2, 3, 5)], axes=1),
    layer("Dot", [(2, 3, 4), (2, 5, 4)], axes=-1, normalize=True),
    layer("Dot", [(2, 3, 4), (2, 5, 3)], axes=(1, 2), normalize=True),
    layer("Dot", [(2, 4), (2, 3, 4)], axes=(1, 2)),
]

NORMALIZATION = [
    layer("BatchNormalization", (5, 3), call={"training": True}, center=False),
    layer("BatchNormalization", (5, 3), call={"training": True}, scale=False, momentum=0.5, epsilon=0.1),
    layer("BatchNormalization", (2, 3, 4), call={"training": True}, axis=1),
    layer("BatchNormalization", (2, 3, 4, 5), axis=2),
    layer("BatchNormalization", (2, 3, 4, 5), call={"training": True}, axis=-2, epsilon=1e-5),
    layer("BatchNormalization", (3, 2, 3, 2, 4), call={"training": True}),
    layer("BatchNormalization", (5, 3), call={"training": True}, trainable=False),
    layer("BatchNormalization", (5, 3), scale=False, center=False),
    layer("BatchNormalization", [(4, 5, 3), mask((4, 5))], args=["input.0"], call={"mask": "mask", "training": True}),
    layer("BatchNormalization", (5, 3), call={"training": True}, gamma_regularizer="l2", beta_regularizer="l1"),
    layer("LayerNormalization", (3, 4, 5), axis=1),
    layer("LayerNormalization", (3, 4, 5), axis=(1, 2), epsilon=0.1),
    layer("LayerNormalization", (3, 4, 5), axis=[-1, -2], scale=False),
    layer("LayerNormalization", (2, 3, 4, 5), axis=(1, 3), center=False),
    layer("LayerNormalization", (3, 5), center=False, scale=False),
    layer("LayerNormalization", (3, 4, 5), rms_scaling=True),
    layer("LayerNormalization", (3, 5), gamma_regularizer="l1"),
    layer("GroupNormalization", (3, 4, 6), groups=3),
    layer("GroupNormalization", (3, 4, 6), groups=1, epsilon=0.05),
    layer("GroupNormalization", (3, 6), groups=2),
    layer("GroupNormalization", (2, 3, 4, 6), groups=6, center=False),
    layer("GroupNormalization", (2, 3, 4, 6), groups=-1, scale=False),
    layer("GroupNormalization", (2, 6, 4, 3), groups=3, axis=1),
    layer("GroupNormalization", (2, 3, 2, 3, 4), groups=2),
    layer("UnitNormalization", (3, 4, 5), axis=1),
    layer("UnitNormalization", (3, 4, 5), axis=[1, 2]),
    layer("UnitNormalization", (3, 5)),
    layer("RMSNormalization", (3, 5), epsilon=0.1),
    layer("RMSNormalization", (3, 4, 5), axis=(1, 2)),
    layer(lambda name: L.SpectralNormalization(L.Dense(4, name="inner"), name=name), (3, 5)),
]


def adapted(data, **config):
    def make(name):
        made = L.Normalization(name=name, **config)
        made.adapt(data)
        return made

    return make


def binned(data, **config):
    def make(name):
        made = L.Discretization(name=name, **config)
        made.adapt(data)
        return made

    return make


SAMPLE = np.random.default_rng(5).normal(2.0, 3.0, (40, 3)).astype(np.float32)
FIELD = np.random.default_rng(6).normal(-1.0, 0.5, (20, 4, 3)).astype(np.float32)
SAME = values([[0, 2, 2], [1, 3, 0], [3, 3, 3]])

PREPROCESSING = [
    layer("Rescaling", (2, 3, 4, 2), scale=1 / 127.5, offset=-1.0),
    layer("Rescaling", (2, 3), scale=3.0),
    layer("Rescaling", (2, 3), scale=[1.0, 2.0, 3.0], offset=[0.5, -0.5, 0.0]),
    layer("Normalization", (4, 3), mean=2.0, variance=9.0, axis=None),
    layer("Normalization", (4, 3), mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 0.5], invert=True),
    layer("Normalization", (2, 4, 3), mean=[1.0, 2.0, 3.0, -1.0], variance=[1.0, 4.0, 0.5, 2.0], axis=1),
    layer(adapted(SAMPLE), (4, 3)),
    layer(adapted(SAMPLE, axis=None), (4, 3)),
    layer(adapted(SAMPLE, invert=True), (4, 3)),
    layer(adapted(FIELD), (2, 4, 3)),
    layer(adapted(FIELD, axis=(1, 2)), (2, 4, 3)),
    layer("CategoryEncoding", SAME, num_tokens=5, output_mode="multi_hot"),
    layer("CategoryEncoding", SAME, num_tokens=4, output_mode="count"),
    layer("CategoryEncoding", [SAME, Input(None, (3, 3), "constant")], args=["input.0"], call={"count_weights": "input.1"}, num_tokens=4, output_mode="count"),
    layer("CategoryEncoding", ints((4,), 3), num_tokens=3, output_mode="one_hot"),
    layer("CategoryEncoding", ints((4, 1), 3), num_tokens=3, output_mode="one_hot"),
    layer("Discretization", (3, 4), bin_boundaries=[-1.0, 0.0, 0.5, 1.0]),
    layer("Discretization", (4, 1), bin_boundaries=[-1.0, 0.5], output_mode="one_hot"),
    layer("Discretization", (3, 4), bin_boundaries=[-1.0, 0.5], output_mode="multi_hot"),
    layer("Discretization", (3, 4), bin_boundaries=[-1.0, 0.0, 0.5], output_mode="count"),
    layer("Discretization", values([[-1.0, 0.0], [0.5, 2.0]]), bin_boundaries=[-1.0, 0.0, 0.5]),
    layer(binned(SAMPLE, num_bins=4), (3, 3)),
    layer("IntegerLookup", values([[12, 36], [1138, 42]]), vocabulary=[12, 36, 1138]),
    layer("IntegerLookup", values([[12, 36], [-1, 42]]), vocabulary=[12, 36, 1138], mask_token=-1),
    layer("IntegerLookup", values([[12, 36], [7, 42]]), vocabulary=[12, 36, 1138], num_oov_indices=3),
    layer("IntegerLookup", values([[12], [36], [42]]), vocabulary=[12, 36, 1138], output_mode="one_hot"),
    layer("IntegerLookup", values([[12, 36, 12], [36, 42, 5]]), vocabulary=[12, 36, 1138], output_mode="multi_hot"),
    layer("IntegerLookup", values([[12, 36, 12], [36, 42, 5]]), vocabulary=[12, 36, 1138], output_mode="count"),
    layer("IntegerLookup", values([[12, 36, 12], [36, 42, 5]]), vocabulary=[12, 36, 1138], output_mode="tf_idf", idf_weights=[0.5, 1.0, 2.0]),
    layer("IntegerLookup", values([[1, 2, 3], [0, 2, 1]]), vocabulary=[12, 36, 1138], invert=True),
    layer("CenterCrop", (2, 7, 6, 3), height=4, width=3),
    layer("Resizing", (2, 4, 5, 2), height=7, width=3),
    layer("Resizing", (2, 4, 5, 2), height=8, width=10, interpolation="nearest"),
]

RNN = []
for name in ["SimpleRNN", "LSTM", "GRU"]:
    states = {"SimpleRNN": 1, "LSTM": 2, "GRU": 1}[name]
    initial = [f"input.{n + 1}" for n in range(states)]
    masked = dict(args=["input.0"], call={"mask": "mask"})
    RNN += [
        layer(name, (3, 6, 4), units=5, go_backwards=True),
        layer(name, (3, 6, 4), units=5, go_backwards=True, return_sequences=True, return_state=True),
        layer(name, (3, 4, 2), units=3, unroll=True, return_sequences=True),
        layer(name, (3, 4, 2), units=3, use_bias=False, activation="relu", return_state=True),
        layer(name, (3, 4, 2), units=3, stateful=True, return_sequences=True),
        layer(name, (3, 4, 2), units=3, dropout=0.5, recurrent_dropout=0.5),
        layer(name, (3, 4, 2), units=3, kernel_regularizer="l2", recurrent_regularizer="l1", bias_regularizer="l2", activity_regularizer="l2"),
        layer(name, (1, 1, 1), units=1),
        layer(name, (2, 17, 3), units=4, return_sequences=True),
        layer(name, [(3, 6, 2), mask((3, 6))], **masked, units=3, return_sequences=True),
        layer(name, [(3, 6, 2), mask((3, 6))], **masked, units=3, return_sequences=True, zero_output_for_mask=True),
        layer(name, [(3, 6, 2), mask((3, 6))], **masked, units=3, go_backwards=True, return_state=True),
        layer(name, [(3, 6, 2), mask((3, 6))], **masked, units=3, unroll=True, return_sequences=True, zero_output_for_mask=True),
        layer(
            name,
            [(3, 5, 2), *[(3, 4)] * states],
            args=["input.0"],
            call={"initial_state": initial},
            units=4,
            return_sequences=True,
            return_state=True,
        ),
        layer(
            name,
            [(3, 5, 2), *[(3, 4)] * states, mask((3, 5))],
            args=["input.0"],
            call={"initial_state": initial, "mask": "mask"},
            units=4,
            go_backwards=True,
            return_state=True,
        ),
    ]
RNN += [
    layer("GRU", (3, 5, 2), units=4, reset_after=False, return_sequences=True),
    layer("GRU", (3, 5, 2), units=4, reset_after=False, use_bias=False, go_backwards=True),
    layer("GRU", (3, 5, 2), units=4, reset_after=True, use_bias=False, recurrent_activation="hard_sigmoid"),
    layer("GRU", [(3, 5, 2), mask((3, 5))], args=["input.0"], call={"mask": "mask"}, units=4, reset_after=False, return_sequences=True),
    layer("LSTM", (3, 5, 2), units=4, recurrent_activation="hard_sigmoid", activation="softsign"),
    layer("LSTM", (3, 5, 2), units=4, unit_forget_bias=False, return_state=True),
    layer(lambda name: L.RNN(L.LSTMCell(3, name="cell"), return_sequences=True, name=name), (2, 4, 3)),
    layer(lambda name: L.RNN(L.GRUCell(3, name="cell"), name=name), (2, 4, 3)),
    layer(lambda name: L.RNN([L.SimpleRNNCell(3, name="a"), L.LSTMCell(2, name="b")], return_state=True, name=name), (2, 4, 3)),
    layer("ConvLSTM1D", (2, 3, 6, 2), filters=3, kernel_size=3, padding="same"),
    layer("ConvLSTM2D", (2, 3, 5, 4, 2), filters=2, kernel_size=2, return_sequences=True),
]


def bidirectional(merge_mode, inner=lambda: L.LSTM(3, name="inner"), backward=None):
    return lambda name: L.Bidirectional(inner(), merge_mode=merge_mode, backward_layer=backward and backward(), name=name)


def rnn(kind, **config):
    return lambda: getattr(L, kind)(3, name="inner", **config)


def distributed(inner):
    return lambda name: L.TimeDistributed(inner(), name=name)


WRAPPERS = [layer(bidirectional(mode), (2, 5, 4)) for mode in ["concat", "sum", "mul", "ave", None]]
WRAPPERS += [layer(bidirectional(mode, rnn("GRU", return_sequences=True)), (2, 5, 4)) for mode in ["concat", "sum", "mul", "ave", None]]
WRAPPERS += [
    layer(bidirectional("concat", rnn("LSTM", return_state=True)), (2, 5, 4)),
    layer(bidirectional("sum", rnn("GRU", return_state=True, return_sequences=True)), (2, 5, 4)),
    layer(bidirectional("concat", rnn("SimpleRNN", return_sequences=True)), (2, 5, 4)),
    layer(bidirectional("ave", rnn("GRU"), lambda: L.GRU(3, go_backwards=True, activation="relu", name="other")), (2, 5, 4)),
    layer(bidirectional("concat", rnn("LSTM"), lambda: L.GRU(2, go_backwards=True, name="other")), (2, 5, 4)),
    layer(bidirectional("concat", rnn("GRU", return_sequences=True)), [(3, 5, 2), mask((3, 5))], args=["input.0"], call={"mask": "mask"}),
    layer(bidirectional("mul", rnn("LSTM", return_sequences=True)), [(3, 5, 2), mask((3, 5))], args=["input.0"], call={"mask": "mask"}),
    layer(
        bidirectional("concat", rnn("LSTM")),
        [(2, 4, 3), (2, 3), (2, 3), (2, 3), (2, 3)],
        args=["input.0"],
        call={"initial_state": ["input.1", "input.2", "input.3", "input.4"]},
    ),
    layer(distributed(lambda: L.Conv2D(3, 2, strides=2, name="inner")), (2, 3, 5, 4, 2)),
    layer(distributed(lambda: L.Conv1D(3, 2, padding="causal", activation="relu", name="inner")), (2, 3, 5, 2)),
    layer(distributed(lambda: L.MaxPooling2D(2, name="inner")), (2, 3, 4, 5, 2)),
    layer(distributed(lambda: L.Dense(3, activation="softmax", kernel_regularizer="l2", name="inner")), (2, 4, 5)),
    layer(distributed(lambda: L.Flatten(name="inner")), (2, 4, 3, 2)),
    layer(distributed(lambda: L.LSTM(3, name="inner")), (2, 3, 4, 2)),
    layer(distributed(lambda: L.LayerNormalization(name="inner")), (2, 4, 5)),
    layer(distributed(lambda: L.BatchNormalization(name="inner")), (2, 4, 5)),
    layer(distributed(lambda: L.Dense(3, name="inner")), [(2, 4, 5), mask((2, 4))], args=["input.0"], call={"mask": "mask"}),
]

MASKS = {"mask": ["query_mask", "value_mask"]}
Q_V_MASKS = [mask((2, 3), "query_mask"), mask((2, 4), "value_mask")]
ATTENTION = []
for name, options in [("Attention", [{}, {"use_scale": True}, {"score_mode": "concat"}]), ("AdditiveAttention", [{}, {"use_scale": False}])]:
    for option in options:
        ATTENTION += [
            layer(name, [(2, 3, 5), (2, 4, 5)], call={"return_attention_scores": True}, **option),
            layer(name, [(2, 3, 5), (2, 4, 6), (2, 4, 5)], **option),
            layer(name, [(2, 4, 5), (2, 4, 5)], call={"use_causal_mask": True}, **option),
            layer(name, [(2, 3, 5), (2, 4, 5), *Q_V_MASKS], args=[["input.0", "input.1"]], call=MASKS, **option),
        ]
SELF = ["input.0", "input.0"]
PAIR = ["input.0", "input.1"]
ATTENTION += [
    layer("Attention", [(2, 3, 5), (2, 4, 5)], dropout=0.4),
    layer("MultiHeadAttention", (2, 5, 6), args=SELF, num_heads=3, key_dim=2, value_dim=4),
    layer("MultiHeadAttention", (2, 5, 6), args=SELF, num_heads=1, key_dim=4, use_bias=False),
    layer("MultiHeadAttention", (2, 5, 6), args=SELF, num_heads=2, key_dim=3, output_shape=7),
    layer("MultiHeadAttention", (2, 5, 6), args=SELF, num_heads=2, key_dim=3, output_shape=(2, 3)),
    layer("MultiHeadAttention", (2, 5, 6), args=SELF, num_heads=2, key_dim=3, dropout=0.5, kernel_regularizer="l2", bias_regularizer="l1"),
    layer("MultiHeadAttention", (2, 5, 6), args=SELF, num_heads=2, key_dim=3, activity_regularizer="l2"),
    layer("MultiHeadAttention", (2, 5, 6), args=SELF, call={"use_causal_mask": True, "return_attention_scores": True}, num_heads=2, key_dim=3),
    layer("MultiHeadAttention", (2, 3, 4, 6), args=SELF, num_heads=2, key_dim=3),
    layer("MultiHeadAttention", (2, 3, 4, 6), args=SELF, num_heads=2, key_dim=3, attention_axes=(2,)),
    layer("MultiHeadAttention", (2, 3, 4, 6), args=SELF, call={"return_attention_scores": True}, num_heads=2, key_dim=3, attention_axes=(1, 2)),
    layer("MultiHeadAttention", (2, 3, 4, 6), args=SELF, num_heads=2, key_dim=3, attention_axes=1),
    layer("MultiHeadAttention", [(2, 3, 6), (2, 4, 5), (2, 4, 7)], args=["input.0", "input.1", "input.2"], num_heads=2, key_dim=3, value_dim=5),
    layer("MultiHeadAttention", (2, 5, 6), args=SELF, num_heads=2, key_dim=3, flash_attention=False),
    layer("MultiHeadAttention", (2, 5, 6), args=SELF, num_heads=2, key_dim=3, use_gate=True),
    layer("MultiHeadAttention", (2, 7, 6), args=SELF, num_heads=2, key_dim=3, sliding_window=2),
    layer(
        "MultiHeadAttention",
        [(2, 3, 6), (2, 4, 6), *Q_V_MASKS],
        args=PAIR,
        call={"query_mask": "query_mask", "value_mask": "value_mask"},
        num_heads=2,
        key_dim=3,
    ),
    layer(
        "MultiHeadAttention",
        [(2, 4, 6), mask((2, 4), "key_mask"), attention_mask((2, 4, 4))],
        args=SELF,
        call={"key_mask": "key_mask", "attention_mask": "attention_mask", "use_causal_mask": True},
        num_heads=2,
        key_dim=3,
    ),
    layer(
        "MultiHeadAttention",
        [(2, 3, 6), (2, 4, 6), attention_mask((2, 2, 3, 4))],
        args=PAIR,
        call={"attention_mask": "attention_mask", "return_attention_scores": True},
        num_heads=2,
        key_dim=3,
    ),
    layer(
        "MultiHeadAttention",
        [(2, 3, 6), (2, 4, 6), attention_mask((1, 3, 4))],
        args=PAIR,
        call={"attention_mask": "attention_mask"},
        num_heads=2,
        key_dim=3,
    ),
]
for heads in [(4, 2), (4, 4), (6, 1)]:
    ATTENTION += [layer("GroupQueryAttention", (2, 5, 6), args=SELF, head_dim=3, num_query_heads=heads[0], num_key_value_heads=heads[1])]
ATTENTION += [
    layer("GroupQueryAttention", (2, 5, 6), args=SELF, call={"use_causal_mask": True}, head_dim=3, num_query_heads=4, num_key_value_heads=2),
    layer("GroupQueryAttention", [(2, 3, 6), (2, 4, 6)], args=PAIR, head_dim=3, num_query_heads=2, num_key_value_heads=1, use_bias=False),
    layer(
        "GroupQueryAttention",
        [(2, 3, 6), (2, 4, 6), attention_mask((2, 3, 4))],
        args=PAIR,
        call={"attention_mask": "attention_mask", "return_attention_scores": True},
        head_dim=3,
        num_query_heads=4,
        num_key_value_heads=2,
    ),
]

MASKING = lambda value=0.0: lambda: L.Masking(value, name="masking")
EMBEDDING = lambda: L.Embedding(7, 3, mask_zero=True, name="embedding")
STACKS = [
    layer(stack((6, 3), MASKING(-2.0), lambda: L.GRU(4, return_sequences=True, name="gru"), lambda: L.LSTM(2, name="lstm")), padded((3, 6, 3), -2.0)),
    layer(stack((6, 3), MASKING(), lambda: L.Bidirectional(L.LSTM(2, return_sequences=True, name="lstm"), name="both")), padded((3, 6, 3))),
    layer(stack((6, 3), MASKING(), lambda: L.Dense(4, name="dense"), lambda: L.SimpleRNN(2, name="rnn")), padded((3, 6, 3))),
    layer(stack((6, 3), MASKING(), lambda: L.Dropout(0.5, name="drop"), lambda: L.GlobalAveragePooling1D(name="mean")), padded((3, 6, 3))),
    layer(stack((6, 3), MASKING(), lambda: L.TimeDistributed(L.Dense(2, name="dense"), name="each"), lambda: L.GRU(2, name="gru")), padded((3, 6, 3))),
    layer(stack((6, 3), MASKING(), lambda: L.BatchNormalization(name="norm"), lambda: L.GRU(2, name="gru")), padded((3, 6, 3)), call={"training": True}),
    layer(stack((6, 3), MASKING(), lambda: L.LSTM(2, go_backwards=True, zero_output_for_mask=True, return_sequences=True, name="l")), padded((3, 6, 3))),
    layer(stack((5,), EMBEDDING, lambda: L.GRU(3, name="gru"), lambda: L.Dense(2, activation="softmax", name="out"), dtype="int32"), ints((4, 5), 7)),
    layer(stack((5,), EMBEDDING, lambda: L.LayerNormalization(name="norm"), lambda: L.LSTM(3, name="lstm"), dtype="int32"), ints((4, 5), 7)),
    layer(stack((5,), EMBEDDING, lambda: L.Activation("tanh", name="act"), lambda: L.GlobalAveragePooling1D(name="mean"), dtype="int32"), ints((4, 5), 7)),
    layer(stack((5,), EMBEDDING, lambda: L.Conv1D(2, 2, name="conv"), lambda: L.SimpleRNN(2, name="rnn"), dtype="int32"), ints((4, 5), 7)),
    layer(
        stack((6, 6, 1), lambda: L.Conv2D(2, 3, name="conv"), lambda: L.MaxPooling2D(2, name="pool"), lambda: L.Flatten(name="flat"), lambda: L.Dense(3, name="out")),
        (2, 6, 6, 1),
    ),
]

WIDE = [
    *DENSE,
    *ACTIVATION,
    *DROPOUT,
    *CONV,
    *POOLING,
    *RESHAPING,
    *MERGING,
    *NORMALIZATION,
    *PREPROCESSING,
    *RNN,
    *WRAPPERS,
    *ATTENTION,
    *STACKS,
]
