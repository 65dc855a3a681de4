"""The training runs: models, data and what they are compiled and fitted with."""

import keras
import numpy as np

L = keras.layers


class Data:
    """A tensor drawn for each sample. `high` None: standard normal numbers; else integers below it, or their one-hot rows."""

    def __init__(self, *shape, high=None, one_hot=False, floats=False):
        self.shape, self.high, self.one_hot, self.floats = shape, high, one_hot, floats

    def draw(self, random, samples):
        if self.high is None:
            return random.standard_normal((samples, *self.shape)).astype(np.float32)
        drawn = random.integers(0, self.high, (samples, *self.shape))
        if self.one_hot:
            return np.eye(self.high, dtype=np.float32)[drawn]
        return drawn.astype(np.float32 if self.floats else np.int32)


class Run:
    def __init__(self, name, build, x, y, loss, optimizer=("SGD", 0.1), **options):
        self.stem, self.build, self.class_name = name, build, build.kind
        self.x, self.y = [[v] if isinstance(v, Data) else v for v in (x, y)]
        self.loss = loss if callable(loss) else lambda: loss
        self.optimizer_class, self.rate, self.optimizer_options = (*optimizer, {})[:3]
        default = dict(samples=22, batch_size=5, epochs=5, validation=0, class_weight=None, sample_weight=None, metrics=None)
        default |= dict(weighted_metrics=None, loss_weights=None, loss_arguments=None)
        for key, value in (default | options).items():
            setattr(self, key, value)
        assert set(options) <= set(default), options

    def optimizer(self, factor):
        """The optimizer with its learning rate multiplied by `factor`."""
        rate = self.rate
        if isinstance(rate, tuple):
            kind, arguments = rate
            scaled = {k: scale(v, factor) if k in ("initial_learning_rate", "warmup_target", "values") else v for k, v in arguments.items()}
            rate = getattr(keras.optimizers.schedules, kind)(**scaled)
        else:
            rate *= factor
        return getattr(keras.optimizers, self.optimizer_class)(learning_rate=rate, **self.optimizer_options)


def scale(value, factor):
    return [v * factor for v in value] if isinstance(value, list) else value * factor


def sequential(shape, *layers, dtype=None):
    """A function that builds a `Sequential`; `layers` are functions, so that each call makes new ones."""

    def build():
        return keras.Sequential([keras.Input(shape, dtype=dtype, name="x"), *[each() for each in layers]], name="model")

    build.kind = "Sequential"
    return build


def functional(connect):
    """A function that builds a `Model` from `connect()`, which returns inputs and outputs."""

    def build():
        return keras.Model(*connect(), name="model")

    build.kind = "Functional"
    return build


def dense(units, activation=None, name="dense", **config):
    return lambda: L.Dense(units, activation=activation, name=name, **config)


MLP = sequential((6,), dense(7, "tanh", "hidden"), dense(3, "softmax", "out"))
LINEAR = sequential((4,), dense(5, "softplus", "hidden"), dense(2, name="out"))
LOGISTIC = sequential((5,), dense(6, "elu", "hidden"), dense(1, "sigmoid", "out"))
X, CLASSES, ONE_HOT, BITS = Data(6), Data(high=3), Data(high=3, one_hot=True), Data(1, high=2, floats=True)
SPARSE = "sparse_categorical_crossentropy"


def two_towers():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = L.Dense(5, activation="tanh", name="shared")
    joined = L.Concatenate(name="joined")([shared(a), shared(b)])
    return [a, b], L.Dense(1, activation="sigmoid", name="out")(joined)


def siamese():
    a, b = keras.Input((3,), dtype="int32", name="a"), keras.Input((3,), dtype="int32", name="b")
    embedding, mean = L.Embedding(9, 4, name="embedding"), L.GlobalAveragePooling1D(name="mean")
    product = L.Dot(1, normalize=True, name="product")([mean(embedding(a)), mean(embedding(b))])
    return [a, b], L.Dense(1, activation="sigmoid", name="out")(product)


def two_outputs():
    x = keras.Input((6,), name="x")
    h = L.Dense(7, activation="gelu", name="body")(x)
    return x, [L.Dense(2, name="value")(h), L.Dense(3, activation="softmax", name="kind")(h)]


def many_to_many():
    a, b = keras.Input((4,), name="a"), keras.Input((5,), name="b")
    h = L.Add(name="sum")([L.Dense(6, activation="tanh", name="from_a")(a), L.Dense(6, activation="silu", name="from_b")(b)])
    gap = L.Subtract(name="gap")([h, L.Rescaling(0.5, name="half")(h)])
    return [a, b], [L.Dense(1, name="left")(h), L.Dense(1, activation="sigmoid", name="middle")(h), L.Dense(3, name="right")(gap)]


def nested():
    inner = keras.Sequential([keras.Input((6,), name="in"), L.Dense(5, activation="relu", name="first"), L.Dense(4, name="second")], name="inner")
    x = keras.Input((6,), name="x")
    return x, L.Dense(3, activation="softmax", name="out")(L.Activation("tanh", name="act")(inner(x)))


def nested_shared():
    i = keras.Input((4,), name="i")
    inner = keras.Model(i, L.LayerNormalization(name="norm")(L.Dense(5, activation="tanh", name="project")(i)), name="encoder")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    return [a, b], L.Dense(2, name="out")(L.Multiply(name="product")([inner(a), inner(b)]))


def nested_frozen():
    inner = keras.Sequential(
        [keras.Input((6,), name="in"), L.Dense(5, activation="relu", name="first"), L.BatchNormalization(name="norm"), L.Dense(4, name="second")],
        name="base",
    )
    inner.trainable = False
    x = keras.Input((6,), name="x")
    return x, L.Dense(3, activation="softmax", name="out")(inner(x))


def residual():
    x = keras.Input((6, 5, 2), name="x")
    h = L.Conv2D(4, 3, padding="same", activation="relu", name="conv_0")(x)
    for n in (1, 2):
        h = L.Add(name=f"add_{n}")([h, L.Conv2D(4, 3, padding="same", activation="tanh", name=f"conv_{n}")(h)])
    return x, L.Dense(3, activation="softmax", name="out")(L.GlobalAveragePooling2D(name="mean")(h))


def transformer():
    x = keras.Input((5, 6), name="x")
    h = L.LayerNormalization(name="norm_0")(L.Add(name="add_0")([x, L.MultiHeadAttention(2, 3, name="attention")(x, x, use_causal_mask=True)]))
    f = L.Dense(6, name="down")(L.Dense(9, activation="gelu", name="up")(h))
    h = L.LayerNormalization(name="norm_1")(L.Add(name="add_1")([h, f]))
    return x, L.Dense(3, activation="softmax", name="out")(h)


def wide_and_deep():
    a, b, c = keras.Input((4,), name="numbers"), keras.Input((2,), dtype="int32", name="words"), keras.Input((3,), name="wide")
    deep = L.Concatenate(name="deep")([a, L.Flatten(name="flat")(L.Embedding(7, 3, name="embedding")(b))])
    deep = L.Dense(6, activation="relu", name="hidden_1")(L.Dense(8, activation="relu", name="hidden_0")(deep))
    return [a, b, c], L.Dense(1, activation="sigmoid", name="out")(L.Concatenate(name="both")([deep, c]))


def masked_encoder():
    x = keras.Input((6,), dtype="int32", name="x")
    h = L.Embedding(8, 4, mask_zero=True, name="embedding")(x)
    h = L.Bidirectional(L.LSTM(3, return_sequences=True, name="lstm"), name="both")(h)
    return x, L.Dense(3, activation="softmax", name="out")(L.GRU(4, name="gru")(h))


def encoder_decoder():
    a, b = keras.Input((5, 3), name="source"), keras.Input((4, 2), name="target")
    _, h, c = L.LSTM(4, return_state=True, name="encoder")(a)
    return [a, b], L.Dense(2, name="out")(L.LSTM(4, return_sequences=True, name="decoder")(b, initial_state=[h, c]))


TAGGER = sequential(
    (5,),
    lambda: L.Embedding(8, 4, mask_zero=True, name="embedding"),
    lambda: L.GRU(5, return_sequences=True, name="gru"),
    dense(3, "softmax", "out"),
    dtype="int32",
)
MASKED = sequential((5, 2), lambda: L.Masking(name="masking"), lambda: L.SimpleRNN(4, name="rnn"), dense(3, "softmax", "out"))
CNN = sequential(
    (8, 8, 1),
    lambda: L.Conv2D(4, 3, use_bias=False, name="conv"),
    lambda: L.BatchNormalization(name="norm"),
    lambda: L.ReLU(name="relu"),
    lambda: L.MaxPooling2D(2, name="pool"),
    lambda: L.Flatten(name="flat"),
    dense(3, "softmax", "out"),
)
SEPARABLE = sequential(
    (7, 6, 2),
    lambda: L.SeparableConv2D(4, 3, strides=2, padding="same", activation="tanh", name="separable"),
    lambda: L.DepthwiseConv2D(2, name="depthwise"),
    lambda: L.GroupNormalization(2, name="norm"),
    lambda: L.GlobalMaxPooling2D(name="max"),
    dense(3, "softmax", "out"),
)
AUTOENCODER = sequential(
    (8, 6, 1),
    lambda: L.Conv2D(3, 3, strides=2, padding="same", activation="elu", name="down"),
    lambda: L.Conv2DTranspose(2, 3, strides=2, padding="same", activation="elu", name="up"),
    lambda: L.UpSampling2D(2, interpolation="bilinear", name="larger"),
    lambda: L.AveragePooling2D(2, name="smaller"),
    lambda: L.Conv2D(1, 1, activation="sigmoid", name="out"),
)
CAUSAL = sequential(
    (9, 3),
    lambda: L.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="tanh", name="conv"),
    lambda: L.Conv1D(4, 2, strides=2, groups=2, name="grouped"),
    lambda: L.PReLU(shared_axes=[1], name="prelu"),
    lambda: L.Conv1DTranspose(2, 3, strides=2, name="back"),
)
VIDEO = sequential(
    (3, 5, 4, 1),
    lambda: L.TimeDistributed(L.Conv2D(2, 2, activation="relu", name="conv"), name="each"),
    lambda: L.TimeDistributed(L.Flatten(name="flatten"), name="flat"),
    lambda: L.LSTM(4, name="lstm"),
    dense(2, name="out"),
)
VOLUME = sequential(
    (4, 4, 4, 1),
    lambda: L.Conv3D(2, 2, activation="tanh", name="conv"),
    lambda: L.GlobalAveragePooling3D(name="mean"),
    dense(2, name="out"),
)
NORMALIZED = sequential(
    (6,),
    lambda: L.Normalization(mean=[0.1] * 6, variance=[1.5] * 6, name="scaled"),
    dense(7, None, "hidden", use_bias=False),
    lambda: L.BatchNormalization(momentum=0.8, name="norm"),
    lambda: L.LeakyReLU(name="leaky"),
    lambda: L.LayerNormalization(name="layer_norm"),
    dense(3, "softmax", "out"),
)
REGULARIZED = sequential(
    (6,),
    dense(7, "tanh", "hidden", kernel_regularizer="l1l2", bias_regularizer="l2", activity_regularizer="l1"),
    lambda: L.ActivityRegularization(l2=0.02, name="activity"),
    dense(3, "softmax", "out", kernel_regularizer=keras.regularizers.L2(0.05)),
)
CONSTRAINED = sequential(
    (6,),
    dense(7, "tanh", "hidden", kernel_constraint="unit_norm", bias_constraint="non_neg"),
    dense(5, "tanh", "middle", kernel_constraint=keras.constraints.MinMaxNorm(0.3, 0.8, rate=0.5)),
    dense(3, "softmax", "out", kernel_constraint=keras.constraints.MaxNorm(0.7, axis=1)),
)
FROZEN = sequential((6,), dense(7, "tanh", "hidden", trainable=False), dense(5, "tanh", "middle"), dense(3, "softmax", "out"))
LOGITS = sequential((6,), dense(7, "tanh", "hidden"), dense(3, name="out"))

SMALL = [
    Run("mlp", MLP, X, CLASSES, SPARSE, metrics=["accuracy"], samples=14, epochs=3, validation=4),
    Run("two_outputs", functional(two_outputs), X, [Data(2), CLASSES], ["mse", SPARSE], ("Adam", 0.01), samples=14, epochs=3, loss_weights=[0.5, 2.0]),
    Run("masked", MASKED, Data(5, 2), CLASSES, SPARSE, ("RMSprop", 0.01), samples=14, epochs=2, class_weight={0: 1.0, 1: 2.0, 2: 0.5}),
]

WIDE = [Run(f"optimizer_{name.lower()}", MLP, X, CLASSES, SPARSE, (name, rate)) for name, rate in [
    ("Adadelta", 1.0),
    ("Adafactor", 0.02),
    ("Adagrad", 0.1),
    ("Adam", 0.01),
    ("AdamW", 0.01),
    ("Adamax", 0.01),
    ("Ftrl", 0.1),
    ("Lamb", 0.01),
    ("Lion", 0.001),
    ("Muon", 0.01),
    ("Nadam", 0.01),
    ("RMSprop", 0.003),
    ("ScheduleFreeAdamW", 0.01),
    ("SGD", 0.2),
]]
COSINE = ("CosineDecay", {"initial_learning_rate": 0.001, "decay_steps": 15, "warmup_target": 0.03, "warmup_steps": 6})
STAIRS = ("PiecewiseConstantDecay", {"boundaries": [5, 12], "values": [0.2, 0.05, 0.01]})
POLYNOMIAL = ("PolynomialDecay", {"initial_learning_rate": 0.02, "decay_steps": 10, "end_learning_rate": 0.002, "cycle": True})
NESTEROV = {"momentum": 0.9, "nesterov": True}
SMOOTH = lambda: keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
WIDE += [
    Run("accumulated_clipped", MLP, X, CLASSES, SPARSE, ("SGD", 0.2, {"gradient_accumulation_steps": 3, "clipnorm": 0.3, **NESTEROV})),
    Run("accumulated_adamw", MLP, X, CLASSES, SPARSE, ("AdamW", 0.01, {"gradient_accumulation_steps": 2, "weight_decay": 0.1, "amsgrad": True})),
    Run("global_clipnorm", MLP, X, CLASSES, SPARSE, ("Adam", 0.01, {"global_clipnorm": 0.2})),
    Run("clipvalue", MLP, X, CLASSES, SPARSE, ("RMSprop", 0.003, {"clipvalue": 0.05, "momentum": 0.5, "centered": True})),
    Run("cosine_adamw", MLP, X, CLASSES, SPARSE, ("AdamW", COSINE, {"weight_decay": 0.05})),
    Run("stairs_sgd", LINEAR, Data(4), Data(2), "mae", ("SGD", STAIRS, NESTEROV), metrics=["mse", "root_mean_squared_error"]),
    Run("polynomial_adam", LINEAR, Data(4), Data(2), "mse", ("Adam", POLYNOMIAL), metrics=["mae", "r2_score"], validation=7),
    Run("label_smoothing", MLP, X, ONE_HOT, SMOOTH, metrics=["accuracy", "categorical_crossentropy", "auc"], validation=6),
    Run("from_logits", LOGITS, X, CLASSES, lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"]),
    Run("huber", LINEAR, Data(4), Data(2), lambda: keras.losses.Huber(delta=0.5), loss_arguments={"delta": 0.5}, metrics=["mae"]),
    Run("loss_sum", LINEAR, Data(4), Data(2), lambda: keras.losses.LogCosh(reduction="sum"), ("SGD", 0.01)),
    Run("cosine_similarity", LINEAR, Data(4), Data(2), "cosine_similarity", metrics=["cosine_similarity"]),
    Run("hinge", LOGITS, X, ONE_HOT, "categorical_hinge", metrics=["categorical_accuracy"]),
    Run("focal", LOGISTIC, Data(5), BITS, "binary_focal_crossentropy", ("Adam", 0.02), metrics=["binary_accuracy", "precision", "recall"]),
    Run("binary", LOGISTIC, Data(5), BITS, "binary_crossentropy", ("Adam", 0.02), metrics=["accuracy", "auc"], validation=9),
    Run("one_batch", MLP, X, CLASSES, SPARSE, samples=9, batch_size=32, epochs=12, metrics=["accuracy"]),
    Run("last_batch_of_one", MLP, X, CLASSES, SPARSE, samples=11, batch_size=5, epochs=6, metrics=["accuracy"], validation=6),
    Run("class_weight_one_hot", MLP, X, ONE_HOT, "categorical_crossentropy", class_weight={0: 0.5, 1: 3.0, 2: 1.0}, weighted_metrics=["accuracy"], metrics=["accuracy"]),
    Run("sample_weight_weighted", MLP, X, CLASSES, SPARSE, ("Adam", 0.01), sample_weight=((),), weighted_metrics=["accuracy"], metrics=["accuracy"]),
    Run("sample_weight_regression", LINEAR, Data(4), Data(2), "mse", sample_weight=((),), weighted_metrics=["mae"], validation=6),
    Run("tagger", TAGGER, Data(5, high=8), Data(5, high=3), SPARSE, ("Adam", 0.02), metrics=["accuracy"], validation=6),
    Run("tagger_weighted", TAGGER, Data(5, high=8), Data(5, high=3), SPARSE, ("Adam", 0.02), sample_weight=((5,),), weighted_metrics=["accuracy"]),
    Run("masked_rnn", MASKED, Data(5, 2), CLASSES, SPARSE, ("Adamax", 0.02)),
    Run("masked_encoder", functional(masked_encoder), Data(6, high=8), CLASSES, SPARSE, ("Adam", 0.02), metrics=["accuracy"]),
    Run("encoder_decoder", functional(encoder_decoder), [Data(5, 3), Data(4, 2)], Data(4, 2), "mse", ("RMSprop", 0.01)),
    Run("cnn_batchnorm", CNN, Data(8, 8, 1), CLASSES, SPARSE, ("SGD", 0.05, NESTEROV), metrics=["accuracy"], validation=5),
    Run("separable_groupnorm", SEPARABLE, Data(7, 6, 2), CLASSES, SPARSE, ("Nadam", 0.01)),
    Run("autoencoder", AUTOENCODER, Data(8, 6, 1), Data(8, 6, 1), "mse", ("Adam", 0.01)),
    Run("causal_conv", CAUSAL, Data(9, 3), Data(9, 2), "mae", ("Adam", 0.01), sample_weight=((9,),)),
    Run("video", VIDEO, Data(3, 5, 4, 1), Data(2), "mse", ("Adam", 0.01)),
    Run("volume", VOLUME, Data(4, 4, 4, 1), Data(2), "mse"),
    Run("normalized", NORMALIZED, X, CLASSES, SPARSE, ("SGD", 0.1, {"momentum": 0.5}), metrics=["accuracy"], validation=8),
    Run("regularized", REGULARIZED, X, CLASSES, SPARSE, validation=6, metrics=["accuracy"]),
    Run("constrained", CONSTRAINED, X, CLASSES, SPARSE, ("SGD", 0.3)),
    Run("frozen", FROZEN, X, CLASSES, SPARSE, ("Adam", 0.02)),
    Run("two_towers", functional(two_towers), [Data(4), Data(4)], BITS, "binary_crossentropy", ("Adam", 0.02), metrics=["accuracy"], validation=5),
    Run("siamese", functional(siamese), [Data(3, high=9), Data(3, high=9)], BITS, "binary_crossentropy", ("Adagrad", 0.2)),
    Run(
        "two_outputs_weighted",
        functional(two_outputs),
        X,
        [Data(2), CLASSES],
        ["mse", SPARSE],
        ("Adam", 0.01),
        loss_weights=[0.3, 1.7],
        metrics=[["mae"], ["accuracy"]],
        validation=6,
    ),
    Run(
        "many_to_many",
        functional(many_to_many),
        [Data(4), Data(5)],
        [Data(1), BITS, Data(3)],
        ["mae", "binary_crossentropy", "log_cosh"],
        ("RMSprop", 0.005),
        loss_weights=[1.0, 0.0, 2.5],
        metrics=[["mse"], ["accuracy", "auc"], None],
    ),
    Run("two_outputs_one_loss", functional(two_outputs), X, [Data(2), Data(3)], "mse", ("SGD", 0.1)),
    Run("nested", functional(nested), X, CLASSES, SPARSE, ("Adam", 0.02), metrics=["accuracy"]),
    Run("nested_shared", functional(nested_shared), [Data(4), Data(4)], Data(2), "mse", ("SGD", 0.1)),
    Run("nested_frozen", functional(nested_frozen), X, CLASSES, SPARSE, ("SGD", 0.2)),
    Run("residual", functional(residual), Data(6, 5, 2), CLASSES, SPARSE, ("SGD", 0.1, {"momentum": 0.9})),
    Run("transformer", functional(transformer), Data(5, 6), Data(5, high=3), SPARSE, ("AdamW", 0.005), metrics=["accuracy"]),
    Run("wide_and_deep", functional(wide_and_deep), [Data(4), Data(2, high=7), Data(3)], BITS, "binary_crossentropy", ("Ftrl", 0.2), metrics=["accuracy"]),
]
